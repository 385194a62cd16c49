//! Writing an instance's output. One line a record: `<epoch ms> <o|e> <line>`.

use super::folder::Folder;
use crate::process::Stream;
use model::Secret;
use model::unit::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

/// Size at which a new file is begun, in bytes.
pub(crate) const PART: u64 = 10 << 20;
/// How many files are kept, the current one included.
pub(crate) const PARTS: usize = 3;

/// Takes the secrets of an instance out of a line that it wrote.
pub type Conceal = Box<dyn Fn(&[u8]) -> Vec<u8>>;
/// Makes a [`Conceal`] that knows some secrets.
pub type Concealer = fn(&[Secret]) -> Conceal;

/// An instance's output. What cannot be written (a full disk) is lost: a program must not wait for its log.
pub(crate) struct OutputLog {
    conceal: Conceal,
    folder: Folder,
    file: Option<File>,
    size: u64,
    part: u64,
    buffer: Vec<u8>,
}

impl OutputLog {
    pub(crate) fn open(folder: &Folder, part: u64, conceal: Conceal) -> Self {
        let mut log = Self { conceal, folder: folder.clone(), file: None, size: 0, part, buffer: Vec::new() };
        log.reopen();
        log
    }

    /// Takes a line; it is written with the next [`OutputLog::flush`].
    pub(crate) fn line(&mut self, at: Timestamp, stream: Stream, line: &[u8]) {
        let letter = match stream {
            Stream::Out => 'o',
            Stream::Error => 'e',
        };
        // Writing to a vector does not fail.
        let _ = write!(self.buffer, "{} {letter} ", at.0);
        self.buffer.extend_from_slice(&(self.conceal)(line));
        self.buffer.push(b'\n');
        if self.buffer.len() > 1 << 20 {
            self.flush();
        }
    }

    pub(crate) fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        if self.file.is_none() || self.size + self.buffer.len() as u64 > self.part {
            self.rotate();
        }
        if let Some(file) = &mut self.file {
            match file.write_all(&self.buffer) {
                Ok(()) => self.size += self.buffer.len() as u64,
                // Half a record would be read as the beginning of the next one.
                Err(_) => _ = file.set_len(self.size),
            }
        }
        self.buffer.clear();
    }

    fn rotate(&mut self) {
        if self.size > 0 {
            for age in (1..PARTS).rev() {
                let _ = fs::rename(self.folder.output(age - 1), self.folder.output(age));
            }
        }
        self.reopen();
    }

    fn reopen(&mut self) {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(self.folder.output(0));
        self.file = file.ok();
        self.size = self.file.as_ref().and_then(|file| Some(file.metadata().ok()?.len())).unwrap_or(0);
    }
}
