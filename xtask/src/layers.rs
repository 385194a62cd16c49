//! Holds the boundaries of the design: who may depend on whom, and who may touch the machine.

mod rules;

use crate::Failure;
use crate::finding::{self, Finding};
use crate::source::MentionKind;
use crate::workspace::{self, Crate};
use rules::{EXCEPTIONS, Exception, Forbidden, LAYERS, OUTSIDE, RULES, Rule};
use std::path::Path;

/// Checks the workspace.
pub fn run() -> Result<bool, Failure> {
    let workspace = workspace::read()?;
    let mut findings = check(&workspace.crates, EXCEPTIONS);
    findings.extend(workspace.unreadable);
    Ok(finding::report("layers", findings))
}

fn check(crates: &[Crate], exceptions: &[Exception]) -> Vec<Finding> {
    let mut used = vec![false; exceptions.len()];
    let mut excepted = |path: &Path, what: &str| {
        let covers = |exception: &Exception| path.starts_with(exception.place) && below(what, exception.what);
        let found = exceptions.iter().position(covers);
        found.inspect(|&at| used[at] = true).is_some()
    };
    let mut findings = Vec::new();
    for package in crates.iter().filter(|package| !OUTSIDE.contains(&package.name.as_str())) {
        findings.extend(layering(package, crates));
        for rule in RULES.iter().filter(|rule| rule.bound.binds(&package.name)) {
            findings.extend(broken(package, rule, &mut excepted));
        }
    }
    for (exception, _) in exceptions.iter().zip(&used).filter(|(_, used)| !**used) {
        let message = format!("the exception for {} is not needed: {}", exception.what, exception.reason);
        findings.push(Finding::error(
            exception.place,
            1,
            message,
            "take it out of xtask/src/layers/rules.rs",
        ));
    }
    findings
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|crates| crates.contains(&name))
}

fn layering(package: &Crate, crates: &[Crate]) -> Vec<Finding> {
    let Some(own) = layer(&package.name) else {
        let message = format!("crate {} has no layer", package.name);
        let advice = "give it one in xtask/src/layers/rules.rs, with a decision that says why it is there";
        return vec![Finding::error(&package.manifest, 1, message, advice)];
    };
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let ours = crates.iter().any(|other| other.name == dependency.name);
        if !ours || layer(&dependency.name).is_some_and(|theirs| theirs < own) {
            continue;
        }
        let message = format!(
            "{} (layer {own}) depends on {}, which is not in an earlier layer",
            package.name, dependency.name
        );
        let advice = "move what both need to an earlier layer, or pass it in as data or as a trait";
        findings.push(Finding::error(&package.manifest, dependency.line, message, advice));
    }
    findings
}

fn broken(package: &Crate, rule: &Rule, excepted: &mut dyn FnMut(&Path, &str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |path: &Path, line: usize, what: &str, shown: String| {
        if !excepted(path, what) {
            let message = format!("{} uses {shown}, but {}", package.name, rule.why);
            findings.push(Finding::error(path, line, message, rule.instead));
        }
    };
    if let Forbidden::Dependencies(names) = rule.forbids {
        for found in package.dependencies.iter().filter(|found| names.contains(&found.name.as_str())) {
            add(&package.manifest, found.line, &found.name, format!("the crate {}", found.name));
        }
        return findings;
    }
    for source in package.sources.iter().filter(|source| !source.is_test) {
        for mention in source.mentions() {
            let (what, shown) = match (&mention.kind, rule.forbids) {
                (MentionKind::Path(path), Forbidden::Paths(paths))
                    if paths.iter().any(|root| meets(path, root)) =>
                {
                    (path, path.clone())
                }
                (MentionKind::Macro(name), Forbidden::Macros(names)) if names.contains(&name.as_str()) => {
                    (name, format!("{name}!"))
                }
                (MentionKind::Method(name), Forbidden::Methods(names)) if names.contains(&name.as_str()) => {
                    (name, format!(".{name}()"))
                }
                (MentionKind::Path(_) | MentionKind::Macro(_) | MentionKind::Method(_), _) => continue,
            };
            add(&source.path, mention.line, what, shown);
        }
    }
    findings
}

/// Whether a path names something forbidden; `std::fs::*` does, and so does a glob that brings it in.
fn meets(path: &str, forbidden: &str) -> bool {
    below(path, forbidden) || path.strip_suffix("::*").is_some_and(|module| below(forbidden, module))
}

fn below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests;
