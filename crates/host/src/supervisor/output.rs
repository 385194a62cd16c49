//! Reading an instance's output, which its supervisor may be writing and rotating meanwhile.

use super::folder::Folder;
use super::log::PARTS;
use crate::lines::{LONGEST, LineSplitter};
use crate::process::Stream;
use model::unit::Timestamp;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

const BLOCK: usize = 64 << 10;

/// A line that an instance wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was read from the program.
    pub at: Timestamp,
    /// Where it wrote it to.
    pub stream: Stream,
    /// The line, with what is no UTF-8 replaced. Lines of more than 16 KB come in pieces.
    pub text: String,
}

impl LogLine {
    /// Takes a record apart. One that was damaged is shown as it is, without a time.
    fn parse(record: &[u8]) -> Self {
        let text = String::from_utf8_lossy(record);
        let parsed = text.split_once(' ').and_then(|(at, rest)| {
            let (letter, line) = rest.split_once(' ')?;
            let stream = match letter {
                "o" => Stream::Out,
                "e" => Stream::Error,
                _ => return None,
            };
            Some(Self { at: Timestamp(at.parse().ok()?), stream, text: line.to_owned() })
        });
        parsed.unwrap_or_else(|| Self { at: Timestamp(0), stream: Stream::Out, text: text.into_owned() })
    }
}

/// The last `count` lines of the instance in `dir`, oldest first; empty when there are none.
pub fn tail(dir: &Path, count: usize) -> Vec<LogLine> {
    Follower::open(dir, count).0
}

/// All lines that are kept of the instance in `dir` from a point in time on, oldest first.
pub fn since(dir: &Path, from: Timestamp) -> Vec<LogLine> {
    let folder = Folder::new(dir);
    let mut lines = Vec::new();
    for age in (0..PARTS).rev() {
        let bytes = fs::read(folder.output(age)).unwrap_or_default();
        lines.extend(records(&bytes).map(LogLine::parse).filter(|line| line.at >= from));
    }
    lines
}

/// Reads on as an instance writes.
pub struct Follower {
    folder: Folder,
    /// The file that is being read and its inode.
    current: Option<(File, u64)>,
    splitter: LineSplitter,
}

impl Follower {
    /// The last `count` lines of the instance in `dir`, and a follower that goes on right after them.
    pub fn open(dir: &Path, count: usize) -> (Vec<LogLine>, Self) {
        let folder = Folder::new(dir);
        let mut follower = Self { folder, current: None, splitter: LineSplitter::up_to(LONGEST * 2) };
        let mut blocks: Vec<Vec<u8>> = Vec::new();
        for age in 0..PARTS {
            let missing = count.saturating_sub(blocks.iter().map(|block| newlines(block)).sum());
            if age > 0 && missing == 0 {
                break;
            }
            let Some((mut file, inode)) = open(&follower.folder, age) else { break };
            let end = file.metadata().map(|meta| meta.len()).unwrap_or(0);
            let block = last_records(&file, end, missing);
            if age == 0 {
                // A record that is being written is left to the follower.
                let whole = block.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                let _ = file.seek(SeekFrom::Start(end - (block.len() - whole) as u64));
                follower.current = Some((file, inode));
                blocks.push(block[..whole].to_vec());
            } else {
                blocks.push(block);
            }
        }
        let lines: Vec<LogLine> =
            blocks.iter().rev().flat_map(|block| records(block)).map(LogLine::parse).collect();
        (lines[lines.len().saturating_sub(count)..].to_vec(), follower)
    }

    /// The lines that came since the last call; returns at once, so wait a little between calls.
    pub fn read(&mut self) -> Vec<LogLine> {
        let mut lines = Vec::new();
        loop {
            if self.current.is_none() {
                self.current = (0..PARTS).rev().find_map(|age| open(&self.folder, age));
            }
            let Some((file, inode)) = &mut self.current else { return lines };
            // Asked before reading: what is written to it afterwards can only be written before it is rotated away.
            let newer = self.folder.newer_than(*inode);
            let mut buffer = vec![0; BLOCK];
            while let Ok(count @ 1..) = file.read(&mut buffer) {
                self.splitter.push(&buffer[..count], &mut |record| lines.push(LogLine::parse(record)));
            }
            match newer {
                Newer::None => return lines,
                Newer::Age(age) => self.current = open(&self.folder, age),
                Newer::Lost => self.current = None,
            }
        }
    }
}

