//! Files that are built once and served by nginx.

use super::super::{Blueprint, base, blueprint::Unit, blueprint::within};
use super::{build_step, develop, enter, folder, front, manager, node, runtime};
use artifact::dockerfile::{Instruction, Stage};

/// Where nginx serves from.
const ROOT: &str = "/usr/share/nginx/html";

/// `None` when it is not known where the files are.
pub(super) fn stages(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Option<Vec<Stage>> {
    let mut stages = Vec::new();
    let configuration = within(unit.inner(), CONFIGURATION);
    let stage = Stage::new("runtime", blueprint.pinned(&base::nginx()), "Serves the files.").then(
        Instruction::Copy {
            from: None,
            sources: vec![configuration],
            to: "/etc/nginx/conf.d/default.conf".into(),
        },
    );
    let stage = if unit.service.build.command.is_some() {
        stages.push(node::base(blueprint, unit));
        let mut from = "base";
        if let Some(manager) = manager::of(unit) {
            stages.push(node::install(blueprint, unit, &manager, node::Extent::All));
            from = "deps";
        }
        let output = unit.service.output.as_deref()?;
        let build = front::build(from, unit).copy_context().all(enter(unit));
        stages.push(build_step(build, blueprint, unit, &format!("test -f {output}/index.html")));
        stages.extend(develop::stage(unit));
        stage.copy_from("build", place(unit, output), ROOT)
    } else {
        let output = unit.service.output.as_deref().unwrap_or(".");
        let source = if output == "." { unit.inner().to_owned() } else { within(unit.inner(), output) };
        stage.then(Instruction::Copy { from: None, sources: vec![source], to: ROOT.into() })
    };
    let stage = stage
        .then(Instruction::User(unit.user))
        .all(unit.port.map(Instruction::Expose))
        .all(runtime::health_check(unit))
        .comment("nginx finishes the requests that it has.")
        .then(Instruction::StopSignal("SIGQUIT".into()));
    stages.push(runtime::labels(stage, blueprint, unit));
    Some(stages)
}

/// The folder of the files in the image; a build may fill one above its own.
fn place(unit: &Unit<'_>, output: &str) -> String {
    format!("/{}", model::path::join(&folder(unit), output))
}

/// nginx's configuration for a site, from the service's folder.
pub const CONFIGURATION: &str = "nginx.conf";
