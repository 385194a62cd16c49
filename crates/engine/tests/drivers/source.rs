//! What a repository is and what of it goes into a release.

use crate::fixture::{Lines, Project, git, release, service};
use engine::driver::{BuildContext, Builder};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Instant;

fn project() -> Project {
    Project::new(&[(".gitignore", ".env\nignored/\n"), ("app/run.sh", "#!/bin/sh\n"), ("caf\u{e9}.txt", "1")])
        .with("app", service("app", "./run.sh"))
}

#[test]
fn a_commit_is_told_from_a_dirty_tree() {
    let project = project();
    git(&project.root(), &["init", "-q"]);
    git(&project.root(), &["add", "-A"]);
    git(&project.root(), &["commit", "-q", "-m", "First thing\n\nmore"]);
    let builder = project.builder();
    let clean = builder.source(&project.root()).unwrap();
    assert_eq!(clean.subject.as_deref(), Some("First thing"));
    assert_eq!(clean.revision.as_ref().map(String::len), Some(40));
    assert!(!clean.dirty);
    project.write(".env", "SECRET=1");
    assert_eq!(builder.source(&project.root()).unwrap(), clean, "ignored files do not count");
    project.write("new.txt", "x");
    let dirty = builder.source(&project.root()).unwrap();
    assert!(dirty.dirty && dirty.digest != clean.digest && dirty.revision == clean.revision);
    git(&project.root(), &["add", "new.txt"]);
    fs::remove_file(project.root().join("new.txt")).unwrap();
    assert_eq!(
        builder.source(&project.root()).unwrap().digest,
        clean.digest,
        "what is not there does not count"
    );
}

#[test]
fn without_git_the_digest_is_all_there_is() {
    let project = project();
    let source = project.builder().source(&project.root()).unwrap();
    assert_eq!((source.revision, source.subject, source.dirty), (None, None, false));
    assert_eq!(source.digest.len(), 64);
}

#[test]
fn a_repository_of_someone_else_is_copied_with_a_note() {
    let project = project();
    git(&project.root(), &["init", "-q"]);
    git(&project.root(), &["add", "-A"]);
    git(&project.root(), &["commit", "-q", "-m", "First"]);
    if !std::process::Command::new("chown")
        .args(["-R", "nobody"])
        .arg(project.root())
        .status()
        .unwrap()
        .success()
    {
        return;
    }
    let source = project.builder().source(&project.root()).unwrap();
    assert_eq!(source.revision, None);
    let mut lines = Lines::default();
    let (builder, id) = (project.builder(), release(1));
    builder
        .snapshot(&project.root(), BuildContext { manifest: &project.manifest, release: &id }, &mut lines)
        .unwrap();
    assert!(lines.text().contains("safe.directory"), "{}", lines.text());
    assert!(project.release_folder(&id).join("app/run.sh").exists());
    assert!(!project.release_folder(&id).join(".git").exists());
}

#[test]
fn a_snapshot_has_what_git_would_have_and_nothing_from_outside() {
    let project = project();
    git(&project.root(), &["init", "-q"]);
    project.write(".env", "SECRET=1");
    project.write("ignored/x", "1");
    project.write("forced.env", "1");
    fs::set_permissions(project.root().join("app/run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("/etc/passwd", project.root().join("app/outside")).unwrap();
    symlink("run.sh", project.root().join("app/inside")).unwrap();
    symlink("loop", project.root().join("loop")).unwrap();
    let (builder, id, mut lines) = (project.builder(), release(1), Lines::default());
    let context = BuildContext { manifest: &project.manifest, release: &id };
    builder.snapshot(&project.root(), context, &mut lines).unwrap();
    let copy = project.release_folder(&id);
    assert!(copy.join("caf\u{e9}.txt").exists() && copy.join("loop").is_symlink());
    assert!(!copy.join(".env").exists() && !copy.join("ignored").exists() && !copy.join(".git").exists());
    assert!(!copy.join("app/outside").is_symlink() && lines.text().contains("left out app/outside"));
    assert_eq!(fs::read_link(copy.join("app/inside")).unwrap().to_str(), Some("run.sh"));
    assert_eq!(fs::metadata(copy.join("app/run.sh")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(project.lacks(&builder, &id), None, "nothing has to be installed or built");
    builder.remove(&project.scope(), &id).unwrap();
    let lacks = project.lacks(&builder, &id).unwrap();
    assert!(lacks.contains(id.as_str()) && lacks.contains("has no files"), "{lacks}");
    assert!(!copy.exists());
}

#[test]
fn a_failed_snapshot_leaves_nothing() {
    let project = project();
    let (builder, id) = (project.builder(), release(1));
    let context = BuildContext { manifest: &project.manifest, release: &id };
    // A folder where a file is expected stands for a disk that refuses.
    fs::create_dir_all(project.home().root).unwrap();
    fs::write(project.home().root.join("projects"), "").unwrap();
    let error = builder.snapshot(&project.root(), context, &mut Lines::default()).unwrap_err();
    assert!(error.to_string().contains("projects"), "{error}");
    fs::remove_file(project.home().root.join("projects")).unwrap();
    let gone = builder.snapshot(&project.root().join("none"), context, &mut Lines::default()).unwrap_err();
    assert!(gone.to_string().contains("none"), "{gone}");
    assert!(!project.home().release(&project.scope(), &id).exists());
}

#[test]
fn five_thousand_files_are_quick() {
    let project = project();
    for n in 0..5000 {
        project.write(&format!("d{}/f{n}.txt", n % 50), "some text of a small file\n");
    }
    git(&project.root(), &["init", "-q"]);
    git(&project.root(), &["add", "-A"]);
    git(&project.root(), &["commit", "-q", "-m", "Many"]);
    let builder = project.builder();
    let began = Instant::now();
    builder.source(&project.root()).unwrap();
    let took = began.elapsed();
    assert!(took.as_secs() < 10, "{took:?}");
}
