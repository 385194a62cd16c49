//! What a program does, told by what its modules call, and the programs of a package besides its main one.

use super::command::{self, Step};
use super::emit::{Emission, without_extension};
use super::entry::{Launch, Launcher, START};
use super::package::Package;
use super::port;
use super::scope::Scope;
use super::source::{Call, Module};
use crate::path;
use model::Place;
use model::facts::{Confidence, Framework, ServiceKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It listens.
    Web,
    /// It works off a queue of BullMQ.
    BullMq,
    /// It works off another queue, or stays connected to a service, like a bot.
    Worker,
    /// It starts work by the clock.
    Scheduler,
    /// It runs, and nothing tells what for.
    Unknown,
}

impl Role {
    /// The kind of service it is.
    pub(crate) const fn kind(self) -> ServiceKind {
        match self {
            Self::Web => ServiceKind::Web,
            Self::BullMq | Self::Worker | Self::Unknown => ServiceKind::Worker,
            Self::Scheduler => ServiceKind::Scheduler,
        }
    }

    /// The framework of a program with this role in a package with that server framework.
    pub(crate) fn framework(self, server: Option<Framework>, reached: &[Arc<Module>]) -> Option<Framework> {
        match self {
            Self::Web => server.or_else(|| {
                reached
                    .iter()
                    .any(|module| loads(module, &["http", "node:http", "https"]))
                    .then_some(Framework::NodeHttp)
            }),
            Self::BullMq => {
                Some(server.filter(|server| *server == Framework::NestJs).unwrap_or(Framework::BullMq))
            }
            Self::Worker | Self::Scheduler | Self::Unknown => {
                server.filter(|server| *server == Framework::NestJs)
            }
        }
    }
}

fn loads(module: &Module, names: &[&str]) -> bool {
    module.sources.iter().any(|source| names.contains(&source.as_str()))
}

/// What a program of these modules does; `None` when nothing tells.
pub(crate) fn role(reached: &[Arc<Module>]) -> Option<Role> {
    let any = |test: &dyn Fn(&Module, &Call) -> bool| {
        reached.iter().any(|module| module.calls.iter().any(|call| test(module, call)))
    };
    let microservice =
        any(&|_, call| call.method() == "createMicroservice") && !any(&|_, call| call.method() == "create");
    if any(&|_, call| port::listens(call)) && !microservice {
        return Some(Role::Web);
    }
    work(reached)
}

/// What a program works on besides answering requests.
fn work(reached: &[Arc<Module>]) -> Option<Role> {
    let any = |test: &dyn Fn(&Module, &Call) -> bool| {
        reached.iter().any(|module| module.calls.iter().any(|call| test(module, call)))
    };
    if any(&|module, call| call.constructs && call.method() == "Worker" && loads(module, &["bullmq"])) {
        return Some(Role::BullMq);
    }
    let works = any(&|module, call| match call.method() {
        "process" => loads(module, &["bull", "bee-queue", "kue"]),
        "consume" => {
            loads(module, &["amqplib", "amqplib/callback_api", "amqp-connection-manager"])
                || call.arguments.len() > 1
        }
        "run" => call.arguments.first().is_some_and(|options| {
            options.property("eachMessage").or(options.property("eachBatch")).is_some()
        }),
        "login" => loads(module, &["discord.js", "eris", "oceanic.js"]),
        "launch" => loads(module, &["telegraf"]),
        "start" => loads(module, &["@slack/bolt", "grammy", "sqs-consumer", "agenda"]),
        "connectMicroservice" | "createMicroservice" => true,
        _ => false,
    });
    let logs_in = reached.iter().any(|module| {
        loads(
            module,
            &[
                "discord.js",
                "telegraf",
                "grammy",
                "eris",
                "@temporalio/worker",
                "graphile-worker",
                "whatsapp-web.js",
            ],
        )
    });
    if works || logs_in {
        return Some(Role::Worker);
    }
    let clocked = any(&|module, call| {
        call.method() == "schedule" && loads(module, &["node-cron", "node-schedule", "croner"])
            || call.method() == "CronJob"
    });
    clocked.then_some(Role::Scheduler)
}

/// The role of a package's main program. One that is called a worker or a bot and works as one is one, though it may listen too,
/// for its queue's dashboard or for probes; so is one that is called nothing but a worker.
pub(crate) fn main_role(package: &Package, reached: &[Arc<Module>]) -> Option<Role> {
    let name = package.name().unwrap_or_default();
    let called =
        name.split(['/', '-']).chain(package.folder.split(['/', '-'])).any(|part| WORDS.contains(&part));
    let last = name.rsplit('/').next().unwrap_or_default();
    let only = matches!(last, "worker" | "workers" | "consumer" | "consumers");
    let does = work(reached).filter(|_| called);
    let whole = role(reached);
    does.or_else(|| whole.map(|role| if only && role == Role::Web { Role::Worker } else { role }))
}

/// A program of a package besides its main one.
pub(crate) struct Other {
    /// Its name among the package's programs.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// How it is started.
    pub launch: Launch,
    /// What proves it.
    pub place: Place,
    /// How sure.
    pub confidence: Confidence,
}

