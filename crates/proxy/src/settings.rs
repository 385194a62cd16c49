//! What can be set about a proxy beside its routing tables. Kept as `DIR/settings.json`, read at each start.

use crate::error::ProxyError;
use serde::{Deserialize, Serialize};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// The settings of a proxy; every key may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Worker threads; absent means one a core, at most four.
    pub threads: Option<usize>,
    /// Writes `DIR/access.log`.
    pub access_log: bool,
    /// Size at which the access log is put aside as `access.log.1`, in bytes.
    pub access_log_bytes: u64,
    /// Loopback address that answers `GET /metrics`.
    pub metrics: Option<SocketAddr>,
    /// Proxies in front of this one, whose `X-Forwarded-*` are believed and continued. From others they are replaced.
    pub trusted: Vec<IpAddr>,
    /// Limits of time, in seconds. They are kept to within a second.
    pub timeouts: Timeouts,
}

/// Limits of time toward clients and members, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// For the whole head of a request, from its first byte, and for a TLS handshake.
    pub head: u32,
    /// Between two requests of a connection.
    pub idle: u32,
    /// Without progress in a body the client sends or takes.
    pub body: u32,
    /// Without progress in a body that a member sends: long, because event streams may be silent.
    pub response_body: u32,
    /// Without a byte on an upgraded connection.
    pub upgraded: u32,
    /// For a connection to a member.
    pub connect: u32,
    /// An idle connection to a member is kept. Less than what servers commonly keep (Node and Uvicorn: 5).
    pub member_idle: u32,
    /// A worker that was replaced may take to finish.
    pub drain: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threads: None,
            access_log: true,
            access_log_bytes: 64 << 20,
            metrics: None,
            trusted: Vec::new(),
            timeouts: Timeouts::default(),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: 10,
            idle: 75,
            body: 30,
            response_body: 600,
            upgraded: 3600,
            connect: 2,
            member_idle: 4,
            drain: 600,
        }
    }
}

impl Settings {
    /// Reads the settings of a proxy's home; where there are none, the defaults hold.
    ///
    /// # Errors
    /// [`ProxyError::File`] when the file is there but not readable or not valid.
    pub fn load(home: &Path) -> Result<Self, ProxyError> {
        let path = home.join("settings.json");
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| ProxyError::file("read", path)(e.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(ProxyError::file("read", path)(error)),
        }
    }

    /// Writes them for the next start.
    ///
    /// # Errors
    /// [`ProxyError::File`] when the home cannot be written.
    pub fn save(&self, home: &Path) -> Result<(), ProxyError> {
        fs::create_dir_all(home).map_err(ProxyError::file("create", home))?;
        let path = home.join("settings.json");
        let text = serde_json::to_vec_pretty(self).map_err(|e| ProxyError::file("write", &path)(e.into()))?;
        fs::write(&path, text).map_err(ProxyError::file("write", path))
    }

    /// The number of worker threads on this machine.
    pub(crate) fn thread_count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from).min(4);
        self.threads.unwrap_or_else(cores).clamp(1, 64)
    }
}
