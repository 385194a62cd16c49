//! A secret put in comes out nowhere.

use mainstay_tests::load::get;
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::{Output, World, process};
use std::fs;
use std::path::Path;

const SECRET: &str = "kestrel-7f3a9c51e2";
/// SHA-256 of it.
const DIGEST: &str = "62ad9d7166e09c130b5d7ae58c6714e2cfed27244aabbdfd509756850283231b";

/// Files below a folder in which the secret stands as it is.
fn files_with_it(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            files_with_it(&entry.path(), found);
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).unwrap_or_default();
            if bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()) {
                found.push(entry.path().display().to_string());
            }
        }
    }
}

#[test]
fn a_secret_comes_out_nowhere_but_in_the_service() {
    let world = World::new("quiet");
    let shop = Shop::open(
        &world,
        &Plot { database: true, env: "API_KEY = { secret = true, required = true }", ..Plot::default() },
    );
    let mut said = vec![world.mainstay(&["up"]).exits(3).says(&["API_KEY", "mainstay env set"])];
    world.set("shop", "API_KEY", SECRET);
    said.push(world.mainstay(&["up", "--verbose"]).exits(0));
    assert_eq!(get(world.entry, "/settings").expect("it serves").text(), DIGEST, "the service was given it");
    // In a plan, in events, in failures of every kind and in what reading commands print.
    for (version, mode) in
        [("v2", Mode::Good), ("v3", Mode::CrashAtBoot), ("v4", Mode::Migration), ("v5", Mode::Build)]
    {
        shop.commit(version, mode);
        said.push(world.mainstay(&["plan", "deploy", "--format", "json"]).exits(0));
        said.push(world.mainstay(&["deploy", "--format", "json"]).exits(mode.exit_code()));
    }
    assert_kept(&world, said);
}

/// Neither what was said, nor a reading command, nor a file, nor the process list has the secret.
#[track_caller]
fn assert_kept(world: &World, mut said: Vec<Output>) {
    for arguments in
        [&["env", "list"][..], &["status"], &["releases"], &["logs", "--all"], &["doctor"], &["detect"]]
    {
        said.push(world.mainstay(arguments));
        said.push(world.mainstay(&[arguments, &["--format", "json"]].concat()));
    }
    for output in &said {
        assert!(!output.shown().contains(SECRET), "{}", output.shown());
    }
    for process in process::all() {
        assert!(!process.command.contains(SECRET), "{process:?}");
    }
    let mut found = Vec::new();
    files_with_it(&world.home, &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_secret_that_the_application_itself_writes_is_taken_out() {
    let world = World::new("careless");
    let shop =
        Shop::open(&world, &Plot { env: "API_KEY = { secret = true, required = true }", ..Plot::quick() });
    world.set("shop", "API_KEY", SECRET);
    let mut said = vec![world.mainstay(&["up"]).exits(0)];
    shop.edit("v2", Mode::CrashAtBoot);
    let text = fs::read_to_string(world.repo.join("behaviour.js")).expect("ours");
    let careless = format!("console.log('settings', process.env.API_KEY);\n{text}");
    fs::write(world.repo.join("behaviour.js"), careless).expect("ours");
    said.push(world.mainstay(&["deploy", "--format", "json"]).exits(4));
    said.push(world.mainstay(&["deploy"]).exits(4));
    assert_kept(&world, said);
}
