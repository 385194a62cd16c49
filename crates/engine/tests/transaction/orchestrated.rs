//! The laws of the transaction where an orchestrator decides where instances run.

use crate::laws::kill_everywhere;
use crate::world::{Witness, World};
use engine::following::Following;
use host::paths::Home;
use model::event::Outcome;
use model::manifest::Target;
use model::plan::Goal;

fn prepare() -> World {
    World::on(Target::Swarm)
}

#[test]
fn an_orchestrated_deploy_killed_after_any_event_is_finished_or_undone() {
    kill_everywhere(&Goal::Deploy, &prepare, 1, 2);
}

#[test]
fn an_orchestrated_deploy_that_fails_anywhere_leaves_the_old_release() {
    for call in ["submit", "publish", "snapshot", "build", "migrate"] {
        let world = prepare();
        world.shared.state().fail = Some(call);
        let failure = match world.perform(&Goal::Deploy, &Witness::new(None)) {
            Outcome::Undone { failure } => failure,
            // Where publishing fails, so does taking it back; the old table is still in force.
            Outcome::Stuck { failure, .. } if call == "publish" => failure,
            other => panic!("{call}: {other:?}"),
        };
        assert!(failure.message.contains(call), "{failure:?}");
        assert_eq!(world.assert_whole(&format!("after {call} failed")), 1);
    }
}

#[test]
fn members_that_were_moved_are_followed_and_a_finished_deploy_is_not_undone_by_it() {
    let world = prepare();
    let home = Home::new(&world.home);
    let scope = World::scope();
    let following = Following { home: &home, scope: &scope };
    let addresses = || {
        let state = world.shared.state();
        let pools = &state.table.as_ref().expect("it is routed").pools;
        let members = pools.iter().flat_map(|pool| &pool.members);
        members.map(|member| member.address).collect::<Vec<_>>()
    };
    let before = addresses();
    world.shared.move_all();
    let mut known = None;
    following.follow(&mut known, &world.shared, &world.shared).unwrap();
    let after = addresses();
    assert!(
        before.len() == 4 && before.iter().all(|address| !after.contains(address)),
        "{before:?} {after:?}"
    );
    let generation = world.shared.state().table.as_ref().unwrap().generation;
    following.follow(&mut known, &world.shared, &world.shared).unwrap();
    assert_eq!(world.shared.state().table.as_ref().unwrap().generation, generation, "nothing moved");
    assert_eq!(world.perform(&Goal::Deploy, &Witness::new(None)), Outcome::Done);
    following.follow(&mut known, &world.shared, &world.shared).unwrap();
    assert_eq!(world.assert_whole("after a deploy and a look"), 2);
    // What was taken down is not routed again.
    assert_eq!(world.perform(&Goal::Down, &Witness::new(None)), Outcome::Done);
    following.follow(&mut known, &world.shared, &world.shared).unwrap();
    assert!(world.shared.state().table.is_none());
}
