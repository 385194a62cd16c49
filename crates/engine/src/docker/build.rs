//! Building an image with the engine's BuildKit. The context goes there as an archive, so nothing has to be shared with it.

use super::client::{Client, cut, failed, query};
use super::ignore::Ignore;
use super::names::Labels;
use super::session::Session;
use super::trace::Trace;
use crate::driver::{Progress, Variables};
use crate::error::DriverError;
use host::files::Archive;
use host::network::Payload;
use model::event::FailureKind;
use serde::Deserialize;
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::PathBuf;
use std::time::Duration;
use vault::Redactor;

/// Lines kept as evidence.
const KEPT: usize = 30;
/// How often a build asks whether it should end.
const TICK: Duration = Duration::from_millis(200);
/// Longest wait for BuildKit to begin.
const PATIENCE: Duration = Duration::from_secs(120);

/// An image to build.
pub(super) struct Build<'a> {
    /// For people: `the image of api`.
    pub(super) title: String,
    /// The folder it is built from.
    pub(super) context: PathBuf,
    /// What stays out.
    pub(super) ignore: Ignore,
    /// The Dockerfile's place in the context.
    pub(super) dockerfile: &'a str,
    /// What is not in the folder: places in the context, and texts.
    pub(super) sent: &'a [(String, String)],
    /// The stage to stop at.
    pub(super) target: Option<&'a str>,
    pub(super) tag: &'a str,
    pub(super) arguments: &'a Variables,
    /// What steps may mount while they run, and nobody sees afterwards.
    pub(super) secrets: &'a Variables,
    /// Whether a step mounts secrets.
    pub(super) mounts_secrets: bool,
    pub(super) labels: &'a Labels,
}

#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    aux: Option<serde_json::Value>,
    stream: Option<String>,
    error: Option<String>,
}

impl Build<'_> {
    /// Builds it and returns its id.
    ///
    /// # Errors
    /// When a step of it fails, or it is cancelled; the evidence holds its last lines.
    pub(super) fn run(&self, client: &Client, progress: &mut dyn Progress) -> Result<String, DriverError> {
        let open = || Session::open(client, self.tag, self.secrets);
        // It is open as long as the build runs.
        let session = self.mounts_secrets.then(open).transpose()?;
        let mut write = |out: &mut dyn Write| self.send(out);
        let body = Payload::Written("application/x-tar", &mut write);
        let path = self.path(session.as_ref().map(Session::id));
        let answer = client.open("POST", &path, body, PATIENCE)?.accepted("build")?;
        answer.hurry(TICK).map_err(|error| cut(&error))?;
        let redactor = Redactor::new(self.secrets.values());
        let mut reader = BufReader::new(answer);
        let mut story = Story::default();
        let mut line = Vec::new();
        loop {
            if progress.cancelled() {
                // BuildKit stops when whoever asked hangs up.
                return Err(DriverError::cancelled());
            }
            match reader.read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {
                    for text in story.take(&line) {
                        let text = redactor.redact(&text).into_owned();
                        progress.line(&text);
                        story.keep(text);
                    }
                    line.clear();
                }
                // What came of a line before a silence stays in it.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(cut(&error)),
            }
        }
        if let Some(error) = story.error {
            let error = redactor.redact(&error).into_owned();
            return Err(DriverError::new(
                FailureKind::Build,
                format!("{} cannot be built: {error}", self.title),
            )
            .show(format!("last lines of {}", self.title), story.kept.into()));
        }
        story.image.ok_or_else(|| failed(format!("Docker does not say which image {} became", self.title)))
    }

    fn path(&self, session: Option<&str>) -> String {
        let text = |map: &BTreeMap<String, String>| serde_json::to_string(map).unwrap_or_default();
        let arguments = self.arguments.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
        let (arguments, labels) = (text(&arguments.collect()), text(self.labels));
        let mut pairs = vec![
            ("version", "2"),
            ("t", self.tag),
            ("dockerfile", self.dockerfile),
            ("buildargs", &arguments),
            ("labels", &labels),
        ];
        pairs.extend(self.target.map(|target| ("target", target)));
        pairs.extend(session.map(|id| ("session", id)));
        query("/build", &pairs)
    }

    fn send(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut archive = Archive::new(out);
        for (path, text) in self.sent {
            archive.bytes(path, 0o644, text.as_bytes())?;
        }
        // The Dockerfile itself is always sent, whatever the patterns say.
        archive
            .tree(&self.context, &|path| path.as_os_str() == self.dockerfile || self.ignore.keeps(path))?;
        archive.finish()
    }
}

/// What a build has said.
#[derive(Default)]
struct Story {
    trace: Trace,
    kept: VecDeque<String>,
    image: Option<String>,
    error: Option<String>,
}

impl Story {
    /// The lines for people in a line of the answer.
    fn take(&mut self, line: &[u8]) -> Vec<String> {
        let Ok(line) = serde_json::from_slice::<Line>(line) else { return Vec::new() };
        if let Some(error) = line.error {
            self.error = Some(error);
        }
        match (line.id.as_deref(), line.aux) {
            (Some("moby.buildkit.trace"), Some(serde_json::Value::String(text))) => self.trace.lines(&text),
            (_, Some(aux)) => {
                let id = aux.get("ID").and_then(|id| id.as_str());
                self.image = id.map(str::to_owned).or(self.image.take());
                Vec::new()
            }
            (_, None) => line.stream.iter().flat_map(|text| text.lines()).map(str::to_owned).collect(),
        }
    }

    fn keep(&mut self, text: String) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(text);
    }
}
