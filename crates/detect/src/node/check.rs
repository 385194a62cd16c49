//! What a package checks its code with: scripts that end by themselves and change no file, by what they run and by their names.

mod kind;

use super::build;
use super::command::{self, Command};
use super::framework;
use super::manager::Installation;
use super::package::Package;
use super::scope::Scope;
use super::tsconfig;
use crate::path;
use crate::shell;
use kind::Verdict;
use model::Place;
use model::facts::{CheckFact, CheckKind, Framework, PackageManager};
use serde_json::Value;

/// Every check of a package, in order; what it has none of is taken from its workspace's root.
pub(crate) fn of(scope: &Scope<'_>, package: &Package) -> Vec<CheckFact> {
    let own = candidates(scope, package);
    let root = scope.root(package);
    let shared = root.map(|root| candidates(scope, root)).unwrap_or_default();
    let up = root.map(|root| path::between(&package.folder, &root.folder)).unwrap_or_default();
    let checks = CheckKind::ALL.iter().filter_map(|kind| {
        let own = best(&own, *kind).map(|found| found.fact(str::to_owned));
        own.or_else(|| types(scope, package).filter(|_| *kind == CheckKind::Types))
            .or_else(|| best(&shared, *kind).map(|found| found.fact(|line| format!("cd {up} && {line}"))))
    });
    checks.collect()
}

/// A script that may be a check.
struct Candidate {
    kind: CheckKind,
    /// How well its name fits; lower is better.
    rank: usize,
    command: String,
    prepare: Option<String>,
    place: Place,
}

impl Candidate {
    /// With its command lines as they are where it is run.
    fn fact(&self, place: impl Fn(&str) -> String) -> CheckFact {
        CheckFact {
            kind: self.kind,
            command: place(&self.command),
            evidence: self.place.clone(),
            prepare: self.prepare.as_deref().map(place),
        }
    }
}

/// The script that fits a kind best; of equals the first in the file's order.
fn best(candidates: &[Candidate], kind: CheckKind) -> Option<&Candidate> {
    candidates.iter().filter(|candidate| candidate.kind == kind).min_by_key(|candidate| candidate.rank)
}

fn candidates(scope: &Scope<'_>, package: &Package) -> Vec<Candidate> {
    let installation = scope.installation(package);
    let found = package.scripts().filter(|(name, _)| !is_hook(package, name)).filter_map(|(name, _)| {
        let commands = command::commands(package, name);
        let (kind, command) = match kind::of(package, name, &commands)? {
            Verdict::Runs(kind) => (kind, installation.run(name)),
            Verdict::Ends(kind, arguments) => (kind, with_arguments(installation, name, &arguments)),
            Verdict::Instead(kind, words) => (kind, installation.exec(&shell::line(&words))),
        };
        // A compiler that writes is no opinion; before tests it only makes what they run.
        if kind == CheckKind::Types && commands.iter().any(|command| emits(scope, package, command)) {
            return None;
        }
        let prepare = browsers(scope, package, kind, &commands).then(|| installation.exec(BROWSERS));
        let place = package.place_of_script(scope.repository, name);
        Some(Candidate { kind, rank: kind::rank(kind, name), command, prepare, place })
    });
    found.collect()
}

/// Installs Playwright's browsers with the libraries of the system that they need (playwright.dev, "Continuous Integration").
const BROWSERS: &str = "playwright install --with-deps";

/// Whether a check drives Playwright's browsers, which come with no package, and does not install them itself.
fn browsers(scope: &Scope<'_>, package: &Package, kind: CheckKind, commands: &[Command]) -> bool {
    let installs = |command: &Command| command.words.windows(2).any(|pair| pair == ["playwright", "install"]);
    let runs = |command: &Command| program(command) == "playwright";
    let has = |name| package.has(name) || scope.root(package).is_some_and(|root| root.has(name));
    let of_tests = kind == CheckKind::EndToEnd && ["@playwright/test", "playwright"].into_iter().any(has);
    (of_tests || commands.iter().any(runs)) && !commands.iter().any(installs)
}

/// Whether a command is the compiler and writes what it compiles.
fn emits(scope: &Scope<'_>, package: &Package, command: &Command) -> bool {
    let words = &command.words;
    if !matches!(program(command), "tsc" | "vue-tsc" | "tsgo") || words.iter().any(|word| word == "--noEmit")
    {
        return false;
    }
    let folder = package.at(&command.folder);
    let named =
        words.iter().position(|word| word == "-p" || word == "--project").and_then(|at| words.get(at + 1));
    let file = path::join(&folder, named.map_or("tsconfig.json", String::as_str));
    !tsconfig::load(scope.repository, &file).is_some_and(|config| config.no_emit)
}

/// Whether a script only runs around another one.
fn is_hook(package: &Package, name: &str) -> bool {
    let around = name.strip_prefix("pre").or_else(|| name.strip_prefix("post"));
    around.is_some_and(|inner| package.script(inner).is_some())
        || matches!(name, "prepare" | "postinstall" | "preinstall" | "prepublishOnly" | "prepack")
}

/// A script with further arguments; npm alone needs to be told where they start.
fn with_arguments(installation: &Installation, script: &str, arguments: &[String]) -> String {
    let run = installation.run(script);
    let arguments = shell::line(arguments);
    match installation.manager {
        PackageManager::Pnpm | PackageManager::Yarn | PackageManager::YarnBerry | PackageManager::Bun => {
            format!("{run} {arguments}")
        }
        _ => format!("{run} -- {arguments}"),
    }
}

/// The compiler, asked for its opinion only, where no script does it.
fn types(scope: &Scope<'_>, package: &Package) -> Option<CheckFact> {
    let config = package.at("tsconfig.json");
    let typescript =
        package.has("typescript") || scope.root(package).is_some_and(|root| root.has("typescript"));
    if !typescript || !scope.repository.has(&config) {
        return None;
    }
    let installation = scope.installation(package);
    let mut parts = build::generate(scope, package, &[]);
    // Next writes the declarations that its own sources need, unless somebody committed them.
    let declared = scope.repository.has(&package.at("next-env.d.ts"));
    let next = framework::site(package) == Some(Framework::NextJs) && !declared;
    if next && package.major("next").is_some_and(|major| major >= 16) {
        parts.push(installation.exec("next typegen"));
    }
    let referred = referred(scope, package, &config);
    if referred.is_empty() {
        parts.push(installation.exec("tsc --noEmit"));
    } else {
        parts.extend(referred.iter().map(|file| installation.exec(&format!("tsc --noEmit -p {file}"))));
    }
    Some(CheckFact {
        kind: CheckKind::Types,
        command: parts.join(" && "),
        evidence: Place::new(config, 1),
        prepare: None,
    })
}

/// The configurations that one without files of its own refers to: with it alone the compiler would look at nothing.
fn referred(scope: &Scope<'_>, package: &Package, config: &str) -> Vec<String> {
    let Some(document) = scope.repository.json(config) else { return Vec::new() };
    let none = document.get("files").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if !none || document.get("include").is_some() {
        return Vec::new();
    }
    let references = document.get("references").and_then(Value::as_array).into_iter().flatten();
    references
        .filter_map(|reference| reference.get("path")?.as_str())
        .filter(|file| {
            let at = package.at(file);
            scope.repository.has(&at) || scope.repository.has(&path::join(&at, "tsconfig.json"))
        })
        .map(|file| path::join(".", file))
        .collect()
}

/// The words of a command, the program's without its folder.
fn program(command: &Command) -> &str {
    command.words.first().map_or("", |word| path::file_name(word))
}
