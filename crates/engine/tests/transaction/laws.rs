//! Kill, fail and cancel everywhere.

use crate::world::{Killed, Witness, World};
use engine::Cancel;
use model::event::{EventBody, FailureKind, Outcome};
use model::instance::InstancePhase;
use model::plan::Goal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

/// How many events a goal has when nothing disturbs it.
fn events_of(goal: &Goal, prepare: &dyn Fn() -> World) -> usize {
    let witness = Witness::new(None);
    assert_eq!(prepare().perform(goal, &witness), Outcome::Done);
    witness.seen.load(Ordering::SeqCst)
}

pub fn kill_everywhere(goal: &Goal, prepare: &dyn Fn() -> World, before: u32, after: u32) {
    let count = events_of(goal, prepare);
    assert!(count > 10, "{count}");
    let mut endings = Vec::new();
    for at in 0..count {
        let world = prepare();
        let witness = Witness::new(Some(at));
        let killed = catch_unwind(AssertUnwindSafe(|| world.perform(goal, &witness)));
        assert!(killed.is_err_and(|why| why.is::<Killed>()), "not killed at event {at}");
        world.recover();
        endings.push(world.assert_whole(&format!("after a kill at event {at}")));
    }
    assert!(endings.is_sorted_by_key(|number| *number != before), "once committed it stays: {endings:?}");
    assert_eq!((endings[0], endings[count - 1]), (before, after), "{endings:?}");
}

#[test]
fn a_deploy_killed_after_any_event_is_finished_or_undone() {
    kill_everywhere(&Goal::Deploy, &World::with_first_release, 1, 2);
}

#[test]
fn a_rollback_killed_after_any_event_is_finished_or_undone() {
    let prepare = || {
        let world = World::with_first_release();
        assert_eq!(world.perform(&Goal::Deploy, &Witness::new(None)), Outcome::Done);
        world
    };
    kill_everywhere(&Goal::Rollback { to: None }, &prepare, 2, 1);
}

#[test]
fn a_boot_killed_after_any_event_is_done_by_the_next() {
    let down = || {
        let world = World::with_first_release();
        let mut state = world.shared.state();
        state.table = None;
        state.instances.values_mut().for_each(|status| status.phase = InstancePhase::Ended);
        drop(state);
        world
    };
    let count = events_of(&Goal::Boot, &down);
    assert!(count > 10, "{count}");
    for at in 0..count {
        let world = down();
        let witness = Witness::new(Some(at));
        let killed = catch_unwind(AssertUnwindSafe(|| world.perform(&Goal::Boot, &witness)));
        assert!(killed.is_err_and(|why| why.is::<Killed>()), "not killed at event {at}");
        world.recover();
        assert_eq!(world.perform(&Goal::Boot, &Witness::new(None)), Outcome::Done);
        assert_eq!(world.assert_whole(&format!("after a kill at event {at} and another boot")), 1);
    }
}

#[test]
fn a_rollback_to_a_lost_build_is_refused_before_anything_is_changed() {
    let world = World::with_first_release();
    assert_eq!(world.perform(&Goal::Deploy, &Witness::new(None)), Outcome::Done);
    let engine = world.engine();
    assert!(world.try_plan(&engine, &Goal::Rollback { to: None }).is_ok());
    world.shared.state().releases.remove(0);
    let refusal = world.try_plan(&engine, &Goal::Rollback { to: None }).unwrap_err();
    assert!(refusal.findings[0].message.contains("r0001-first has no files"), "{refusal:?}");
}

#[test]
fn recovery_that_is_killed_itself_is_taken_up_again() {
    let count = events_of(&Goal::Deploy, &World::with_first_release);
    let world = World::with_first_release();
    let witness = Witness::new(Some(count / 2));
    let killed = catch_unwind(AssertUnwindSafe(|| world.perform(&Goal::Deploy, &witness)));
    assert!(killed.is_err());
    for at in 0..3 {
        let engine = world.engine();
        let guard = engine.lock(&World::scope()).unwrap();
        let witness = Witness::new(Some(at));
        let session =
            engine::Session { root: None, watcher: &witness, cancel: Cancel::default(), guard: &guard };
        let again = catch_unwind(AssertUnwindSafe(|| engine.recover(&World::scope(), &session)));
        assert!(again.is_err(), "not killed at event {at}");
    }
    world.recover();
    world.assert_whole("after three killed recoveries");
}

