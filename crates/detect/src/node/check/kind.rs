//! Which kind of check a script is.

use super::super::command::{Command, Reach};
use super::super::package::Package;
use super::program;
use model::facts::CheckKind;

/// What becomes of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is run as it is.
    Runs(CheckKind),
    /// It would wait for changes; with these arguments it ends.
    Ends(CheckKind, Vec<String>),
    /// It would write; these words do the same without that.
    Instead(CheckKind, Vec<String>),
}

/// What one command of a script does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    /// It checks something by itself.
    Checks(CheckKind),
    /// It runs tests; the script's name and its words tell which.
    Tests,
    /// It runs tests in a browser.
    Browses,
    /// It runs tests and counts what they reach.
    Counts,
    /// Nobody can tell: the script's name has to.
    Anything,
    /// It prepares, or says something.
    Nothing,
    /// It is for a person who sits in front of it, or it changes files.
    Refuses,
}

/// What a script of a package is as a check; `None` when it is none.
pub(super) fn of(package: &Package, name: &str, commands: &[Command]) -> Option<Verdict> {
    if is_for_people(name) {
        return None;
    }
    if let [only] = commands {
        if let Some(arguments) = ending(package, only) {
            return Some(Verdict::Ends(of_tests(name, &only.words, by_runner(only)), arguments));
        }
        if let Some(words) = without_fix(only) {
            return Some(Verdict::Instead(CheckKind::Lint, words));
        }
    }
    let unfit = |command: &Command| waits(command) || writes(command) || ending(package, command).is_some();
    let does: Vec<Does> = commands.iter().map(|command| does(package, command)).collect();
    if does.contains(&Does::Refuses) || commands.iter().any(unfit) {
        return None;
    }
    let named = by_name(name);
    // One that also builds or deploys is not for checking, unless it is called so.
    if named.is_none() && does.contains(&Does::Anything) {
        return None;
    }
    let tests = does.iter().zip(commands).filter_map(|(does, command)| match does {
        Does::Tests | Does::Browses | Does::Counts => Some(of_tests(name, &command.words, *does)),
        Does::Checks(_) | Does::Anything | Does::Nothing | Does::Refuses => None,
    });
    // Several kinds of tests in one script: the most demanding one decides what it needs.
    if let Some(kind) = tests.max() {
        return Some(Verdict::Runs(kind));
    }
    let checks: Vec<CheckKind> = does.iter().filter_map(|does| does.checks()).collect();
    let called_so = named.filter(|kind| checks.contains(kind) || does.contains(&Does::Anything));
    let kind = called_so
        .or_else(|| checks.iter().find(|kind| **kind == CheckKind::Lint).copied())
        .or_else(|| checks.first().copied());
    kind.map(Verdict::Runs)
}

impl Does {
    const fn checks(self) -> Option<CheckKind> {
        match self {
            Self::Checks(kind) => Some(kind),
            Self::Tests | Self::Browses | Self::Counts | Self::Anything | Self::Nothing | Self::Refuses => {
                None
            }
        }
    }
}

/// Whether a script's name says that somebody sits in front of it.
fn is_for_people(name: &str) -> bool {
    name.split([':', '-', '_', '.'])
        .any(|part| matches!(part, "watch" | "debug" | "ui" | "open" | "dev" | "headed"))
}

fn does(package: &Package, command: &Command) -> Does {
    match command.reach {
        Reach::Program => by_program(package, command),
        // Which packages it reaches depends on the history.
        Reach::Elsewhere if command.words.iter().any(|word| word == "affected" || word.contains("...[")) => {
            Does::Refuses
        }
        Reach::Elsewhere => Does::Anything,
        Reach::Installation => Does::Nothing,
    }
}

fn by_program(package: &Package, command: &Command) -> Does {
    let has = |option: &str| command.words.iter().any(|word| word == option);
    let second = command.words.get(1).map_or("", String::as_str);
    match (program(command), second) {
        ("prettier", _) if ["--check", "-c", "--list-different", "-l"].iter().any(|option| has(option)) => {
            Does::Checks(CheckKind::Format)
        }
        ("oxfmt", _) if has("--check") => Does::Checks(CheckKind::Format),
        ("biome", "format") | ("dprint", "check") => Does::Checks(CheckKind::Format),
        ("oxfmt" | "prettier" | "dprint", _) => Does::Refuses,
        ("next", "lint") if package.major("next").is_none_or(|major| major < 16) => {
            Does::Checks(CheckKind::Lint)
        }
        ("eslint" | "oxlint" | "xo" | "standard" | "ts-standard" | "tslint" | "stylelint", _)
        | ("biome", "lint" | "check" | "ci")
        | ("ng" | "nx", "lint") => Does::Checks(CheckKind::Lint),
        ("vue-cli-service", "lint") if has("--no-fix") => Does::Checks(CheckKind::Lint),
        ("tsc" | "vue-tsc" | "tsgo", _) if has("--noEmit") => Does::Checks(CheckKind::Types),
        ("svelte-check", _) | ("astro", "check") => Does::Checks(CheckKind::Types),
        ("next" | "react-router", "typegen") | ("svelte-kit", "sync") => Does::Nothing,
        ("echo" | "exit" | "true" | ":" | "printf" | "rimraf" | "rm" | "mkdir" | "set", _) => Does::Nothing,
        ("prisma" | "drizzle-kit" | "typeorm" | "knex" | "sequelize" | "sequelize-cli", _) => Does::Nothing,
        _ => by_runner(command),
    }
}

