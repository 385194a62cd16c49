//! Next.js with standalone output: the server and the files that it serves, without `node_modules`.

use super::super::{Blueprint, blueprint::Unit};
use super::{APP, build_step, develop, enter, folder, front, manager, node, runtime};
use artifact::dockerfile::{Instruction, Stage};

pub(super) fn stages(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Vec<Stage> {
    let mut stages = vec![node::base(blueprint, unit)];
    let mut from = "base";
    if let Some(manager) = manager::of(unit) {
        stages.push(node::install(blueprint, unit, &manager, node::Extent::All));
        from = "deps";
    }
    let build = front::build(from, unit)
        .copy_context()
        .all(enter(unit))
        .then(Instruction::Env(vec![("NEXT_TELEMETRY_DISABLED".into(), "1".into())]));
    let after = format!("mkdir -p public && test -f {}", entry(unit));
    stages.push(build_step(build, blueprint, unit, &after));
    stages.extend(runtime::migrate(unit, "build"));
    stages.extend(develop::stage(unit));
    let built = folder(unit);
    let (_, file) = place(unit);
    let home = home(unit);
    let environment = [("HOSTNAME", "0.0.0.0"), ("NEXT_TELEMETRY_DISABLED", "1")]
        .map(|(name, value)| (name.into(), value.into()));
    let stage = node::lean(Stage::new(
        "runtime",
        "base",
        "What runs. Next.js says 143 when SIGTERM has ended it well; what is imported makes it 0.",
    ))
    .comment("Kubernetes sets HOSTNAME to the pod's name; the server shall listen on every address.")
    .then(Instruction::Env(environment.to_vec()))
    .copy_from("build", format!("{built}/.next/standalone"), APP)
    .copy_from("build", format!("{built}/.next/static"), format!("{home}/.next/static"))
    .copy_from("build", format!("{built}/public"), format!("{home}/public"))
    .all((home != APP).then_some(Instruction::Workdir(home)));
    let command = ["node", "--import", ENDS_WELL, file].map(str::to_owned);
    stages.push(runtime::finish(stage, blueprint, unit, command.to_vec()));
    stages
}

/// Nobody shall take the end of a release for a failure.
const ENDS_WELL: &str = "data:text/javascript,process.once('exit',code=>{if(code===143)process.exitCode=0})";

/// The folder of the server in the image.
pub(super) fn home(unit: &Unit<'_>) -> String {
    let (place, _) = place(unit);
    if place.is_empty() { APP.to_owned() } else { format!("{APP}/{place}") }
}

/// The file that is started, from the service's folder.
fn entry<'u>(unit: &'u Unit<'_>) -> &'u str {
    let start = node::start(unit);
    start
        .split_whitespace()
        .find(|word| word.contains(".next/standalone"))
        .unwrap_or(".next/standalone/server.js")
}

/// The folder of the server below the standalone folder (in a workspace that of the service), and its name.
fn place<'u>(unit: &'u Unit<'_>) -> (&'u str, &'u str) {
    let inner = entry(unit).split_once(".next/standalone/").map_or("server.js", |(_, rest)| rest);
    inner.rsplit_once('/').unwrap_or(("", inner))
}
