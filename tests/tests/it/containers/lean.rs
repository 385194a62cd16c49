//! What is taken out of the dependencies of a service with Prisma, tried on a tree with a case of each kind.

use super::write;
use mainstay_tests::world::World;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The script of the generated Dockerfile, for a tree elsewhere.
fn script(world: &World, folder: &Path) -> String {
    let text = fs::read_to_string(world.repo.join("server.Dockerfile")).expect("it is generated");
    let (_, rest) = text.split_once(" AS lean\n").expect("it has the stage");
    let (_, rest) = rest.split_once("RUN node -e '").expect("it runs a script");
    let (script, _) = rest.split_once("'\n").expect("the script ends");
    let at = |name: &str| folder.join(name).display().to_string();
    script.replace("\\\n", "").replace("/app", &at("app")).replace("/built", &at("built"))
}

/// A tree of dependencies, and an application that imports these packages.
fn plant(folder: &Path, source: &str) {
    let packages = [
        ("express", r#"{"dependencies": {"qs": "1"}}"#),
        ("express/node_modules/qs", "{}"),
        ("qs", "{}"),
        (
            "@prisma/client",
            r#"{"peerDependencies": {"prisma": "*"}, "peerDependenciesMeta": {"prisma": {"optional": true}}}"#,
        ),
        ("prisma", r#"{"dependencies": {"@prisma/config": "1"}}"#),
        ("@prisma/config", r#"{"dependencies": {"effect": "1", "dotenv": "1"}}"#),
        ("effect", "{}"),
        ("dotenv", "{}"),
    ];
    for (name, manifest) in packages {
        let at = folder.join("app/node_modules").join(name);
        fs::create_dir_all(&at).expect("ours");
        fs::write(at.join("package.json"), manifest).expect("ours");
    }
    let runtime = folder.join("app/node_modules/@prisma/client/runtime");
    for (at, name, text) in [
        (runtime.clone(), "query_compiler_bg.postgresql.js", ""),
        (runtime.clone(), "query_compiler_bg.mysql.js", ""),
        (runtime, "client.js", ""),
        (folder.join("app/node_modules/.prisma/client"), "index.js", "activeProvider: 'postgresql'"),
        (folder.join("built/dist"), "index.js", source),
        (
            folder.join("built"),
            "package.json",
            r#"{"dependencies": {"express": "1", "@prisma/client": "1", "prisma": "1"}}"#,
        ),
        (folder.join("built"), "prisma.config.ts", "import { defineConfig } from 'prisma/config';"),
    ] {
        fs::create_dir_all(&at).expect("ours");
        fs::write(at.join(name), text).expect("ours");
    }
}

#[test]
fn only_what_nothing_needs_is_taken_away() {
    let world = World::new("saas-starter");
    write(&world);
    for (case, source, gone, left) in [
        (
            "plain",
            "import express from 'express'",
            &["prisma", "@prisma/config", "effect", "dotenv", "qs"][..],
            &[][..],
        ),
        ("undeclared", "const env = require(\"dotenv\").config()", &["prisma", "effect"], &["dotenv"]),
        ("calls it", "execSync('prisma migrate deploy')", &[], &["prisma", "@prisma/config", "effect"]),
    ] {
        let folder = world.folder().join(case.replace(' ', "-"));
        plant(&folder, source);
        let ran =
            Command::new("node").arg("-e").arg(script(&world, &folder)).output().expect("node is installed");
        assert!(ran.status.success(), "{case}: {}", String::from_utf8_lossy(&ran.stderr));
        let modules = folder.join("app/node_modules");
        let always =
            ["express", "express/node_modules/qs", "@prisma/client/runtime/client.js", ".prisma/client"];
        let there = |name: &&&str| modules.join(name).exists();
        assert_eq!(gone.iter().filter(there).count(), 0, "{case}");
        for name in left.iter().chain(&always) {
            assert!(modules.join(name).exists(), "{case}: {name} is gone");
        }
        assert!(modules.join("@prisma/client/runtime/query_compiler_bg.postgresql.js").exists(), "{case}");
        assert!(!modules.join("@prisma/client/runtime/query_compiler_bg.mysql.js").exists(), "{case}");
    }
}
