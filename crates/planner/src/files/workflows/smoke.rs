//! What is asked of the public address after a deploy.

use crate::files::blueprint::{Blueprint, Unit};

/// Paths that answer with success when the service behind each is well, in order.
pub(super) fn paths(blueprint: &Blueprint<'_>) -> Vec<String> {
    let routes = blueprint.routes();
    let owner =
        |path: &str| routes.iter().find(|(prefix, _)| is_below(path, prefix)).map(|(_, unit)| unit.name);
    let mut paths: Vec<String> = routes
        .iter()
        .filter_map(|(prefix, unit)| {
            let health = unit.health().filter(|path| !unit.is_static() && owner(path) == Some(unit.name));
            health.or_else(|| is_page(unit).then_some(*prefix)).map(str::to_owned)
        })
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Whether people open it in a browser: its first page answers.
fn is_page(unit: &Unit<'_>) -> bool {
    unit.is_static() || unit.is(model::facts::Framework::NextJs)
}

fn is_below(path: &str, prefix: &str) -> bool {
    match prefix.trim_end_matches('/') {
        "" => true,
        prefix => path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}
