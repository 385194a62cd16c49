//! What is given to Mainstay is nonsense: it says so, and nothing changes.

use mainstay_tests::shop::{Plot, Shop};
use mainstay_tests::world::{Output, World};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Command;

/// Fails unless nothing was made and nothing runs.
#[track_caller]
fn assert_untouched(world: &World, output: &Output) {
    let made: Vec<_> = fs::read_dir(world.home.join("projects")).into_iter().flatten().flatten().collect();
    assert!(made.is_empty(), "{made:?} was made by\n{}", output.shown());
    assert!(!world.home.join("proxy").exists(), "a proxy was made by\n{}", output.shown());
    let processes = world.processes();
    assert!(processes.is_empty(), "{processes:?} was left by\n{}", output.shown());
}

/// Every command that looks at a repository says what is wrong in one way: bad input, words, and no trace of a panic.
#[track_caller]
fn assert_bad_input(world: &World, words: &[&str]) {
    for arguments in [&["up"][..], &["deploy"], &["plan", "deploy"], &["up", "--dry-run"], &["init", "--yes"]]
    {
        let output = world.mainstay(arguments).exits(2).says(words);
        assert!(!output.stderr.contains("panicked"), "{}", output.shown());
        assert_untouched(world, &output);
    }
}

#[test]
fn no_repository() {
    let world = World::new("none");
    assert_bad_input(&world, &["help:"]);
    let output = world.mainstay(&["detect"]).exits(1);
    assert_untouched(&world, &output);
    let output = world.mainstay(&["up", "-C", "nowhere"]).exits(2).says(&["nowhere"]);
    assert_untouched(&world, &output);
    let output = world.mainstay(&["detect", "nowhere"]).exits(2).says(&["nowhere"]);
    assert_untouched(&world, &output);
    fs::write(world.repo.join("file"), "text").expect("the folder is ours");
    let output = world.mainstay(&["detect", "file"]).exits(2).says(&["file"]);
    assert_untouched(&world, &output);
}

#[test]
fn a_manifest_of_random_bytes() {
    let world = World::new("random");
    Shop::open(&world, &Plot::quick());
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |length: usize| -> Vec<u8> {
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed.to_le_bytes()[3]
        };
        (0..length).map(|_| next()).collect()
    };
    for length in [1, 7, 300, 100_000] {
        fs::write(world.repo.join("mainstay.toml"), random(length)).expect("the folder is ours");
        let output = world.mainstay(&["up"]).exits(2).says(&["mainstay.toml"]);
        assert_untouched(&world, &output);
        let output = world.mainstay(&["status"]).exits(2).says(&["mainstay.toml"]);
        assert_untouched(&world, &output);
    }
    fs::write(world.repo.join("mainstay.toml"), "name = 3\n[servces.shop]\n[deploy]\nwatch = \"soon\"\n")
        .expect("ours");
    // All at once, each with its place.
    assert_bad_input(
        &world,
        &["mainstay.toml:1:", "mainstay.toml:2:", "services", "mainstay.toml:4:", "soon"],
    );
}

#[test]
fn names_and_contents_that_are_not_utf8() {
    let world = World::new("bytes");
    Shop::open(&world, &Plot::quick());
    fs::write(world.repo.join(OsStr::from_bytes(b"caf\xe9.js")), b"const x = process.env.CAF\xc9;\n")
        .expect("ours");
    fs::write(world.repo.join("latin.js"), b"// na\xefve\nmodule.exports = process.env.LATIN;\n")
        .expect("ours");
    fs::create_dir(world.repo.join(OsStr::from_bytes(b"d\xff"))).expect("ours");
    fs::write(world.repo.join(OsStr::from_bytes(b"d\xff/package.json")), b"{\"name\":\"\xff\"}")
        .expect("ours");
    let facts = world.mainstay(&["detect", "--format", "json"]).exits(0).json();
    assert_eq!(facts["services"].as_array().map(Vec::len), Some(1), "{facts}");
    world.mainstay(&["up"]).exits(0);
    world.assert_only(1);
}

#[test]
fn links_that_lead_in_circles_and_out_of_the_repository() {
    let world = World::new("links");
    let shop = Shop::open(&world, &Plot::quick());
    symlink(".", world.repo.join("self")).expect("ours");
    symlink("loop-b", world.repo.join("loop-a")).expect("ours");
    symlink("loop-a", world.repo.join("loop-b")).expect("ours");
    symlink("/", world.repo.join("everything")).expect("ours");
    symlink("/dev/zero", world.repo.join("endless.js")).expect("ours");
    symlink("nowhere", world.repo.join("package-lock.old.json")).expect("ours");
    let facts = world.mainstay(&["detect", "--format", "json"]).exits(0).json();
    assert_eq!(facts["services"].as_array().map(Vec::len), Some(1), "{facts}");
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
}

#[test]
fn fifty_thousand_files_and_one_of_a_hundred_megabytes() {
    let world = World::new("large");
    let shop = Shop::open(&world, &Plot::quick());
    for folder in 0..100 {
        let folder = world.repo.join(format!("data/{folder}"));
        fs::create_dir_all(&folder).expect("ours");
        for file in 0..500 {
            fs::write(folder.join(format!("{file}.json")), "{}").expect("ours");
        }
    }
    let large = fs::File::create(world.repo.join("bundle.js")).expect("ours");
    large.set_len(100 << 20).expect("the disk has room for a hole");
    let output = world.mainstay(&["detect", "--format", "json"]).exits(0);
    assert_eq!(output.json()["services"].as_array().map(Vec::len), Some(1));
    println!("detect took {:?}", output.took);
    // Seconds, not minutes, whatever else the machine does.
    assert!(output.took.as_secs() < 20, "{:?}", output.took);
    world.mainstay(&["up"]).exits(0);
    assert_eq!(shop.version(), "v1");
}

#[test]
fn files_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new("closed");
    if !Command::new("setpriv").args(["--reuid=65534", "true"]).status().is_ok_and(|status| status.success())
    {
        println!("skipped: only root can become another user, and root may read everything");
        return;
    }
    Shop::open(&world, &Plot::quick());
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(world.repo.join(name), fs::Permissions::from_mode(mode)).expect("ours");
    };
    fs::create_dir(&world.home).expect("ours");
    fs::set_permissions(&world.home, fs::Permissions::from_mode(0o777)).expect("ours");
    fs::create_dir(world.repo.join("closed")).expect("ours");
    fs::write(world.repo.join("secret.js"), "").expect("ours");
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(world.binary())
            .args(arguments);
        command.current_dir(&world.repo).env("MAINSTAY_HOME", &world.home).env("HOME", "/nonexistent");
        world.spawn_command(command).finish()
    };
    // What need not be read is passed over by detection; what would have to be in a release is not.
    mode("closed", 0o000);
    mode("secret.js", 0o000);
    let facts = as_nobody(&["detect", "--format", "json"]).exits(0).json();
    assert_eq!(facts["services"].as_array().map(Vec::len), Some(1), "{facts}");
    let output = as_nobody(&["up"]);
    assert!(matches!(output.code, Some(2 | 3)), "{}", output.shown());
    assert!(output.stderr.contains("closed") || output.stderr.contains("secret.js"), "{}", output.shown());
    assert_untouched(&world, &output);
    // The manifest itself.
    mode("closed", 0o755);
    mode("secret.js", 0o644);
    mode("mainstay.toml", 0o000);
    let output = as_nobody(&["up"]).exits(2).says(&["mainstay.toml"]);
    assert_untouched(&world, &output);
}
