//! Every manifest against the schemas of Kubernetes, where a field that nobody knows is an error.

use super::{EXAMPLES, generated, linter, said};
use mainstay_tests::world::World;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Copies of the manifests, as a cluster would keep them.
fn manifests(world: &World) -> Vec<PathBuf> {
    let copies = world.folder().join("manifests");
    fs::create_dir(&copies).expect("ours");
    let written = fs::read_dir(world.repo.join("deploy/kubernetes")).expect("it was written");
    let written = written.map(|entry| entry.expect("ours").path());
    // Kustomize alone reads its own file: no cluster has a schema of it.
    let wanted = written.filter(|path| {
        path.extension().is_some_and(|kind| kind == "yaml") && !path.ends_with("kustomization.yaml")
    });
    let copied = wanted.map(|path| {
        let text = fs::read_to_string(&path).expect("it was written");
        let copy = copies.join(path.file_name().expect("it is a file"));
        // A cluster makes the name of a Job that migrates.
        fs::write(&copy, text.replace("  generateName: ", "  name: ")).expect("ours");
        copy
    });
    copied.collect()
}

/// What is wrong with the manifests, a line each. The validator only warns of a kind that it does not know.
fn wrong(validator: &mut Command, manifests: &[PathBuf]) -> Vec<String> {
    let output = validator.arg("--strict").args(manifests).output().expect("it is installed");
    let said = said(&output);
    let mut lines: Vec<_> =
        said.lines().filter(|line| !line.starts_with("INFO")).map(str::to_owned).collect();
    if !output.status.success() && lines.is_empty() {
        lines.push(format!("it ended with {}", output.status));
    }
    for path in manifests {
        let passed = format!("INFO {} passed", path.display());
        if !said.contains(&passed) {
            lines.push(format!("{} did not pass", path.display()));
        }
    }
    lines
}

#[test]
fn manifests_are_what_kubernetes_describes() {
    for name in EXAMPLES {
        let Some(mut validator) = linter("kubernetes-validate") else { return };
        let world = generated(name, "kubernetes");
        let manifests = manifests(&world);
        assert!(manifests.len() > 3, "{name}: {manifests:?}");
        assert_eq!(wrong(&mut validator, &manifests), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_validator_would_find_something() {
    let spoils = [("  replicas:", "  replicaz:"), ("cpu: ", "cpu: [] #"), ("apps/v1", "apps/v9")];
    for (right, spoiled) in spoils {
        let Some(mut validator) = linter("kubernetes-validate") else { return };
        let world = generated("vaultcpa", "kubernetes");
        let manifests = manifests(&world);
        let postgres = manifests.iter().find(|path| path.ends_with("postgres.yaml")).expect("it has one");
        let text = fs::read_to_string(postgres).expect("ours");
        assert!(text.contains(right), "{right} in {text}");
        fs::write(postgres, text.replacen(right, spoiled, 1)).expect("ours");
        let wrong = wrong(&mut validator, &manifests).join("\n");
        assert!(wrong.contains("postgres.yaml") && !wrong.contains("network.yaml"), "{spoiled}: {wrong}");
    }
}
