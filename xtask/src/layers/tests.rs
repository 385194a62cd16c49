//! Each kind of rule with a good, a bad and a "second one bad" case.

use super::*;
use crate::source::Source;
use crate::workspace::Dependency;

fn package(name: &str, dependencies: &[&str], files: &[(&str, &str)]) -> Crate {
    let dependencies = dependencies.iter().enumerate();
    let sources = files.iter().map(|(file, text)| {
        let is_test = file.starts_with("tests/");
        let path = format!("crates/{name}/{file}");
        Source::parse(Path::new(&path), text, is_test).expect("Rust")
    });
    Crate {
        name: name.into(),
        manifest: format!("crates/{name}/Cargo.toml").into(),
        dependencies: dependencies
            .map(|(at, name)| Dependency { name: (*name).into(), line: 10 + at })
            .collect(),
        sources: sources.collect(),
    }
}

fn said(crates: &[Crate], exceptions: &[Exception]) -> Vec<String> {
    let findings = check(crates, exceptions);
    assert!(findings.iter().all(|finding| !finding.advice.is_empty()), "every finding says what to do");
    findings
        .iter()
        .map(|finding| format!("{}:{}: {}", finding.path.display(), finding.line, finding.message))
        .collect()
}

/// What is said of one file of a crate.
fn of(name: &str, text: &str) -> Vec<String> {
    said(&[package(name, &[], &[("src/lib.rs", text)])], &[])
}

#[test]
fn a_crate_uses_earlier_layers_only() {
    let model = || package("model", &[], &[]);
    let planner = || package("planner", &["model"], &[]);
    assert_eq!(said(&[model(), planner(), package("engine", &["model", "planner"], &[])], &[]), [""; 0]);
    let audit = package("audit", &["model", "planner"], &[]);
    assert_eq!(
        said(&[model(), planner(), audit], &[]),
        ["crates/audit/Cargo.toml:11: audit (layer 2) depends on planner, which is not in an earlier layer"]
    );
}

#[test]
fn a_crate_without_a_layer_is_named() {
    assert_eq!(
        said(&[package("model", &[], &[]), package("extra", &[], &[])], &[]),
        ["crates/extra/Cargo.toml:1: crate extra has no layer"]
    );
    assert_eq!(said(&[package("xtask", &["proxy"], &[("src/main.rs", "use std::fs;")])], &[]), [""; 0]);
}

#[test]
fn dependencies_have_their_rooms() {
    assert_eq!(
        said(&[package("ledger", &["rusqlite"], &[]), package("vault", &["ring"], &[])], &[]),
        [""; 0]
    );
    let found =
        said(&[package("ledger", &["rusqlite"], &[]), package("engine", &["serde", "rusqlite"], &[])], &[]);
    assert_eq!(
        found,
        [
            "crates/engine/Cargo.toml:11: engine uses the crate rusqlite, but only ledger and observe speak SQL to the embedded store"
        ]
    );
    let found = said(&[package("proxy", &[], &[]), package("engine", &["proxy"], &[])], &[]);
    assert!(found[0].contains("engine uses the crate proxy"), "{found:?}");
}

#[test]
fn the_machine_is_behind_its_door() {
    assert_eq!(of("host", "use std::fs; fn f() { fs::read(\"a\"); }"), [""; 0]);
    assert_eq!(of("engine", "use std::net::SocketAddr; use std::process::ExitCode;"), [""; 0]);
    for (text, line, what) in [
        ("use std::fs;", 1, "std::fs"),
        ("use std::{\n    io,\n    fs::{self, File},\n};", 3, "std::fs"),
        ("fn f() {\n    std::fs::read(\"a\");\n}", 2, "std::fs::read"),
        ("use std::process;\nfn f() {\n    process::exit(1)\n}", 3, "std::process::exit"),
        ("use std::time as t;\nfn f() {\n    t::Instant::now();\n}", 3, "std::time::Instant::now"),
        ("use std::env::*;", 1, "std::env::*"),
        ("use std::env::consts::OS;\nuse std::env::var as read;", 2, "std::env::var"),
        ("use std::net::{IpAddr, TcpStream};", 1, "std::net::TcpStream"),
    ] {
        let found = of("engine", text);
        let start = format!("crates/engine/src/lib.rs:{line}: engine uses {what}, but ");
        assert!(found.first().is_some_and(|found| found.starts_with(&start)), "{text}: {found:?}");
    }
}

#[test]
fn the_second_of_two_is_found_as_well() {
    let text = "fn f() {\n    let path = \"std::fs\"; // std::fs\n    path.len()\n}\nfn g() {\n    std::env::var(\"A\");\n    std::env::var(\"B\");\n}";
    assert_eq!(of("planner", text).len(), 2);
    let files = [("src/lib.rs", "mod a;"), ("src/a.rs", "use std::fs;")];
    assert_eq!(said(&[package("planner", &[], &files)], &[]).len(), 1);
}

#[test]
fn tests_may_do_what_they_need() {
    let text = "fn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n#[test]\nfn t() { println!() }";
    assert_eq!(of("planner", text), [""; 0]);
    assert_eq!(of("planner", "#[cfg(all(test, unix))]\nuse std::{fs, io};\n"), [""; 0]);
    assert_eq!(of("planner", "#[cfg(not(test))]\nuse std::fs;").len(), 1);
    assert_eq!(of("planner", "#[cfg(test)]\nuse std::{io, net};\nuse std::fs;").len(), 1);
    let files = [("tests/it.rs", "use std::fs;"), ("src/lib.rs", "")];
    assert_eq!(said(&[package("planner", &[], &files)], &[]), [""; 0]);
}

#[test]
fn a_path_is_not_asked_about_itself_by_the_pure() {
    assert_eq!(of("detect", "fn f(tree: &dyn Tree) { tree.is_file(\"a\"); }"), [""; 0]);
    let found = of("detect", "fn f(path: &Path) -> bool {\n    path.has_root() &&\n    path.is_file()\n}");
    assert_eq!(
        found,
        [
            "crates/detect/src/lib.rs:3: detect uses .is_file(), but a path that is asked about itself reads the disk"
        ]
    );
}

#[test]
fn only_cli_prints() {
    assert_eq!(of("cli", "fn f() { println!(\"a\") }"), [""; 0]);
    assert_eq!(of("engine", "fn f() { format!(\"println!\"); }"), [""; 0]);
    let found = of("engine", "fn f() {\n    format!(\"a\");\n    eprintln!(\"a\")\n}");
    assert_eq!(found, ["crates/engine/src/lib.rs:3: engine uses eprintln!, but only cli prints"]);
    assert_eq!(of("engine", "fn f() { std::io::stderr().lock(); }").len(), 1);
}

#[test]
fn an_exception_covers_its_place_and_must_be_needed() {
    let exceptions = [Exception { place: "crates/ledger/src/store.rs", what: "std::fs", reason: "SQLite" }];
    let store = |text| package("ledger", &[], &[("src/lib.rs", ""), ("src/store.rs", text)]);
    assert_eq!(said(&[store("use std::fs::File;")], &exceptions), [""; 0]);
    assert_eq!(said(&[store("use std::env::var;\nuse std::fs;")], &exceptions).len(), 1);
    let elsewhere =
        package("ledger", &[], &[("src/lib.rs", "use std::fs;"), ("src/store.rs", "use std::fs;")]);
    assert_eq!(said(&[elsewhere], &exceptions).len(), 1);
    assert_eq!(
        said(&[store("")], &exceptions),
        ["crates/ledger/src/store.rs:1: the exception for std::fs is not needed: SQLite"]
    );
}
