//! From a line of the manifest to a program, its arguments and its environment.

use super::script::{self, Step};
use super::site::Site;
use super::tools;
use super::words::{self, Line};
use super::work::{Work, YARN_LINKER};
use crate::driver::Launch;
use crate::error::DriverError;
use host::process::find_program;
use model::event::FailureKind;
use model::facts::{Framework, PackageManager, Runtime, ServiceKind};
use model::unit::Port;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How often a package script may lead to another one.
const DEPTH: u8 = 6;

/// What starts the service.
///
/// # Errors
/// When its start line does not resolve to a program.
pub(super) fn start(work: &Work<'_>, port: Option<Port>, binary: &Path) -> Result<Launch, DriverError> {
    let service = work.site.service;
    let mut env = environment(work);
    if let Some(port) = port {
        let own = service.port.as_ref().and_then(|port| port.env.clone());
        for name in [Some("PORT".to_owned()), own].into_iter().flatten() {
            env.insert(name, port.to_string());
        }
    }
    let directory = work.site.directory();
    match (&service.start, &service.output, service.kind) {
        (Some(line), _, _) => resolve(work, line, port, env),
        (None, Some(output), ServiceKind::Static) => {
            let folder = directory.join(output);
            if !folder.is_dir() {
                let message = format!("{}: the build left no folder {output} to serve", work.site.name);
                return Err(DriverError::new(FailureKind::Build, message)
                    .advise("set `output` of the service to the folder that its build writes"));
            }
            let command = [binary, Path::new("serve-static"), &folder].map(|part| part.display().to_string());
            Ok(Launch { command: command.to_vec(), directory, env, image: None })
        }
        (None, _, _) => {
            let message = format!("{} has no start command", work.site.name);
            Err(DriverError::new(FailureKind::Start, message)
                .advise("set `start` of the service in mainstay.toml"))
        }
    }
}

/// What runs another line in the service's folder: a migration, a command by hand.
///
/// # Errors
/// When the line does not resolve to a program.
pub(super) fn line(work: &Work<'_>, line: &str) -> Result<Launch, DriverError> {
    resolve(work, line, None, environment(work))
}

/// Plain variables of everything that runs in a release.
fn environment(work: &Work<'_>) -> BTreeMap<String, String> {
    let home = work.site.release.join("home").display().to_string();
    let mut env = BTreeMap::from([
        ("HOME".to_owned(), home),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("PATH".to_owned(), work.path_of_instances()),
    ]);
    let service = work.site.service;
    match service.build.runtime.as_ref().map(|line| line.name) {
        Some(Runtime::Python) => {
            env.insert("PYTHONUNBUFFERED".into(), "1".into());
            if let Some(venv) = work.venv() {
                env.insert("VIRTUAL_ENV".into(), venv.display().to_string());
            }
        }
        Some(Runtime::Node | Runtime::Bun | Runtime::Deno) => {
            env.insert("NODE_ENV".into(), "production".into());
        }
        None => {}
    }
    if service.build.package_manager == Some(PackageManager::YarnBerry) {
        env.insert(YARN_LINKER.0.into(), YARN_LINKER.1.into());
    }
    if service.framework == Some(Framework::NextJs) {
        // Where its standalone server listens; every machine has this variable with another meaning.
        env.insert("HOSTNAME".into(), "127.0.0.1".into());
        env.insert("NEXT_TELEMETRY_DISABLED".into(), "1".into());
    }
    env
}

fn resolve(
    work: &Work<'_>,
    line: &str,
    port: Option<Port>,
    mut env: BTreeMap<String, String>,
) -> Result<Launch, DriverError> {
    let directory = work.site.directory();
    let mut text = line.to_owned();
    for _ in 0..DEPTH {
        let (assignments, words) = match words::read(&text, port) {
            Line::Shell(script) => {
                return Ok(Launch {
                    command: vec!["/bin/sh".into(), "-c".into(), script],
                    directory,
                    env,
                    image: None,
                });
            }
            Line::Simple { assignments, words } => (assignments, words),
        };
        env.extend(assignments);
        match script::unwrap(&words, &directory) {
            Some(Step::Words(words)) => text = words::quote(&words),
            Some(Step::Script(script)) => text = script,
            None => {
                let command = program(work, &directory, words, line)?;
                return Ok(Launch { command, directory, env, image: None });
            }
        }
    }
    let message = format!("{}: `{line}` leads from script to script without an end", work.site.name);
    Err(DriverError::new(FailureKind::Start, message).advise("name the program itself as start command"))
}

/// The words with the program as a path.
fn program(
    work: &Work<'_>,
    directory: &Path,
    mut words: Vec<String>,
    line: &str,
) -> Result<Vec<String>, DriverError> {
    standalone(&work.site, directory, &mut words);
    let name = words.first().cloned().unwrap_or_default();
    let found = if name.contains('/') {
        find_program(&directory.join(&name).to_string_lossy(), "")
    } else {
        interpreter(work, &name)
            .or_else(|| find_program(&name, &work.path(None)))
            .or_else(|| tools::own(work, &name))
    };
    let Some(found) = found else {
        let message =
            format!("{}: `{name}` of `{line}` is no program of this release or machine", work.site.name);
        return Err(DriverError::new(FailureKind::Start, message).advise(if name.contains('/') {
            format!("the path is relative to {}; the file has to be there after the build and executable", directory.display())
        } else {
            format!("add the package that brings `{name}` to the dependencies, or change the command in mainstay.toml")
        }));
    };
    words[0] = found.display().to_string();
    Ok(words)
}

/// The very interpreter that the dependencies were installed with. Python's is the environment's and found by path.
fn interpreter(work: &Work<'_>, name: &str) -> Option<PathBuf> {
    let found = work.found.as_ref().filter(|found| found.name != Runtime::Python)?;
    (found.name.as_str() == name).then(|| found.program.clone())
}

/// In a monorepo Next.js puts the server deeper in its standalone folder than the start line of a plain project says.
fn standalone(site: &Site<'_>, directory: &Path, words: &mut [String]) {
    const SERVER: &str = ".next/standalone/server.js";
    for word in words.iter_mut().filter(|word| word.trim_start_matches("./") == SERVER) {
        let nested = Path::new(".next/standalone").join(&site.service.path).join("server.js");
        if !directory.join(SERVER).is_file() && directory.join(&nested).is_file() {
            *word = nested.display().to_string();
        }
    }
}
