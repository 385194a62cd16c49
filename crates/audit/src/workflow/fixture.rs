//! What rules over workflows are tried on.

/// The lines of a workflow at which a rule says something.
pub(super) fn lines(rule: &str, text: &str) -> Vec<u32> {
    crate::fixture::lines(rule, &[(".github/workflows/ci.yml", text)])
}

/// The same of a job's steps, whose lines are counted from 1, in a workflow that an event starts.
pub(super) fn steps(rule: &str, event: &str, steps: &str) -> Vec<u32> {
    let text = format!("on: {event}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}");
    lines(rule, &text).iter().map(|line| line.saturating_sub(5)).collect()
}
