//! Every test there is, and a closing line that is true.

mod engines;
mod example;
mod junit;
mod postgres;
mod redis;
mod rust;
mod tally;

use crate::Failure;
use crate::finding::Level;

/// Runs what a filter leaves: all, or tests whose name contains it and examples whose folder does.
///
/// # Errors
/// When the workspace does not build.
pub fn run(filter: Option<&str>) -> Result<bool, Failure> {
    let binary = rust::build()?;
    let mut tally = rust::run(filter, &binary)?;
    tally.add(example::run(filter, &binary));
    for (level, what) in &tally.notes {
        let word = match level {
            Level::Error => "failed",
            Level::Warning => "skipped",
        };
        println!("{word}: {what}");
    }
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    Ok(tally.failed == 0)
}