/// Words in script and file names that mean another program than the main one.
const WORDS: &[&str] =
    &["worker", "workers", "queue", "consumer", "scheduler", "cron", "bot", "jobs", "processor", "listener"];

/// Words that make no difference to which program a script starts.
const NEUTRAL: &[&str] = &["start", "run", "prod", "production", "serve", "dev", "develop", "watch", "debug"];

/// The other programs of a package: those its scripts start, then files named like one that nothing else loads.
pub(crate) fn others(
    scope: &Scope<'_>,
    package: &Package,
    emission: &Emission,
    main: &[Arc<Module>],
) -> Vec<Other> {
    let launcher = Launcher { scope, package, emission };
    let mut by_name: BTreeMap<String, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
    for (script, _) in package.scripts() {
        let parts: Vec<&str> = script.split([':', '.']).flat_map(|part| part.split('-')).collect();
        let whole: Vec<&str> = script.split([':', '.']).filter(|part| !NEUTRAL.contains(part)).collect();
        let named = parts.iter().any(|part| WORDS.contains(part));
        if !named
            || whole.len() != 1
            || parts.iter().any(|part| {
                matches!(*part, "build" | "test" | "lint" | "docker" | "deploy" | "stop" | "logs")
            })
        {
            continue;
        }
        let develops =
            script.split([':', '.', '-']).any(|part| matches!(part, "dev" | "develop" | "watch" | "debug"));
        let entry = by_name.entry(whole[0].to_owned()).or_default();
        if develops { entry.1.push(script) } else { entry.0.push(script) }
    }
    let mut found = Vec::new();
    for (name, (mut start, mut develop)) in by_name {
        start.sort_by_key(|script| (!script.contains("prod"), script.len()));
        develop.extend(start.clone());
        let Some(launch) = launcher
            .by_scripts(&start, &develop)
            .filter(|launch| launch.source.is_some() || launch.start.confidence > Confidence::Maybe)
        else {
            continue;
        };
        let reached =
            launch.source.as_deref().map(|source| scope.modules.reachable(source)).unwrap_or_default();
        let role = match role(&reached) {
            Some(Role::Web) | None if name.contains("cron") || name.contains("schedul") => Role::Scheduler,
            Some(Role::Web) | None => Role::Worker,
            Some(role) => role,
        };
        let place = package
            .place_of(scope.repository, start.first().or(develop.first()).copied().unwrap_or("scripts"));
        found.push(Other { name, role, launch, place, confidence: Confidence::Certain });
    }
    found.extend(beside_main(&launcher));
    found.extend(by_files(scope, package, &launcher, main));
    found
}

/// The programs that the start script runs side by side; the main one is among them.
fn beside_main(launcher: &Launcher<'_, '_>) -> Vec<Other> {
    let Launcher { scope, package, .. } = launcher;
    let scripts = START.iter().map(|name| (*name, command::script(package, name)));
    let Some((script, steps)) =
        scripts.into_iter().find(|(_, steps)| steps.iter().any(|step| step.branch.is_some()))
    else {
        return Vec::new();
    };
    let other = |(step, launch): (&Step, Launch)| {
        let source = launch.source.clone()?;
        let role = role(&scope.modules.reachable(&source));
        let given = step.branch.as_deref().unwrap_or_default();
        let given = given.split(':').find(|part| !part.is_empty() && !NEUTRAL.contains(part));
        Some(Other {
            name: given.unwrap_or_else(|| stem_of(&source)).to_owned(),
            role: role.unwrap_or(Role::Unknown),
            launch,
            place: package.place_of(scope.repository, script),
            confidence: if role.is_some() { Confidence::Certain } else { Confidence::Likely },
        })
    };
    launcher.branches(&steps).into_iter().filter_map(other).collect()
}

/// What a program is called by its file: `worker` of `src/worker.ts` and of `src/worker/index.ts`.
fn stem_of(source: &str) -> &str {
    let stem = without_extension(path::file_name(source));
    match stem {
        "index" | "main" => path::file_name(path::parent(source)),
        stem => stem.split('.').next().unwrap_or(stem),
    }
}

/// `src/worker.ts` and the like, when the main program does not load it and it works off a queue.
fn by_files(
    scope: &Scope<'_>,
    package: &Package,
    launcher: &Launcher<'_, '_>,
    main: &[Arc<Module>],
) -> Vec<Other> {
    let mut found = Vec::new();
    for name in WORDS {
        for folder in ["src", ".", "src/workers", "src/worker", "src/jobs"] {
            let candidates = [format!("{folder}/{name}"), format!("{folder}/{name}.main")];
            let Some(source) = candidates.iter().find_map(|stem| scope.modules.file(&package.at(stem)))
            else {
                continue;
            };
            if main.iter().any(|module| module.path == source) {
                continue;
            }
            let reached = scope.modules.reachable(&source);
            let Some(role) = role(&reached).filter(|role| *role != Role::Web) else { continue };
            let step = Step::bare();
            let Some(launch) = launcher.of_source(&source, &step) else { continue };
            found.push(Other {
                name: (*name).to_owned(),
                role,
                launch,
                place: Place::new(source, 1),
                confidence: Confidence::Likely,
            });
        }
    }
    found
}