/// What comes after a part.
enum Newer {
    /// It is the newest.
    None,
    /// The part of that age.
    Age(usize),
    /// It is no longer kept: go on with the oldest that is.
    Lost,
}

impl Folder {
    fn newer_than(&self, inode: u64) -> Newer {
        let inode_of = |age| fs::metadata(self.output(age)).ok().map(|meta| meta.ino());
        match (0..PARTS).find(|age| inode_of(*age) == Some(inode)) {
            Some(0) => Newer::None,
            Some(age) => Newer::Age(age - 1),
            // With nothing there at all there is nothing newer either.
            None if (0..PARTS).all(|age| inode_of(age).is_none()) => Newer::None,
            None => Newer::Lost,
        }
    }
}

fn open(folder: &Folder, age: usize) -> Option<(File, u64)> {
    let file = File::open(folder.output(age)).ok()?;
    let inode = file.metadata().ok()?.ino();
    Some((file, inode))
}

/// The end of a file that has at least `count` lines, or all of it.
fn last_records(file: &File, end: u64, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut from = end;
    // One more: the first of them belongs to a record that begins further up.
    while from > 0 && newlines(&bytes) <= count {
        let size = from.min(BLOCK as u64);
        from -= size;
        let mut block = vec![0; usize::try_from(size).unwrap_or(BLOCK)];
        if file.read_exact_at(&mut block, from).is_err() {
            break;
        }
        block.extend_from_slice(&bytes);
        bytes = block;
    }
    if from > 0 {
        let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes.drain(..first);
    }
    bytes
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

fn records(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').filter(|record| !record.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::log::OutputLog;
    use super::*;

    fn write(log: &mut OutputLog, numbers: std::ops::Range<i64>) {
        for n in numbers {
            log.line(
                Timestamp(n),
                if n % 2 == 0 { Stream::Out } else { Stream::Error },
                format!("line {n}").as_bytes(),
            );
            log.flush();
        }
    }

    #[test]
    fn the_tail_reaches_over_rotated_parts() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = OutputLog::open(&Folder::new(dir.path()), 1000, Box::new(<[u8]>::to_vec));
        assert!(tail(dir.path(), 5).is_empty());
        write(&mut log, 0..300);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), PARTS);
        for count in [0, 1, 10, 100] {
            let lines = tail(dir.path(), count);
            let times: Vec<i64> = lines.iter().map(|line| line.at.0).collect();
            assert_eq!(times, (300 - count as i64..300).collect::<Vec<_>>());
        }
        let last = tail(dir.path(), 1).remove(0);
        assert_eq!((last.stream, last.text.as_str()), (Stream::Error, "line 299"));
        assert!(tail(dir.path(), 10_000).len() > 100);
        assert_eq!(since(dir.path(), Timestamp(250)).len(), 50);
    }

    #[test]
    fn a_follower_misses_nothing_while_parts_rotate() {
        let dir = tempfile::tempdir().unwrap();
        let mut log = OutputLog::open(&Folder::new(dir.path()), 1000, Box::new(<[u8]>::to_vec));
        write(&mut log, 0..10);
        let (last, mut follower) = Follower::open(dir.path(), 3);
        let mut times: Vec<i64> = last.iter().map(|line| line.at.0).collect();
        for start in (10..400).step_by(30) {
            write(&mut log, start..start + 30);
            times.extend(follower.read().iter().map(|line| line.at.0));
        }
        assert_eq!(times, (7..400).collect::<Vec<_>>());
        assert!(follower.read().is_empty());
    }

    #[test]
    fn damaged_records_are_shown() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("output.log"), b"\xff\xfe\n12 o fine\n13 x odd\nhalf").unwrap();
        let (lines, mut follower) = Follower::open(dir.path(), 10);
        assert_eq!(lines.iter().filter(|line| line.at == Timestamp(12)).count(), 1);
        assert_eq!(lines.len(), 3);
        assert!(follower.read().is_empty(), "half a record is not handed on");
    }
}
