//! What containers wrote, from the engine's log of them.

use super::client::{Client, query};
use super::inspect::{self, Container};
use crate::driver::Output;
use host::network::Payload;
use host::process::Stream;
use host::supervisor::LogLine;
use model::Secret;
use model::instance::InstanceSpec;
use model::unit::Timestamp;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;
use vault::Redactor;

/// Nothing was written, and nothing will be.
pub(crate) struct Silence;

impl Output for Silence {
    fn read(&mut self) -> Vec<LogLine> {
        Vec::new()
    }
}

/// The values that must not be seen in what a container writes, from its own environment.
pub(crate) fn hidden(container: &Container, spec: &InstanceSpec) -> Vec<Secret> {
    secrets(container.config.env.iter().flatten().filter_map(|pair| pair.split_once('=')), spec)
}

/// Those of the variables whose values must not be seen.
pub(crate) fn secrets<'a>(
    variables: impl Iterator<Item = (&'a str, &'a str)>,
    spec: &InstanceSpec,
) -> Vec<Secret> {
    let named = variables.filter(|(name, _)| spec.secrets.iter().any(|secret| secret == name));
    named.map(|(_, value)| Secret::new(value)).collect()
}

/// A container's log, read on and on.
pub(crate) struct Log {
    client: Arc<Client>,
    /// What of: `containers/ID`, `tasks/ID`.
    of: String,
    redactor: Redactor,
    /// The engine's time of the last line that was read, in its own words.
    last: Option<String>,
}

impl Log {
    /// The last lines, and the log after them.
    pub(crate) fn open(
        client: Arc<Client>,
        of: String,
        hidden: Vec<Secret>,
        lines: usize,
    ) -> (Vec<LogLine>, Self) {
        let mut log = Self { client, of, redactor: Redactor::new(hidden.iter()), last: None };
        let first = log.ask(&[("tail", &lines.to_string())]);
        (first, log)
    }

    fn ask(&mut self, more: &[(&str, &str)]) -> Vec<LogLine> {
        let mut pairs = vec![("stdout", "true"), ("stderr", "true"), ("timestamps", "true")];
        pairs.extend(more);
        let path = query(&format!("/{}/logs", self.of), &pairs);
        let answer = self.client.open("GET", &path, Payload::Nothing, Duration::from_secs(10));
        let mut bytes = Vec::new();
        // A log that cannot be read is shown as far as it was.
        if let Ok(mut answer) = answer.and_then(|answer| answer.accepted("show a log")) {
            let _cut = answer.read_to_end(&mut bytes);
        }
        let mut lines = Vec::new();
        for (stream, text) in frames(&bytes) {
            let (time, text) = text.split_once(' ').unwrap_or((&text, ""));
            if self.last.as_deref().is_some_and(|last| time <= last) {
                continue;
            }
            let at = inspect::moment(time).unwrap_or(Timestamp(0));
            lines.push((
                time.to_owned(),
                LogLine { at, stream, text: self.redactor.redact(text).into_owned() },
            ));
        }
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some((time, _)) = lines.last() {
            self.last = Some(time.clone());
        }
        lines.into_iter().map(|(_, line)| line).collect()
    }
}

impl Output for Log {
    fn read(&mut self) -> Vec<LogLine> {
        let Some(moment) = self.last.as_deref().and_then(|last| last.parse::<jiff::Timestamp>().ok()) else {
            return self.ask(&[("tail", "all")]);
        };
        let since = format!("{}.{:09}", moment.as_second(), moment.subsec_nanosecond());
        self.ask(&[("since", &since)])
    }
}

/// Takes the frames of a log apart: a byte for the stream, three zeros, four of length, then the line (Engine API,
/// "Attach to a container", stream format).
fn frames(mut bytes: &[u8]) -> Vec<(Stream, String)> {
    let mut found = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let (body, rest) = rest.split_at(length.min(rest.len()));
        let stream = if head[0] == 2 { Stream::Error } else { Stream::Out };
        found.push((stream, String::from_utf8_lossy(body).trim_end_matches(['\n', '\r']).to_owned()));
        bytes = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_apart() {
        let bytes =
            [&[1, 0, 0, 0, 0, 0, 0, 3][..], b"ab\n", &[2, 0, 0, 0, 0, 0, 0, 2], b"cd", &[1, 0, 0]].concat();
        assert_eq!(frames(&bytes), [(Stream::Out, "ab".to_owned()), (Stream::Error, "cd".to_owned())]);
    }
}
