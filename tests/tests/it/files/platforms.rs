//! Files for platforms. The schemas that Vercel, Netlify, Railway, Render and Fly publish are in no package that could be
//! installed, and Heroku has none: here the files parse, have the fields of the documentation and name what is there.

use super::EXAMPLES;
use mainstay_tests::example;
use mainstay_tests::world::World;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files of platforms, by name.
const FILES: [&str; 6] =
    ["vercel.json", "netlify.toml", "railway.json", "render.yaml", "fly.toml", "Procfile"];

/// An example that is deployed to every platform, with the folders of its services.
fn deployed(name: &str) -> (World, Vec<String>) {
    let world = World::new(name);
    example::copy(name, &world.repo);
    found(&world).iter().for_each(|path| fs::remove_file(path).expect("ours"));
    let facts = world.mainstay(&["detect", "--format", "json"]).exits(0).json();
    let services = facts["services"].as_array().expect("services").iter();
    let folders: Vec<String> =
        services.map(|service| service["path"].as_str().expect("a folder").to_owned()).collect();
    let mut jobs = String::new();
    for (at, folder) in folders.iter().enumerate() {
        jobs += &format!("  job{at}:\n    runs-on: ubuntu-latest\n    steps:\n");
        for line in [
            "vercel deploy --prod",
            "netlify deploy",
            "railway up",
            "flyctl deploy",
            "heroku container:release web",
        ] {
            jobs += &format!("      - run: {line}\n        working-directory: {folder}\n");
        }
        jobs += "      - run: curl https://api.render.com/deploy/srv-1\n";
    }
    let folder = world.repo.join(".github/workflows");
    fs::create_dir_all(&folder).expect("ours");
    fs::write(folder.join("ship.yml"), format!("on: push\njobs:\n{jobs}")).expect("ours");
    world.mainstay(&["generate", "--only", "platforms", "--yes"]).exits(0);
    (world, folders)
}

/// Every file of a platform.
fn found(world: &World) -> Vec<PathBuf> {
    let listed = world.listed();
    let is_platforms = |path: &&Path| FILES.iter().any(|name| path.ends_with(name));
    let paths = listed.iter().map(Path::new).filter(is_platforms).map(|path| world.repo.join(path));
    paths.filter(|path| path.is_file()).collect()
}

fn named(world: &World, name: &str) -> Vec<PathBuf> {
    found(world).into_iter().filter(|path| path.ends_with(name)).collect()
}

/// https://vercel.com/docs/project-configuration
const OF_VERCEL: [&str; 6] =
    ["$schema", "framework", "installCommand", "buildCommand", "outputDirectory", "rewrites"];

#[test]
fn vercel_is_told_what_it_knows() {
    let mut count = 0;
    for name in EXAMPLES {
        let (world, _) = deployed(name);
        for path in named(&world, "vercel.json") {
            let text = fs::read_to_string(path).expect("it is generated");
            let file: Value = serde_json::from_str(&text).expect("it is JSON");
            let fields = file.as_object().expect("an object");
            for (field, value) in fields {
                assert!(OF_VERCEL.contains(&field.as_str()), "{name}: {field}");
                let is_good = match field.as_str() {
                    "rewrites" => value.is_array(),
                    "framework" => value.is_null() || value.is_string(),
                    _ => value.as_str().is_some_and(|text| !text.is_empty() && text.len() <= 256),
                };
                assert!(is_good, "{name}: {field} is {value}");
            }
            count += 1;
        }
    }
    assert!(count > 2, "{count}");
}

