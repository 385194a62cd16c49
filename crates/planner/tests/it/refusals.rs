//! What is refused, and that everything is named at once.

use crate::world::{after, empty, inputs, manifest, name, outline, plan, source};
use model::observed::{SettingProblem, Tool};
use model::plan::{Goal, Refusal};
use model::unit::{Bytes, Port};

fn refuse(goal: &Goal, manifest: &model::manifest::Manifest, world: &model::observed::Observed) -> Refusal {
    planner::plan(goal, manifest, world, &inputs()).unwrap_err()
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let mut manifest = manifest();
    manifest.environment.port = Some(Port(80));
    manifest.services.get_mut("backend").unwrap().start = None;
    let mut world = empty(&manifest);
    world.disk_free = Bytes(1);
    world.tools.insert("node".into(), Tool { path: None, version: None });
    world.tools.insert("postgres".into(), Tool { path: None, version: None });
    world.taken_ports.insert(80, "nginx (pid 812)".into());
    world.setting_problems.push(SettingProblem {
        service: name("backend"),
        name: "STRIPE_SECRET_KEY".into(),
        message: "has no value".into(),
        advice: "set it".into(),
        place: None,
    });
    let refusal = refuse(&Goal::Deploy, &manifest, &world);
    let mut rules: Vec<&str> = refusal.findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    assert_eq!(
        rules,
        [
            "deploy/disk",
            "machine/datastore",
            "machine/port",
            "machine/runtime",
            "service/start",
            "settings/value"
        ]
    );
    assert!(refusal.findings.iter().all(|finding| !finding.advice.is_empty()));
    assert!(refusal.findings.iter().any(|finding| finding.message.contains("nginx (pid 812)")));
}

#[test]
fn a_service_that_cannot_run_twice_is_refused() {
    let mut manifest = manifest();
    let backend = manifest.services.get_mut("backend").unwrap();
    backend.port.as_mut().unwrap().env = None;
    let refusal = refuse(&Goal::Deploy, &manifest, &empty(&manifest));
    assert_eq!(refusal.findings[0].rule, "service/fixed-port");
}

#[test]
fn a_rollback_needs_somewhere_to_go() {
    let manifest = manifest();
    let refusal = refuse(&Goal::Rollback { to: None }, &manifest, &empty(&manifest));
    assert_eq!(refusal.findings[0].message, "there is no earlier release to go back to");
    let to = Some("r0009-x".parse().unwrap());
    let refusal = refuse(&Goal::Rollback { to }, &manifest, &empty(&manifest));
    assert_eq!(refusal.findings[0].message, "there is no release r0009-x");
}

#[test]
fn a_release_that_lost_its_build_is_not_gone_back_to() {
    let manifest = manifest();
    let mut world = empty(&manifest);
    for digest in ["aaa", "bbb", "ccc"] {
        world.source = Some(source(digest));
        world = after(&plan(&Goal::Deploy, &manifest, &world), &world);
    }
    let second = world.releases[1].release.id.clone();
    world.incomplete.insert(second.clone(), "/releases/2 has no files".into());
    for to in [None, Some(second)] {
        let refusal = refuse(&Goal::Rollback { to }, &manifest, &world);
        let [finding] = &refusal.findings[..] else { panic!("{refusal:?}") };
        assert_eq!(finding.rule, "rollback/build");
        assert!(finding.message.contains("/releases/2 has no files"), "{finding:?}");
        assert!(finding.advice.contains("bbb") && finding.advice.contains("r0001-aaa"), "{finding:?}");
        assert!(!finding.advice.contains("r0002"), "{finding:?}");
    }
    let first = world.releases[0].release.id.clone();
    assert_eq!(
        plan(&Goal::Rollback { to: Some(first.clone()) }, &manifest, &world).release.unwrap().id,
        first
    );
}

#[test]
fn up_builds_anew_what_lost_its_build() {
    let manifest = manifest();
    let world = empty(&manifest);
    let first = plan(&Goal::Up, &manifest, &world);
    let mut world = after(&first, &world);
    world.incomplete.insert(first.release.unwrap().id, "gone".into());
    assert!(outline(&plan(&Goal::Up, &manifest, &world)).contains(&"build snapshot".to_owned()));
}

#[test]
fn another_repository_of_the_same_name_is_refused() {
    let manifest = manifest();
    let world = empty(&manifest);
    let mut world = crate::world::after(&crate::world::plan(&Goal::Up, &manifest, &world), &world);
    world.source.as_mut().unwrap().origin = Some("elsewhere".into());
    let refusal = refuse(&Goal::Deploy, &manifest, &world);
    assert_eq!(refusal.findings[0].rule, "project/name");
    world.source.as_mut().unwrap().origin = None;
    assert!(
        planner::plan(&Goal::Deploy, &manifest, &world, &inputs()).is_ok(),
        "a shallow clone cannot tell"
    );
}
