//! What the views make of the log.

use crate::sample::{created, event, failure, live, owner, plan, release_id, run, scope, started};
use ledger::{Ledger, Seq};
use model::event::{Direction, Event, EventBody, Outcome};
use model::id::StepId;
use model::observed::Addresses;
use model::release::ReleaseState::{self, Failed, Live, Pending, Pruned, Retired};
use model::unit::{Millis, Port, Timestamp};
use proptest::prelude::*;
use tempfile::{TempDir, tempdir};

fn filled(bodies: impl IntoIterator<Item = EventBody>) -> (TempDir, Ledger) {
    let folder = tempdir().unwrap();
    let ledger = Ledger::open(folder.path().join("ledger.db")).unwrap();
    for (at, body) in (1..).zip(bodies) {
        ledger.append(&event(at, body)).unwrap();
    }
    (folder, ledger)
}

fn ended(number: u32, outcome: Outcome) -> EventBody {
    EventBody::RunEnded { run: run(number), outcome }
}

fn undone(number: u32, message: &str) -> EventBody {
    ended(number, Outcome::Undone { failure: failure(message) })
}

fn states(ledger: &Ledger) -> Vec<ReleaseState> {
    ledger.releases(&scope("shop")).unwrap().iter().map(|view| view.state).collect()
}

#[test]
fn releases_go_through_their_states() {
    let (_folder, ledger) = filled([started(1, 1), created(1)]);
    assert_eq!(states(&ledger), [Pending]);
    let add = |bodies: &[EventBody]| {
        for body in bodies {
            ledger.append(&event(100, body.clone())).unwrap();
        }
    };
    add(&[live(1), ended(1, Outcome::Done)]);
    assert_eq!(states(&ledger), [Live]);
    add(&[started(2, 2), created(2), live(2), ended(2, Outcome::Done)]);
    assert_eq!(states(&ledger), [Retired, Live]);
    add(&[started(3, 3), created(3), undone(3, "never healthy")]);
    assert_eq!(states(&ledger), [Retired, Live, Failed]);
    let releases = ledger.releases(&scope("shop")).unwrap();
    assert_eq!(releases[2].failure.as_deref(), Some("never healthy"));
    assert_eq!(releases[1].failure, None, "the one before is not to blame");
    add(&[EventBody::ReleaseRemoved { release: release_id(3) }]);
    add(&[started(4, 1), live(1), ended(4, Outcome::Done)]);
    assert_eq!(states(&ledger), [Live, Retired, Pruned]);
    assert_eq!(ledger.next_release_number(&scope("shop")).unwrap(), 4);
    assert_eq!(ledger.next_release_number(&scope("blog")).unwrap(), 1);
    add(&[EventBody::ReleaseLive { release: None, instances: vec![] }]);
    assert_eq!(states(&ledger), [Retired, Retired, Pruned]);
}

#[test]
fn a_release_that_was_live_for_a_moment_and_taken_back_failed() {
    let taken_back = [started(2, 2), created(2), live(2), live(1), undone(2, "worse than before")];
    let (_folder, ledger) =
        filled([created(1), live(1), ended(1, Outcome::Done)].into_iter().chain(taken_back));
    assert_eq!(states(&ledger), [Live, Failed]);
    assert_eq!(ledger.live(&scope("shop")).unwrap().unwrap().release.id, release_id(1));
}

#[test]
fn live_since_is_when_it_went_live_not_when_its_instances_changed() {
    let (_folder, ledger) = filled([created(1), live(1), live(1)]);
    let now = ledger.live(&scope("shop")).unwrap().unwrap();
    assert_eq!((now.since, now.instances.len()), (Timestamp(2), 1));
    assert_eq!(ledger.releases(&scope("shop")).unwrap()[0].live_since, Some(Timestamp(2)));
    ledger.append(&event(9, EventBody::ReleaseLive { release: None, instances: vec![] })).unwrap();
    assert_eq!(ledger.live(&scope("shop")).unwrap(), None);
}

