//! Services that Python runs: a virtual environment made apart, copied into an image without an installer.

use super::super::{Blueprint, base, blueprint::Unit};
use super::{APP, build_step, develop, enter, exec_form, front, launch, manager, runtime};
use artifact::dockerfile::{Instruction, Stage};
use model::facts::PackageManager;

/// The installers of the base image, and what brings them back: nothing at run time needs them.
const WITHOUT_INSTALLERS: &str = "\
rm -rf /usr/local/lib/python3*/ensurepip /usr/local/bin/pip* /usr/local/bin/wheel \\
        /usr/local/lib/python3*/site-packages/pip* /usr/local/lib/python3*/site-packages/setuptools* \\
        /usr/local/lib/python3*/site-packages/wheel*";

/// The virtual environment.
const VENV: &str = "/opt/venv";

pub(super) fn stages(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Vec<Stage> {
    let mut stages = vec![base(blueprint, unit)];
    let manager = manager::of(unit);
    if let Some(manager) = &manager {
        stages.push(install(blueprint, unit, manager));
    }
    let from = if manager.is_some() { "deps" } else { "base" };
    stages.extend(front::node(blueprint, unit));
    let build = front::build(from, unit).copy_context().all(enter(unit));
    let after = front::clean(unit).into_iter().chain([format!("python -m compileall -q {APP}")]);
    stages.push(build_step(build, blueprint, unit, &after.collect::<Vec<_>>().join(" && ")));
    stages.extend(runtime::migrate(unit, "build"));
    stages.extend(develop::stage(unit));
    let written = unit.service.start.as_deref().unwrap_or("python main.py");
    let start = launch::ending_well(written);
    let comment = match start == written {
        true => "What runs.",
        false => {
            "What runs. When all is done uvicorn sends itself SIGTERM again; like after SIGINT, that is to end with 0."
        }
    };
    let mut stage = Stage::new("runtime", "base", comment).run(WITHOUT_INSTALLERS);
    if manager.is_some() {
        stage = stage.copy_from("deps", VENV, VENV);
    }
    stage = stage.copy_from("build", APP, APP).all(enter(unit));
    let command = exec_form(&start);
    stages.push(runtime::finish(stage, blueprint, unit, command));
    stages
}

fn base(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Stage {
    let line = unit.service.build.runtime.as_ref();
    let image = base::runtime(model::facts::Runtime::Python, line.and_then(|line| line.version.as_deref()));
    let environment = [
        ("PATH", format!("{VENV}/bin:$PATH")),
        ("PYTHONUNBUFFERED", "1".into()),
        ("PYTHONDONTWRITEBYTECODE", "1".into()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let user = unit.user;
    let stage = Stage::new("base", blueprint.pinned(&image), "")
        .then(Instruction::Env(environment))
        .then(Instruction::Workdir(APP.into()))
        .run(format!(
            "groupadd --gid {user} app && useradd --uid {user} --gid {user} --no-create-home --home-dir /tmp app"
        ));
    runtime::with_entry(stage)
}

fn install(blueprint: &Blueprint<'_>, unit: &Unit<'_>, manager: &manager::Manager) -> Stage {
    let mut stage = Stage::new("deps", "base", "What runs, in an environment of its own.");
    if let Some(setup) = &manager.setup {
        stage = stage.run(setup);
    }
    if !manager::has_inputs(unit) {
        stage = stage.copy_context();
    }
    let command = match unit.service.build.package_manager {
        Some(PackageManager::Pip) => {
            let rest = manager.production.strip_prefix("pip ").unwrap_or(&manager.production);
            format!("python -m venv --without-pip {VENV} && pip --python {VENV}/bin/python {rest}")
        }
        Some(PackageManager::Uv) => {
            format!(
                "UV_PROJECT_ENVIRONMENT={VENV} UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy {}",
                manager.production
            )
        }
        _ => format!(
            "python -m venv {VENV} && VIRTUAL_ENV={VENV} POETRY_VIRTUALENVS_CREATE=false {}",
            manager.production
        ),
    };
    stage.all(manager::install_step(blueprint, unit, manager, &command))
}
