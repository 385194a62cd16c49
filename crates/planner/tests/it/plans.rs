//! The order of things.

use crate::world::{after, empty, inputs, manifest, manifest_with, name, outline, plan, source};
use model::manifest::file::{DeployFile, ManifestFile, ServiceFile, StrategyName};
use model::plan::{Action, Goal, Plan, Undo};
use model::routing::MemberState;

fn first() -> (Plan, model::observed::Observed) {
    let manifest = manifest();
    let world = empty(&manifest);
    (plan(&Goal::Up, &manifest, &world), world)
}

#[test]
fn the_first_up_does_everything_and_routes_each_service_once_it_is_gated() {
    let (plan, _) = first();
    assert_eq!(
        outline(&plan),
        [
            "preflight ports",
            "provision assign",
            "provision JWT_SECRET",
            "provision postgres",
            "provision proxy",
            "build snapshot",
            "build install",
            "build install",
            "build frontend",
            "migrate backend",
            "start backend",
            "gate 1",
            "smoke backend",
            "shift 100%",
            "start frontend",
            "gate 1",
            "smoke frontend",
            "shift 100%",
            "record record",
        ]
    );
}

#[test]
fn each_of_many_instances_is_routed_at_the_port_it_was_started_on() {
    let mut manifest = manifest();
    manifest.services.values_mut().for_each(|service| service.replicas = 12);
    let mut world = empty(&manifest);
    world.free_ports = (21_000..21_100).map(model::unit::Port).collect();
    let plan = plan(&Goal::Up, &manifest, &world);
    let mut started = std::collections::BTreeMap::new();
    let mut routed = std::collections::BTreeMap::new();
    for step in &plan.steps {
        match &step.action {
            Action::Start { instance, port: Some(port), .. } => drop(started.insert(instance, port.0)),
            Action::Route { table, .. } => {
                let members = table.pools.iter().flat_map(|pool| &pool.members);
                routed.extend(members.map(|member| (&member.instance, member.address.port())));
            }
            _ => {}
        }
    }
    assert_eq!(started.len(), 24);
    assert_eq!(started, routed);
}

#[test]
fn a_deploy_shifts_everything_at_once_and_watches() {
    let (first, world) = first();
    let mut world = after(&first, &world);
    world.source = Some(source("bbb"));
    let second = plan(&Goal::Deploy, &manifest(), &world);
    let outline = outline(&second);
    let tail =
        ["shift 100%", "watch watch", "record record", "drain 100%", "drain 2", "drain stop", "drain stop"];
    let at = outline.iter().position(|step| step == "shift 100%").unwrap();
    assert_eq!(outline[at..at + tail.len()], tail);
    assert_eq!(outline.iter().filter(|step| step.starts_with("shift")).count(), 1);
    assert_eq!(outline.last().unwrap(), "drain 100%", "the old members leave the table");
}

#[test]
fn every_start_and_shift_can_be_undone_until_the_record() {
    let (first, world) = first();
    let second = plan(&Goal::Deploy, &manifest(), &after(&first, &world));
    let mut committed = false;
    for step in &second.steps {
        committed |= matches!(step.action, Action::Record { .. });
        match (&step.undo, committed) {
            (Undo::Commit { .. }, true) => {}
            (Undo::Action { .. } | Undo::Nothing { .. }, false) => {}
            other => panic!("step {} has {other:?}", step.id),
        }
        let changes_what_runs = matches!(step.action, Action::Start { .. } | Action::Route { .. });
        assert!(
            committed || !changes_what_runs || matches!(step.undo, Undo::Action { .. }),
            "step {}",
            step.id
        );
    }
    assert!(audit_is_clean(&second));
}

fn audit_is_clean(plan: &Plan) -> bool {
    plan.steps.windows(2).all(|pair| pair[0].id < pair[1].id)
}

#[test]
fn an_unchanged_project_needs_nothing() {
    let (first, world) = first();
    let world = after(&first, &world);
    assert!(plan(&Goal::Up, &manifest(), &world).steps.is_empty());
}

#[test]
fn a_dead_instance_is_brought_back_without_a_build() {
    let (first, world) = first();
    let mut world = after(&first, &world);
    world.instances.retain(|status| !status.spec.id.as_str().starts_with("backend"));
    let outline = outline(&plan(&Goal::Up, &manifest(), &world));
    assert!(
        !outline.iter().any(|step| step.starts_with("build") || step.starts_with("migrate")),
        "{outline:?}"
    );
    assert!(outline.contains(&"start backend".to_owned()));
}

#[test]
fn a_rollback_neither_builds_nor_migrates() {
    let (first, world) = first();
    let mut world = after(&first, &world);
    world.source = Some(source("bbb"));
    let second = plan(&Goal::Deploy, &manifest(), &world);
    let world = after(&second, &world);
    let back = plan(&Goal::Rollback { to: None }, &manifest(), &world);
    assert_eq!(back.release.as_ref().unwrap().id, first.release.unwrap().id);
    let outline = outline(&back);
    assert!(
        !outline.iter().any(|step| step.starts_with("build") || step.starts_with("migrate")),
        "{outline:?}"
    );
    assert!(outline.contains(&"shift 100%".to_owned()));
    assert!(!outline.contains(&"watch watch".to_owned()), "a rollback is not held up");
}

