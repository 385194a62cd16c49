//! Which of a service's series tell of its requests.

use crate::files::blueprint::Unit;
use model::facts::{SeriesFact, SeriesKind};

/// The histogram of a service's requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Requests<'a> {
    /// Its name, without `_bucket`.
    pub(super) name: &'a str,
    /// The label with the status code.
    pub(super) status: Option<&'a str>,
    /// Observations in a second: 1000 when it measures in milliseconds.
    pub(super) scale: u32,
}

/// Names of labels that hold a status code.
const STATUS: &[&str] = &["status_code", "status", "code", "statusCode", "http_status"];

/// Every series of a service.
pub(super) fn all<'b>(unit: &Unit<'b>) -> &'b [SeriesFact] {
    unit.fact.map(|fact| fact.http.series.as_slice()).unwrap_or_default()
}

/// Whether a service has a series of that name.
pub(super) fn has(unit: &Unit<'_>, name: &str) -> bool {
    all(unit).iter().any(|series| series.name == name)
}

/// The histogram of its requests, told by its name.
pub(super) fn requests<'b>(unit: &Unit<'b>) -> Option<Requests<'b>> {
    let is_of_requests = |series: &&SeriesFact| {
        let name = series.name.as_str();
        let times = ["duration", "latency", "time"].iter().any(|word| name.contains(word));
        series.kind == SeriesKind::Histogram && name.contains("request") && times && !name.contains("client")
    };
    let all: Vec<&SeriesFact> = all(unit).iter().filter(is_of_requests).collect();
    // One that says `http` is of the requests that come in.
    let series = all.iter().find(|series| series.name.contains("http")).or(all.first())?;
    let status = series.labels.iter().find(|label| STATUS.contains(&label.as_str()));
    Some(Requests { name: &series.name, status: status.map(String::as_str), scale: per_second(&series.name) })
}

/// What the other series of its own are: neither of requests nor of the process.
pub(super) fn own<'b>(unit: &Unit<'b>) -> impl Iterator<Item = &'b SeriesFact> {
    let requests = requests(unit).map(|requests| requests.name);
    all(unit).iter().filter(move |series| {
        let process = series.name.starts_with("process_") || series.name.starts_with("nodejs_");
        !process && Some(series.name.as_str()) != requests
    })
}

/// How many of the unit in a name make a second.
pub(super) fn per_second(name: &str) -> u32 {
    if ["_ms", "_millis", "_milliseconds"].iter().any(|end| name.ends_with(end)) { 1000 } else { 1 }
}
