//! Compose files as data: services of all files of a folder, one by name.

use crate::dockerfile::is_development;
use crate::path;
use crate::repository::Repository;
use crate::shell;
use model::Place;
use serde_json::Value;
use std::collections::BTreeMap;

/// A service of the Compose files of one folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct Service {
    /// Its name.
    pub(crate) name: String,
    /// The folder of the files.
    pub(crate) folder: String,
    /// Where it stands.
    pub(crate) place: Option<Place>,
    /// Its image and where that stands.
    pub(crate) image: Option<(String, Place)>,
    /// What it is built from.
    pub(crate) build: Option<Build>,
    /// Its command as words; a text is run by a shell.
    pub(crate) command: Option<Vec<String>>,
    /// Its entry point.
    pub(crate) entrypoint: Option<Vec<String>>,
    /// Its working folder, when it is stated.
    pub(crate) workdir: Option<String>,
    /// Ports inside the container.
    pub(crate) ports: Vec<u16>,
    /// Variables with their values, where stated.
    pub(crate) environment: Vec<(String, Option<String>)>,
    /// Services that it waits for.
    pub(crate) depends_on: Vec<String>,
    /// Folders of the repository that are mounted, with where.
    pub(crate) mounts: Vec<(String, String)>,
    /// The service of the same files that it extends.
    pub(crate) extends: Option<String>,
    /// The words of its health check.
    pub(crate) healthcheck: Vec<String>,
    /// Stated only in files for development or tests.
    pub(crate) development: bool,
}

/// What an image is built from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Build {
    /// The context, from the root.
    pub(crate) context: String,
    /// The Dockerfile, from the root.
    pub(crate) dockerfile: String,
    /// The stage.
    pub(crate) target: Option<String>,
}

/// The services of every Compose file, sorted by folder and name.
pub(crate) fn services(repository: &Repository<'_>) -> Vec<Service> {
    let mut files: Vec<&str> = repository
        .folders()
        .flat_map(|folder| repository.files_in(folder))
        .map(|entry| entry.path.as_str())
        .filter(|file| is_compose(file))
        .collect();
    // What production says outweighs what everyone says, and that outweighs development.
    files.sort_by_key(|file| (precedence(file), *file));
    let mut found: BTreeMap<(String, String), Service> = BTreeMap::new();
    for file in files {
        let Some(document) = repository.yaml(file) else { continue };
        let text = repository.text(file).unwrap_or_default();
        for (name, value) in document.get("services").and_then(Value::as_object).into_iter().flatten() {
            let folder = path::parent(file).to_owned();
            let line = |key: Option<&str>| Place::new(file, line_of(&text, name, key));
            let service = found.entry((folder.clone(), name.clone())).or_insert_with(|| Service {
                name: name.clone(),
                folder,
                place: Some(line(None)),
                development: precedence(file) == 2,
                ..Service::default()
            });
            fill(service, value, &line);
        }
    }
    let known = found.clone();
    for ((folder, _), service) in &mut found {
        if let Some(base) =
            service.extends.as_ref().and_then(|name| known.get(&(folder.clone(), name.clone())))
        {
            inherit(service, base);
        }
    }
    found.into_values().collect()
}

/// Fills what a service leaves to the one it extends.
fn inherit(service: &mut Service, base: &Service) {
    service.image = service.image.take().or_else(|| base.image.clone());
    service.build = service.build.take().or_else(|| base.build.clone());
    service.command = service.command.take().or_else(|| base.command.clone());
    service.entrypoint = service.entrypoint.take().or_else(|| base.entrypoint.clone());
    service.workdir = service.workdir.take().or_else(|| base.workdir.clone());
    service.mounts.extend(base.mounts.iter().cloned());
    service.environment.extend(base.environment.iter().cloned());
}

fn is_compose(file: &str) -> bool {
    let name = path::file_name(file).to_ascii_lowercase();
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let staged = ["production.yml", "prod.yml", "local.yml", "staging.yml"].contains(&name.as_str());
    let staged = staged && path::parent(file) == ".";
    yaml && (staged
        || name.starts_with("docker-compose")
        || name.starts_with("compose.")
        || name.starts_with("compose-"))
        && !file.contains(".devcontainer/")
        && !file.contains("node_modules/")
}