#[test]
fn render_is_told_of_services_that_it_has() {
    for name in EXAMPLES {
        let (world, _) = deployed(name);
        let text = fs::read_to_string(world.repo.join("render.yaml")).expect("it is generated");
        let file: Value = serde_saphyr::from_str(&text).expect("it is YAML");
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let names = |list: Vec<Value>, kind: Option<&str>| -> Vec<Value> {
            let of_kind = list.into_iter().filter(|one| kind.is_none_or(|kind| one["type"] == kind));
            of_kind.map(|one| one["name"].clone()).collect()
        };
        let databases = names(list(&file["databases"]), None);
        let stores = names(list(&file["services"]), Some("keyvalue"));
        for service in list(&file["services"]) {
            for path in ["dockerfilePath", "dockerContext"]
                .map(|field| &service[field])
                .iter()
                .filter_map(|path| path.as_str())
            {
                assert!(path.starts_with("./"), "{name}: {path}");
            }
            for variable in list(&service["envVars"]) {
                let (database, other) = (&variable["fromDatabase"], &variable["fromService"]);
                assert!(database.is_null() || databases.contains(&database["name"]), "{name}: {variable}");
                let known = other["type"] == "keyvalue" && stores.contains(&other["name"]);
                assert!(other.is_null() || known, "{name}: {variable}");
                let sources = ["value", "generateValue", "sync", "fromDatabase", "fromService"];
                let count = sources.iter().filter(|source| !variable[**source].is_null()).count();
                assert_eq!(count, 1, "{name}: a variable comes from one place: {variable}");
            }
        }
        if name == "brainstorm" {
            assert!(text.contains("fromDatabase:") && text.contains("fromService:"), "{text}");
        }
    }
}

#[test]
fn the_other_platforms_build_what_is_there() {
    for name in EXAMPLES {
        let (world, folders) = deployed(name);
        for folder in &folders {
            let path = |file: &str| world.repo.join(folder).join(file);
            for file in ["railway.json", "fly.toml", "Procfile"] {
                let service = found(&world).contains(&path(file));
                assert!(service || folders.len() > 1, "{name}: {folder}/{file} is not written");
            }
        }
        for path in named(&world, "railway.json") {
            let text = fs::read_to_string(&path).expect("it is generated");
            let file: Value = serde_json::from_str(&text).expect("it is JSON");
            assert_eq!(file["build"]["builder"], "DOCKERFILE", "{name}");
            // https://docs.railway.com/config-as-code/reference: numbers, though its examples show texts.
            for field in
                ["healthcheckTimeout", "restartPolicyMaxRetries", "drainingSeconds", "overlapSeconds"]
            {
                let value = &file["deploy"][field];
                assert!(value.is_null() || value.is_u64(), "{name}: {field} is {value}");
            }
        }
        for path in named(&world, "Procfile") {
            let text = fs::read_to_string(&path).expect("it is generated");
            let is_process = |line: &str| {
                let named = line.split_once(": ").filter(|(_, command)| !command.trim().is_empty());
                named.is_some_and(|(name, _)| {
                    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                })
            };
            assert!(text.lines().all(is_process) && !text.is_empty(), "{name}: {text}");
        }
    }
}

/// A document in TOML, as Python reads it.
fn toml(path: &Path) -> Value {
    let read = "import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], 'rb'))))";
    let output = Command::new("python3").args(["-c", read]).arg(path).output().expect("Python is installed");
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

#[test]
fn fly_and_netlify_read_their_files() {
    let (mut fly, mut netlify) = (0, 0);
    for name in EXAMPLES {
        let (world, _) = deployed(name);
        for path in named(&world, "fly.toml") {
            // https://fly.io/docs/reference/configuration
            let file = toml(&path);
            let service = &file["http_service"];
            assert!(
                service["internal_port"].is_u64() && service["auto_stop_machines"] == false,
                "{name}: {file}"
            );
            let check =
                service["checks"][0]["path"].as_str().expect("every API of the examples has a health path");
            assert!(check.starts_with('/'), "{name}: {check}");
            assert!(
                file["build"]["dockerfile"].as_str().is_some_and(|path| path.ends_with("Dockerfile")),
                "{name}"
            );
            fly += 1;
        }
        for path in named(&world, "netlify.toml") {
            // https://docs.netlify.com/configure-builds/file-based-configuration
            let file = toml(&path);
            for field in ["command", "publish"] {
                assert!(file["build"][field].as_str().is_some_and(|text| !text.is_empty()), "{name}: {file}");
            }
            netlify += 1;
        }
    }
    assert!(fly >= EXAMPLES.len() && netlify > 2, "{fly} of Fly, {netlify} of Netlify");
}