#[test]
fn the_newest_addresses_count() {
    let given = |port| EventBody::AddressesGiven {
        addresses: Addresses { entry: Some(Port(port)), ..Addresses::default() },
    };
    let (_folder, ledger) = filled([given(1), given(2)]);
    assert_eq!(ledger.addresses(&scope("shop")).unwrap().entry, Some(Port(2)));
    assert_eq!(ledger.addresses(&scope("blog")).unwrap(), Addresses::default());
}

#[test]
fn an_interrupted_run_has_all_that_recovery_needs() {
    let step_started = |step| EventBody::StepStarted { run: run(2), step: StepId(step) };
    let step_done =
        |step| EventBody::StepDone { run: run(2), step: StepId(step), took: Millis(1), detail: None };
    let (_folder, ledger) = filled([
        started(1, 1),
        ended(1, Outcome::Done),
        started(2, 2),
        step_started(1),
        step_done(1),
        step_started(2),
        step_done(2),
        step_started(3),
    ]);
    let shop = scope("shop");
    let cut = ledger.interrupted(&shop).unwrap().unwrap();
    let ids = |numbers: &[u32]| numbers.iter().copied().map(StepId).collect();
    assert_eq!((&cut.plan, &cut.owner), (&plan(2, 2), &owner(1, "here", "b1")));
    assert_eq!((&cut.started, &cut.done), (&ids(&[1, 2, 3]), &ids(&[1, 2])));
    assert_eq!((&cut.failed, cut.direction), (&None, None));

    let heir = owner(9, "here", "b1");
    let add = |body| ledger.append(&event(50, body)).unwrap();
    add(EventBody::StepFailed { run: run(2), step: StepId(3), failure: failure("port taken") });
    add(EventBody::RunResumed { run: run(2), owner: heir.clone(), direction: Direction::Undo });
    add(EventBody::UndoStarted { run: run(2), step: StepId(2) });
    add(EventBody::UndoDone { run: run(2), step: StepId(2) });
    add(EventBody::UndoStarted { run: run(2), step: StepId(1) });
    add(EventBody::UndoFailed { run: run(2), step: StepId(1), failure: failure("stays") });
    let cut = ledger.interrupted(&shop).unwrap().unwrap();
    assert_eq!((cut.owner, cut.direction), (heir, Some(Direction::Undo)));
    assert_eq!((cut.undone, cut.undo_started), (ids(&[2]), ids(&[1, 2])));
    assert_eq!(cut.failed, Some((StepId(3), failure("port taken"))));
    assert_eq!(cut.undo_failed, [(StepId(1), failure("stays"))]);
    add(ended(2, Outcome::Stuck { failure: failure("stays"), left: vec!["a folder".into()] }));
    assert_eq!(ledger.interrupted(&shop).unwrap(), None);
    assert_eq!(ledger.interrupted(&scope("blog")).unwrap(), None);
}

#[test]
fn runs_come_newest_first_and_limited() {
    let (_folder, ledger) = filled([
        started(1, 1),
        EventBody::StepDone { run: run(1), step: StepId(1), took: Millis(1), detail: None },
        ended(1, Outcome::Done),
        started(2, 2),
        undone(2, "no"),
        started(3, 3),
    ]);
    let runs = ledger.runs(&scope("shop"), 2).unwrap();
    assert_eq!(runs.iter().map(|view| &view.run).collect::<Vec<_>>(), [&run(3), &run(2)]);
    assert_eq!(runs[0].ended, None);
    assert!(matches!(&runs[1].ended, Some((Timestamp(5), Outcome::Undone { .. }))));
    let first = ledger.run(&scope("shop"), &run(1)).unwrap().unwrap();
    assert_eq!((first.steps, first.done, first.started), (5, 1, Timestamp(1)));
    assert_eq!(first.release, Some(release_id(1)));
    assert_eq!(ledger.run(&scope("shop"), &run(7)).unwrap(), None);
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let failures = ".*".prop_map(|message| failure(&message));
    prop_oneof![
        Just(Outcome::Done),
        failures.clone().prop_map(|failure| Outcome::Undone { failure }),
        (failures, prop::collection::vec(".*", 0..3))
            .prop_map(|(failure, left)| Outcome::Stuck { failure, left }),
    ]
}

