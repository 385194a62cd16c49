//! What every image that runs has in common: the entry, the user, the health check, the labels.

use super::super::{Blueprint, blueprint::Unit};
use super::{enter, exec_form};
use artifact::dockerfile::{Instruction, Stage};
use model::facts::Runtime;

/// Where secrets come as files: Compose, Swarm.
const ENTRY: &str = "/usr/local/bin/with-secrets";

/// The entry as a script: `NAME_FILE=/run/secrets/x` becomes `NAME`. Other variables whose names end so are left alone.
const ENTRY_SCRIPT: [&str; 8] = [
    "printf '%s\\n' '#!/bin/sh' 'set -eu' \\",
    "    'for name in $(env | sed -n \"s|^\\([A-Za-z_][A-Za-z0-9_]*\\)_FILE=/run/secrets/.*|\\1|p\"); do' \\",
    "    '  eval \"file=\\${${name}_FILE}\"' \\",
    "    '  export \"$name=$(cat \"$file\")\"' \\",
    "    'done' \\",
    "    'exec \"$@\"' \\",
    "    > /usr/local/bin/with-secrets \\",
    "    && chmod 0755 /usr/local/bin/with-secrets",
];

/// Adds the entry to the stage that all others begin from.
pub(super) fn with_entry(stage: Stage) -> Stage {
    let script = ENTRY_SCRIPT.join("\n");
    stage
        .comment("Secrets that come as files (Compose, Swarm): NAME_FILE=/run/secrets/x becomes NAME.")
        .run(script)
}

/// Ends the stage that runs a service: who, how, and how it is asked for its health.
pub(super) fn finish(
    stage: Stage,
    blueprint: &Blueprint<'_>,
    unit: &Unit<'_>,
    command: Vec<String>,
) -> Stage {
    let mut stage = stage.then(Instruction::User(unit.user));
    if let Some(port) = unit.port {
        if let Some(name) = unit.port_variable() {
            stage = stage.then(Instruction::Env(vec![(name.to_owned(), port.to_string())]));
        }
        stage = stage.then(Instruction::Expose(port));
    }
    stage = stage.all(health_check(unit));
    stage = stage.then(Instruction::StopSignal("SIGTERM".into()));
    stage = stage.then(Instruction::Entrypoint(vec![ENTRY.into()]));
    labels(stage.then(Instruction::Cmd(command)), blueprint, unit)
}

/// The stage that applies pending migrations. `None` when the service has none.
pub(super) fn migrate(unit: &Unit<'_>, from: &str) -> Option<Stage> {
    let migrations = unit.service.migrations.as_ref()?;
    let comment = "Applies pending migrations: run once, before a release takes traffic.";
    let stage = Stage::new("migrate", from, comment)
        .all(enter(unit))
        .then(Instruction::User(unit.user))
        .then(Instruction::Entrypoint(vec![ENTRY.into()]))
        .then(Instruction::Cmd(exec_form(&migrations.command)));
    Some(stage)
}

/// Labels come last: they change with every build, and nothing after them has to be made again.
pub(super) fn labels(stage: Stage, blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Stage {
    let argument = |name: &str| Instruction::Arg { name: name.into(), default: Some(String::new()) };
    let label = |name: &str, value: String| (format!("org.opencontainers.image.{name}"), value);
    let mut all = vec![label("title", format!("{} of {}", unit.name, blueprint.project()))];
    if let Some(repository) = &blueprint.facts.project.github {
        all.push(label("source", format!("https://github.com/{repository}")));
    }
    all.push(label("revision", "${REVISION}".into()));
    all.push(label("version", "${VERSION}".into()));
    all.push(label("created", "${CREATED}".into()));
    stage.all(["REVISION", "VERSION", "CREATED"].map(argument)).then(Instruction::Label(all))
}

/// Asks the service's own health endpoint, with nothing but the runtime that is there anyway.
pub(super) fn health_check(unit: &Unit<'_>) -> Option<Instruction> {
    Some(Instruction::Healthcheck {
        interval: 10,
        timeout: 5,
        start_period: 40,
        retries: 3,
        command: health_command(unit)?,
    })
}

/// The command that exits with 0 when the service is healthy and with 1 when it is not, or does not answer.
pub fn health_command(unit: &Unit<'_>) -> Option<Vec<String>> {
    let (path, port) = (unit.health()?, unit.port?);
    let lenient = unit.service.health.as_ref().is_some_and(|health| health.lenient);
    if unit.is_static() {
        let url = format!("http://127.0.0.1:{port}{path}");
        return Some(["wget", "-q", "-T", "4", "-O", "/dev/null", &url].map(str::to_owned).to_vec());
    }
    let variable = unit.port_variable();
    let words = match unit.runtime()? {
        Runtime::Node | Runtime::Bun => {
            let port = variable.map_or(port.to_string(), |name| format!("process.env.{name}||{port}"));
            let program = if unit.runtime()? == Runtime::Bun { "bun" } else { "node" };
            vec![program.to_owned(), "-e".to_owned(), fetch(&port, path, lenient)]
        }
        Runtime::Python => {
            let port =
                variable.map_or(format!("'{port}'"), |name| format!("os.environ.get('{name}','{port}')"));
            let limit = if lenient { 500 } else { 300 };
            let script = format!(
                "import http.client,os;c=http.client.HTTPConnection('127.0.0.1',int({port}),timeout=4);\
                 c.request('GET','{path}');raise SystemExit(c.getresponse().status>={limit})"
            );
            vec!["python".to_owned(), "-c".to_owned(), script]
        }
        Runtime::Deno => return None,
    };
    Some(words)
}

/// The command that asks a development server for its first page.
pub fn page_command(port: u16) -> Vec<String> {
    vec!["node".to_owned(), "-e".to_owned(), fetch(&port.to_string(), "/", false)]
}

fn fetch(port: &str, path: &str, lenient: bool) -> String {
    let good = if lenient { "r.status<500" } else { "r.ok" };
    format!(
        "fetch('http://127.0.0.1:'+({port})+'{path}',{{redirect:'manual',signal:AbortSignal.timeout(4000)}})\
         .then(r=>process.exit({good}?0:1),()=>process.exit(1))"
    )
}
