//! What starts a server or a worker in production, checked against what the build emits.

use super::command::{self, Program, Step};
use super::emit::{Emission, without_extension};
use super::package::Package;
use super::process::{self, Role};
use super::scope::Scope;
use crate::path;
use crate::proposal::Claim;
use crate::shell;
use model::facts::{Confidence, PackageManager, Runtime};

/// How a program is started.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// The command line.
    pub start: Claim<String>,
    /// What is run, from the root: the file itself and the source it is made of.
    pub targets: Vec<String>,
    /// The source.
    pub source: Option<String>,
    /// What runs it.
    pub runtime: Runtime,
    /// A port that the script sets.
    pub port: Option<u16>,
    /// The compiler has to run first though no script says so.
    pub needs_compiler: bool,
}

/// Scripts that start for production, the best first.
pub(crate) const START: &[&str] = &[
    "start:prod",
    "start:production",
    "prod",
    "production",
    "serve:prod",
    "start",
    "start:server",
    "start:api",
    "server",
    "serve",
    "serve:ssr",
];

/// Scripts that start for development: they name the source.
pub(crate) const DEVELOP: &[&str] = &[
    "dev",
    "start:dev",
    "develop",
    "start",
    "dev:server",
    "server:dev",
    "server",
    "watch",
    "dev:api",
    "serve",
];

/// Sources that programs usually start from.
const SOURCES: &[&str] = &["index", "main", "server", "app", "bin/www", "bin/server"];

/// Finds how something in a package is started.
pub(crate) struct Launcher<'s, 'r> {
    /// Everything.
    pub scope: &'s Scope<'r>,
    /// The package.
    pub package: &'s Package,
    /// What its build emits.
    pub emission: &'s Emission,
}

impl Launcher<'_, '_> {
    /// By the first of `start` scripts that runs something, else by the source that one of `develop` scripts names.
    pub(crate) fn by_scripts(&self, start: &[&str], develop: &[&str]) -> Option<Launch> {
        let mut unverified = None;
        for name in start {
            let steps = command::script(self.package, name);
            let launch = self.of_steps(&steps);
            match launch {
                Some(launch) if launch.start.confidence > Confidence::Maybe => return Some(launch),
                other => unverified = unverified.or(other),
            }
        }
        let developed = develop.iter().find_map(|name| {
            command::script(self.package, name).iter().find_map(|step| match &step.program {
                Program::Development { file: Some(file) } | Program::Direct { file, .. } => {
                    self.of_source(&self.existing(&self.at(step, file))?, step)
                }
                _ => None,
            })
        });
        developed.or(unverified)
    }

    /// The program that a script is there for: the last one, or of several side by side the one that listens.
    fn of_steps(&self, steps: &[Step]) -> Option<Launch> {
        let mut beside = self.branches(steps).into_iter().map(|(_, launch)| launch);
        let Some(first) = beside.next() else {
            return steps.iter().rev().find_map(|step| self.of_step(step));
        };
        let listens = |launch: &Launch| {
            let reached = launch.source.as_deref().map(|source| self.scope.modules.reachable(source));
            reached.is_some_and(|reached| process::role(&reached) == Some(Role::Web))
        };
        if listens(&first) { Some(first) } else { Some(beside.find(listens).unwrap_or(first)) }
    }

