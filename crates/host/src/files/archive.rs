//! Archives in the format of tar(5), ustar with GNU's long names: what container engines take files in.

use super::FileError;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const BLOCK: usize = 512;
/// Longest name that a header holds.
const NAME: usize = 100;

/// An archive that is being written. Everything in it belongs to root; folders may be entered and files read by all,
/// whatever the modes on this machine, so that it is the same wherever it is made.
pub struct Archive<'a> {
    out: &'a mut dyn Write,
}

#[derive(Clone, Copy)]
enum Kind {
    File,
    Folder,
    Link,
    LongName,
    LongLink,
}

impl Kind {
    const fn letter(self) -> u8 {
        match self {
            Self::File => b'0',
            Self::Folder => b'5',
            Self::Link => b'2',
            Self::LongName => b'L',
            Self::LongLink => b'K',
        }
    }
}

/// What an entry begins with.
struct Head<'n> {
    name: &'n [u8],
    kind: Kind,
    mode: u32,
    size: u64,
    /// Seconds since 1970.
    time: u64,
    /// Where a link leads.
    link: &'n [u8],
}

impl<'a> Archive<'a> {
    /// Begins one.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out }
    }

    /// Adds a file with these bytes. `mode` as in chmod(1).
    ///
    /// # Errors
    /// When it cannot be written out.
    pub fn bytes(&mut self, name: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
        let size = bytes.len() as u64;
        self.entry(&Head { name: name.as_bytes(), kind: Kind::File, mode, size, time: 0, link: &[] })?;
        self.out.write_all(bytes)?;
        self.pad(bytes.len() as u64)
    }

    /// Adds everything below a folder, in the order of names. `wanted` chooses by the path below it.
    ///
    /// # Errors
    /// When something cannot be read or written out.
    pub fn tree(&mut self, root: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<()> {
        self.folder(root, Path::new(""), wanted)
    }

    fn folder(&mut self, root: &Path, below: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<()> {
        let at = root.join(below);
        let failed = |path: &Path, error| io::Error::other(FileError::of("read", path)(error));
        let entries = fs::read_dir(&at).map_err(|error| failed(&at, error))?;
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            let path = below.join(name);
            let place = root.join(&path);
            let meta = fs::symlink_metadata(&place).map_err(|error| failed(&place, error))?;
            let (bytes, time) = (path.as_os_str().as_bytes(), u64::try_from(meta.mtime()).unwrap_or(0));
            if meta.is_dir() {
                // A folder without anything that is wanted does no harm, and patterns may bring something of it back.
                let name = [bytes, b"/"].concat();
                self.entry(&Head { name: &name, kind: Kind::Folder, mode: 0o755, size: 0, time, link: &[] })?;
                self.folder(root, &path, wanted)?;
            } else if !wanted(&path) {
            } else if meta.is_symlink() {
                let target = fs::read_link(&place).map_err(|error| failed(&place, error))?;
                let link = target.as_os_str().as_bytes();
                self.entry(&Head { name: bytes, kind: Kind::Link, mode: 0o777, size: 0, time, link })?;
            } else if meta.is_file() {
                let mode = if meta.mode() & 0o111 == 0 { 0o644 } else { 0o755 };
                let head = Head { name: bytes, kind: Kind::File, mode, size: meta.len(), time, link: &[] };
                self.entry(&head)?;
                let file = File::open(&place).map_err(|error| failed(&place, error))?;
                let copied = io::copy(&mut file.take(meta.len()), self.out)?;
                if copied < meta.len() {
                    return Err(failed(&place, io::ErrorKind::UnexpectedEof.into()));
                }
                self.pad(meta.len())?;
            }
        }
        Ok(())
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// When it cannot be written out.
    pub fn finish(self) -> io::Result<()> {
        self.out.write_all(&[0; 2 * BLOCK])
    }

    fn entry(&mut self, head: &Head<'_>) -> io::Result<()> {
        for (long, kind) in [(head.name, Kind::LongName), (head.link, Kind::LongLink)] {
            if long.len() > NAME {
                let size = long.len() as u64 + 1;
                self.header(&Head { name: b"././@LongLink", kind, mode: 0o644, size, time: 0, link: &[] })?;
                self.out.write_all(long)?;
                self.out.write_all(&[0])?;
                self.pad(size)?;
            }
        }
        self.header(head)
    }

    fn header(&mut self, head: &Head<'_>) -> io::Result<()> {
        let mut block = [0; BLOCK];
        put(&mut block[..NAME], head.name);
        put(&mut block[100..108], format!("{:07o}", head.mode).as_bytes());
        put(&mut block[108..116], b"0000000");
        put(&mut block[116..124], b"0000000");
        // Beyond 8 GB the size is binary (GNU).
        if head.size < 1 << 33 {
            put(&mut block[124..136], format!("{:011o}", head.size).as_bytes());
        } else {
            block[124] = 0x80;
            block[128..136].copy_from_slice(&head.size.to_be_bytes());
        }
        put(&mut block[136..148], format!("{:011o}", head.time).as_bytes());
        block[148..156].fill(b' ');
        block[156] = head.kind.letter();
        put(&mut block[157..257], head.link);
        put(&mut block[257..265], b"ustar  ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        put(&mut block[148..156], format!("{sum:06o}\0 ").as_bytes());
        self.out.write_all(&block)
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
        self.out.write_all(&[0; BLOCK][..(BLOCK - over) % BLOCK])
    }
}

fn put(field: &mut [u8], bytes: &[u8]) {
    let length = bytes.len().min(field.len());
    field[..length].copy_from_slice(&bytes[..length]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn tar_reads_what_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let tree = folder.path().join("tree");
        let deep = format!("{}/{}", "a".repeat(80), "b".repeat(90));
        fs::create_dir_all(tree.join(&deep)).unwrap();
        fs::write(tree.join(&deep).join("long.txt"), "long").unwrap();
        fs::write(tree.join("skipped"), "no").unwrap();
        std::os::unix::fs::symlink("skipped", tree.join("link")).unwrap();
        let mut bytes = Vec::new();
        let mut archive = Archive::new(&mut bytes);
        archive.bytes("extra", 0o600, b"more").unwrap();
        archive.tree(&tree, &|path| path != Path::new("skipped")).unwrap();
        archive.finish().unwrap();
        let file = folder.path().join("x.tar");
        fs::write(&file, bytes).unwrap();
        let out = folder.path().join("out");
        fs::create_dir(&out).unwrap();
        let status = Command::new("tar").arg("-xf").arg(&file).arg("-C").arg(&out).status().unwrap();
        assert!(status.success());
        assert_eq!(fs::read_to_string(out.join(deep).join("long.txt")).unwrap(), "long");
        assert_eq!(fs::read_to_string(out.join("extra")).unwrap(), "more");
        assert_eq!(fs::read_link(out.join("link")).unwrap(), Path::new("skipped"));
        assert!(!out.join("skipped").exists());
    }
}
