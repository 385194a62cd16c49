//! What the code of a Python web service does with HTTP beyond answering.

mod limit;
mod metrics;
mod series;
mod socket;

use super::deployable::Deployable;
use super::routes::Routes;
use model::facts::{Framework, HttpFact};

/// What the given modules of a service say.
pub(crate) fn of(routes: &Routes<'_>, service: &Deployable, files: &[&str]) -> HttpFact {
    let index = routes.index;
    let routed = matches!(service.framework, Some(Framework::FastApi | Framework::Flask | Framework::Quart));
    let metrics = metrics::path(routes, files);
    HttpFact {
        series: if metrics.is_some() { series::of(index, files) } else { Vec::new() },
        websocket: socket::is_taken(index, files),
        body_limit: limit::largest(index, files),
        metrics,
        prefix: if routed { routes.shared_prefix(files) } else { None },
    }
}
