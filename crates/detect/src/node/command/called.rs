//! Which scripts a call of a package manager or of a runner of scripts runs.

use super::Package;
use crate::path;

/// What a command calls.
pub(super) enum Called {
    /// Scripts of the same package.
    Scripts(Vec<Call>),
    /// Command lines run side by side, by name; a name may be empty.
    Lines(Vec<(String, String)>),
    /// Scripts of other packages.
    Elsewhere,
    /// Nothing: what follows the package manager's name is a program that a dependency brings.
    Dependency,
    /// Nothing: it installs.
    Installation,
    /// Nothing: it is a program itself.
    Nothing,
}

/// A script that is called.
pub(super) struct Call {
    /// Its name.
    pub script: String,
    /// The name it has among the others, when it runs beside them.
    pub branch: Option<String>,
}

/// Options that make a package manager run something in other packages.
const ELSEWHERE: &[&str] = &[
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
];

/// Options of `concurrently` that take the next word as their value.
const CONCURRENTLY_VALUES: &[&str] = &[
    "-n",
    "--names",
    "--name-separator",
    "-c",
    "--prefix-colors",
    "-p",
    "--prefix",
    "-l",
    "--prefix-length",
    "-t",
    "--timestamp-format",
    "-s",
    "--success",
    "-m",
    "--max-processes",
    "--restart-tries",
    "--restart-after",
    "--hide",
    "--default-input-target",
    "--kill-signal",
    "--kill-timeout",
    "--teardown",
];

/// Which scripts of `package` or of others a command runs.
pub(super) fn called(package: &Package, words: &[String]) -> Called {
    let program = words.first().map_or("", |word| path::file_name(word));
    match program {
        "npm" | "pnpm" | "yarn" | "bun" => by_manager(package, program, words),
        "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => side_by_side(package, program, words),
        "concurrently" | "conc" => concurrently(package, words),
        "turbo" | "lerna" | "nx" | "wireit" | "rush" | "moon" => Called::Elsewhere,
        _ => Called::Nothing,
    }
}

fn one(script: &str) -> Called {
    Called::Scripts(vec![Call { script: script.to_owned(), branch: None }])
}

fn by_manager(package: &Package, manager: &str, words: &[String]) -> Called {
    let is = |word: &String, option: &str| {
        word.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    let second = words.get(1).map_or("", String::as_str);
    let elsewhere = words.iter().any(|word| ELSEWHERE.iter().any(|option| is(word, option)));
    let mut names = words.iter().skip(1).filter(|word| !word.starts_with('-')).map(String::as_str);
    let first = names.next();
    if matches!(first, Some("install" | "ci" | "i")) || first.is_none() {
        return Called::Installation;
    }
    if elsewhere || matches!(second, "workspace" | "workspaces") {
        return Called::Elsewhere;
    }
    match first {
        // `bun run dist/index.js`
        Some("run") if manager == "bun" => match names.next() {
            Some(name) if name.contains('.') => Called::Nothing,
            name => name.map_or(Called::Scripts(Vec::new()), one),
        },
        Some("run" | "run-script" | "rum") => names.next().map_or(Called::Scripts(Vec::new()), one),
        // Bun's own tests and bundler; a script of that name needs `bun run`.
        Some("test" | "build") if manager == "bun" => Called::Nothing,
        Some(name @ ("start" | "stop" | "restart" | "test")) => one(name),
        Some("add" | "dedupe" | "prune" | "audit" | "pack" | "publish") | None => Called::Scripts(Vec::new()),
        // A program of a dependency, or a file that bun runs.
        Some(name) if manager == "bun" && name.contains('.') => Called::Nothing,
        Some(_) if manager == "npm" => Called::Scripts(Vec::new()),
        Some(name) if package.script(name).is_none() && name == second => Called::Dependency,
        Some(name) => one(name),
    }
}

/// `npm-run-all`: one after the other, or from `--parallel` on beside each other.
fn side_by_side(package: &Package, program: &str, words: &[String]) -> Called {
    let mut beside = program == "run-p";
    let mut calls = Vec::new();
    for word in &words[1..] {
        match word.as_str() {
            "-p" | "--parallel" => beside = true,
            "-s" | "--sequential" | "--serial" => beside = false,
            word if word.starts_with('-') => {}
            word => {
                // `"start:web -- --port 3"`
                let name = word.split(' ').next().unwrap_or(word);
                calls.extend(matching(package, name).into_iter().map(|script| {
                    let branch = beside.then(|| script.clone());
                    Call { script, branch }
                }));
            }
        }
    }
    Called::Scripts(calls)
}

/// The scripts that a name with `*` or `**` in it means, in the order of the file.
fn matching(package: &Package, name: &str) -> Vec<String> {
    let Some((before, after)) = name.split_once('*') else { return vec![name.to_owned()] };
    let deep = after.starts_with('*');
    let after = after.trim_start_matches('*');
    let fits = |script: &str| {
        let middle = script.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        middle.is_some_and(|middle| !middle.is_empty() && (deep || !middle.contains(':')))
    };
    package.scripts().map(|(script, _)| script).filter(|script| fits(script)).map(str::to_owned).collect()
}

fn concurrently(package: &Package, words: &[String]) -> Called {
    let mut names: Vec<String> = Vec::new();
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut at = 1;
    while let Some(word) = words.get(at) {
        at += 1;
        if let Some(list) = word.strip_prefix("--names=") {
            names = list.split(',').map(|name| name.trim().to_owned()).collect();
        } else if CONCURRENTLY_VALUES.contains(&word.as_str()) {
            if matches!(word.as_str(), "-n" | "--names") {
                let list = words.get(at).map_or("", String::as_str);
                names = list.split(',').map(|name| name.trim().to_owned()).collect();
            }
            at += 1;
        } else if !word.starts_with('-') {
            match word.split_once(':') {
                Some((manager @ ("npm" | "pnpm" | "yarn" | "bun"), name)) => {
                    let calls = matching(package, name).into_iter();
                    lines.extend(calls.map(|script| (script.clone(), format!("{manager} run {script}"))));
                }
                _ => lines.push((String::new(), word.clone())),
            }
        }
    }
    for ((name, _), given) in lines.iter_mut().zip(names) {
        *name = given;
    }
    Called::Lines(lines)
}
