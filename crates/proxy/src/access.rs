//! The access log: one JSON line a request. Threads gather lines and hand them over in blocks; a thread of its own
//! writes them, so that a slow disk delays no request. What it cannot keep up with is dropped and counted.

use crate::clock;
use crate::error::ProxyError;
use crate::http::rewrite::decimal;
use crate::log::{Log, say};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

/// Bytes a thread gathers before it hands them over; at the latest it does so each second.
const BLOCK: usize = 32 * 1024;
/// Blocks that may wait for the disk.
const WAITING: usize = 256;
/// Older files that are kept: `access.log.1` is the youngest.
const KEPT: u32 = 3;

/// One answered or failed request.
pub(crate) struct Entry<'a> {
    pub(crate) id: &'a [u8],
    pub(crate) client: &'a str,
    pub(crate) method: &'a [u8],
    pub(crate) host: &'a [u8],
    pub(crate) path: &'a [u8],
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) service: &'a str,
    pub(crate) release: &'a str,
    pub(crate) instance: &'a str,
    pub(crate) tries: u64,
    pub(crate) error: &'a str,
}

/// The lines of one thread.
pub(crate) struct AccessLog {
    sender: Option<SyncSender<Vec<u8>>>,
    buffer: Vec<u8>,
    dropped: u64,
    /// The wall clock at a moment of the steady one, to save a call a line.
    anchor: (Instant, u64),
}

impl AccessLog {
    pub(crate) fn new(sender: Option<SyncSender<Vec<u8>>>) -> Self {
        Self { sender, buffer: Vec::new(), dropped: 0, anchor: (Instant::now(), clock::wall_millis()) }
    }

    /// Adds a line for a request that took from `began` to `ended`.
    pub(crate) fn write(&mut self, entry: &Entry<'_>, began: Instant, ended: Instant) {
        if self.sender.is_none() {
            return;
        }
        let wall = self.anchor.1 + u64::try_from((ended - self.anchor.0).as_millis()).unwrap_or(0);
        let micros = u64::try_from((ended - began).as_micros()).unwrap_or(u64::MAX);
        let out = &mut self.buffer;
        out.extend_from_slice(b"{\"time\":\"");
        out.extend_from_slice(&clock::rfc3339(wall));
        out.push(b'"');
        number(out, b"status", entry.status.into());
        number(out, b"micros", micros);
        number(out, b"bytes", entry.bytes);
        text(out, b"method", entry.method);
        text(out, b"host", entry.host);
        text(out, b"path", entry.path);
        text(out, b"client", entry.client.as_bytes());
        text(out, b"id", entry.id);
        if !entry.service.is_empty() {
            text(out, b"service", entry.service.as_bytes());
        }
        if !entry.instance.is_empty() {
            text(out, b"release", entry.release.as_bytes());
            text(out, b"instance", entry.instance.as_bytes());
        }
        if entry.tries > 1 {
            number(out, b"tries", entry.tries);
        }
        if !entry.error.is_empty() {
            text(out, b"error", entry.error.as_bytes());
        }
        out.extend_from_slice(b"}\n");
        if out.len() >= BLOCK {
            self.hand_over();
        }
    }

    /// Hands over what was gathered; called each second.
    pub(crate) fn flush(&mut self) {
        self.anchor = (Instant::now(), clock::wall_millis());
        if self.dropped > 0 && self.buffer.is_empty() {
            self.buffer.extend_from_slice(format!("{{\"dropped_lines\":{}}}\n", self.dropped).as_bytes());
            self.dropped = 0;
        }
        if !self.buffer.is_empty() {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let block = std::mem::take(&mut self.buffer);
        let lines = || memchr::memchr_iter(b'\n', &block).count() as u64;
        let Some(sender) = &self.sender else { return };
        let lost = lines();
        if sender.try_send(block).is_err() {
            self.dropped += lost;
        } else {
            self.buffer.reserve(BLOCK + 1024);
        }
    }
}

fn number(out: &mut Vec<u8>, key: &[u8], value: u64) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key);
    out.extend_from_slice(b"\":");
    out.extend_from_slice(decimal(value, &mut [0; 20]));
}

