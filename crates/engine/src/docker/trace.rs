//! What BuildKit tells of a build: messages in protobuf (moby/buildkit, `api/services/control/control.proto`,
//! `StatusResponse`), in base64, in the answer of `POST /build`. Read by hand: names, logs and nothing else is needed.

use super::protobuf::{Value, fields};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::collections::BTreeSet;

/// Turns the messages of one build into lines.
#[derive(Debug, Default)]
pub(super) struct Trace {
    begun: BTreeSet<Vec<u8>>,
    cached: BTreeSet<Vec<u8>>,
}

impl Trace {
    /// The lines that a message adds: each step when it begins, and what its programs write.
    pub(super) fn lines(&mut self, encoded: &str) -> Vec<String> {
        let bytes = BASE64_STANDARD.decode(encoded).unwrap_or_default();
        let mut lines = Vec::new();
        for (field, value) in fields(&bytes) {
            match (field, value) {
                (1, Value::Bytes(vertex)) => self.vertex(vertex, &mut lines),
                (3, Value::Bytes(log)) => {
                    let text = fields(log).into_iter().find_map(|(field, value)| match (field, value) {
                        (4, Value::Bytes(text)) => Some(String::from_utf8_lossy(text).into_owned()),
                        _ => None,
                    });
                    let text = text.unwrap_or_default();
                    lines.extend(
                        text.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()),
                    );
                }
                _ => {}
            }
        }
        lines
    }

    fn vertex(&mut self, vertex: &[u8], lines: &mut Vec<String>) {
        let (mut digest, mut name, mut started, mut cached) = (Vec::new(), String::new(), false, false);
        for (field, value) in fields(vertex) {
            match (field, value) {
                (1, Value::Bytes(bytes)) => digest = bytes.to_vec(),
                (3, Value::Bytes(bytes)) => name = String::from_utf8_lossy(bytes).into_owned(),
                (4, Value::Number(number)) => cached = number != 0,
                (5, Value::Bytes(_)) => started = true,
                _ => {}
            }
        }
        // Loading the Dockerfile and writing the image are BuildKit's own business.
        if !started || name.starts_with("[internal]") {
            return;
        }
        if self.begun.insert(digest.clone()) && !cached {
            lines.push(name);
        } else if cached && self.cached.insert(digest) {
            lines.push(format!("{name} (cached)"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_logs_become_lines() {
        // A vertex with digest `d`, name `[1/2] RUN x`, started; then a log `ab\ncd\n`.
        let vertex = [&b"\x0a\x01d\x1a\x0b[1/2] RUN x\x2a\x02\x08\x01"[..]].concat();
        let log = b"\x0a\x01d\x22\x06ab\ncd\n";
        let mut message = vec![0x0a, u8::try_from(vertex.len()).unwrap()];
        message.extend(&vertex);
        message.extend([0x1a, u8::try_from(log.len()).unwrap()]);
        message.extend(log);
        let mut trace = Trace::default();
        let encoded = BASE64_STANDARD.encode(message);
        assert_eq!(trace.lines(&encoded), ["[1/2] RUN x", "ab", "cd"]);
        assert_eq!(trace.lines(&encoded), ["ab", "cd"], "a step is named once");
    }
}
