//! Sizes: a file, a function or a trait that grew past its budget is to be taken apart.

use crate::Failure;
use crate::finding::{self, Finding};
use crate::source::Source;
use crate::workspace;

/// Lines of a file without its tests that are better taken apart.
const FILE: usize = 400;
/// Lines of a file, tests and all, that are too many.
const FILE_HARD: usize = 600;
/// Lines of a function that are better taken apart.
const FUNCTION: usize = 60;
/// Lines of a function that are too many; as `too-many-lines-threshold` of clippy.
const FUNCTION_HARD: usize = 90;
/// Methods of a trait that are too many.
const TRAIT_HARD: usize = 10;
/// Names that say nothing about what is inside.
const NAMELESS: [&str; 5] = ["utils", "util", "common", "helpers", "misc"];
/// How many of the largest are listed.
const LISTED: usize = 5;

/// Checks the workspace and lists what is largest.
pub fn run() -> Result<bool, Failure> {
    let workspace = workspace::read()?;
    let sources: Vec<&Source> = workspace.crates.iter().flat_map(|package| &package.sources).collect();
    let mut findings = workspace.unreadable;
    for source in &sources {
        findings.extend(check(source));
    }
    largest(&sources);
    Ok(finding::report("budget", findings))
}

fn largest(sources: &[&Source]) {
    let mut files: Vec<_> = sources.iter().map(|source| (source.production_lines(), *source)).collect();
    files.sort_by_key(|(lines, _)| std::cmp::Reverse(*lines));
    let mut functions: Vec<_> = sources
        .iter()
        .flat_map(|source| source.functions().into_iter().map(move |function| (source, function)))
        .collect();
    functions.sort_by_key(|(_, function)| std::cmp::Reverse(function.lines));
    println!("largest files (lines without tests; {FILE} are the budget, {FILE_HARD} with tests the limit)");
    for (lines, source) in files.iter().take(LISTED) {
        println!("  {lines:4}  {}", source.path.display());
    }
    println!("longest functions ({FUNCTION} lines are the budget, {FUNCTION_HARD} the limit)");
    for (source, function) in functions.iter().take(LISTED) {
        println!("  {:4}  {}:{} {}", function.lines, source.path.display(), function.line, function.name);
    }
}

fn check(source: &Source) -> Vec<Finding> {
    let mut findings = names(source);
    let (lines, all) = (source.production_lines(), source.lines);
    let apart = "move what belongs together into a module of its own";
    if all > FILE_HARD {
        let message = format!("the file has {all} lines, {FILE_HARD} are the limit");
        findings.push(Finding::error(&source.path, 1, message, apart));
    } else if lines > FILE {
        let message = format!("the file has {lines} lines without tests, {FILE} are the budget");
        findings.push(Finding::warning(&source.path, 1, message, apart));
    }
    let apart = "name its steps and make them functions";
    for function in source.functions() {
        let message = format!("{} has {} lines, {FUNCTION} are the budget", function.name, function.lines);
        if function.lines > FUNCTION_HARD {
            findings.push(Finding::error(&source.path, function.line, message, apart));
        } else if function.lines > FUNCTION {
            findings.push(Finding::warning(&source.path, function.line, message, apart));
        }
    }
    for found in source.traits().into_iter().filter(|found| found.methods > TRAIT_HARD) {
        let message =
            format!("trait {} has {} methods, {TRAIT_HARD} are the limit", found.name, found.methods);
        findings.push(Finding::error(&source.path, found.line, message, "split it by who uses it"));
    }
    findings
}

fn names(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let parts: Vec<String> =
        source.path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if let Some(part) = parts.iter().find(|part| NAMELESS.contains(&part.as_str())) {
        let message = format!("{part} is no name for a module");
        findings.push(Finding::error(&source.path, 1, message, "name what is inside"));
    }
    if parts.last().is_some_and(|name| name == "mod") {
        let message = "mod.rs is not used here".to_owned();
        findings.push(Finding::error(&source.path, 1, message, "name the file after its folder, beside it"));
    }
    findings
}

#[cfg(test)]
mod tests;