fn text(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key);
    out.extend_from_slice(b"\":\"");
    let plain = |b: &u8| matches!(b, 0x20..=0x7e) && *b != b'"' && *b != b'\\';
    if value.iter().all(plain) {
        out.extend_from_slice(value);
    } else {
        escape(out, value);
    }
    out.push(b'"');
}

/// Control characters become `\u00XX`, bytes that are no UTF-8 the replacement character.
fn escape(out: &mut Vec<u8>, value: &[u8]) {
    for c in String::from_utf8_lossy(value).chars() {
        match c {
            '"' | '\\' => out.extend_from_slice(&[b'\\', c as u8]),
            '\0'..='\x1f' | '\x7f' => out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Starts the thread that writes `DIR/access.log`; it ends when all senders are gone.
pub(crate) fn start(home: &Path, limit: u64, log: Log) -> Result<Writer, ProxyError> {
    let path = home.join("access.log");
    let file = open(&path).map_err(ProxyError::file("open", &path))?;
    let (sender, receiver) = sync_channel(WAITING);
    let thread = std::thread::Builder::new().name("access-log".into()).stack_size(128 * 1024);
    let write = move || run(&path, file, limit, &receiver, &log);
    let thread = thread.spawn(write).map_err(ProxyError::system("start the access log thread"))?;
    Ok(Writer { sender, thread })
}

/// The running writer.
pub(crate) struct Writer {
    sender: SyncSender<Vec<u8>>,
    thread: std::thread::JoinHandle<()>,
}

impl Writer {
    pub(crate) fn sender(&self) -> SyncSender<Vec<u8>> {
        self.sender.clone()
    }

    /// Waits until all that was handed over is written. The threads' own senders must be gone by then.
    pub(crate) fn finish(self) {
        drop(self.sender);
        let _panicked = self.thread.join();
    }
}

fn run(path: &Path, mut file: (File, u64), limit: u64, receiver: &Receiver<Vec<u8>>, log: &Log) {
    let mut healthy = true;
    while let Ok(block) = receiver.recv() {
        let written = rotate(path, &mut file, limit).and_then(|()| file.0.write_all(&block));
        if let Err(error) = &written
            && healthy
        {
            say!(log, "access log: cannot write {}: {error}; lines are lost", path.display());
        }
        healthy = written.is_ok();
        file.1 += if healthy { block.len() as u64 } else { 0 };
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::options().create(true).append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn rotate(path: &Path, file: &mut (File, u64), limit: u64) -> io::Result<()> {
    if file.1 < limit {
        return Ok(());
    }
    let numbered = |n: u32| path.with_extension(format!("log.{n}"));
    for n in (1..KEPT).rev() {
        match fs::rename(numbered(n), numbered(n + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, numbered(1))?;
    *file = open(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_full_log_is_put_aside_and_few_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let writer = super::start(home.path(), 10, super::Log::new(std::io::sink())).unwrap();
        let sender = writer.sender();
        (0..6).for_each(|n| sender.send(format!("line number {n}\n").into_bytes()).unwrap());
        drop(sender);
        writer.finish();
        let text = |name: &str| std::fs::read_to_string(home.path().join(name)).ok();
        assert_eq!(text("access.log").as_deref(), Some("line number 5\n"));
        assert_eq!(text("access.log.1").as_deref(), Some("line number 4\n"));
        assert_eq!(text("access.log.3").as_deref(), Some("line number 2\n"));
        assert_eq!(text("access.log.4"), None);
    }

    #[test]
    fn any_bytes_become_valid_json() {
        let mut out = b"{\"a\":1".to_vec();
        super::text(&mut out, b"b", b"x\"\\\x01\xff\x7f\xc3\xa9");
        out.push(b'}');
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["b"], "x\"\\\u{1}\u{fffd}\u{7f}é");
    }
}
