//! The steps of `deploy.yml` as a runner performs them, with an `ssh` that stays on this machine.

use super::generated;
use mainstay_tests::world::World;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// Programs that say how they were called: where `server` is, this machine is.
const SSH: &str = "#!/bin/sh\necho \"ssh $1\" >> \"$LOG\"\nshift\nexec \"$@\"\n";
const GIT: &str = "#!/bin/sh\necho \"git $*\" >> \"$LOG\"\n";
const MAINSTAY: &str = "#!/bin/sh\ncat\necho \"mainstay $* in $PWD\" >> \"$LOG\"\nexit \"$CODE\"\n";

fn program(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::write(&path, text).expect("ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("ours");
}

/// The script of a step.
fn script(world: &World, step: &str) -> String {
    let text = fs::read_to_string(world.repo.join(".github/workflows/deploy.yml")).expect("it was written");
    let workflow: Value = serde_saphyr::from_str(&text).expect("it is YAML");
    let steps = workflow["jobs"]["deploy"]["steps"].as_array().expect("it has steps");
    let found = steps.iter().find(|candidate| candidate["name"] == step).expect("it has this step");
    found["run"].as_str().expect("it is a script").to_owned()
}

/// Performs a step in a folder with a space in its name, with a revision that is none. What was called, and how it ended.
fn perform(world: &World, step: &str, code: i32) -> (String, Output) {
    let (bin, folder, log) =
        (world.folder().join("bin"), world.folder().join("a folder"), world.folder().join("log"));
    for folder in [&bin, &folder] {
        fs::create_dir_all(folder).expect("ours");
    }
    for (name, text) in [("ssh", SSH), ("git", GIT), ("mainstay", MAINSTAY)] {
        program(&bin, name, text);
    }
    fs::write(&log, "").expect("ours");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut bash = Command::new("bash");
    bash.args(["-e", "-c", &script(world, step)]).env("PATH", path).env("LOG", &log);
    bash.env("DEPLOY_PATH", &folder).env("REVISION", "0; touch owned").env("ENVIRONMENT", "production");
    let output = bash.env("CODE", code.to_string()).current_dir(world.folder()).output();
    (fs::read_to_string(&log).expect("ours"), output.expect("bash is installed"))
}

#[test]
fn a_deploy_reaches_mainstay_and_ends_as_it_does() {
    let world = generated("vaultcpa", "workflows");
    let (log, output) = perform(&world, "Deploy", 0);
    assert!(output.status.success(), "{log}{output:?}");
    let folder = world.folder().join("a folder");
    let expected = format!(
        "ssh server\ngit fetch --quiet --force --tags origin\ngit checkout --quiet --detach 0; touch owned\n\
         mainstay deploy --environment production in {}\n",
        folder.display()
    );
    assert_eq!(log, expected, "nothing of a value is taken for a command");
    assert!(!folder.join("owned").exists() && !world.folder().join("owned").exists());
    for (code, word) in [(3, "refused"), (4, "undone"), (5, "a person"), (255, "255")] {
        let (_, output) = perform(&world, "Deploy", code);
        assert_eq!(output.status.code(), Some(code));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("::error::") && said.contains(word), "{code}: {said}");
    }
    let (log, output) = perform(&world, "Roll back", 0);
    assert!(output.status.success() && log.contains("mainstay rollback --environment production"), "{log}");
}
