//! What development needs of an image: the stage of the build, in which caches may be written and a debugger may be let in.

use super::super::blueprint::Unit;
use super::{builds, exec_form, installation, launch};
use artifact::dockerfile::Stage;
use model::facts::{Framework, Runtime};

/// The stage.
pub const STAGE: &str = "dev";
/// Where Node listens for a debugger, and where Python does.
const NODE_PORT: u16 = 9229;
const PYTHON_PORT: u16 = 5678;
/// What lets a debugger into Python.
const DEBUGPY: &str = "debugpy==1.8.*";

/// How a service runs for development.
#[derive(Debug)]
pub struct Development {
    /// The program with its arguments.
    pub command: Vec<String>,
    /// Where it listens for a debugger in its container.
    pub debug: Option<u16>,
}

/// How a service runs for development; `None` where nothing is known that notices changes.
pub fn of(unit: &Unit<'_>) -> Option<Development> {
    let line = unit.fact?.dev.as_deref().filter(|_| builds(unit))?;
    if unit.is_static() {
        // Where the entry looks for it.
        let port = unit.port.filter(|_| unit.is(Framework::Vite) && unit.service.build.command.is_some())?;
        let line = format!("{line} -- --host 0.0.0.0 --port {port}");
        return Some(Development { command: exec_form(&line), debug: None });
    }
    match unit.runtime()? {
        Runtime::Node => Some(Development { command: exec_form(line), debug: Some(NODE_PORT) }),
        Runtime::Python => {
            let debugged = launch::debugged(line, PYTHON_PORT);
            let debug = debugged.as_ref().map(|_| PYTHON_PORT);
            Some(Development { command: exec_form(debugged.as_deref().unwrap_or(line)), debug })
        }
        Runtime::Bun | Runtime::Deno => Some(Development { command: exec_form(line), debug: None }),
    }
}

/// A variable that debugging needs.
#[derive(Debug)]
pub struct Variable {
    /// What it is for.
    pub why: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// The variable that debugging a service needs.
pub fn variable(unit: &Unit<'_>) -> Option<Variable> {
    let development = of(unit)?;
    let debug = development.debug?;
    match (unit.runtime()?, unit.port) {
        (Runtime::Python, _) => Some(Variable {
            why: "Python's own modules are frozen, which the debugger would warn of each time.",
            name: "PYDEVD_DISABLE_FILE_VALIDATION",
            value: "1".into(),
        }),
        (Runtime::Node, Some(port)) => Some(Variable {
            why: "A debugger is let into the process that serves, not into what watches it.",
            name: "NODE_OPTIONS",
            value: format!("--import=data:text/javascript,{}", opening(port, debug)),
        }),
        (Runtime::Node, None) => {
            let through_npm = development.command.first().is_some_and(|word| word == "npm");
            Some(Variable {
                why: "A debugger is let in.",
                name: if through_npm { "NPM_CONFIG_NODE_OPTIONS" } else { "NODE_OPTIONS" },
                value: format!("--inspect=0.0.0.0:{debug}"),
            })
        }
        (Runtime::Bun | Runtime::Deno, _) => None,
    }
}

/// Opens Node's inspector once the process listens on the service's port. A runner, a watcher and a compiler are programs of
/// Node as well, and with `--inspect` the first of them would take the port of the debugger.
fn opening(port: u16, debug: u16) -> String {
    // Neither a space, which separates options, nor a question mark, which ends what is imported.
    format!(
        "import{{Server}}from'net';import{{open,url}}from'inspector';const{{emit}}=Server.prototype;\
         Server.prototype.emit=function(e,...a){{if(e==='listening'&&(this.address()||{{}}).port==={port}&&!url())\
         try{{open({debug},'0.0.0.0')}}catch{{}}return(emit.call(this,e,...a))}}"
    )
}

/// The folders of dependencies, which are those of the image also where the sources are mounted.
pub fn modules(unit: &Unit<'_>) -> Vec<String> {
    if !matches!(unit.runtime(), Some(Runtime::Node | Runtime::Bun)) && !unit.is_static() {
        return Vec::new();
    }
    let mut folders = vec![format!("{}/node_modules", installation(unit))];
    let own = format!("{}/node_modules", super::folder(unit));
    if !folders.contains(&own) {
        folders.push(own);
    }
    folders
}

/// The stage; `None` for a service that is not run for development.
pub(super) fn stage(unit: &Unit<'_>) -> Option<Stage> {
    let development = of(unit)?;
    let stage = Stage::new(STAGE, "build", "For development, with the sources of the repository mounted.");
    let modules = modules(unit);
    if !modules.is_empty() {
        let all = modules.join(" ");
        let caches = "-mindepth 1 -maxdepth 1 -name '.*' ! -name .pnpm -exec chmod -R a+rwX {} +";
        return Some(
            stage
                .comment("Tools keep caches there, and what they generate.")
                .run(format!("mkdir -p {all} && chmod a+rwx {all} && find {all} {caches}")),
        );
    }
    Some(match development.debug {
        Some(_) => stage.run(format!(
            "pip --python \"$(command -v python)\" install --no-cache-dir --root-user-action=ignore '{DEBUGPY}'"
        )),
        None => stage,
    })
}
