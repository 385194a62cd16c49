//! `serve-static DIR`, on loopback at the port that `PORT` names.

use super::{ended, misuse};
use ::site::{Fallback, SiteConfig, SiteError};
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

pub(super) fn run(arguments: &[OsString]) -> ExitCode {
    let port = host::environment::variable("PORT").and_then(|port| port.parse().ok());
    match (arguments, port) {
        ([root], Some(port)) => ended(serve(root.into(), port)),
        _ => misuse(),
    }
}

fn serve(root: PathBuf, port: u16) -> Result<(), SiteError> {
    let fallback =
        Fallback::detect(&root).map_err(|source| SiteError::Folder { path: root.clone(), source })?;
    ::site::serve(SiteConfig { root, listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), fallback })
}
