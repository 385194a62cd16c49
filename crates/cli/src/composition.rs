//! The composition root: which driver stands behind which trait.

use crate::driver::probe::HttpProber;
use crate::driver::recipe;
use crate::driver::traffic::LocalProxy;
use crate::error::CliError;
use engine::process_runtime::ProcessRuntime;
use engine::{Drivers, Engine, TargetDrivers};
use host::clock::SystemClock;
use host::paths::Home;
use ledger::Ledger;
use model::manifest::Target;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The engine of this machine, with the drivers of every target.
///
/// # Errors
/// When there is no folder to keep things in, or the ledger cannot be opened.
pub fn engine() -> Result<Engine, CliError> {
    let home = home()?;
    let binary = binary()?;
    let ledger = Ledger::open(home.ledger().join("ledger.db"))?;
    let process = TargetDrivers {
        runtime: Box::new(ProcessRuntime { home: home.clone(), binary: binary.clone() }),
        builder: Box::new(engine::process_builder::ProcessBuilder::new(home.clone(), binary.clone())),
        datastores: engine::datastore::drivers(&home, &binary),
        migrator: Box::new(engine::migrator::ToolMigrator(engine::migrator::OnMachine)),
        orchestrator: None,
    };
    let docker_host = host::environment::variable("DOCKER_HOST");
    let docker = engine::docker::drivers(&home, &binary, docker_host.as_deref(), Box::new(recipe::write));
    let swarm = engine::swarm::drivers(&home, &binary, docker_host.as_deref(), Box::new(recipe::write));
    let drivers = Drivers {
        targets: BTreeMap::from([
            (Target::Process, process),
            (Target::Docker, docker),
            (Target::Swarm, swarm),
        ]),
        traffic: Box::new(LocalProxy { home: home.proxy(), binary }),
        prober: Box::new(HttpProber),
    };
    Ok(Engine { drivers, ledger, home, clock: Box::new(SystemClock) })
}

/// Mainstay's folder.
///
/// # Errors
/// When the user has no home and none was named.
pub fn home() -> Result<Home, CliError> {
    host::paths::home().ok_or_else(|| {
        CliError::input("there is no folder to keep things in").hint("name one in the variable MAINSTAY_HOME")
    })
}

/// Our own binary: supervisors, the proxy and small servers are started from it.
///
/// # Errors
/// When the machine does not tell where it is.
pub fn binary() -> Result<PathBuf, CliError> {
    host::environment::own_binary()
        .ok_or_else(|| CliError::refused("the path of this program cannot be found"))
}
