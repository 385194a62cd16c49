//! Findings, refusals and failures.

use super::note;
use super::style::Style;
use model::event::{Failure, Outcome};
use model::finding::{Finding, Severity};

/// Prints findings, worst first, each with its place and advice.
pub fn findings(findings: &[Finding]) {
    let style = Style::for_stderr();
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.cmp(b)));
    for finding in sorted {
        let severity = match finding.severity {
            Severity::Error => style.bad("error"),
            Severity::Warning => style.warn("warning"),
            Severity::Note => style.dim("note"),
        };
        let place = finding.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        note(&format!("{severity}: {}{place} {}", finding.message, style.dim(&format!("[{}]", finding.rule))));
        if !finding.advice.is_empty() {
            note(&format!("{} {}", style.dim("  help:"), finding.advice));
        }
    }
}

/// Prints how a run ended, when it did not end well.
pub fn outcome(outcome: &Outcome) {
    let style = Style::for_stderr();
    match outcome {
        Outcome::Done => {}
        Outcome::Undone { failure: why } => {
            failure(why);
            note(&style.bold("Everything was undone; what served before serves on."));
        }
        Outcome::Stuck { failure: why, left } => {
            failure(why);
            note(&style.bold("Not everything could be finished or undone. A person has to look at:"));
            for line in left {
                note(&format!("  - {line}"));
            }
        }
    }
}

/// Prints why something failed, with what was seen.
pub fn failure(failure: &Failure) {
    let style = Style::for_stderr();
    note("");
    note(&format!("{} {}", style.bad("failed:"), failure.message));
    for seen in &failure.evidence {
        note(&format!("  {}", style.bold(&format!("{}:", seen.title))));
        for line in &seen.lines {
            note(&format!("    {line}"));
        }
    }
    if let Some(advice) = &failure.advice {
        note(&format!("{} {advice}", style.dim("  help:")));
    }
}
