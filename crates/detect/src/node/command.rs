//! npm scripts, unwrapped down to the programs they run.

mod called;
mod classify;

use super::package::Package;
use crate::path;
use crate::shell;
use called::{Call, Called, called};
use classify::classify;

/// What a command is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Program {
    /// Node runs a file. `options` are Node's own, `arguments` the file's.
    Node { options: Vec<String>, file: String, arguments: Vec<String> },
    /// Something runs TypeScript without a build: tsx, ts-node, bun.
    Direct { words: Vec<String>, file: String },
    /// A framework's production server: `next start`, `remix-serve build/server/index.js`.
    Server { words: Vec<String> },
    /// `nest start` and its relatives, which build on the way: an application's name, if one is given.
    Nest { application: Option<String> },
    /// A server for development only, with the source it runs, if it names one.
    Development { file: Option<String> },
    /// Serves built files: `serve -s dist`, `vite preview`.
    Files,
    /// Emits something: a compiler, a bundler, a framework's build.
    Build { words: Vec<String> },
    /// Changes a database's schema.
    Migration,
    /// Runs scripts of other packages.
    Delegate,
    /// Anything else.
    Other { words: Vec<String> },
}

/// One program of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// What it is.
    pub program: Program,
    /// `NAME=value` in front of it, from `cross-env` too.
    pub assignments: Vec<(String, String)>,
    /// Where it runs, relative to the package; empty for the package itself.
    pub folder: String,
    /// The name it has among programs that run side by side.
    pub branch: Option<String>,
}

impl Step {
    /// A program that no script runs: in the package's folder, without variables.
    pub(crate) const fn bare() -> Self {
        Self { program: Program::Delegate, assignments: Vec::new(), folder: String::new(), branch: None }
    }
}

/// One simple command of a script, before anything is said about what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// The program and its arguments, without what only sets variables or looks it up.
    pub words: Vec<String>,
    /// `NAME=value` in front of it.
    pub assignments: Vec<(String, String)>,
    /// Where it runs, relative to the package; empty for the package itself.
    pub folder: String,
    /// The name it has among commands that run side by side.
    pub branch: Option<String>,
    /// What it reaches.
    pub reach: Reach,
}

/// What a command of a script reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A program.
    Program,
    /// Scripts of other packages.
    Elsewhere,
    /// Nothing but an installation.
    Installation,
}

impl Command {
    fn step(self) -> Option<Step> {
        let Self { words, assignments, folder, branch, reach } = self;
        let program = match reach {
            Reach::Program => classify(&words),
            Reach::Elsewhere => Program::Delegate,
            Reach::Installation => return None,
        };
        Some(Step { program, assignments, folder, branch })
    }
}

/// The programs that a script of a package runs, scripts that it calls included, in order.
pub(crate) fn script(package: &Package, name: &str) -> Vec<Step> {
    commands(package, name).into_iter().filter_map(Command::step).collect()
}

/// The programs that a command line runs in a package.
pub(crate) fn line(package: &Package, text: &str) -> Vec<Step> {
    commands_of(package, text).into_iter().filter_map(Command::step).collect()
}

/// The commands that a script of a package comes to, scripts that it calls included, in order.
pub(crate) fn commands(package: &Package, name: &str) -> Vec<Command> {
    package.script(name).map(|text| commands_of(package, text)).unwrap_or_default()
}

/// The commands that a command line comes to in a package.
pub(crate) fn commands_of(package: &Package, text: &str) -> Vec<Command> {
    let mut found = Vec::new();
    expand(package, text, &At::default(), &mut found);
    found
}

/// What a command is for.
pub(crate) fn program(words: &[String]) -> Program {
    classify(words)
}

/// Where in a script of scripts something stands.
#[derive(Debug, Clone, Default)]
struct At {
    folder: String,
    branch: Option<String>,
    depth: u8,
}

impl At {
    /// In what the command here calls; `branch` is its name when it runs beside others.
    fn inner(&self, branch: Option<String>) -> Self {
        Self {
            folder: self.folder.clone(),
            branch: branch.or_else(|| self.branch.clone()),
            depth: self.depth + 1,
        }
    }
}

fn expand(package: &Package, text: &str, at: &At, found: &mut Vec<Command>) {
    for invocation in shell::invocations(text) {
        let mut assignments = invocation.assignments;
        let words = unwrapped(invocation.words, &mut assignments);
        let at = At { folder: join_folder(&at.folder, &invocation.folder), ..at.clone() };
        command(package, words, assignments, &at, found);
    }
}

fn command(
    package: &Package,
    mut words: Vec<String>,
    assignments: Vec<(String, String)>,
    at: &At,
    found: &mut Vec<Command>,
) {
    let reach = match called(package, &words) {
        Called::Scripts(calls) if at.folder.is_empty() && at.depth < 6 => {
            for Call { script, branch } in calls {
                let before = found.len();
                expand(package, package.script(&script).unwrap_or_default(), &at.inner(branch), found);
                for command in &mut found[before..] {
                    command.assignments.splice(0..0, assignments.iter().cloned());
                }
            }
            return;
        }
        Called::Lines(lines) if at.depth < 6 => {
            for (branch, text) in lines {
                expand(package, &text, &at.inner(Some(branch)), found);
            }
            return;
        }
        Called::Scripts(_) | Called::Elsewhere => Reach::Elsewhere,
        Called::Installation => Reach::Installation,
        Called::Dependency => {
            words.remove(0);
            Reach::Program
        }
        Called::Nothing | Called::Lines(_) => Reach::Program,
    };
    if !words.is_empty() {
        let At { folder, branch, .. } = at.clone();
        found.push(Command { words, assignments, folder, branch, reach });
    }
}

/// A folder from another one, relative to the package: above it, `..` stays.
fn join_folder(outer: &str, inner: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in outer.split('/').chain(inner.split('/')).filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            (part, _) => parts.push(part),
        }
    }
    parts.join("/")
}

/// Without the programs that only set variables or look up another program.
fn unwrapped(mut words: Vec<String>, assignments: &mut Vec<(String, String)>) -> Vec<String> {
    loop {
        let second = words.get(1).map_or("", String::as_str);
        let drop = match words.first().map_or("", |word| path::file_name(word)) {
            "cross-env" | "cross-env-shell" | "npx" | "bunx" | "exec" | "env" | "NODE_ENV" => 1,
            "pnpm" | "yarn" | "npm" if matches!(second, "exec" | "dlx" | "x") => 2,
            "dotenv" | "env-cmd" | "dotenvx" | "doppler" | "infisical" | "op" | "dotenv-cli" => {
                match words.iter().position(|word| word == "--") {
                    Some(at) => at + 1,
                    None => 1 + usize::from(second == "run"),
                }
            }
            "wait-on" | "wait-port" | "sleep" => words.len(),
            first if first.contains('=') && is_assignment(first) => {
                if let Some((name, value)) = first.split_once('=') {
                    assignments.push((name.to_owned(), value.to_owned()));
                }
                1
            }
            _ => break,
        };
        words.drain(..drop.min(words.len()));
        // Options of the wrapper: `npx --yes`, `env-cmd -f .env`.
        while words.first().is_some_and(|word| word.starts_with('-')) {
            let takes_value = words
                .first()
                .is_some_and(|word| matches!(word.as_str(), "-f" | "-e" | "-p" | "--package" | "-c"));
            words.drain(..(1 + usize::from(takes_value)).min(words.len()));
        }
    }
    words
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    })
}