fn precedence(file: &str) -> u8 {
    let name = path::file_name(file).to_ascii_lowercase();
    if name.contains("prod") || name.contains("staging") || name.contains("deploy") {
        0
    } else if is_development(&name) || name.contains("override") {
        2
    } else {
        1
    }
}

fn fill(service: &mut Service, value: &Value, line: &dyn Fn(Option<&str>) -> Place) {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    if service.image.is_none() {
        service.image = text("image").map(|image| (resolve(&image), line(Some("image"))));
    }
    if service.build.is_none() {
        service.build = value.get("build").and_then(|build| read_build(&service.folder, build));
    }
    let extends = value.get("extends");
    service.extends = service
        .extends
        .take()
        .or_else(|| Some(extends?.as_str().or_else(|| extends?.get("service")?.as_str())?.to_owned()));
    service.command = service.command.take().or_else(|| command(value.get("command")));
    service.entrypoint = service.entrypoint.take().or_else(|| command(value.get("entrypoint")));
    service.workdir = service.workdir.take().or_else(|| text("working_dir"));
    if service.ports.is_empty() {
        service.ports = list(value.get("ports")).filter_map(container_port).collect();
        service.ports.extend(list(value.get("expose")).filter_map(container_port));
    }
    for (name, value) in environment(value.get("environment")) {
        if !service.environment.iter().any(|(known, _)| *known == name) {
            service.environment.push((name, value));
        }
    }
    if service.depends_on.is_empty() {
        service.depends_on = match value.get("depends_on") {
            Some(Value::Object(services)) => services.keys().cloned().collect(),
            other => list(other).filter_map(Value::as_str).map(str::to_owned).collect(),
        };
    }
    service.mounts.extend(list(value.get("volumes")).filter_map(|volume| mount(&service.folder, volume)));
    if service.healthcheck.is_empty() {
        service.healthcheck = command(value.pointer("/healthcheck/test")).unwrap_or_default();
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn command(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::String(text) => Some(vec!["sh".to_owned(), "-c".to_owned(), text.replace("$$", "$")]),
        Value::Array(words) => {
            let words: Vec<String> =
                words.iter().filter_map(Value::as_str).map(|word| word.replace("$$", "$")).collect();
            (!words.is_empty()).then_some(words)
        }
        _ => None,
    }
}

fn read_build(folder: &str, build: &Value) -> Option<Build> {
    let text = |key: &str| build.get(key).and_then(Value::as_str);
    let context = resolve(build.as_str().or_else(|| text("context")).unwrap_or("."));
    if context.contains("://") {
        return None;
    }
    let context = path::join(folder, &context);
    let dockerfile = path::join(&context, &resolve(text("dockerfile").unwrap_or("Dockerfile")));
    Some(Build { context, dockerfile, target: text("target").map(str::to_owned) })
}

/// `${NAME:-default}` is its default.
fn resolve(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some((before, after)) = out.split_once("${") {
        let Some((inside, tail)) = after.split_once('}') else { break };
        let default =
            inside.split_once(":-").or_else(|| inside.split_once('-')).map_or("", |(_, default)| default);
        out = format!("{before}{default}{tail}");
    }
    out
}

/// The container's side of a port mapping.
fn container_port(value: &Value) -> Option<u16> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|port| u16::try_from(port).ok()),
        Value::String(text) => {
            resolve(text).rsplit(':').next()?.split('/').next()?.split('-').next()?.trim().parse().ok()
        }
        Value::Object(_) => value.get("target").and_then(container_port),
        _ => None,
    }
}

fn environment(value: Option<&Value>) -> Vec<(String, Option<String>)> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        _ => None,
    };
    match value {
        Some(Value::Object(map)) => map.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => list(other)
            .filter_map(Value::as_str)
            .map(|text| {
                text.split_once('=').map_or((text.to_owned(), None), |(name, value)| {
                    (name.to_owned(), Some(value.to_owned()))
                })
            })
            .collect(),
    }
}

