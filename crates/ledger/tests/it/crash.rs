//! Other processes: they race for the lock, and they are killed while they write.

use crate::sample::{note, owner, scope};
use ledger::{Ledger, LedgerError, Seq};
use model::event::EventBody;
use model::unit::{Millis, Timestamp};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::tempdir;

const LEDGER: &str = "LEDGER_OF_CHILD";

/// This test binary again, performing one of the `child_…` tests below.
fn child(test: &str, ledger: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--ignored"])
        .env(LEDGER, ledger)
        .stdout(Stdio::piped())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ledger_of_child() -> Option<Ledger> {
    std::env::var_os(LEDGER).map(|path| Ledger::open(path).unwrap())
}

#[test]
#[ignore = "the writing half of `a_killed_writer_leaves_a_valid_chain`"]
fn child_writes_without_end() {
    let Some(ledger) = ledger_of_child() else { return };
    loop {
        let seq = ledger.append(&note(&"x".repeat(500))).unwrap();
        println!("wrote {}", seq.0);
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn a_killed_writer_leaves_a_valid_chain() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut durable = 0;
    for round in 0..15 {
        let mut writer = child("crash::child_writes_without_end", &path);
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let wrote = |line: &str| line.strip_prefix("wrote ").and_then(|seq| seq.parse::<u64>().ok());
        // Killed after a different number of events each time, at whatever it does then.
        let seen: Vec<u64> = lines
            .by_ref()
            .map_while(Result::ok)
            .filter_map(|line| wrote(&line))
            .take(round % 7 + 1)
            .collect();
        writer.kill().unwrap();
        writer.wait().unwrap();
        let rest = lines.map_while(Result::ok).filter_map(|line| wrote(&line));
        durable = seen.into_iter().chain(rest).max().expect("the writer wrote");
        let count = Ledger::open(&path).unwrap().verify().unwrap();
        assert!(count >= durable, "round {round}: event {durable} was promised, {count} are there");
    }
    let events = Ledger::open(&path).unwrap().events(&scope("shop"), Seq(0)).unwrap();
    assert!(events.len() as u64 >= durable);
    assert!(
        events.iter().all(
            |(_, event)| matches!(&event.body, EventBody::Noted { message, .. } if message.len() == 500)
        )
    );
}

#[test]
#[ignore = "the holding half of `a_lock_of_a_killed_process_is_taken_over`"]
fn child_holds_the_lock() {
    let Some(ledger) = ledger_of_child() else { return };
    let own = owner(std::process::id(), "here", "b1");
    let guard = ledger.lock(&scope("shop"), &own, Millis::seconds(600), Timestamp(0), &process_lives);
    println!("locked {}", u8::from(guard.is_ok()));
    let _ = std::io::stdin().lines().next();
}

fn process_lives(owner: &model::event::Owner) -> bool {
    Path::new("/proc").join(owner.pid.to_string()).exists()
}

/// Reads a child's word on whether it has the lock.
fn has_lock(child: &mut Child) -> bool {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let mut words =
        lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("locked ").map(|word| word == "1"));
    words.next().expect("the child said whether it has the lock")
}

#[test]
fn a_lock_of_a_killed_process_is_taken_over() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut racing: Vec<Child> = (0..2).map(|_| child("crash::child_holds_the_lock", &path)).collect();
    let won: Vec<bool> = racing.iter_mut().map(has_lock).collect();
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "one of two processes has it");

    let ledger = Ledger::open(&path).unwrap();
    let own = owner(std::process::id(), "here", "b1");
    let ask = || ledger.lock(&scope("shop"), &own, Millis::seconds(600), Timestamp(0), &process_lives);
    assert!(matches!(ask(), Err(LedgerError::Held { .. })));
    for process in &mut racing {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert!(ask().unwrap().taken_from().is_some());
}
