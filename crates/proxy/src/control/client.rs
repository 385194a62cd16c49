//! The side of the control socket that the control plane uses.

use super::{Answer, PROTOCOL, Request, SOCKET, Version, Versioned, with_short_path};
use crate::error::ProxyError;
use model::id::{Scope, ServiceName};
use model::routing::{RoutingTable, TrafficState};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for an answer. The slowest one is that to an upgrade.
const PATIENCE: Duration = Duration::from_secs(30);

/// Speaks with the proxy of a home. Each call is a connection of its own, so that a client lives on over restarts
/// and upgrades of the proxy.
#[derive(Debug, Clone)]
pub struct Client {
    home: PathBuf,
}

impl Client {
    /// Finds the proxy that serves `home`.
    ///
    /// # Errors
    /// [`ProxyError::Unreachable`] when none answers, [`ProxyError::Version`] when it is too new for this client.
    pub fn connect(home: &Path) -> Result<Self, ProxyError> {
        let client = Self { home: home.to_owned() };
        let theirs = client.version()?.protocol;
        if theirs > PROTOCOL {
            return Err(ProxyError::Version { theirs, ours: PROTOCOL });
        }
        Ok(client)
    }

    /// Routes by this table from now on: when it returns, no request is routed by the one before.
    ///
    /// # Errors
    /// When the table is refused, a listener cannot be opened or the table cannot be kept; then nothing changed.
    pub fn publish(&self, table: &RoutingTable) -> Result<(), ProxyError> {
        self.done(Request::Publish { table: Box::new(table.clone()) })
    }

    /// Forgets a scope: its listeners close, its requests in flight finish.
    ///
    /// # Errors
    /// When the proxy cannot be reached or its folder not be written. That the scope is unknown is no error.
    pub fn remove(&self, scope: &Scope) -> Result<(), ProxyError> {
        self.done(Request::Remove { scope: scope.clone() })
    }

    /// Pools, members and counters of a scope.
    ///
    /// # Errors
    /// [`ProxyError::UnknownScope`] when the scope has no table.
    pub fn state(&self, scope: &Scope) -> Result<TrafficState, ProxyError> {
        match self.ask(Request::State { scope: scope.clone() })? {
            Answer::State { state } => Ok(state),
            other => Err(unexpected(&other)),
        }
    }

    /// Lets new requests of a pool wait. When it returns, none is given to a member any more.
    ///
    /// # Errors
    /// When the scope or the pool is unknown.
    pub fn pause(&self, scope: &Scope, service: &ServiceName) -> Result<(), ProxyError> {
        self.done(Request::Pause { scope: scope.clone(), service: service.clone() })
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// When the scope or the pool is unknown.
    pub fn resume(&self, scope: &Scope, service: &ServiceName) -> Result<(), ProxyError> {
        self.done(Request::Resume { scope: scope.clone(), service: service.clone() })
    }

    /// All counters in the Prometheus text format.
    ///
    /// # Errors
    /// When the proxy cannot be reached.
    pub fn metrics(&self) -> Result<String, ProxyError> {
        match self.ask(Request::Metrics)? {
            Answer::Metrics { text } => Ok(text),
            other => Err(unexpected(&other)),
        }
    }

    /// Ends the proxy: listeners close at once, requests in flight get a while to finish.
    ///
    /// # Errors
    /// When the proxy cannot be reached.
    pub fn shutdown(&self) -> Result<(), ProxyError> {
        self.done(Request::Shutdown)
    }

    /// Lets another binary take over. When it returns, the new one serves and the old one finishes what it had begun.
    ///
    /// # Errors
    /// When the new binary did not become ready; then the old one goes on as if nothing had been asked.
    pub fn upgrade(&self, binary: &Path) -> Result<(), ProxyError> {
        self.done(Request::Upgrade { binary: binary.to_owned() })
    }

    /// Who answers.
    ///
    /// # Errors
    /// When the proxy cannot be reached.
    pub fn version(&self) -> Result<Version, ProxyError> {
        match self.ask(Request::Version)? {
            Answer::Version(version) => Ok(version),
            other => Err(unexpected(&other)),
        }
    }

    fn done(&self, request: Request) -> Result<(), ProxyError> {
        match self.ask(request)? {
            Answer::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    fn ask(&self, request: Request) -> Result<Answer, ProxyError> {
        let answer = self.converse(request);
        match answer.map_err(|source| ProxyError::Unreachable { path: self.home.join(SOCKET), source })? {
            Answer::UnknownScope { scope } => Err(ProxyError::UnknownScope { scope }),
            Answer::Failed { reason } => Err(ProxyError::Remote(reason)),
            answer => Ok(answer),
        }
    }

    fn converse(&self, request: Request) -> io::Result<Answer> {
        let mut stream = with_short_path(&self.home, SOCKET, |path| UnixStream::connect(path))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut line = serde_json::to_vec(&Versioned::new(request))?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let mut answer = String::new();
        if BufReader::new(stream).read_line(&mut answer)? == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it closed the connection without an answer",
            ));
        }
        Ok(serde_json::from_str::<Versioned<Answer>>(&answer)?.message)
    }
}

fn unexpected(answer: &Answer) -> ProxyError {
    ProxyError::Remote(format!("the proxy gave an answer to another question: {answer:?}"))
}
