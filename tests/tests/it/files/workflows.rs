//! Two linters of workflows, and GitHub's own schemas.

use super::{EXAMPLES, generated, linter, said};
use mainstay_tests::world::World;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Findings of zizmor that are known, and why each is accepted.
const ACCEPTED: [&str; 2] = [
    // Images are pinned by digest when a team asks for it: `mainstay generate --pin`.
    "unpinned-images",
    // `$/` in place of `./` is not known to every GitHub Enterprise Server.
    "self-repository",
];

fn workflows(world: &World) -> Vec<PathBuf> {
    let folder = world.repo.join(".github/workflows");
    let files = ["ci.yml", "security.yml", "deploy.yml"].map(|name| folder.join(name));
    assert!(files.iter().all(|file| file.is_file()));
    files.into()
}

/// What zizmor finds in a folder, at its strictest, by the words for its audits.
fn audited(zizmor: &mut Command, folder: &Path) -> Vec<String> {
    zizmor.args(["--offline", "--no-progress", "--quiet", "--persona", "pedantic", "--strict-collection"]);
    let output = zizmor.args(["--format", "json", "--no-exit-codes"]).arg(folder).output();
    let output = output.expect("it is installed");
    let found: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    let found = found.as_array().expect("a list of findings").iter();
    found.map(|finding| finding["ident"].as_str().expect("a finding has a name").to_owned()).collect()
}

#[test]
fn zizmor_finds_nothing() {
    for name in EXAMPLES {
        let Some(mut zizmor) = linter("zizmor") else { return };
        let world = generated(name, "workflows");
        let found = audited(&mut zizmor, &world.repo.join(".github"));
        let bad: Vec<_> = found.iter().filter(|word| !ACCEPTED.contains(&word.as_str())).collect();
        assert_eq!(bad, Vec::<&String>::new(), "{name}");
    }
}

#[test]
fn actionlint_finds_nothing() {
    for name in EXAMPLES {
        let Some(mut actionlint) = linter("actionlint") else { return };
        let world = generated(name, "workflows");
        // The scripts are ours to test; shellcheck is not everywhere, and what it says depends on its release.
        let arguments = ["-no-color", "-oneline", "-shellcheck=", "-pyflakes="];
        let output = actionlint.args(arguments).args(workflows(&world)).current_dir(&world.repo).output();
        let output = output.expect("it is installed");
        assert!(output.status.success(), "{name}: {}", said(&output));
    }
}

#[test]
fn both_would_find_something() {
    let (Some(mut zizmor), Some(mut actionlint)) = (linter("zizmor"), linter("actionlint")) else { return };
    let world = generated("vaultcpa", "workflows");
    let ci = &workflows(&world)[0];
    let text = std::fs::read_to_string(ci).expect("it was written");
    let spoiled = text
        .replacen("run: npm ci", "run: echo ${{ github.event.pull_request.title }}", 1)
        .replacen("needs: [", "needs: [\"nobody\", ", 1);
    std::fs::write(ci, spoiled).expect("ours");
    let found = audited(&mut zizmor, &world.repo.join(".github"));
    assert!(found.iter().any(|word| word == "template-injection"), "{found:?}");
    let output = actionlint.args(["-no-color", "-oneline"]).arg(ci).current_dir(&world.repo).output();
    let output = output.expect("it is installed");
    assert!(!output.status.success() && said(&output).contains("nobody"), "{}", said(&output));
}

#[test]
fn they_are_what_githubs_schemas_describe() {
    for name in EXAMPLES {
        let world = generated(name, "workflows");
        let dependabot = vec![world.repo.join(".github/dependabot.yml")];
        for (schema, files) in [("github-workflows", workflows(&world)), ("dependabot", dependabot)] {
            let Some(mut check) = linter("check-jsonschema") else { return };
            check.args(["--builtin-schema", &format!("vendor.{schema}")]);
            let output = check.args(files).output().expect("it is installed");
            assert!(output.status.success(), "{name}: {}", said(&output));
        }
    }
}