/// Any event, of few runs, steps and releases, so that they meet.
fn bodies() -> impl Strategy<Value = EventBody> {
    let (runs, steps, numbers) = (|| (0..3_u32).prop_map(run), || (0..6_u32).prop_map(StepId), || 0..4_u32);
    let failures = || ".*".prop_map(|message| failure(&message));
    let directions = || prop_oneof![Just(Direction::Finish), Just(Direction::Undo)];
    prop_oneof![
        (0..3_u32, numbers()).prop_map(|(run, release)| started(run, release)),
        (runs(), steps()).prop_map(|(run, step)| EventBody::StepStarted { run, step }),
        (runs(), steps(), any::<u64>(), prop::option::of(".*")).prop_map(|(run, step, took, detail)| {
            EventBody::StepDone { run, step, took: Millis(took), detail }
        }),
        (runs(), steps(), failures()).prop_map(|(run, step, failure)| EventBody::StepFailed {
            run,
            step,
            failure
        }),
        (runs(), steps()).prop_map(|(run, step)| EventBody::UndoStarted { run, step }),
        (runs(), steps()).prop_map(|(run, step)| EventBody::UndoDone { run, step }),
        (runs(), steps(), failures()).prop_map(|(run, step, failure)| EventBody::UndoFailed {
            run,
            step,
            failure
        }),
        (runs(), any::<u32>(), directions()).prop_map(|(run, pid, direction)| EventBody::RunResumed {
            run,
            owner: owner(pid, "h", "b"),
            direction
        }),
        (runs(), outcomes()).prop_map(|(run, outcome)| EventBody::RunEnded { run, outcome }),
        numbers().prop_map(created),
        numbers().prop_map(live),
        Just(EventBody::ReleaseLive { release: None, instances: vec![] }),
        numbers().prop_map(|number| EventBody::ReleaseRemoved { release: release_id(number) }),
        any::<u16>().prop_map(|port| EventBody::AddressesGiven {
            addresses: Addresses { entry: Some(Port(port)), ..Addresses::default() },
        }),
        ".*".prop_map(|message| EventBody::Noted { service: None, message }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_come_back_as_written_and_every_view_holds(
        events in prop::collection::vec((any::<i64>(), bodies()), 0..30)
    ) {
        let folder = tempdir().unwrap();
        let ledger = Ledger::open(folder.path().join("ledger.db")).unwrap();
        let shop = scope("shop");
        let written: Vec<Event> = events.into_iter().map(|(at, body)| event(at, body)).collect();
        for event in &written {
            ledger.append(event).unwrap();
            let json = serde_json::to_value(&event.body).unwrap();
            prop_assert_eq!(json["event"].as_str(), Some(event.body.kind()));
        }
        let read: Vec<Event> = ledger.events(&shop, Seq(0)).unwrap().into_iter().map(|(_, event)| event).collect();
        prop_assert_eq!(&read, &written);
        prop_assert_eq!(ledger.verify().unwrap(), written.len() as u64);

        let releases = ledger.releases(&shop).unwrap();
        let serving: Vec<_> = releases.iter().filter(|view| view.state == Live).collect();
        prop_assert!(serving.len() <= 1);
        let next = ledger.next_release_number(&shop).unwrap();
        prop_assert!(releases.iter().all(|view| view.release.id.number() < Some(next)));
        ledger.live(&shop).unwrap();
        ledger.addresses(&shop).unwrap();
        let runs = ledger.runs(&shop, 2).unwrap();
        prop_assert!(runs.len() <= 2);
        if let Some(cut) = ledger.interrupted(&shop).unwrap() {
            prop_assert_eq!(ledger.run(&shop, &cut.plan.run).unwrap().unwrap().ended, None);
        }
    }
}