#[test]
fn every_step_is_in_the_journal_before_and_after() {
    let world = World::with_first_release();
    let engine = world.engine();
    let after = engine.ledger.tail(&World::scope(), 1).unwrap()[0].0;
    assert_eq!(world.perform(&Goal::Deploy, &Witness::new(None)), Outcome::Done);
    let events = engine.ledger.events(&World::scope(), after).unwrap();
    let steps: Vec<(bool, u32)> = events
        .iter()
        .filter_map(|(_, event)| match &event.body {
            EventBody::StepStarted { step, .. } => Some((false, step.0)),
            EventBody::StepDone { step, .. } => Some((true, step.0)),
            _ => None,
        })
        .collect();
    let count = u32::try_from(steps.len() / 2).unwrap();
    let expected: Vec<(bool, u32)> = (1..=count).flat_map(|step| [(false, step), (true, step)]).collect();
    assert!(count > 10, "{count}");
    assert_eq!(steps, expected);
    assert!(matches!(events.last().unwrap().1.body, EventBody::RunEnded { .. }));
    // What a step itself writes stands between its beginning and its end.
    let at =
        |wanted: fn(&EventBody) -> bool| events.iter().position(|(_, event)| wanted(&event.body)).unwrap();
    let live = at(|body| matches!(body, EventBody::ReleaseLive { .. }));
    assert!(matches!(events[live - 1].1.body, EventBody::StepStarted { .. }));
    engine.ledger.verify().unwrap();
}

#[test]
fn a_driver_that_fails_anywhere_before_the_shift_leaves_the_old_release() {
    for call in ["snapshot", "build", "migrate", "start", "publish", "provision", "proxy"] {
        let world = World::with_first_release();
        world.shared.state().fail = Some(call);
        let outcome = world.perform(&Goal::Deploy, &Witness::new(None));
        let failure = match outcome {
            Outcome::Undone { failure } => failure,
            // Where publishing fails, so does taking it back; the old table is still in force.
            Outcome::Stuck { failure, .. } if call == "publish" => failure,
            other => panic!("{call}: {other:?}"),
        };
        assert!(failure.message.contains(call), "{failure:?}");
        assert_eq!(world.assert_whole(call), 1);
    }
}

#[test]
fn an_instance_that_stays_sick_is_undone_with_its_last_words() {
    let world = World::with_first_release();
    world.shared.state().sick = Some("r0002-second".parse().unwrap());
    let Outcome::Undone { failure } = world.perform(&Goal::Deploy, &Witness::new(None)) else {
        panic!("not undone")
    };
    assert_eq!(failure.kind, FailureKind::Unhealthy);
    let seen: Vec<&String> = failure.evidence.iter().flat_map(|evidence| &evidence.lines).collect();
    assert!(
        seen.iter().any(|line| line.contains("503")) && seen.iter().any(|line| *line == "its last words")
    );
    assert_eq!(world.assert_whole("after a sick release"), 1);
}

#[test]
fn a_cancel_at_any_event_undoes_or_comes_too_late() {
    let count = events_of(&Goal::Deploy, &World::with_first_release);
    for at in 0..count {
        let world = World::with_first_release();
        let mut witness = Witness::new(None);
        witness.cancel_at = Some((at, Cancel::default()));
        let outcome = world.perform(&Goal::Deploy, &witness);
        let number = world.assert_whole(&format!("after a cancel at event {at}"));
        match outcome {
            Outcome::Done => assert_eq!(number, 2),
            Outcome::Undone { failure } => assert_eq!((failure.kind, number), (FailureKind::Cancelled, 1)),
            stuck @ Outcome::Stuck { .. } => panic!("{stuck:?} at {at}"),
        }
    }
}

#[test]
fn a_plan_made_before_something_changed_is_refused() {
    let world = World::with_first_release();
    let engine = world.engine();
    let plan = world.plan(&engine, &Goal::Deploy);
    assert_eq!(world.perform(&Goal::Deploy, &Witness::new(None)), Outcome::Done);
    let guard = engine.lock(&World::scope()).unwrap();
    let witness = Witness::new(None);
    let session = engine::Session { root: None, watcher: &witness, cancel: Cancel::default(), guard: &guard };
    assert!(matches!(engine.run(&plan, &session), Err(engine::EngineError::Stale)));
    assert_eq!(witness.seen.load(Ordering::SeqCst), 0, "nothing happened");
}

#[test]
fn the_lock_is_held_by_one() {
    let world = World::with_first_release();
    let engine = world.engine();
    let _guard = engine.lock(&World::scope()).unwrap();
    let Err(engine::EngineError::Ledger(error)) = engine.lock(&World::scope()) else {
        panic!("locked twice")
    };
    assert!(matches!(error, ledger::LedgerError::Held { .. }));
}
