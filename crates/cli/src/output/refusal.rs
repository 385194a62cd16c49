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
        note(&format!(
            "{severity}: {}{place} {}",
            finding.message,
            style.dim(&format!("[{}]", finding.rule))
        ));
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
            note(&format!("    {}", elide(line)));
        }
    }
    if let Some(advice) = &failure.advice {
        note(&format!("{} {advice}", style.dim("  help:")));
    }
}

/// What is shown of a long line: its beginning, and its end, where a stack trace says what it is about.
const HEAD: usize = 160;
const TAIL: usize = 120;

fn elide(line: &str) -> String {
    let length = line.chars().count();
    if length <= HEAD + TAIL {
        return line.to_owned();
    }
    let head: String = line.chars().take(HEAD).collect();
    let tail: String = line.chars().skip(length - TAIL).collect();
    format!("{head} … {tail}")
}

#[cfg(test)]
mod tests {
    use super::elide;

    #[test]
    fn long_lines_keep_both_ends() {
        assert_eq!(elide("short"), "short");
        let long = format!("begin{}end", "x".repeat(1000));
        let shown = elide(&long);
        assert!(
            shown.starts_with("begin") && shown.ends_with("end") && shown.chars().count() < 300,
            "{shown}"
        );
    }
}
