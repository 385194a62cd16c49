//! The side of the control socket that the worker serves.

use super::{Answer, PROTOCOL, Request, Version, Versioned};
use crate::error::ProxyError;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Longest request line; a table of thousands of routes fits.
const LINE_LIMIT: u64 = 16 << 20;

/// Reads the request of a connection, lets `act` do it, and writes the answer.
pub(crate) fn serve(
    stream: UnixStream,
    act: impl FnOnce(Request) -> Result<Answer, ProxyError>,
) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let mut line = Vec::new();
    BufReader::new((&stream).take(LINE_LIMIT)).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(());
    }
    let answer = understand(&line).and_then(act);
    let answer = answer.unwrap_or_else(|error| match error {
        ProxyError::UnknownScope { scope } => Answer::UnknownScope { scope },
        other => Answer::Failed { reason: other.to_string() },
    });
    let mut text = serde_json::to_vec(&Versioned::new(answer))?;
    text.push(b'\n');
    (&stream).write_all(&text)
}

/// The version is looked at before the rest, which a newer client may say in ways unknown here.
fn understand(line: &[u8]) -> Result<Request, ProxyError> {
    #[derive(serde::Deserialize)]
    struct Only {
        v: u32,
    }
    let broken = |e: serde_json::Error| ProxyError::Remote(format!("the request is not understood: {e}"));
    let Only { v } = serde_json::from_slice(line).map_err(broken)?;
    if v > PROTOCOL {
        return Err(ProxyError::Version { theirs: v, ours: PROTOCOL });
    }
    serde_json::from_slice::<Versioned<Request>>(line).map(|r| r.message).map_err(broken)
}

/// What this process says of itself.
pub(crate) fn version() -> Version {
    Version { mainstay: env!("CARGO_PKG_VERSION").into(), protocol: PROTOCOL, pid: std::process::id() }
}
