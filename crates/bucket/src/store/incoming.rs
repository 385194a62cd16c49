//! A file that is being written and disappears unless it is kept.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Record;

pub(crate) struct Incoming {
    file: File,
    path: PathBuf,
    size: u64,
    kept: bool,
}

impl Incoming {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::create_new(&path)?;
        Ok(Self { file, path, size: 0, kept: false })
    }

    pub(crate) fn write(&mut self, content: &[u8]) -> io::Result<()> {
        self.file.write_all(content)?;
        self.size += content.len() as u64;
        Ok(())
    }

    /// Appends everything a reader gives.
    pub(crate) fn copy_from(&mut self, reader: &mut impl io::Read) -> io::Result<()> {
        self.size += io::copy(reader, &mut self.file)?;
        Ok(())
    }

    /// Bytes written so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// A second handle, to read what was written from its start.
    pub(crate) fn reader(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// Ends the file with its record and waits until it is on the disk.
    pub(super) fn seal(&mut self, record: &Record) -> io::Result<()> {
        self.file.write_all(&record.to_tail()?)?;
        self.file.sync_all()
    }

    pub(super) fn keep_as(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // The folder is emptied at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}
