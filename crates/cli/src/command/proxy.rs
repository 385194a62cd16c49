//! `mainstay metrics` and `mainstay proxy-upgrade`: what concerns the proxy of this machine and no project.

use crate::composition;
use crate::error::CliError;
use crate::output;
use model::ExitKind;
use proxy::ProxyError;
use proxy::control::Client;

pub fn metrics() -> Result<ExitKind, CliError> {
    output::line(client()?.metrics().map_err(|error| failed(&error))?.trim_end());
    Ok(ExitKind::Done)
}

pub fn upgrade() -> Result<ExitKind, CliError> {
    let client = client()?;
    client.upgrade(&composition::binary()?).map_err(|error| failed(&error))?;
    let version = client.version().map_err(|error| failed(&error))?;
    output::note(&format!("the proxy is now {} (process {})", version.mainstay, version.pid));
    Ok(ExitKind::Done)
}

fn client() -> Result<Client, CliError> {
    Client::connect(&composition::home()?.proxy()).map_err(|error| match error {
        ProxyError::Unreachable { .. } => {
            CliError::refused("no proxy runs on this machine").hint("`mainstay up` starts one")
        }
        other => failed(&other),
    })
}

fn failed(error: &ProxyError) -> CliError {
    CliError::refused(error.to_string())
}