#[test]
fn canary_steps_share_by_weight() {
    let deploy = DeployFile {
        strategy: Some(StrategyName::Canary),
        canary: Some(vec![10, 50]),
        ..DeployFile::default()
    };
    let mut file = ManifestFile { deploy, ..ManifestFile::default() };
    file.services.insert(name("backend"), ServiceFile { replicas: Some(2), ..ServiceFile::default() });
    let manifest = manifest_with(&file);
    let world = empty(&manifest);
    let world = after(&plan(&Goal::Up, &manifest, &world), &world);
    let second = plan(&Goal::Deploy, &manifest, &world);
    let shares: Vec<u8> = second
        .steps
        .iter()
        .filter_map(|step| match step.action {
            Action::Route { share, .. } => Some(share),
            _ => None,
        })
        .collect();
    assert_eq!(shares, [10, 50, 100, 100, 100]);
    let Some(Action::Route { table, .. }) =
        second.steps.iter().map(|step| &step.action).find(|action| matches!(action, Action::Route { .. }))
    else {
        panic!("no route");
    };
    let new = &second.release.as_ref().unwrap().id;
    for pool in &table.pools {
        let total: u32 = pool.members.iter().map(|member| u32::from(member.weight)).sum();
        let fresh: u32 = pool.members.iter().filter(|m| &m.release == new).map(|m| u32::from(m.weight)).sum();
        assert_eq!(fresh * 10, total, "{}", pool.service);
    }
}

#[test]
fn blue_green_keeps_the_old_release_and_a_rollback_starts_nothing() {
    let mut file = ManifestFile::default();
    file.deploy.strategy = Some(StrategyName::BlueGreen);
    let manifest = manifest_with(&file);
    let world = empty(&manifest);
    let world = after(&plan(&Goal::Up, &manifest, &world), &world);
    let second = plan(&Goal::Deploy, &manifest, &world);
    assert!(!outline(&second).contains(&"drain stop".to_owned()));
    let world = after(&second, &world);
    let back = outline(&plan(&Goal::Rollback { to: None }, &manifest, &world));
    assert!(!back.iter().any(|step| step.starts_with("start")), "{back:?}");
    assert!(back.contains(&"shift 100%".to_owned()), "{back:?}");
}

#[test]
fn draining_members_take_nothing_new() {
    let (first, world) = first();
    let second = plan(&Goal::Deploy, &manifest(), &after(&first, &world));
    let old = first.release.unwrap().id;
    let draining = second.steps.iter().any(|step| match &step.action {
        Action::Route { table, .. } => {
            let mut members = table.pools.iter().flat_map(|pool| &pool.members).filter(|m| m.release == old);
            members.any(|member| member.state == MemberState::Draining && member.weight == 0)
        }
        _ => false,
    });
    assert!(draining);
}

#[test]
fn down_stops_everything_and_up_needs_no_build() {
    let (first, world) = first();
    let world = after(&first, &world);
    let down = plan(&Goal::Down, &manifest(), &world);
    assert_eq!(outline(&down)[0], "drain unroute");
    assert!(outline(&down).contains(&"record record".to_owned()));
    let mut stopped = world.clone();
    stopped.live = None;
    stopped.traffic = None;
    stopped.instances.clear();
    stopped.releases[0].state = model::release::ReleaseState::Retired;
    let up = outline(&plan(&Goal::Up, &manifest(), &stopped));
    assert!(!up.contains(&"build snapshot".to_owned()), "{up:?}");
    assert!(up.contains(&"provision postgres".to_owned()), "{up:?}");
}

#[test]
fn after_a_start_of_the_machine_the_live_release_comes_back_in_order() {
    let (first, world) = first();
    let world = after(&first, &world);
    let boot = |world: &model::observed::Observed| plan(&Goal::Boot, &manifest(), world);
    assert!(boot(&world).steps.is_empty(), "everything runs");
    let mut cold = world.clone();
    cold.traffic = None;
    cold.instances.iter_mut().for_each(|status| status.phase = model::instance::InstancePhase::Ended);
    let plan = boot(&cold);
    assert_eq!(plan.release, first.release);
    let steps = outline(&plan);
    assert!(!steps.iter().any(|step| step.starts_with("build") || step.starts_with("migrate")), "{steps:?}");
    assert!(steps.contains(&"provision postgres".to_owned()), "{steps:?}");
    let at = |step: &str| {
        steps.iter().position(|found| found == step).unwrap_or_else(|| panic!("{step}: {steps:?}"))
    };
    let routed = steps.iter().position(|step| step.starts_with("shift")).unwrap();
    assert!(at("start backend") < routed && routed < at("start frontend"), "it needs the backend: {steps:?}");
    assert!(!steps.iter().any(|step| step.starts_with("drain")), "nothing is left to drain: {steps:?}");
    assert!(audit_is_clean(&plan));
    cold.incomplete.insert(plan.release.unwrap().id, "it has no files".into());
    let refusal = planner::plan(&Goal::Boot, &manifest(), &cold, &inputs()).unwrap_err();
    assert_eq!(refusal.findings[0].rule, "boot/build");
    cold.live = None;
    assert!(boot(&cold).steps.is_empty(), "nothing was up");
}

#[test]
fn old_builds_are_removed_but_never_what_a_rollback_needs() {
    let mut file = ManifestFile::default();
    file.deploy.keep = Some(2);
    let manifest = manifest_with(&file);
    let mut world = empty(&manifest);
    for _ in 0..3 {
        let next = plan(&Goal::Deploy, &manifest, &world);
        world = after(&next, &world);
    }
    let fourth = outline(&plan(&Goal::Deploy, &manifest, &world));
    assert!(fourth.contains(&"drain remove 1".to_owned()) && fourth.contains(&"drain remove 2".to_owned()));
    assert!(!fourth.contains(&"drain remove 3".to_owned()), "{fourth:?}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, world) = first();
    let again = plan(&Goal::Up, &manifest(), &world);
    assert_eq!(serde_json::to_vec(&first).unwrap(), serde_json::to_vec(&again).unwrap());
}
