//! What generated files advise to type is understood: every `mainstay ...` command in them parses.

use std::fs;
use std::path::Path;
use std::process::Command;

const EXAMPLES: [&str; 5] = ["brainstorm", "procurement", "saas-starter", "together-pray", "vaultcpa"];

fn git(folder: &Path, words: &[&str]) -> Vec<u8> {
    let output = Command::new("git").arg("-C").arg(folder).args(words).output().expect("git is installed");
    assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Paths of a repository's files from `folder` on.
fn listed(folder: &Path, words: &[&str]) -> Vec<String> {
    let out = git(folder, &[&["ls-files", "-z"], words].concat());
    String::from_utf8_lossy(&out).split_terminator('\0').map(str::to_owned).collect()
}

/// Every file that is generated for an example, with its path.
fn generated(example: &str) -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let folder = tempfile::tempdir().expect("room");
    let repo = folder.path().join(example);
    for path in listed(&source, &[]) {
        let to = repo.join(&path);
        fs::create_dir_all(to.parent().expect("a file has a folder")).expect("ours");
        fs::copy(source.join(&path), to).expect("ours");
    }
    git(&repo, &["init", "--quiet"]);
    git(&repo, &["add", "--all"]);
    let done = Command::new(env!("CARGO_BIN_EXE_mainstay"))
        .args(["generate", "--yes"])
        .current_dir(&repo)
        .env("MAINSTAY_HOME", folder.path().join("home"))
        .output()
        .expect("the binary is there");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let new = listed(&repo, &["--others"]);
    // What people wrote is theirs, and the record repeats what it is of.
    let new = new.into_iter().filter(|path| !path.ends_with(".json"));
    let read = |path: String| fs::read_to_string(repo.join(&path)).ok().map(|text| (path, text));
    new.filter_map(read).collect()
}

/// The commands of a text: between backticks, and in the lines of shell blocks.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = line == "```sh";
        } else if in_block {
            let last = line.rsplit(" | ").next().unwrap_or(line);
            found.push(last.split(" > ").next().unwrap_or(last).trim().to_owned());
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found.retain(|command| command.starts_with("mainstay "));
    found
}

#[test]
fn every_command_in_a_generated_file_is_one_that_mainstay_has() {
    let mut count = 0;
    for example in EXAMPLES {
        for (path, text) in generated(example) {
            for command in commands(&text) {
                // Placeholders stand in capitals.
                let command = command.split(" && ").next().unwrap_or(&command);
                let words = command.split(' ').map(|word| match word {
                    "RELEASE" => "r0001-873731f",
                    "SERVICE" => "backend",
                    word => word,
                });
                let parsed = cli::command().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{example} {path}: `{command}`\n{}", parsed.unwrap_err());
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}
