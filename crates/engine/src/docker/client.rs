//! Conversations with a Docker Engine (docs.docker.com, "Docker Engine API"), in the newest version that both sides know.

use crate::error::DriverError;
use host::network::{Daemon, DaemonAnswer, DaemonError, DaemonRequest, Payload, ask_daemon};
use model::event::FailureKind;
use model::instance::InstanceStatus;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// Where an engine listens that nobody has named.
const SOCKET: &str = "/var/run/docker.sock";
/// What we speak at best; and at least, since BuildKit is taken for granted.
const NEWEST: Version = Version(1, 44);
const OLDEST: Version = Version(1, 40);
/// Longest wait for an answer to a plain question. A machine under load may take its time over a container.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    fn read(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

/// A Docker Engine of this machine. Nothing is asked of it before it is needed.
#[derive(Debug)]
pub struct Client {
    daemon: Result<Daemon, DriverError>,
    version: OnceLock<Version>,
    /// What was said of containers that have exited, by id: nothing about them changes any more.
    pub(super) exited: Mutex<BTreeMap<String, InstanceStatus>>,
}

/// An answer that was read to its end.
pub(crate) struct Reply {
    status: u16,
    body: Vec<u8>,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

impl Client {
    /// The engine that `DOCKER_HOST` names, else the one at the usual place.
    pub fn new(docker_host: Option<&str>) -> Self {
        Self { daemon: place(docker_host), version: OnceLock::new(), exited: Mutex::default() }
    }

    /// Whether there is an engine that we can use, with its version.
    ///
    /// # Errors
    /// When there is none, or it is too old; says what to do.
    pub fn check(&self) -> Result<String, DriverError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct About {
            version: String,
        }
        let about: About = self.get("/version")?.done("ask for its version")?.json()?;
        Ok(about.version)
    }

    /// Asks for something.
    pub(crate) fn get(&self, path: &str) -> Result<Reply, DriverError> {
        self.open("GET", path, Payload::Nothing, PATIENCE)?.whole()
    }

    /// Has something done.
    pub(crate) fn post(&self, path: &str, body: Option<&Value>) -> Result<Reply, DriverError> {
        self.post_within(path, body, PATIENCE)
    }

    /// The same, for what may take long.
    pub(crate) fn post_within(
        &self,
        path: &str,
        body: Option<&Value>,
        patience: Duration,
    ) -> Result<Reply, DriverError> {
        self.post_with(&[], path, body, patience)
    }

    /// The same, with further headers.
    pub(crate) fn post_with(
        &self,
        headers: &[(&str, &str)],
        path: &str,
        body: Option<&Value>,
        patience: Duration,
    ) -> Result<Reply, DriverError> {
        let text = body.map(Value::to_string);
        let payload = match &text {
            Some(text) => Payload::Bytes("application/json", text.as_bytes()),
            None => Payload::Nothing,
        };
        self.ask("POST", path, headers, payload, patience)?.whole()
    }

    /// Takes something away.
    pub(crate) fn delete(&self, path: &str) -> Result<Reply, DriverError> {
        self.open("DELETE", path, Payload::Nothing, PATIENCE)?.whole()
    }

    /// Sends an archive.
    pub(crate) fn put(&self, path: &str, archive: &[u8]) -> Result<Reply, DriverError> {
        self.open("PUT", path, Payload::Bytes("application/x-tar", archive), PATIENCE)?.whole()
    }

    /// Asks, and leaves the answer to be read as it comes.
    pub(crate) fn open(
        &self,
        method: &str,
        path: &str,
        body: Payload<'_>,
        patience: Duration,
    ) -> Result<Open, DriverError> {
        self.ask(method, path, &[], body, patience)
    }

    /// The same, with further headers.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Payload<'_>,
        patience: Duration,
    ) -> Result<Open, DriverError> {
        let daemon = self.daemon.as_ref().map_err(Clone::clone)?;
        let Version(major, minor) = self.version(daemon)?;
        let path = format!("/v{major}.{minor}{path}");
        let request = DaemonRequest { method, path: &path, headers, body, patience };
        Ok(Open(ask_daemon(daemon, request).map_err(|error| absent(&error))?))
    }

    fn version(&self, daemon: &Daemon) -> Result<Version, DriverError> {
        if let Some(version) = self.version.get() {
            return Ok(*version);
        }
        let request = DaemonRequest {
            method: "GET",
            path: "/_ping",
            headers: &[],
            body: Payload::Nothing,
            patience: PATIENCE,
        };
        let answer = ask_daemon(daemon, request).map_err(|error| absent(&error))?;
        let theirs = answer.header("api-version").and_then(Version::read).ok_or_else(|| {
            failed(format!("what answers at {daemon} is no Docker Engine (status {})", answer.status))
                .advise("name another one in DOCKER_HOST, or use the target `process`, which needs none")
        })?;
        if theirs < OLDEST {
            let message =
                format!("the Docker Engine at {daemon} speaks version {}.{} of its API", theirs.0, theirs.1);
            return Err(failed(message).advise("update it to Docker 19.03 or newer"));
        }
        Ok(*self.version.get_or_init(|| theirs.min(NEWEST)))
    }
}

/// An answer that is still to be read.
pub(crate) struct Open(pub(crate) DaemonAnswer);

impl Open {
    fn whole(mut self) -> Result<Reply, DriverError> {
        let mut body = Vec::new();
        self.0.read_to_end(&mut body).map_err(|error| cut(&error))?;
        Ok(Reply { status: self.0.status, body })
    }

