//! Services that Node runs: two installations beside each other, the build, and an image with what runs.

use super::super::{Blueprint, base, blueprint::Unit};
use super::{
    APP, build_step, develop, enter, exec_form, folder, front, installation, lean, manager, manager::Manager,
    runtime,
};
use artifact::dockerfile::{Instruction, Stage};
use model::facts::{MigrationTool, PackageManager};

/// `npm`, `yarn` and `corepack` of the base image: nothing at run time needs them, and what is not there cannot be used
/// against us.
const WITHOUT_MANAGERS: &str = "rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx \
                                /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*";

pub(super) fn stages(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Vec<Stage> {
    let mut stages = vec![base(blueprint, unit)];
    let Some(manager) = manager::of(unit) else { return without_dependencies(blueprint, unit, stages) };
    stages.push(install(blueprint, unit, &manager, Extent::All));
    let production = install(blueprint, unit, &manager, Extent::Running);
    stages.push(production.comment("Only compilers and debuggers read these.").run(lean::unread(unit)));
    stages.push(build(blueprint, unit));
    stages.extend(runtime::migrate(unit, "build"));
    stages.extend(develop::stage(unit));
    stages.push(files(unit));
    let client = client(unit);
    let lean = client.as_ref().and_then(|client| lean::stage(unit, client));
    let installed = lean.as_ref().map_or("prod-deps", |lean| lean.name.as_str());
    let mut stage = Stage::new("runtime", "base", "What runs.")
        .run(WITHOUT_MANAGERS)
        .copy_from(installed, APP, APP)
        .copy_from("files", APP, APP);
    if let (Some(client), None) = (&client, &lean) {
        stage = stage.copy_from("build", client, client);
    }
    stages.extend(lean);
    stage = stage.all(enter(unit));
    stages.push(runtime::finish(stage, blueprint, unit, exec_form(start(unit))));
    stages
}

/// What all stages begin from.
pub(super) fn base(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Stage {
    let line = unit.service.build.runtime.as_ref();
    let image = line.map_or_else(
        || base::runtime(model::facts::Runtime::Node, None),
        |line| base::runtime(line.name, line.version.as_deref()),
    );
    let modules = format!("{}/node_modules/.bin", folder(unit));
    let path = match installation(unit) {
        root if root == folder(unit) => format!("{modules}:$PATH"),
        root => format!("{modules}:{root}/node_modules/.bin:$PATH"),
    };
    let mut environment = vec![("NODE_ENV".into(), "production".into()), ("PATH".into(), path)];
    if unit.service.build.package_manager == Some(PackageManager::YarnBerry) {
        // Folders also where the repository says Plug'n'Play: what runs is then in the image, and starts without yarn.
        environment.push(("YARN_NODE_LINKER".into(), "node-modules".into()));
    }
    let stage = Stage::new("base", blueprint.pinned(&image), "")
        .then(Instruction::Env(environment))
        .then(Instruction::Workdir(APP.into()));
    let stage = match uses_prisma(unit) {
        true => openssl(stage),
        false => stage,
    };
    // Files are served by nginx, which reads no secret.
    if unit.is_static() { stage } else { runtime::with_entry(stage) }
}

/// Prisma's engines look for it.
fn openssl(stage: Stage) -> Stage {
    stage.comment("Prisma's engines load it.").run(
        "apt-get update && apt-get install --yes --no-install-recommends openssl \\\n    \
         && rm -rf /var/lib/apt/lists/*",
    )
}

/// How much is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    All,
    Running,
}

/// The stage in which dependencies are installed.
pub(super) fn install(
    blueprint: &Blueprint<'_>,
    unit: &Unit<'_>,
    manager: &Manager,
    extent: Extent,
) -> Stage {
    let mut stage = match extent {
        Extent::All => Stage::new("deps", "base", "Every dependency, to build with."),
        Extent::Running => Stage::new("prod-deps", "base", "Only what runs."),
    };
    if let Some(setup) = &manager.setup {
        stage = stage.run(setup);
    }
    let command = match extent {
        // Development dependencies are left out where this says `production`.
        Extent::All => format!("NODE_ENV=development {}", manager.all),
        Extent::Running => manager.production.clone(),
    };
    let stage = if manager::has_inputs(unit) { stage } else { stage.copy_context() };
    stage.all(manager::install_step(blueprint, unit, manager, &command))
}

fn build(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Stage {
    let stage = front::build("deps", unit).copy_context().all(enter(unit));
    let mut after = Vec::new();
    after.extend(client(unit).map(|client| format!("mkdir -p {client}")));
    if let Some(file) = entry_file(unit) {
        after.push(format!("test -f {file}"));
    }
    build_step(stage, blueprint, unit, &after.join(" && "))
}

/// The file that is started, to be checked where it is built.
fn entry_file<'u>(unit: &'u Unit<'_>) -> Option<&'u str> {
    let words = start(unit).strip_prefix("node ")?;
    let file = words.split_whitespace().find(|word| !word.starts_with('-'))?;
    file.contains('.').then_some(file)
}

/// What was built. Prisma's client is generated into the dependencies: with pnpm, which keeps each package in a folder of its
/// own, somewhere among them.
fn files(unit: &Unit<'_>) -> Stage {
    const CLIENTS: &str = "/clients";
    let stage = Stage::new("files", "build", "What was built, without the dependencies of the build.");
    let clear = format!("find {APP} -name node_modules -type d -prune -exec rm -rf {{}} +");
    if !(uses_prisma(unit) && is_linked(unit)) {
        return stage.run(clear);
    }
    stage.comment("But the client that Prisma generated, where pnpm has it.").run(format!(
        "mkdir {CLIENTS} && find {APP} -path '*/node_modules/.prisma' -type d -prune \
         -exec cp -r --parents {{}} {CLIENTS} \\; \\\n    && {clear} \\\n    && cp -r {CLIENTS}/. /"
    ))
}

/// Where Prisma generates its client, when that is known.
fn client(unit: &Unit<'_>) -> Option<String> {
    let known = uses_prisma(unit) && !is_linked(unit);
    known.then(|| format!("{}/node_modules/.prisma", unit_modules(unit)))
}

/// Whether each package is in a folder of its own, and linked from where it is imported.
fn is_linked(unit: &Unit<'_>) -> bool {
    unit.service.build.package_manager == Some(PackageManager::Pnpm)
}

fn uses_prisma(unit: &Unit<'_>) -> bool {
    let migrates = unit.service.migrations.as_ref();
    let generates = unit.service.build.command.as_deref();
    migrates.is_some_and(|migrations| migrations.tool == MigrationTool::Prisma)
        || generates.is_some_and(|command| command.contains("prisma generate"))
}

/// Where the package manager puts what the service imports: in a workspace, the root.
fn unit_modules(unit: &Unit<'_>) -> String {
    if unit.service.build.install_path == unit.service.path { folder(unit) } else { installation(unit) }
}

pub(super) fn start<'u>(unit: &'u Unit<'_>) -> &'u str {
    unit.service.start.as_deref().unwrap_or("node .")
}

fn without_dependencies(blueprint: &Blueprint<'_>, unit: &Unit<'_>, mut stages: Vec<Stage>) -> Vec<Stage> {
    let sources = front::build("base", unit).copy_context();
    stages.push(build_step(sources, blueprint, unit, ""));
    stages.extend(runtime::migrate(unit, "build"));
    stages.extend(develop::stage(unit));
    let stage = Stage::new("runtime", "base", "What runs.")
        .run(WITHOUT_MANAGERS)
        .copy_from("build", APP, APP)
        .all(enter(unit));
    stages.push(runtime::finish(stage, blueprint, unit, exec_form(start(unit))));
    stages
}

/// The runtime without package managers, for images that begin from the base.
pub(super) fn lean(stage: Stage) -> Stage {
    stage.run(WITHOUT_MANAGERS)
}