fn mount(folder: &str, volume: &Value) -> Option<(String, String)> {
    let (source, target) = match volume {
        Value::String(text) => text.split_once(':')?,
        other => (other.get("source")?.as_str()?, other.get("target")?.as_str()?),
    };
    let target = target.split(':').next().unwrap_or(target);
    source.starts_with('.').then(|| (path::join(folder, source), target.to_owned()))
}

/// The line of a service, or of a key of it, by indentation.
fn line_of(text: &str, service: &str, key: Option<&str>) -> u32 {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is_key = |line: &str, key: &str| {
        line.trim()
            .trim_start_matches(['"', '\''])
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
    };
    let mut lines = text
        .lines()
        .zip(1_u32..)
        .filter(|(line, _)| !line.trim().is_empty() && !line.trim().starts_with('#'));
    let Some(_) = lines.find(|(line, _)| indent(line) == 0 && is_key(line, "services")) else { return 1 };
    let Some((line, at)) = lines.find(|(line, _)| is_key(line, service) && indent(line) > 0) else {
        return 1;
    };
    let Some(key) = key else { return at };
    let depth = indent(line);
    lines
        .take_while(|(line, _)| indent(line) > depth)
        .find(|(line, _)| is_key(line, key))
        .map_or(at, |(_, line)| line)
}

/// The path that a health check's URL asks for.
pub(crate) fn health_path(words: &[String]) -> Option<String> {
    let text = words.join(" ");
    let at = text.find("http://").or_else(|| text.find("https://"))?;
    let url = text[at..].split([' ', '"', '\'', ')', ';', '|', ',', '`']).next()?;
    let path = url.split_once("://")?.1.split_once('/').map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    (!path.is_empty() && !path.contains('$')).then(|| format!("/{path}"))
}

/// The words as a shell would show them, for messages.
pub(crate) fn shown(words: &[String]) -> String {
    match words {
        [shell, option, text] if shell == "sh" && option == "-c" => text.clone(),
        _ => shell::line(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use host::tree::MemoryTree;

    #[test]
    fn services_of_several_files_are_one() {
        let base = "x-base: &base\n  build: .\nservices:\n  web:\n    <<: *base\n    # c\n    image: acme/web:${TAG:-1}\n    ports: ['${P:-80}:8000', 9000]\n    environment:\n      - A=b\n      - C\n  db:\n    image: postgres:15-alpine\n";
        let tree = MemoryTree::new(
            "r",
            [
                ("docker-compose.yml", base),
                ("docker-compose.prod.yml", "services:\n  web:\n    command: [run, it]\n"),
                (
                    "docker-compose.dev.yml",
                    "services:\n  web:\n    command: no\n  mail:\n    image: mailhog\n",
                ),
            ],
        );
        let repository = Repository::new(&tree);
        let services = services(&repository);
        let web = services.iter().find(|service| service.name == "web").unwrap();
        assert_eq!(web.build.as_ref().unwrap().dockerfile, "Dockerfile");
        assert_eq!(web.ports, [8000, 9000]);
        assert_eq!(web.command.as_deref(), Some(&["run".to_owned(), "it".to_owned()][..]));
        assert_eq!(web.image, Some(("acme/web:1".into(), Place::new("docker-compose.yml", 7))));
        let mail = services.iter().find(|service| service.name == "mail").unwrap();
        assert!(mail.development && !web.development);
        let db = services.iter().find(|service| service.name == "db").unwrap();
        assert_eq!(db.image.as_ref().unwrap().1, Place::new("docker-compose.yml", 13));
    }

    #[test]
    fn health_checks_name_a_path() {
        let words =
            ["CMD-SHELL".to_owned(), "curl -fs http://localhost:8000/api/health?x=1 || exit 1".to_owned()];
        assert_eq!(health_path(&words).as_deref(), Some("/api/health"));
    }
}
