//! Start commands in the files of hosting platforms and supervisors: render.yaml, railway.json, nixpacks.toml, fly.toml, supervisord,
//! systemd. And which platforms a repository is deployed to.

mod deployed;

use crate::launch::{self, Launch, Origin};
use crate::path;
use crate::repository::Repository;
pub(crate) use deployed::platforms;
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
    for file in
        repository.folders().flat_map(|folder| repository.files_in(folder)).map(|entry| entry.path.as_str())
    {
        if file.contains("supervisor") && (file.ends_with(".conf") || file.ends_with(".ini")) {
            supervisor(repository, file, &mut found);
        } else if file.ends_with(".service") {
            unit(repository, file, &mut found);
        }
    }
    found
}

fn launch(
    repository: &Repository<'_>,
    file: &str,
    process: Option<&str>,
    folder: &str,
    command: &str,
) -> Launch {
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
    let mut programs: Vec<Supervised> = Vec::new();
    let mut inside = false;
    for (line, number) in text.lines().zip(1_u32..) {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let name = section.trim_end_matches(']').strip_prefix("program:");
            inside = name.is_some();
            programs.extend(name.map(|name| Supervised {
                name: name.to_owned(),
                command: None,
                folder: ".".to_owned(),
            }));
        } else if let (true, Some(program), Some((key, value))) =
            (inside, programs.last_mut(), line.split_once('='))
        {
            match key.trim() {
                "command" => program.command = Some((value.trim().to_owned(), number)),
                "directory" => program.folder = folder_of(repository, value.trim()),
                _ => {}
            }
        }
    }
    for Supervised { name, command, folder } in programs {
        if let Some((command, line)) = command {
            let place = Place::new(file, line);
            found.push(Launch { place, ..launch(repository, file, Some(&name), &folder, &command) });
        }
    }
}

/// A program of a supervisor's configuration.
struct Supervised {
    name: String,
    /// With its line.
    command: Option<(String, u32)>,
    folder: String,
}

/// The folder of the repository that a path on a server is: the longest end of it that is there, else the root.
fn folder_of(repository: &Repository<'_>, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let ends = (0..parts.len()).map(|from| parts[from..].join("/"));
    ends.into_iter().find(|end| repository.has_folder(end)).unwrap_or_else(|| ".".to_owned())
}

/// A unit of systemd; its working folder on the server says nothing about the repository, so it is taken to be the root.
fn unit(repository: &Repository<'_>, file: &str, found: &mut Vec<Launch>) {
    let Some(text) = repository.text(file) else { return };
    let joined = text.replace("\\\n", " ");
    let command = joined.lines().find_map(|line| line.trim().strip_prefix("ExecStart="));
    if let Some(command) = command {
        let name = path::file_name(file).trim_end_matches(".service");
        let mut launch = launch(repository, file, Some(name), ".", command);
        launch.place = repository.place_of(file, "ExecStart=");
        found.push(launch);
    }
}
