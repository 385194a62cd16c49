//! Start commands in the files of hosting platforms and supervisors: render.yaml, railway.json, nixpacks.toml, fly.toml, supervisord.

use crate::launch::{self, Launch, Origin};
use crate::path;
use crate::repository::Repository;
use model::Place;
use serde_json::Value;

/// What the platform files of a repository run.
pub(crate) fn launches(repository: &Repository<'_>) -> Vec<Launch> {
    let mut found = Vec::new();
    for file in repository.named("render.yaml") {
        render(repository, file, &mut found);
    }
    for name in ["railway.json", "railway.toml", "nixpacks.toml", "app.yaml"] {
        for file in repository.named(name) {
            single(repository, file, &mut found);
        }
    }
    for file in repository.named("fly.toml") {
        fly(repository, file, &mut found);
    }
    for name in ["supervisord.conf", "supervisor.conf"] {
        for file in repository.named(name) {
            supervisor(repository, file, &mut found);
        }
    }
    found
}

fn launch(repository: &Repository<'_>, file: &str, process: Option<&str>, folder: &str, command: &str) -> Launch {
    let runs = launch::in_folder(repository, folder, command);
    Launch {
        origin: Origin::Platform,
        identity: format!("{file}#{}", process.unwrap_or_default()),
        process: process.map(str::to_owned),
        folder: runs.last().map_or(folder, |run| run.folder.as_str()).to_owned(),
        runs,
        port: None,
        image: None,
        development: false,
        place: repository.place_of(file, command),
    }
}

fn render(repository: &Repository<'_>, file: &str, found: &mut Vec<Launch>) {
    let Some(document) = repository.yaml(file) else { return };
    for service in document.get("services").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| service.get(key).and_then(Value::as_str);
        let folder = path::join(path::parent(file), text("rootDir").unwrap_or("."));
        if let Some(command) = text("startCommand").or_else(|| text("dockerCommand")) {
            found.push(launch(repository, file, text("name"), &folder, command));
        }
    }
}

fn single(repository: &Repository<'_>, file: &str, found: &mut Vec<Launch>) {
    let document = match file.rsplit('.').next() {
        Some("json") => repository.json(file),
        Some("toml") => repository.toml(file),
        _ => repository.yaml(file),
    };
    let Some(document) = document else { return };
    let places = ["/deploy/startCommand", "/start/cmd", "/entrypoint"];
    if let Some(command) = places.iter().find_map(|at| document.pointer(at)?.as_str()) {
        found.push(launch(repository, file, None, path::parent(file), command));
    }
}

fn fly(repository: &Repository<'_>, file: &str, found: &mut Vec<Launch>) {
    let Some(document) = repository.toml(file) else { return };
    for (name, command) in document.get("processes").and_then(Value::as_object).into_iter().flatten() {
        if let Some(command) = command.as_str() {
            found.push(launch(repository, file, Some(name), path::parent(file), command));
        }
    }
}

fn supervisor(repository: &Repository<'_>, file: &str, found: &mut Vec<Launch>) {
    let Some(text) = repository.text(file) else { return };
    let mut program = None;
    for (line, number) in text.lines().zip(1_u32..) {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            program = section.trim_end_matches(']').strip_prefix("program:").map(str::to_owned);
        } else if let (Some(name), Some(command)) = (&program, line.strip_prefix("command"))
            && let Some(command) = command.trim_start().strip_prefix('=')
        {
            let mut found_launch = launch(repository, file, Some(name), path::parent(file), command.trim());
            found_launch.place = Place::new(file, number);
            found.push(found_launch);
        }
    }
}