/// Programs that run tests.
fn by_runner(command: &Command) -> Does {
    let counts =
        |option: &String| option.starts_with("--coverage") || option == "--experimental-test-coverage";
    let counting = command.words.iter().any(counts);
    let second = command.words.get(1).map_or("", String::as_str);
    let tests = if counting { Does::Counts } else { Does::Tests };
    match (program(command), second) {
        ("playwright", "test")
        | ("cypress", "run")
        | ("wdio" | "testcafe" | "nightwatch" | "codeceptjs", _) => Does::Browses,
        ("playwright", "install") => Does::Nothing,
        ("playwright" | "cypress", _) => Does::Refuses,
        ("start-server-and-test" | "server-test", _) => Does::Browses,
        ("c8" | "nyc", _) => Does::Counts,
        ("vitest", "watch" | "dev" | "bench") => Does::Refuses,
        ("jest" | "vitest" | "mocha" | "ava" | "tap" | "tape" | "uvu" | "jasmine" | "lab", _)
        | ("bun", "test") => tests,
        ("react-scripts" | "craco" | "react-app-rewired" | "ng", "test") => tests,
        ("vue-cli-service", "test:unit") => tests,
        ("vue-cli-service", "test:e2e") | ("ng", "e2e") => Does::Browses,
        ("node" | "tsx" | "ts-node" | "babel-node", _) if is_node_test(&command.words) => tests,
        (_, _) if is_node_ace_test(&command.words) => tests,
        _ => Does::Anything,
    }
}

/// `node --test`, and runners that Node starts by their files: `node node_modules/.bin/jest`.
fn is_node_test(words: &[String]) -> bool {
    let runners = ["/jest", "/vitest", "/mocha", "jest/bin/jest.js", "vitest/vitest.mjs"];
    words.iter().any(|word| {
        word == "--test"
            || word.contains("node_modules/") && runners.iter().any(|runner| word.ends_with(runner))
    })
}

fn is_node_ace_test(words: &[String]) -> bool {
    let [program, ace, test, ..] = words else { return false };
    program == "node" && ace.starts_with("ace") && test == "test"
}

/// Which tests a script runs: what it runs tells more than its name, except that a plain runner may be used for anything.
fn of_tests(name: &str, words: &[String], does: Does) -> CheckKind {
    if does == Does::Browses {
        return CheckKind::EndToEnd;
    }
    let named = by_name(name).filter(|kind| *kind > CheckKind::Types);
    let leaves_out = words.iter().any(|word| {
        let word = word.to_ascii_lowercase();
        word.starts_with("--") && (word.contains("ignore") || word.contains("exclude"))
    });
    let told = words.iter().skip(1).filter_map(|word| by_word(word)).max().filter(|_| !leaves_out);
    match (named, told) {
        (Some(CheckKind::Coverage), _) => CheckKind::Coverage,
        // `test` is what every package calls its tests, whatever they are.
        (Some(CheckKind::Unit) | None, Some(told)) if !name.contains("unit") => told,
        (Some(CheckKind::Unit), _) => CheckKind::Unit,
        (Some(named), _) => named,
        (None, _) if does == Does::Counts => CheckKind::Coverage,
        (None, told) => told.unwrap_or(CheckKind::Unit),
    }
}

/// The kind that a word of a path or of a name tells.
fn by_word(text: &str) -> Option<CheckKind> {
    let lower = text.to_ascii_lowercase();
    let mut parts = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.find_map(|part| match part {
        "e2e" | "acceptance" | "playwright" | "cypress" => Some(CheckKind::EndToEnd),
        "integration" => Some(CheckKind::Integration),
        _ => None,
    })
}

/// The kind that a script's name tells.
fn by_name(name: &str) -> Option<CheckKind> {
    let lower = name.to_ascii_lowercase().replace("end-to-end", "e2e");
    let parts: Vec<&str> = lower.split([':', '-', '_', '.']).collect();
    let has = |words: &[&str]| parts.iter().any(|part| words.contains(part));
    let tests = has(&["test", "tests", "spec"]);
    let kind = if has(&["coverage", "cov"]) {
        CheckKind::Coverage
    } else if has(&["e2e", "acceptance", "cypress", "playwright"]) {
        CheckKind::EndToEnd
    } else if has(&["integration"]) || tests && has(&["int", "it", "api"]) {
        CheckKind::Integration
    } else if has(&["typecheck", "typescheck", "types", "tsc", "checktypes"])
        || has(&["check"]) && has(&["type", "ts"])
    {
        CheckKind::Types
    } else if has(&["lint", "eslint", "linting"]) {
        CheckKind::Lint
    } else if has(&["format", "prettier", "fmt", "formatting"]) && has(&["check", "ci", "verify"]) {
        CheckKind::Format
    } else if lower == "test"
        || lower == "tests"
        || has(&["unit"])
        || tests && has(&["ci", "run", "all", "once"])
    {
        CheckKind::Unit
    } else {
        return None;
    };
    Some(kind)
}

