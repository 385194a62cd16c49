//! What is different where containers run a project.

use crate::world::{after, empty, inputs, manifest, outline, plan, source};
use model::manifest::{Manifest, Target};
use model::observed::Observed;
use model::plan::{Action, Goal};
use std::net::{IpAddr, Ipv4Addr};

const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 201, 7, 1);

fn on_docker() -> (Manifest, Observed) {
    let mut manifest = manifest();
    manifest.environment.target = Target::Docker;
    let mut world = empty(&manifest);
    world.gateway = Some(GATEWAY);
    world.wanted_layers.clear();
    (manifest, world)
}

fn rules(goal: &Goal, manifest: &Manifest, world: &Observed) -> Vec<String> {
    let refusal = planner::plan(goal, manifest, world, &inputs()).unwrap_err();
    refusal.findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn a_network_comes_before_what_is_on_it_and_every_service_is_built() {
    let (manifest, world) = on_docker();
    let outline = outline(&plan(&Goal::Up, &manifest, &world));
    let at = |step: &str| {
        outline.iter().position(|known| known == step).unwrap_or_else(|| panic!("{step}: {outline:?}"))
    };
    assert!(at("provision network 10.201.7.1") < at("provision postgres"));
    assert!(at("build backend") < at("build frontend"));
    assert!(!outline.iter().any(|step| step == "build install"));
}

#[test]
fn services_have_their_addresses_where_containers_reach_this_machine_too() {
    let (manifest, world) = on_docker();
    let plan = plan(&Goal::Up, &manifest, &world);
    let last = plan.steps.iter().rev().find_map(|step| match &step.action {
        Action::Route { table, .. } => Some(table),
        _ => None,
    });
    let mut listens: Vec<_> = last.unwrap().listeners.iter().map(|listener| listener.address).collect();
    listens.sort_unstable();
    let of = |address: Ipv4Addr| {
        let here = listens.iter().filter(|known| known.ip() == IpAddr::V4(address));
        here.map(|known| known.port()).collect::<Vec<_>>()
    };
    assert_eq!(of(GATEWAY), [3000, 3080]);
    assert_eq!(of(Ipv4Addr::LOCALHOST), [3000, 3080, 8080], "the public entry is not on the network");
}

#[test]
fn nothing_moves_to_another_target_by_itself() {
    let plain = manifest();
    let first = plan(&Goal::Up, &plain, &empty(&plain));
    let mut world = after(&first, &empty(&plain));
    world.source = Some(source("bbb"));
    let (docker, _) = on_docker();
    for goal in [Goal::Up, Goal::Deploy] {
        assert_eq!(rules(&goal, &docker, &world), ["target/moved"]);
    }
    // After `down` the data would still be missed.
    world.releases[0].turn = 1;
    world.live = None;
    assert_eq!(rules(&Goal::Up, &docker, &world), ["target/data"]);
    let mut without = docker.clone();
    without.datastores.clear();
    let mut before = world.clone();
    before.releases[0].release.manifest.datastores.clear();
    assert!(planner::plan(&Goal::Up, &without, &before, &inputs()).is_ok());
}

#[test]
fn what_an_image_brings_need_not_be_on_the_machine() {
    let (mut manifest, mut world) = on_docker();
    let missing = model::observed::Tool { path: None, version: None };
    world.tools.insert("node".into(), missing.clone());
    world.tools.insert("postgres".into(), missing);
    let backend = manifest.services.values_mut().next().unwrap();
    backend.port.as_mut().unwrap().env = None;
    assert!(planner::plan(&Goal::Up, &manifest, &world, &inputs()).is_ok());
}
