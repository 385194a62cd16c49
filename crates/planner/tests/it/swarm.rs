//! What is different where a swarm runs a project.

use crate::world::{after, empty, inputs, manifest, outline, plan, source};
use model::manifest::{Manifest, Target};
use model::observed::Observed;
use model::plan::{Action, Goal, Plan, Undo};
use std::net::Ipv4Addr;

fn on_swarm(machines: u16) -> (Manifest, Observed) {
    let mut manifest = manifest();
    manifest.environment.target = Target::Swarm;
    manifest.environment.registry = Some("registry.example.com/team".into());
    for service in manifest.services.values_mut() {
        service.replicas = 3;
    }
    let mut world = empty(&manifest);
    world.gateway = Some(Ipv4Addr::new(10, 77, 0, 11));
    world.machines = machines;
    world.wanted_layers.clear();
    (manifest, world)
}

fn changed(world: &Observed, plan: &Plan) -> Observed {
    let mut world = after(plan, world);
    world.source = Some(source("bbb"));
    world
}

#[test]
fn a_service_is_handed_over_whole_and_taken_back_whole() {
    let (manifest, world) = on_swarm(2);
    let first = plan(&Goal::Up, &manifest, &world);
    let outline_of = |plan: &Plan, words: &str| {
        outline(plan).into_iter().filter(|step| step.contains(words)).collect::<Vec<_>>()
    };
    assert_eq!(outline_of(&first, " of "), ["start 3 of backend", "start 3 of frontend"]);
    let back = first.steps.iter().filter_map(|step| match (&step.action, &step.undo) {
        (Action::Submit { instances, .. }, Undo::Action { action }) => Some((instances, action.as_ref())),
        _ => None,
    });
    for (submitted, undo) in back {
        assert_eq!(undo, &Action::Withdraw { instances: submitted.clone() });
    }
    let second = plan(&Goal::Deploy, &manifest, &changed(&world, &first));
    assert_eq!(outline_of(&second, "drain end"), ["drain end 3", "drain end 3"]);
    let steps = outline(&second);
    let at = |wanted: &str| steps.iter().position(|step| step == wanted).unwrap();
    assert!(at("start 3 of backend") < at("gate 3") && at("gate 3") < at("shift 100%"));
    assert!(at("record record") < at("drain end 3"), "the old release runs until the new one is live");
    assert!(!steps.iter().any(|step| step.ends_with("stop")), "{steps:?}");
}

#[test]
fn a_table_names_instances_and_leaves_their_place_open() {
    let (manifest, world) = on_swarm(2);
    let first = plan(&Goal::Up, &manifest, &world);
    let second = plan(&Goal::Deploy, &manifest, &changed(&world, &first));
    let members: Vec<_> = [first, second]
        .iter()
        .flat_map(|plan| &plan.steps)
        .filter_map(|step| match &step.action {
            Action::Route { table, .. } => Some(table.pools.iter().flat_map(|pool| pool.members.clone())),
            _ => None,
        })
        .flatten()
        .collect();
    assert!(members.len() > 12);
    assert!(members.iter().all(|member| member.address == planner::routing::UNKNOWN));
}

#[test]
fn several_nodes_need_a_registry() {
    let (mut manifest, mut world) = on_swarm(2);
    manifest.environment.registry = None;
    let refusal = planner::plan(&Goal::Up, &manifest, &world, &inputs()).unwrap_err();
    assert_eq!(refusal.findings.len(), 1);
    assert_eq!(refusal.findings[0].rule, "swarm/registry");
    assert!(refusal.findings[0].message.contains("2 nodes"));
    world.machines = 1;
    assert!(planner::plan(&Goal::Up, &manifest, &world, &inputs()).is_ok());
}

#[test]
fn down_takes_back_what_runs() {
    let (manifest, world) = on_swarm(2);
    let up = after(&plan(&Goal::Up, &manifest, &world), &world);
    let steps = outline(&plan(&Goal::Down, &manifest, &up));
    assert_eq!(steps.iter().filter(|step| *step == "drain end 3").count(), 2, "{steps:?}");
}
