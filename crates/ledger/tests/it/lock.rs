//! One lock a scope.

use crate::sample::{owner, scope};
use ledger::{Guard, Ledger, LedgerError};
use model::ExitKind;
use model::event::Owner;
use model::unit::{Millis, Timestamp};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::{TempDir, tempdir};

const TTL: Millis = Millis::seconds(60);
const NOW: i64 = 1_000_000;

fn ledger() -> (TempDir, Ledger) {
    let folder = tempdir().unwrap();
    let ledger = Ledger::open(folder.path().join("ledger.db")).unwrap();
    (folder, ledger)
}

fn ask(ledger: &Ledger, owner: &Owner, now: i64, alive: bool) -> Result<Guard, LedgerError> {
    ledger.lock(&scope("shop"), owner, TTL, Timestamp(now), &move |_| alive)
}

/// The guard of a process that was killed: it never gives the lock back.
fn abandon(guard: Guard) {
    std::mem::forget(guard);
}

#[test]
fn a_second_owner_is_told_who_has_it() {
    let (_folder, ledger) = ledger();
    let (first, second) = (owner(1, "here", "b1"), owner(2, "here", "b1"));
    let guard = ask(&ledger, &first, NOW, true).unwrap();
    let error = ask(&ledger, &second, NOW + 5, true).unwrap_err();
    assert_eq!(error.kind(), ExitKind::Refused);
    let LedgerError::Held { owner, since, expires, .. } = error else { panic!("{error:?}") };
    assert_eq!((*owner, since, expires), (first.clone(), Timestamp(NOW), Timestamp(NOW + 60_000)));
    assert!(
        ledger.lock(&scope("blog"), &second, TTL, Timestamp(NOW), &|_| true).is_ok(),
        "another scope is free"
    );
    assert_eq!(ledger.lock_holder(&scope("shop")).unwrap().unwrap().owner, first);
    drop(guard);
    assert_eq!(ledger.lock_holder(&scope("shop")).unwrap(), None);
    assert!(ask(&ledger, &second, NOW + 6, true).unwrap().taken_from().is_none());
}

#[test]
fn a_living_owner_on_this_machine_keeps_it_whatever_the_clock_says() {
    let (_folder, ledger) = ledger();
    abandon(ask(&ledger, &owner(1, "here", "b1"), NOW, true).unwrap());
    for now in [NOW + 10_000_000, NOW - 10_000_000, i64::MAX, i64::MIN, NOW] {
        let error = ask(&ledger, &owner(2, "here", "b1"), now, true).unwrap_err();
        assert!(matches!(error, LedgerError::Held { .. }), "at {now}: {error:?}");
    }
}

#[test]
fn a_dead_owner_on_this_machine_loses_it_at_once_whatever_the_clock_says() {
    let asking = owner(2, "here", "b1");
    for (dead, now) in [
        (owner(1, "here", "b1"), NOW + 1),
        (owner(1, "here", "b1"), NOW - 10_000_000),
        (owner(1, "here", "the boot before"), NOW + 1),
    ] {
        let (_folder, ledger) = ledger();
        abandon(ask(&ledger, &dead, NOW, true).unwrap());
        let guard = ask(&ledger, &asking, now, false).unwrap();
        assert_eq!(guard.taken_from().unwrap().owner, dead);
        assert_eq!(ledger.lock_holder(&scope("shop")).unwrap().unwrap().owner, asking);
    }
}

#[test]
fn an_owner_on_another_machine_keeps_it_until_it_expires() {
    let (_folder, ledger) = ledger();
    abandon(ask(&ledger, &owner(1, "there", "b9"), NOW, true).unwrap());
    // Whether a process of another machine lives is not known here, so `is_alive` must not count.
    for now in [NOW, NOW + 59_999] {
        assert!(
            matches!(ask(&ledger, &owner(2, "here", "b1"), now, false), Err(LedgerError::Held { .. })),
            "{now}"
        );
    }
    assert!(ask(&ledger, &owner(2, "here", "b1"), NOW + 60_000, true).is_ok());
}

#[test]
fn a_clock_moved_back_does_not_make_another_machines_lock_eternal() {
    let (_folder, ledger) = ledger();
    abandon(ask(&ledger, &owner(1, "there", "b9"), NOW, true).unwrap());
    let asking = owner(2, "here", "b1");
    let early = NOW - 500_000;
    let error = ask(&ledger, &asking, early, false).unwrap_err();
    assert!(
        matches!(error, LedgerError::Held { expires: Timestamp(at), .. } if at == early + 60_000),
        "{error:?}"
    );
    assert!(matches!(ask(&ledger, &asking, early + 59_999, false), Err(LedgerError::Held { .. })));
    assert!(ask(&ledger, &asking, early + 60_000, false).is_ok());
}

#[test]
fn renewing_keeps_it_and_a_lost_lock_is_noticed() {
    let (_folder, ledger) = ledger();
    let guard = ask(&ledger, &owner(1, "there", "b9"), NOW, true).unwrap();
    guard.renew(Timestamp(NOW + 50_000)).unwrap();
    let asking = owner(2, "here", "b1");
    assert!(ask(&ledger, &asking, NOW + 100_000, false).is_err());
    let new = ask(&ledger, &asking, NOW + 110_000, false).unwrap();
    assert!(matches!(guard.renew(Timestamp(NOW + 110_001)), Err(LedgerError::Lost { .. })));
    drop(guard);
    assert!(
        ledger.lock_holder(&scope("shop")).unwrap().is_some(),
        "the old guard must not give back the new lock"
    );
    new.release().unwrap();
    assert_eq!(ledger.lock_holder(&scope("shop")).unwrap(), None);
}

#[test]
fn renewing_writes_only_when_half_of_the_time_is_over() {
    let (_folder, ledger) = ledger();
    let guard = ask(&ledger, &owner(1, "here", "b1"), NOW, true).unwrap();
    let expires = || ledger.lock_holder(&scope("shop")).unwrap().unwrap().expires;
    guard.renew(Timestamp(NOW + 30_000)).unwrap();
    assert_eq!(expires(), Timestamp(NOW + 60_000));
    guard.renew(Timestamp(NOW + 30_001)).unwrap();
    assert_eq!(expires(), Timestamp(NOW + 90_001));
    // A clock that went back: nobody may see a lock of the future.
    guard.renew(Timestamp(NOW - 1)).unwrap();
    assert_eq!(expires(), Timestamp(NOW + 59_999));
}

#[test]
fn of_many_at_once_one_gets_it() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    for round in 0..10 {
        let winners = AtomicUsize::new(0);
        let guards: Vec<Option<Guard>> = std::thread::scope(|threads| {
            let racing: Vec<_> = (0..6)
                .map(|pid| {
                    let (path, winners) = (&path, &winners);
                    threads.spawn(move || {
                        // A handle each, as processes would have.
                        let ledger = Ledger::open(path).unwrap();
                        let guard = ask(&ledger, &owner(pid, "here", "b1"), NOW, true).ok();
                        winners.fetch_add(usize::from(guard.is_some()), Ordering::SeqCst);
                        guard
                    })
                })
                .collect();
            racing.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(winners.into_inner(), 1, "round {round}");
        drop(guards);
    }
}
