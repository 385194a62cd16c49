//! Files of other versions: older ones are read, newer events are skipped, newer files and foreign files are refused.

use crate::sample::{note, release_id, run, scope};
use ledger::{Ledger, LedgerError, Seq};
use model::ExitKind;
use model::event::EventBody;
use model::release::ReleaseState;
use rusqlite::Connection;
use tempfile::tempdir;

/// Format 1 with one deploy of each kind: live, retired, failed, removed, cut off.
const V1: &str = include_str!("../fixtures/ledger-v1.sql");

#[test]
fn a_ledger_of_format_1_is_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    Connection::open(&path).unwrap().execute_batch(V1).unwrap();
    let ledger = Ledger::open(&path).unwrap();
    let shop = scope("shop");
    let kinds: std::collections::BTreeSet<_> =
        ledger.events(&shop, Seq(0)).unwrap().iter().map(|(_, event)| event.body.kind()).collect();
    assert_eq!(kinds, EventBody::KINDS.iter().copied().collect(), "the fixture has every kind of format 1");
    assert!(ledger.verify().unwrap() > 14);
    let states: Vec<_> = ledger.releases(&shop).unwrap().iter().map(|view| view.state).collect();
    use ReleaseState::{Failed, Live, Pending, Pruned};
    assert_eq!(states, [Pruned, Live, Failed, Pending]);
    assert_eq!(ledger.live(&shop).unwrap().unwrap().release.id, release_id(2));
    assert_eq!(ledger.interrupted(&shop).unwrap().unwrap().plan.run, run(4));
    assert_eq!(ledger.addresses(&shop).unwrap().entry, Some(model::unit::Port(8080)));
    ledger.append(&note("written by this version")).unwrap();
    ledger.verify().unwrap();
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    Ledger::open(&path).unwrap().append(&note("one")).unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Ledger::open(&path).unwrap_err();
    assert!(matches!(error, LedgerError::Newer { found: 99, .. }), "{error:?}");
    assert_eq!(error.kind(), ExitKind::Refused);
    assert!(error.advice().contains("version"), "{}", error.advice());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// Writes a row as a newer version would, past the hash chain, which is not looked at when reading.
fn insert(path: &std::path::Path, kind: &str, format: u32, body: &str) {
    Connection::open(path)
        .unwrap()
        .execute(
            "INSERT INTO events (scope, kind, at, format, body, hash) VALUES ('shop/production', ?, 1, ?, ?, x'00')",
            (kind, format, body),
        )
        .unwrap();
}

#[test]
fn events_of_newer_versions_are_skipped_and_kept() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    ledger.append(&note("one")).unwrap();
    insert(&path, "backup-taken", 1, r#"{"event":"backup-taken","id":"x"}"#);
    insert(&path, "noted", 2, r#"{"event":"noted","severity":"in another shape"}"#);
    let events = ledger.events(&scope("shop"), Seq(0)).unwrap();
    assert_eq!(events, [(Seq(1), note("one"))]);
    assert_eq!(ledger.releases(&scope("shop")).unwrap(), []);
    assert_eq!(ledger.append(&note("four")).unwrap(), Seq(4));
}

#[test]
fn an_event_that_should_be_readable_and_is_not_is_an_error() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    insert(&path, "noted", 1, "{\"event\":\"noted\"");
    let error = ledger.events(&scope("shop"), Seq(0)).unwrap_err();
    assert!(matches!(error, LedgerError::Broken { seq: 1, .. }), "{error:?}");
}

#[test]
fn a_foreign_or_damaged_file_is_an_error_that_says_where() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    std::fs::write(&path, "this is not a database, it is a letter to a friend ".repeat(100)).unwrap();
    let error = Ledger::open(&path).unwrap_err();
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("ledger.db"), "{error}");
    assert_eq!(error.kind(), ExitKind::NeedsPerson);

    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let error = Ledger::open(&path).unwrap_err();
    assert!(matches!(error, LedgerError::Unusable { .. }), "{error:?}");
}
