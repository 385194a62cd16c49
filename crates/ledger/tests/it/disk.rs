//! A disk that is full, a disk that must not be written.

use crate::sample::{note, owner, scope};
use ledger::{Ledger, LedgerError, Seq};
use model::ExitKind;
use model::unit::{Millis, Timestamp};
use std::path::Path;
use std::process::Command;
use tempfile::{TempDir, tempdir};

/// A small disk of its own; taken away at the end.
struct Disk(TempDir);

impl Disk {
    /// `None`, with a word on it, where mounting is not permitted.
    fn new(test: &str, size: &str) -> Option<Self> {
        let folder = tempdir().unwrap();
        let options = format!("size={size},mode=0700");
        if mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], folder.path()) {
            return Some(Self(folder));
        }
        println!("skipped: {test}: mounting a small disk is not permitted here");
        None
    }

    fn remount(&self, option: &str) {
        assert!(mount(&["-o", &format!("remount,{option}")], self.0.path()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let output = Command::new("mount").args(arguments).arg(at).output();
    output.is_ok_and(|output| output.status.success())
}

/// Fills what is left of a disk.
fn fill(path: &Path) {
    use std::io::Write;
    let mut file = std::fs::File::create(path).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
}

fn assert_full(error: &LedgerError) {
    assert!(matches!(error, LedgerError::Full { .. }), "{error:?}");
    assert_eq!(error.kind(), ExitKind::Refused);
    assert!(error.to_string().contains("ledger.db") && error.advice().contains("free some space"), "{error}");
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let Some(disk) = Disk::new("a_full_disk_refuses_and_loses_nothing", "1m") else { return };
    let path = disk.0.path().join("ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    let guard = ledger
        .lock(&scope("shop"), &owner(1, "here", "b1"), Millis::seconds(60), Timestamp(0), &|_| true)
        .unwrap();
    let big = note(&"x".repeat(10_000));
    let mut written = 0;
    let error = loop {
        match ledger.append(&big) {
            Ok(Seq(seq)) => written = seq,
            Err(error) => break error,
        }
    };
    assert_full(&error);
    assert!(written > 10, "{written}");
    // What was promised is there, for this handle and for a new one, and reading still works.
    assert_eq!(ledger.verify().unwrap(), written);
    assert_eq!(Ledger::open(&path).unwrap().events(&scope("shop"), Seq(0)).unwrap().len() as u64, written);

    // With room again it goes on where it was.
    disk.remount("size=4m");
    drop(guard);
    assert_eq!(ledger.append(&big).unwrap(), Seq(written + 1));
    assert_eq!(ledger.verify().unwrap(), written + 1);
    assert_eq!(ledger.lock_holder(&scope("shop")).unwrap(), None);
}

#[test]
fn a_disk_that_is_full_from_the_start_refuses() {
    let Some(disk) = Disk::new("a_disk_that_is_full_from_the_start_refuses", "256k") else { return };
    fill(&disk.0.path().join("ballast"));
    assert_full(&Ledger::open(disk.0.path().join("ledger.db")).unwrap_err());
    assert_full(&Ledger::open(disk.0.path().join("state/ledger.db")).unwrap_err());
}

#[test]
fn a_read_only_disk_refuses() {
    let Some(disk) = Disk::new("a_read_only_disk_refuses", "1m") else { return };
    let path = disk.0.path().join("ledger.db");
    Ledger::open(&path).unwrap().append(&note("one")).unwrap();
    disk.remount("ro");
    let error = Ledger::open(&path).unwrap_err();
    assert!(matches!(error, LedgerError::ReadOnly { .. }), "{error:?}");
    assert!(error.advice().contains("write access"), "{}", error.advice());
}
