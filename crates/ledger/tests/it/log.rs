//! Append, read, verify.

use crate::sample::{note, scope};
use ledger::{Ledger, LedgerError, Seq};
use model::event::EventBody;
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use tempfile::tempdir;

#[test]
fn what_is_appended_is_read_in_order_and_by_scope() {
    let folder = tempdir().unwrap();
    let ledger = Ledger::open(folder.path().join("a/b/ledger.db")).unwrap();
    let mut other = note("elsewhere");
    other.scope = scope("blog");
    let first = ledger.append(&note("one")).unwrap();
    ledger.append(&other).unwrap();
    let third = ledger.append(&note("three")).unwrap();
    assert_eq!((first, third), (Seq(1), Seq(3)));
    assert_eq!(
        ledger.events(&scope("shop"), Seq(0)).unwrap(),
        [(first, note("one")), (third, note("three"))]
    );
    assert_eq!(ledger.events(&scope("shop"), first).unwrap(), [(third, note("three"))]);
    assert_eq!(ledger.tail(&scope("shop"), 1).unwrap(), [(third, note("three"))]);
    assert_eq!(ledger.scopes().unwrap(), [scope("blog"), scope("shop")]);
    assert_eq!(ledger.verify().unwrap(), 3);
}

#[test]
fn events_that_belong_together_are_written_all_or_none() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    let texts = |texts: &[&str]| texts.iter().map(|text| note(text)).collect::<Vec<_>>();
    assert_eq!(ledger.append_all(&texts(&["one", "two"])).unwrap(), Seq(2));
    let refuse = "CREATE TRIGGER bad BEFORE INSERT ON events WHEN NEW.body LIKE '%poison%' BEGIN SELECT RAISE(ABORT, 'no'); END";
    Connection::open(&path).unwrap().execute_batch(refuse).unwrap();
    assert!(ledger.append_all(&texts(&["three", "poison", "four"])).is_err());
    assert_eq!(ledger.verify().unwrap(), 2);
    assert_eq!(ledger.append_all(&texts(&["five", "six"])).unwrap(), Seq(4));
    let found: Vec<_> =
        ledger.events(&scope("shop"), Seq(0)).unwrap().into_iter().map(|(_, event)| event).collect();
    assert_eq!(found, texts(&["one", "two", "five", "six"]));
    assert_eq!(ledger.verify().unwrap(), 4);
}

#[test]
fn folder_and_files_are_ours_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("state/ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    ledger.append(&note("one")).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
}

/// Changes the file behind the ledger's back and returns the first row that `verify` names.
fn first_broken(sql: &str) -> (u64, String) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open(&path).unwrap();
    for text in ["one", "two", "three", "four"] {
        ledger.append(&note(text)).unwrap();
    }
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("DROP TRIGGER events_unchanged; DROP TRIGGER events_kept;").unwrap();
    connection.execute_batch(sql).unwrap();
    match ledger.verify() {
        Err(LedgerError::Broken { seq, reason, .. }) => (seq, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn verify_names_the_first_row_that_was_changed_or_lost() {
    let changed = "its content does not fit its hash";
    let cases = [
        ("UPDATE events SET body = replace(body, 'three', 'drei') WHERE seq = 3", 3, changed),
        ("UPDATE events SET at = at + 1 WHERE seq = 1; UPDATE events SET at = 0 WHERE seq = 4", 1, changed),
        ("UPDATE events SET scope = 'blog/production' WHERE seq = 2", 2, changed),
        ("DELETE FROM events WHERE seq = 2", 2, "it is missing"),
        ("DELETE FROM events WHERE seq = 4", 4, "it is missing"),
        ("DELETE FROM events WHERE seq = 1; UPDATE events SET seq = seq - 1", 1, changed),
    ];
    for (sql, seq, reason) in cases {
        assert_eq!(first_broken(sql), (seq, reason.to_owned()), "{sql}");
    }
}

#[test]
fn rows_cannot_be_changed_or_deleted() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    Ledger::open(&path).unwrap().append(&note("one")).unwrap();
    let connection = Connection::open(&path).unwrap();
    for sql in ["UPDATE events SET at = 0", "DELETE FROM events"] {
        let error = connection.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{error}");
    }
}

#[test]
fn several_threads_and_handles_append_at_once() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    std::thread::scope(|threads| {
        for writer in 0..4 {
            let path = path.clone();
            threads.spawn(move || {
                let ledger = Ledger::open(&path).unwrap();
                for number in 0..25 {
                    ledger.append(&note(&format!("{writer}-{number}"))).unwrap();
                }
            });
        }
    });
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.verify().unwrap(), 100);
    let events = ledger.events(&scope("shop"), Seq(0)).unwrap();
    for writer in 0..4 {
        let prefix = format!("{writer}-");
        let own: Vec<String> = events
            .iter()
            .filter_map(|(_, event)| match &event.body {
                EventBody::Noted { message, .. } => message.strip_prefix(&prefix).map(str::to_owned),
                _ => None,
            })
            .collect();
        assert_eq!(own, (0..25).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}
