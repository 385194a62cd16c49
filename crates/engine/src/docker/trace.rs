//! What BuildKit tells of a build: messages in protobuf (moby/buildkit, `api/services/control/control.proto`,
//! `StatusResponse`), in base64, in the answer of `POST /build`. Read by hand: names, logs and nothing else is needed.

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
        let bytes = base64(encoded);
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

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message (protobuf.dev, "Encoding"). What is broken ends it.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Value<'_>)> {
    let mut found = Vec::new();
    while let Some(tag) = varint(&mut bytes) {
        let value = match tag & 7 {
            0 => varint(&mut bytes).map(Value::Number),
            1 => bytes.split_off(..8).map(Value::Bytes),
            2 => varint(&mut bytes)
                .and_then(|length| bytes.split_off(..usize::try_from(length).ok()?))
                .map(Value::Bytes),
            5 => bytes.split_off(..4).map(Value::Bytes),
            _ => None,
        };
        let Some(value) = value else { break };
        found.push((tag >> 3, value));
    }
    found
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Decodes (RFC 4648); what is no character of it is left out.
fn base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0);
    for digit in text.bytes().filter_map(value) {
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_logs_become_lines() {
        assert_eq!(base64("aGVsbG8="), b"hello");
        // A vertex with digest `d`, name `[1/2] RUN x`, started; then a log `ab\ncd\n`.
        let vertex = [&b"\x0a\x01d\x1a\x0b[1/2] RUN x\x2a\x02\x08\x01"[..]].concat();
        let log = b"\x0a\x01d\x22\x06ab\ncd\n";
        let mut message = vec![0x0a, u8::try_from(vertex.len()).unwrap()];
        message.extend(&vertex);
        message.extend([0x1a, u8::try_from(log.len()).unwrap()]);
        message.extend(log);
        let mut trace = Trace::default();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: String = message.iter().map(|byte| format!("{byte:08b}")).collect();
        let encoded: String = bits
            .as_bytes()
            .chunks(6)
            .map(|chunk| {
                let text = format!("{:0<6}", String::from_utf8_lossy(chunk));
                char::from(alphabet[usize::from_str_radix(&text, 2).unwrap()])
            })
            .collect();
        assert_eq!(trace.lines(&encoded), ["[1/2] RUN x", "ab", "cd"]);
        assert_eq!(trace.lines(&encoded), ["ab", "cd"], "a step is named once");
    }
}