/// How well a name fits a kind: first the plain one, then those made for a build server, then any other.
pub(super) fn rank(kind: CheckKind, name: &str) -> usize {
    let names: &[&str] = match kind {
        CheckKind::Format => &["format:check", "check:format", "prettier:check", "format-check"],
        CheckKind::Lint => &["lint:ci", "lint", "lint:check", "eslint", "lint:js", "lint:ts"],
        CheckKind::Types => {
            &["typecheck", "type-check", "check-types", "check:types", "types:check", "types", "tsc"]
        }
        CheckKind::Unit => &["test:unit", "unit", "test:ci", "test", "tests", "test:run"],
        CheckKind::Integration => &["test:integration", "integration", "test:int", "test:api"],
        CheckKind::EndToEnd => &["test:e2e", "e2e", "test:e2e:ci", "e2e:ci", "cypress:run", "playwright"],
        CheckKind::Coverage => &["test:coverage", "coverage", "test:cov", "test:unit:coverage"],
    };
    names.iter().position(|known| *known == name).unwrap_or(names.len())
}

/// What makes a runner end that otherwise waits for changes.
fn ending(package: &Package, command: &Command) -> Option<Vec<String>> {
    let has = |option: &str| {
        command.words.iter().any(|word| word == option || word.starts_with(&format!("{option}=")))
    };
    if command.reach != Reach::Program || waits(command) || writes(command) {
        return None;
    }
    let second = command.words.get(1).map_or("", String::as_str);
    let arguments: &[&str] = match (program(command), second) {
        ("vitest", "run" | "watch" | "dev" | "bench" | "list" | "related") => return None,
        ("vitest", _) if !has("--run") && !has("--watch") => &["--run"],
        ("react-scripts" | "craco" | "react-app-rewired", "test")
            if !has("--watchAll") && !is_ci(command) =>
        {
            &["--watchAll=false"]
        }
        ("ng", "test") if !has("--watch") && package.has("karma-chrome-launcher") => {
            &["--watch=false", "--browsers=ChromeHeadless"]
        }
        ("ng", "test") if !has("--watch") => &["--watch=false"],
        _ => return None,
    };
    Some(arguments.iter().map(|argument| (*argument).to_owned()).collect())
}

fn is_ci(command: &Command) -> bool {
    command.assignments.iter().any(|(name, value)| name == "CI" && value != "false")
}

/// A linter that would repair what it finds, without that.
fn without_fix(command: &Command) -> Option<Vec<String>> {
    const FIXES: &[&str] = &["--fix", "--write", "--apply", "--fix-type"];
    let linter = match (program(command), command.words.get(1).map_or("", String::as_str)) {
        ("eslint" | "oxlint" | "stylelint", _) | ("biome", "lint" | "check") => true,
        (_, _) => false,
    };
    if command.reach != Reach::Program
        || !linter
        || waits(command)
        || !writes(command)
        || !command.folder.is_empty()
    {
        return None;
    }
    let fixes = |word: &str| FIXES.contains(&word.split('=').next().unwrap_or(word));
    Some(command.words.iter().filter(|word| !fixes(word)).cloned().collect())
}

/// Whether a command waits for changes or for a person.
fn waits(command: &Command) -> bool {
    let mut words = command.words.iter();
    let watcher = ["nodemon", "tsc-watch", "chokidar", "onchange", "watchexec"].contains(&program(command));
    watcher
        || words.any(|word| {
            matches!(
                word.as_str(),
                "--watch"
                    | "--watchAll"
                    | "--watch-all"
                    | "--watch=true"
                    | "--watchAll=true"
                    | "--ui"
                    | "--headed"
                    | "--debug"
                    | "--inspect"
                    | "--inspect-brk"
                    | "--open"
            ) || word == "-w"
                && matches!(program(command), "tsc" | "mocha" | "vitest" | "ava" | "vue-tsc" | "tap")
        })
}

/// Whether a command changes files.
fn writes(command: &Command) -> bool {
    command.words.iter().any(|word| {
        matches!(
            word.as_str(),
            "--fix"
                | "--fix=true"
                | "--write"
                | "--apply"
                | "--apply-unsafe"
                | "--unsafe"
                | "--updateSnapshot"
                | "--update-snapshots"
                | "--update-snapshot"
                | "--update"
        ) || word == "-u" && matches!(program(command), "jest" | "vitest")
    }) || matches!(program(command), "git" | "lint-staged")
}
