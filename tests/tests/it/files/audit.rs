//! Our own audit, of what we write and of what somebody spoiled.

use super::EXAMPLES;
use mainstay_tests::example;
use mainstay_tests::world::World;
use serde_json::Value;
use std::fs;
use std::process::Command;

/// An example with every file that is generated for it.
fn complete(name: &str) -> World {
    let world = World::new(name);
    example::copy(name, &world.repo);
    world.mainstay(&["generate", "--yes"]).exits(0);
    world
}

#[test]
fn nothing_is_found_in_what_is_generated() {
    for name in EXAMPLES {
        let world = complete(name);
        let report: Value =
            world.mainstay(&["audit", "--fail-on", "note", "--format", "json"]).exits(0).json();
        assert_eq!(report["findings"], serde_json::json!([]), "{name}");
        // Dockerfiles, Compose files, a stack, workflows, nginx and manifests.
        assert!(report["files"].as_u64().is_some_and(|files| files > 12), "{name}: {}", report["files"]);
    }
}

/// A workflow that anybody can run code in, and a place where nothing can be read.
fn spoiled() -> World {
    let world = World::new("spoiled");
    let workflows = world.repo.join(".github/workflows");
    fs::create_dir_all(&workflows).expect("ours");
    let text =
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: owner/action@main\n";
    fs::write(workflows.join("ci.yml"), text).expect("ours");
    fs::write(workflows.join("broken.yml"), "a:\n  - b\n c: d\n").expect("ours");
    world
}

#[test]
fn one_broken_file_does_not_hide_the_others() {
    let world = spoiled();
    let output = world.mainstay(&["audit"]).exits(1);
    let said = output.stdout;
    assert!(said.contains("error       3  is not YAML"), "{said}");
    assert!(
        said.contains("`owner/action@main` can change without notice [workflow/unpinned-action]"),
        "{said}"
    );
    world.mainstay(&["audit", "--fail-on", "never"]).exits(0);
    let lines = world.mainstay(&["audit", "--annotate"]).exits(1);
    let lines = lines.stdout;
    assert!(lines.lines().all(|line| line.starts_with("::")), "{lines}");
    assert!(
        lines.contains("::error file=.github/workflows/broken.yml,line=3,title=file/syntax::"),
        "{lines}"
    );
}

#[test]
fn a_rule_explains_itself() {
    let world = World::new("explained");
    let said = world.mainstay(&["audit", "--explain", "workflow/unpinned-action"]).exits(0);
    assert!(said.stdout.contains("because REASON"), "{}", said.stdout);
    let said = world.mainstay(&["audit", "--explain", "workflow/unpined-action"]).exits(2);
    assert!(said.stderr.contains("did you mean `workflow/unpinned-action`?"), "{}", said.stderr);
}

#[test]
fn the_step_of_the_workflow_reports_what_is_found() {
    let world = complete("procurement");
    let workflow = world.repo.join(".github/workflows/security.yml");
    let text = fs::read_to_string(&workflow).expect("it was written");
    let line = text.lines().find_map(|line| line.trim().strip_prefix("run: mainstay ")).expect("it audits");
    let upload = text.lines().filter(|line| line.trim() == "sarif_file: mainstay.sarif").count();
    assert_eq!(upload, 1, "what is written is what is uploaded");
    let audit = || {
        let output = Command::new(world.binary()).args(line.split(' ')).current_dir(&world.repo).output();
        let sarif = fs::read_to_string(world.repo.join("mainstay.sarif")).expect("it is always written");
        let sarif: Value = serde_json::from_str(&sarif).expect("it is JSON");
        (output.expect("ours").status.code(), sarif["runs"][0]["results"].clone())
    };
    assert_eq!(audit(), (Some(0), serde_json::json!([])));
    fs::write(&workflow, text.replacen("jobs:", "jobs: {", 1)).expect("ours");
    let (code, results) = audit();
    assert_eq!((code, results[0]["ruleId"].as_str()), (Some(1), Some("file/syntax")));
    let at = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(at["artifactLocation"]["uri"], ".github/workflows/security.yml");
}
