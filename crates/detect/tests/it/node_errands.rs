//! Builds that leave their folder.

use crate::fixture::{of_files, service};

const SERVER: (&str, &str) =
    ("server/index.js", "const express = require('express'); express().listen(process.env.PORT)");
const LOCKS: [(&str, &str); 2] = [("server/package-lock.json", "{}"), ("client/package-lock.json", "{}")];

fn server(scripts: &str) -> String {
    format!(r#"{{"name": "server", "scripts": {{{scripts}}}, "dependencies": {{"express": "4"}}}}"#)
}

const CLIENT: &str =
    r#"{"name": "client", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "6"}}"#;

#[test]
fn what_scripts_do_elsewhere_is_told() {
    let scripts = r#""start": "node index.js", "postinstall": "npm --prefix ../client ci", "build": "npm run build:client && npm run copy",
        "build:client": "cd ../client && npm run build", "copy": "cp -r ../client/dist public && node fingerprint.js""#;
    let manifest = server(scripts);
    let files = [
        SERVER,
        ("server/package.json", manifest.as_str()),
        ("client/package.json", CLIENT),
        ("client/index.html", ""),
    ];
    let files: Vec<(&str, &str)> = files.into_iter().chain(LOCKS).collect();
    let facts = of_files("repository", &files);
    let server = service(&facts, "server");
    assert_eq!(server.build.as_deref(), Some("npm run build"));
    assert_eq!(
        server.errands,
        ["cd ../client && npm run build", "cp -r ../client/dist public", "npm --prefix ../client ci"]
    );
    assert_eq!(service(&facts, "client").errands, Vec::<String>::new());
}

#[test]
fn what_sources_import_from_elsewhere_is_told() {
    let manifest = server(r#""start": "node index.js""#);
    let source =
        "const { words } = require('../shared/words'); require('express')().listen(process.env.PORT)";
    let files = [
        ("server/package.json", manifest.as_str()),
        ("server/package-lock.json", "{}"),
        ("server/index.js", source),
        ("shared/words.js", "exports.words = []"),
    ];
    let facts = of_files("repository", &files);
    assert_eq!(service(&facts, "server").imports, ["shared/words.js"]);
}

#[test]
fn pages_that_are_built_into_a_server_are_a_part_of_it() {
    let manifest = server(r#""start": "node index.js""#);
    let with = |config: &str| {
        let files = [
            SERVER,
            ("server/package.json", manifest.as_str()),
            ("client/package.json", CLIENT),
            ("client/index.html", "<div></div>"),
            ("client/vite.config.js", config),
        ];
        let files: Vec<(&str, &str)> = files.into_iter().chain(LOCKS).collect();
        let facts = of_files("repository", &files);
        let names: Vec<String> = facts.services.iter().map(|service| service.name.clone()).collect();
        (names.join(" "), service(&facts, "server").build.clone())
    };
    let (names, build) = with("export default { build: { outDir: '../server/public' } }");
    assert_eq!(names, "server");
    assert_eq!(build.as_deref(), Some("cd ../client && npm ci && npm run build && cd ../server"));
    let (names, build) = with("export default { build: { outDir: '../public' } }");
    assert_eq!((names.as_str(), build), ("client server", None));
}
