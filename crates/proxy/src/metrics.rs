//! The counters in the Prometheus text format, version 0.0.4.

use crate::cell::MemberCell;
use crate::counters::{AnswersRead, Durations};
use crate::worker::master::{Label, Master};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// All counters of a worker.
pub(crate) fn text(master: &mut Master) -> String {
    master.tidy();
    let mut out = String::new();
    // Writing to a string does not fail.
    let _infallible = durations(&mut out, &answers(master)).and_then(|()| members(&mut out, master));
    out
}

/// Answers by scope, service and release; the ones the proxy gave itself have no release.
fn answers(master: &Master) -> BTreeMap<Label, AnswersRead> {
    let mut sums = master.retired.clone();
    for cell in master.members.values().chain(&master.departed) {
        let label = (cell.scope.clone(), cell.service.clone(), Some(cell.release.clone()));
        sums.entry(label).or_default().merge(&cell.answers());
    }
    for cell in master.pools.values() {
        sums.entry((cell.scope.clone(), cell.service.clone(), None)).or_default().merge(&cell.answers());
    }
    sums
}

fn durations(out: &mut String, sums: &BTreeMap<Label, AnswersRead>) -> fmt::Result {
    out.push_str("# HELP mainstay_request_duration_seconds Time from the head of a request to the end of its answer.\n");
    out.push_str("# TYPE mainstay_request_duration_seconds histogram\n");
    for ((scope, service, release), answers) in sums {
        let release = release.as_ref().map_or("", |r| r.as_str());
        for (method, status, durations) in answers.iter() {
            let labels = format!(
                "project=\"{}\",environment=\"{}\",service=\"{service}\",release=\"{release}\",method=\"{}\",status=\"{status}\"",
                scope.project,
                scope.environment,
                method.name()
            );
            histogram(out, &labels, durations)?;
        }
    }
    Ok(())
}

fn histogram(out: &mut String, labels: &str, durations: &Durations) -> fmt::Result {
    const NAME: &str = "mainstay_request_duration_seconds";
    let (last, finite) = durations.buckets.split_last().unwrap_or((&0, &[]));
    let mut sum = 0;
    for (i, count) in finite.iter().enumerate() {
        sum += count;
        let millis = 1u64 << i;
        writeln!(out, "{NAME}_bucket{{{labels},le=\"{}.{:03}\"}} {sum}", millis / 1000, millis % 1000)?;
    }
    let count = sum + last;
    writeln!(out, "{NAME}_bucket{{{labels},le=\"+Inf\"}} {count}")?;
    writeln!(
        out,
        "{NAME}_sum{{{labels}}} {}.{:06}",
        durations.micros / 1_000_000,
        durations.micros % 1_000_000
    )?;
    writeln!(out, "{NAME}_count{{{labels}}} {count}")
}

/// A metric of single members: name, type, what it says, and how it is read.
type OfMember = (&'static str, &'static str, &'static str, fn(&MemberCell) -> u64);

const OF_MEMBERS: [OfMember; 6] = [
    ("mainstay_requests_in_flight", "gauge", "Requests being answered.", |c| c.sum(|t| t.in_flight.get())),
    ("mainstay_upgraded_connections", "gauge", "Open WebSockets and the like.", |c| {
        c.sum(|t| t.upgraded.get())
    }),
    ("mainstay_member_healthy", "gauge", "1 while it takes requests as far as its health goes.", |c| {
        u64::from(c.available())
    }),
    ("mainstay_upstream_failures_total", "counter", "Requests a member got and did not answer.", |c| {
        c.sum(|t| t.unanswered.get())
    }),
    ("mainstay_upstream_unreachable_total", "counter", "Connections that could not be made.", |c| {
        c.sum(|t| t.unreachable.get())
    }),
    ("mainstay_retries_total", "counter", "Requests given to another member after this one failed.", |c| {
        c.sum(|t| t.retried.get())
    }),
];

fn members(out: &mut String, master: &Master) -> fmt::Result {
    let mut cells: Vec<_> = master.members.values().chain(&master.departed).collect();
    cells.sort_by_key(|c| c.uid);
    for (name, kind, help, read) in OF_MEMBERS {
        writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
        for cell in &cells {
            let MemberCell { scope, service, release, instance, .. } = &***cell;
            writeln!(
                out,
                "{name}{{project=\"{}\",environment=\"{}\",service=\"{service}\",release=\"{release}\",instance=\"{instance}\"}} {}",
                scope.project,
                scope.environment,
                read(cell)
            )?;
        }
    }
    Ok(())
}
