//! Packages that only a Dockerfile installs.

use crate::path;
use crate::repository::Repository;
use crate::shell;

/// What installs packages or builds them: not part of what runs.
const TOOLS: &[&str] = &[
    "pip",
    "setuptools",
    "wheel",
    "poetry",
    "uv",
    "pipenv",
    "pdm",
    "pip-tools",
    "virtualenv",
    "build",
    "hatch",
];

/// Options of `pip install` that a word follows.
const WITH_VALUE: &[&str] = &[
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-t",
    "--target",
    "--prefix",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--trusted-host",
    "--cache-dir",
    "--timeout",
    "--root",
    "-e",
];

/// The requirements that the Dockerfile of a folder gives to `pip install`, in its order.
pub(crate) fn packages(repository: &Repository<'_>, folder: &str) -> Vec<String> {
    let Some(text) = repository.text(&path::join(folder, "Dockerfile")) else { return Vec::new() };
    let runs = artifact::dockerfile::read::read(&text)
        .instructions
        .into_iter()
        .filter(|found| found.keyword == "RUN");
    let mut found = Vec::new();
    for run in runs {
        for invocation in shell::invocations(run.script()) {
            for package in installed(&invocation.words) {
                if !found.contains(package) {
                    found.push(package.clone());
                }
            }
        }
    }
    found
}

/// The packages of one `pip install`.
fn installed(words: &[String]) -> Vec<&String> {
    let is_pip = |word: &String| matches!(path::file_name(word), "pip" | "pip3");
    let Some(at) = words.iter().position(is_pip).filter(|at| *at < 4) else { return Vec::new() };
    if words.get(at + 1).is_none_or(|word| word != "install") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut skip = false;
    for word in &words[at + 2..] {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') {
            skip = WITH_VALUE.contains(&word.as_str());
            continue;
        }
        let name: String =
            word.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
        let is_path = word.contains(['/', '$', '*', '<']) && !word.contains('<') || word.starts_with('.');
        if !name.is_empty() && !is_path && !TOOLS.contains(&name.to_ascii_lowercase().as_str()) {
            found.push(word);
        }
    }
    found
}
