//! `follow PROJECT ENVIRONMENT`: tells the proxy where the tasks of a swarm are, for as long as it runs.

use super::misuse;
use crate::composition;
use crate::driver::traffic::LocalProxy;
use engine::following::Following;
use host::clock::SystemClock;
use model::id::Scope;
use std::ffi::OsString;
use std::process::ExitCode;

pub(super) fn run(arguments: &[OsString]) -> ExitCode {
    let (Some(scope), Ok(home), Ok(binary)) = (scope(arguments), composition::home(), composition::binary())
    else {
        return misuse();
    };
    let docker_host = host::environment::variable("DOCKER_HOST");
    let runtime = engine::swarm::runtime(&home, &binary, docker_host.as_deref());
    let traffic = LocalProxy { home: home.proxy(), binary };
    let following = Following { home: &home, scope: &scope };
    following.keep(&runtime, &traffic, &SystemClock, &mut crate::output::note);
    ExitCode::SUCCESS
}

fn scope(arguments: &[OsString]) -> Option<Scope> {
    let [project, environment] = arguments else { return None };
    Some(Scope { project: project.to_str()?.parse().ok()?, environment: environment.to_str()?.parse().ok()? })
}
