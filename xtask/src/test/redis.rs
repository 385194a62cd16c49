//! A Redis of our own, for as long as the tests run.

use crate::Failure;
use crate::process::{self, Server};
use std::process::Command;

/// An empty server that keeps nothing; it ends when it is dropped.
pub struct Redis {
    _server: Server,
    /// Its only database.
    pub url: String,
}

impl Redis {
    /// Starts the server at a free port of loopback.
    pub fn start() -> Result<Self, Failure> {
        let port = process::free_port()?;
        let mut serve = Command::new("redis-server");
        serve.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        serve.args(["--save", "", "--appendonly", "no", "--logfile", "/dev/null"]);
        let server = Server::start("Redis", &mut serve, port)?;
        Ok(Self { _server: server, url: format!("redis://127.0.0.1:{port}") })
    }
}