    /// The answer, unless it is a refusal.
    pub(crate) fn accepted(self, doing: &str) -> Result<DaemonAnswer, DriverError> {
        if self.0.status < 400 {
            return Ok(self.0);
        }
        Err(self.whole()?.refusal(doing))
    }
}

impl Reply {
    /// Itself, unless it is a refusal.
    ///
    /// # Errors
    /// The engine's own words.
    pub(crate) fn done(self, doing: &str) -> Result<Self, DriverError> {
        if self.status < 400 { Ok(self) } else { Err(self.refusal(doing)) }
    }

    /// Itself, or nothing when what was asked about is not there.
    ///
    /// # Errors
    /// Any other refusal.
    pub(crate) fn found(self, doing: &str) -> Result<Option<Self>, DriverError> {
        if self.status == 404 { Ok(None) } else { self.done(doing).map(Some) }
    }

    /// Takes the body apart.
    ///
    /// # Errors
    /// When it is not what it should be.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, DriverError> {
        serde_json::from_slice(&self.body)
            .map_err(|error| failed(format!("Docker's answer cannot be understood: {error}")))
    }

    /// Takes a body apart that has a document a line; what is none is left out.
    pub(crate) fn lines<T: DeserializeOwned>(&self) -> Vec<T> {
        let lines = self.body.split(|byte| *byte == b'\n');
        lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }

    /// Whether it is a refusal of this status in which all of these words stand.
    pub(crate) fn refuses(&self, status: u16, words: &[&str]) -> bool {
        let said = String::from_utf8_lossy(&self.body);
        self.status == status && words.iter().all(|word| said.contains(word))
    }

    fn refusal(&self, doing: &str) -> DriverError {
        let said: Option<Message> = serde_json::from_slice(&self.body).ok();
        let said = said.map_or_else(|| format!("status {}", self.status), |said| said.message);
        failed(format!("Docker refuses to {doing}: {}", said.trim()))
    }
}

/// A failure of the engine, of no special kind.
pub(crate) fn failed(message: impl Into<String>) -> DriverError {
    DriverError::new(FailureKind::Machine, message)
}

/// The conversation broke off.
pub(crate) fn cut(error: &std::io::Error) -> DriverError {
    failed(format!("Docker broke off while it answered: {error}"))
        .advise("see whether the engine runs (`docker info`), then run the command again")
}

fn absent(error: &DaemonError) -> DriverError {
    match error {
        DaemonError::Absent(place) => failed(format!("no Docker Engine answers at {place}")).advise(
            "install it (Debian, Ubuntu: `apt-get install docker.io`) and start it (`systemctl start docker`), name \
             another one in DOCKER_HOST, or use the target `process`, which needs none",
        ),
        DaemonError::Denied(place) => failed(format!("no permission to use the Docker Engine at {place}"))
            .advise("run as root, or as a member of the group `docker`; the target `process` needs neither"),
        DaemonError::Cut { .. } => failed(error.to_string())
            .advise("see whether the engine runs (`docker info`), then run the command again"),
    }
}

/// Reads `DOCKER_HOST`.
fn place(docker_host: Option<&str>) -> Result<Daemon, DriverError> {
    let text = docker_host.unwrap_or_default();
    if text.is_empty() {
        return Ok(Daemon::Socket(SOCKET.into()));
    }
    if let Some(path) = text.strip_prefix("unix://") {
        return Ok(Daemon::Socket(path.into()));
    }
    let address = text.strip_prefix("tcp://").map(|address| address.trim_end_matches('/'));
    let address = address.map(|address| address.replace("localhost", &Ipv4Addr::LOCALHOST.to_string()));
    match address.and_then(|address| address.parse::<SocketAddr>().ok()) {
        Some(address) if address.ip().is_loopback() => Ok(Daemon::Address(address)),
        Some(_) | None => Err(failed(format!("DOCKER_HOST is {text}, which is not on this machine")).advise(
            "Mainstay reaches containers over ports on loopback: run it on the machine of the engine, with \
                 unix:///path/to/docker.sock or tcp://127.0.0.1:PORT",
        )),
    }
}

/// A path with a query.
pub(crate) fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |text: &str| {
        text.bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect::<String>()
    };
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_engines_of_this_machine_are_used() {
        assert_eq!(place(None).unwrap(), Daemon::Socket(SOCKET.into()));
        assert_eq!(place(Some("unix:///run/d.sock")).unwrap(), Daemon::Socket("/run/d.sock".into()));
        assert_eq!(place(Some("tcp://localhost:2375")).unwrap().to_string(), "tcp://127.0.0.1:2375");
        for elsewhere in ["tcp://10.0.0.1:2375", "ssh://me@host", "tcp://docker:2375", "npipe:////./pipe/x"] {
            let error = place(Some(elsewhere)).unwrap_err();
            assert!(error.0.message.contains(elsewhere), "{error}");
        }
    }

    #[test]
    fn an_engine_that_is_not_there_is_named_with_what_to_do() {
        let error = Client::new(Some("unix:///no/such.sock")).check().unwrap_err();
        assert!(error.0.message.contains("unix:///no/such.sock"), "{error}");
        assert!(error.0.advice.unwrap().contains("target `process`"));
    }

    #[test]
    fn queries_are_encoded() {
        assert_eq!(
            query("/x", &[("a", "b c"), ("f", r#"{"l":["k=v"]}"#)]),
            "/x?a=b%20c&f=%7B%22l%22%3A%5B%22k%3Dv%22%5D%7D"
        );
    }
}