    /// The programs that run side by side, each with the step that names it.
    pub(crate) fn branches<'t>(&self, steps: &'t [Step]) -> Vec<(&'t Step, Launch)> {
        let named = steps.iter().filter(|step| step.branch.is_some());
        named.filter_map(|step| Some((step, self.of_step(step)?))).collect()
    }

    /// By `main`, then by the names that programs usually have; `accepts` tells whether a source is a program.
    pub(crate) fn by_convention(&self, accepts: impl Fn(&str) -> bool) -> Option<Launch> {
        let step = Step::bare();
        let main = self.package.text("/main").map(|main| self.package.at(main));
        let main = main.and_then(|main| {
            self.emission.source_of(self.scope.repository, &main).or_else(|| self.existing(&main))
        });
        let usual = ["src", ".", "server", "src/server", "api"].iter().flat_map(|folder| {
            SOURCES.iter().filter_map(move |name| {
                self.scope.modules.file(&self.package.at(&format!("{folder}/{name}")))
            })
        });
        main.into_iter()
            .chain(usual)
            .filter(|source| accepts(source))
            .find_map(|source| self.of_source(&source, &step))
            .map(|mut launch| {
                launch.start.confidence = launch.start.confidence.min(Confidence::Likely);
                launch
            })
    }

    fn at(&self, step: &Step, file: &str) -> String {
        path::join(&path::join(&self.package.folder, &step.folder), file)
    }

    fn existing(&self, path: &str) -> Option<String> {
        if self.scope.repository.has(path) { Some(path.to_owned()) } else { self.scope.modules.file(path) }
    }

    /// A path from the root, as the package sees it.
    fn seen(&self, target: &str) -> String {
        path::join_up(&self.package.folder, target)
    }

    fn of_step(&self, step: &Step) -> Option<Launch> {
        match &step.program {
            Program::Node { options, file, arguments } => self.of_node(step, options, file, arguments),
            Program::Direct { words, file } => self.of_direct(step, words, file),
            Program::Nest { application } => {
                let source = self.nest_source(application.as_deref())?;
                self.of_source(&source, step)
            }
            Program::Server { words } => self.of_server(step, words),
            Program::Development { .. }
            | Program::Files
            | Program::Build { .. }
            | Program::Migration
            | Program::Delegate
            | Program::Other { .. } => None,
        }
    }

    fn launch(&self, start: Claim<String>, target: &str, source: Option<String>, step: &Step) -> Launch {
        let port = step
            .assignments
            .iter()
            .find(|(name, _)| name == "PORT")
            .and_then(|(_, value)| value.parse().ok());
        let mut targets = vec![target.to_owned()];
        targets.extend(source.clone());
        targets.dedup();
        Launch { start, targets, source, runtime: Runtime::Node, port, needs_compiler: false }
    }

    /// `node file`: the file is a source, or something emits it, or it is replaced by what is emitted for the source that
    /// is meant.
    fn of_node(&self, step: &Step, options: &[String], file: &str, arguments: &[String]) -> Option<Launch> {
        let repository = self.scope.repository;
        let target =
            self.at(step, if file == "." { self.package.text("/main").unwrap_or("index.js") } else { file });
        let line = |target: &str| {
            let mut words = vec!["node".to_owned()];
            words.extend(options.iter().flat_map(|option| option.split(' ').map(str::to_owned)));
            words.push(self.seen(target));
            words.extend(arguments.iter().cloned());
            self.with_variables(step, &words)
        };
        if let Some(existing) = self.existing(&target).filter(|path| !is_typescript(path)) {
            return Some(self.launch(
                Claim::certain(line(&existing)),
                &existing,
                Some(existing.clone()),
                step,
            ));
        }
        if let Some(source) = self.emission.source_of(repository, &target) {
            let emitted = self.emission.emitted(&source).unwrap_or_else(|| target.clone());
            return Some(self.launch(Claim::certain(line(&emitted)), &emitted, Some(source), step));
        }
        if self.emission.may_emit(&target) {
            let source = self.guess(&target);
            let target = with_extension(&target);
            return Some(self.launch(Claim::likely(line(&target)), &target, source, step));
        }
        if let Some(source) = self.guess(&target) {
            if let Some(emitted) = self.emission.emitted(&source) {
                return Some(self.launch(Claim::likely(line(&emitted)), &emitted, Some(source), step));
            }
            let mut launch =
                self.launch(Claim::likely(line(&with_extension(&target))), &target, Some(source), step);
            launch.needs_compiler = self.emission.is_empty() && self.scope.has_tsconfig(self.package);
            return Some(launch);
        }
        let target = with_extension(&target);
        Some(self.launch(Claim::maybe(line(&target)), &target, None, step))
    }

    /// The source that a file which nothing emits was probably meant to be: `dist/index.js` is `src/index.ts`.
    fn guess(&self, target: &str) -> Option<String> {
        let relative = path::relative(target, &self.package.folder)?;
        let stem = without_extension(relative);
        let below = stem.split_once('/').map_or(stem, |(_, rest)| rest);
        let name = path::file_name(stem);
        [
            stem.to_owned(),
            below.to_owned(),
            format!("src/{below}"),
            format!("src/{name}"),
            name.to_owned(),
            format!("server/{name}"),
            below.trim_start_matches("src/").to_owned(),
        ]
        .iter()
        .find_map(|stem| self.scope.modules.file(&self.package.at(stem)))
    }

    /// Settings in front of the program that it needs and that are not settings of the environment.
    fn with_variables(&self, step: &Step, words: &[String]) -> String {
        let kept = step
            .assignments
            .iter()
            .filter(|(name, _)| name.starts_with("TS_NODE") || name == "NODE_OPTIONS" || name == "NODE_PATH");
        let mut line: Vec<String> = kept
            .map(|(name, value)| format!("{name}={}", shell::line(std::slice::from_ref(value))))
            .collect();
        line.push(shell::line(words));
        line.join(" ")
    }

    fn of_direct(&self, step: &Step, words: &[String], file: &str) -> Option<Launch> {
        let runner = words.first().map_or("", |word| path::file_name(word));
        if runner == "bun" {
            return self.of_bun(step, words, file);
        }
        let source = self.existing(&self.at(step, file))?;
        let runs_as_is = self.package.has_at_run(runner) || self.emission.emitted(&source).is_none();
        if runs_as_is && runner != "node" {
            let mut words = words.to_vec();
            words[0] = self.scope.bin(self.package, runner);
            return Some(self.launch(
                Claim::certain(self.with_variables(step, &words)),
                &source,
                Some(source.clone()),
                step,
            ));
        }
        if runner == "node" && self.emission.emitted(&source).is_none() {
            return Some(self.launch(
                Claim::certain(self.with_variables(step, words)),
                &source,
                Some(source.clone()),
                step,
            ));
        }
        self.of_source(&source, step)
    }

    /// `bun file`: a source, which Bun runs as it is, or a file that the build emits.
    fn of_bun(&self, step: &Step, words: &[String], file: &str) -> Option<Launch> {
        let target = self.at(step, file);
        let source = self
            .existing(&target)
            .or_else(|| self.emission.source_of(self.scope.repository, &target))
            .or_else(|| self.guess(&target).filter(|_| self.emission.may_emit(&target)))?;
        let line = shell::line(words).replacen("bun run ", "bun ", 1);
        let mut launch = self.launch(Claim::certain(line), &target, Some(source), step);
        launch.runtime = Runtime::Bun;
        Some(launch)
    }

    /// A source, as what it is emitted as; run as it is where nothing is emitted and that is possible.
    pub(crate) fn of_source(&self, source: &str, step: &Step) -> Option<Launch> {
        if let Some(emitted) = self.emission.emitted(source) {
            let line = format!("node {}", self.seen(&emitted));
            return Some(self.launch(Claim::certain(line), &emitted, Some(source.to_owned()), step));
        }
        let seen = self.seen(source);
        if !is_typescript(source) {
            return Some(self.launch(
                Claim::likely(format!("node {seen}")),
                source,
                Some(source.to_owned()),
                step,
            ));
        }
        if self.scope.installation(self.package).manager == PackageManager::Bun {
            let line = Claim::likely(format!("bun {seen}"));
            let mut launch = self.launch(line, source, Some(source.to_owned()), step);
            launch.runtime = Runtime::Bun;
            return Some(launch);
        }
        let runner = ["tsx", "ts-node"].into_iter().find(|runner| self.package.has(runner));
        let compiles = self.emission.is_empty() && self.scope.has_tsconfig(self.package);
        let mut launch = match runner {
            Some(runner) if !compiles || self.package.has_at_run(runner) => {
                let line = format!("{} {seen}", self.scope.bin(self.package, runner));
                self.launch(Claim::likely(line), source, Some(source.to_owned()), step)
            }
            _ => self.launch(Claim::maybe(format!("node {seen}")), source, Some(source.to_owned()), step),
        };
        launch.needs_compiler = compiles && !runner.is_some_and(|runner| self.package.has_at_run(runner));
        Some(launch)
    }

    /// A framework's own server, without the package manager.
    fn of_server(&self, step: &Step, words: &[String]) -> Option<Launch> {
        let mut words = words.to_vec();
        let program = path::file_name(words.first()?).to_owned();
        words[0] = self.scope.bin(self.package, &program);
        let port = port_option(&words);
        let mut launch = self.launch(Claim::certain(shell::line(&words)), &self.package.folder, None, step);
        launch.targets.clear();
        launch.port = launch.port.or(port);
        Some(launch)
    }

    fn nest_source(&self, application: Option<&str>) -> Option<String> {
        let cli = self.scope.repository.json(&self.package.at("nest-cli.json"));
        let project = application.and_then(|name| cli.as_ref()?.pointer(&format!("/projects/{name}")));
        let text = |name: &str| {
            let value = project.and_then(|project| project.get(name)).or_else(|| cli.as_ref()?.get(name))?;
            value.as_str()
        };
        let root = text("sourceRoot").unwrap_or("src");
        let entry = text("entryFile").unwrap_or("main");
        self.scope.modules.file(&self.package.at(&format!("{root}/{entry}")))
    }
}

/// `-p 4000`, `--port 4000`, `--port=4000`.
pub(crate) fn port_option(words: &[String]) -> Option<u16> {
    words.iter().enumerate().find_map(|(at, word)| match word.as_str() {
        "-p" | "--port" => words.get(at + 1)?.parse().ok(),
        word => word.strip_prefix("--port=").or_else(|| word.strip_prefix("-p"))?.parse().ok(),
    })
}

pub(crate) fn is_typescript(path: &str) -> bool {
    [".ts", ".tsx", ".mts", ".cts"].iter().any(|end| path.ends_with(end))
}

fn with_extension(target: &str) -> String {
    let known = [".js", ".mjs", ".cjs"].iter().any(|end| target.ends_with(end));
    if known { target.to_owned() } else { format!("{target}.js") }
}
