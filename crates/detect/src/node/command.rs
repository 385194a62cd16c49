//! npm scripts, unwrapped down to the programs they run.

mod classify;

use super::package::Package;
use crate::path;
use crate::shell;
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
}

/// The programs that a script of a package runs, scripts that it calls included, in order.
pub(crate) fn script(package: &Package, name: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(text) = package.script(name) {
        expand(package, text, "", &mut steps, 0);
    }
    steps
}

/// The programs that a command line runs in a package.
pub(crate) fn line(package: &Package, text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    expand(package, text, "", &mut steps, 0);
    steps
}

fn expand(package: &Package, text: &str, folder: &str, steps: &mut Vec<Step>, depth: u8) {
    for invocation in shell::invocations(text) {
        let mut assignments = invocation.assignments;
        let words = unwrapped(invocation.words, &mut assignments);
        let at = join_folder(folder, &invocation.folder);
        step(package, words, assignments, &at, steps, depth);
    }
}

fn step(
    package: &Package,
    words: Vec<String>,
    assignments: Vec<(String, String)>,
    folder: &str,
    steps: &mut Vec<Step>,
    depth: u8,
) {
    let here = folder.is_empty() || folder == ".";
    match called_scripts(&words) {
        Called::Here(names) if here && depth < 6 => {
            for name in names {
                if let Some(text) = package.script(&name) {
                    let before = steps.len();
                    expand(package, text, folder, steps, depth + 1);
                    for step in &mut steps[before..] {
                        step.assignments.splice(0..0, assignments.iter().cloned());
                    }
                }
            }
        }
        Called::Lines(lines) if depth < 6 => {
            for text in lines {
                expand(package, &text, folder, steps, depth + 1);
            }
        }
        Called::Here(_) | Called::Elsewhere => {
            steps.push(Step { program: Program::Delegate, assignments, folder: folder.to_owned() });
        }
        Called::Nothing | Called::Lines(_) => {
            if !words.is_empty() {
                steps.push(Step { program: classify(&words), assignments, folder: folder.to_owned() });
            }
        }
    }
}

fn join_folder(outer: &str, inner: &str) -> String {
    match path::join(outer, inner) {
        root if root == "." => String::new(),
        joined => joined,
    }
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

enum Called {
    /// Scripts of the same package.
    Here(Vec<String>),
    /// Command lines run side by side.
    Lines(Vec<String>),
    /// Scripts of other packages.
    Elsewhere,
    /// None.
    Nothing,
}

/// Which scripts a package manager's or a runner's call runs.
fn called_scripts(words: &[String]) -> Called {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let manager = path::file_name(word(0));
    let plain = |from: usize| {
        words[from.min(words.len())..]
            .iter()
            .filter(|word| !word.starts_with('-'))
            .cloned()
            .collect::<Vec<_>>()
    };
    match manager {
        "npm" | "pnpm" | "yarn" | "bun" => {
            let elsewhere = |word: &String| {
                [
                    "--prefix",
                    "-C",
                    "--cwd",
                    "--filter",
                    "-F",
                    "--workspace",
                    "-w",
                    "--workspaces",
                    "-ws",
                    "-r",
                    "--recursive",
                    "--dir",
                ]
                .iter()
                .any(|option| {
                    word == option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
                })
            };
            if words.iter().any(elsewhere) || matches!(word(1), "workspace" | "workspaces" | "-r") {
                return Called::Elsewhere;
            }
            let names = plain(1);
            match names.first().map(String::as_str) {
                // `bun run dist/index.js`
                Some("run") if manager == "bun" && names.get(1).is_some_and(|name| name.contains('.')) => {
                    Called::Nothing
                }
                Some("run" | "run-script" | "rum") => {
                    Called::Here(names.into_iter().skip(1).take(1).collect())
                }
                Some("start" | "stop" | "restart" | "test") => {
                    Called::Here(names.into_iter().take(1).collect())
                }
                Some("install" | "ci" | "i" | "add" | "dedupe" | "prune" | "audit" | "pack" | "publish")
                | None => Called::Here(Vec::new()),
                // Bun's own bundler, never a script of that name.
                Some("build") if manager == "bun" => Called::Nothing,
                // A program of a dependency, or a file that bun runs.
                Some(first) if manager == "bun" && first.contains('.') => Called::Nothing,
                Some(_) if manager == "npm" => Called::Here(Vec::new()),
                Some(_) => Called::Here(names.into_iter().take(1).collect()),
            }
        }
        "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => Called::Here(plain(1)),
        "concurrently" | "conc" => {
            let lines = plain(1).into_iter().map(|line| match line.split_once(':') {
                Some(("npm" | "pnpm" | "yarn" | "bun", name)) => format!("npm run {name}"),
                _ => line,
            });
            Called::Lines(lines.collect())
        }
        "turbo" | "lerna" | "nx" | "wireit" | "rush" | "moon" => Called::Elsewhere,
        _ => Called::Nothing,
    }
}
