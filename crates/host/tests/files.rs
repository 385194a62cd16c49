//! Files on a real file system.

use host::files::{
    copy_tree, digest_files, ensure_private_dir, free_bytes, lock, remove_tree, try_lock, write_atomic,
};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn atomic_writes_replace_whole_files_and_leave_nothing_beside() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state.json");
    write_atomic(&file, b"one", 0o600).unwrap();
    write_atomic(&file, b"two", 0o640).unwrap();
    assert_eq!((fs::read(&file).unwrap(), mode(&file)), (b"two".to_vec(), 0o640));
    let folder = dir.path().join("folder");
    fs::create_dir(&folder).unwrap();
    let error = write_atomic(&folder, b"three", 0o600).unwrap_err();
    assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "something was left behind");
}

#[test]
fn trees_are_copied_with_modes_times_and_links() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("deep/to"));
    fs::create_dir_all(from.join("bin/closed")).unwrap();
    fs::create_dir_all(from.join("skip/inner")).unwrap();
    fs::write(from.join("skip/inner/file"), "no").unwrap();
    for n in 0..200 {
        fs::write(from.join(format!("bin/{n}")), vec![b'x'; n]).unwrap();
    }
    fs::write(from.join("bin/closed/secret"), "inside").unwrap();
    fs::set_permissions(from.join("bin/7"), fs::Permissions::from_mode(0o750)).unwrap();
    fs::set_permissions(from.join("bin/closed"), fs::Permissions::from_mode(0o555)).unwrap();
    symlink("../nowhere", from.join("link")).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 5);
    fs::File::open(from.join("bin/8")).unwrap().set_modified(long_ago).unwrap();
    let keep = |path: &Path| path != Path::new("skip");
    for _ in 0..2 {
        let copied = copy_tree(&from, &to, Some(&keep)).unwrap();
        assert_eq!((copied.files, copied.bytes), (202, (0..200).sum::<u64>() + 6));
    }
    assert_eq!(fs::read_to_string(to.join("bin/closed/secret")).unwrap(), "inside");
    assert_eq!((mode(&to.join("bin/7")), mode(&to.join("bin/closed"))), (0o750, 0o555));
    assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("../nowhere"));
    let meta = fs::metadata(to.join("bin/8")).unwrap();
    assert_eq!((meta.mtime(), meta.mtime_nsec()), (1_000_000_000, 5));
    assert!(!to.join("skip").exists());
    remove_tree(&to).unwrap();
    remove_tree(&to).unwrap();
    assert!(!to.exists());
    let error = copy_tree(&dir.path().join("absent"), &to, None).unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
}

#[test]
fn locks_exclude_each_other_and_end_with_their_holder() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let held = try_lock(&path).unwrap().expect("it is free");
    assert!(try_lock(&path).unwrap().is_none());
    assert!(lock(&path, Duration::from_millis(30)).unwrap().is_none());
    drop(held);
    assert!(try_lock(&path).unwrap().is_some());
}

#[test]
fn digests_depend_on_names_contents_and_absence() {
    let dir = tempfile::tempdir().unwrap();
    let digest = |files: &[&str]| digest_files(dir.path(), files).unwrap();
    fs::write(dir.path().join("a"), "1").unwrap();
    let without = digest(&["a", "b"]);
    fs::write(dir.path().join("b"), "").unwrap();
    let with = digest(&["a", "b"]);
    assert!(
        without != with && with == digest(&["a", "b"]) && with != digest(&["b", "a"]) && with.len() == 64
    );
    assert!(digest_files(dir.path(), &["."]).is_err(), "a folder has no content");
}

#[test]
fn private_folders_and_free_space() {
    let dir = tempfile::tempdir().unwrap();
    let private = dir.path().join("a/b");
    ensure_private_dir(&private).unwrap();
    assert_eq!((mode(&private), mode(&dir.path().join("a"))), (0o700, 0o700));
    assert!(free_bytes(&private.join("not/there/yet")).unwrap() > 0);
}
