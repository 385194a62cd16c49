//! Variables that installing reads: addresses of private registries and what opens them, as the settings of package managers
//! name them.

use crate::env::{Demand, EnvRead, is_secret};
use crate::repository::Repository;
use model::Place;
use model::facts::{PackageManager, Phase};
use serde_json::Value;

/// What the machine sets, and nobody configures.
const AMBIENT: [&str; 9] =
    ["HOME", "PATH", "PWD", "USER", "LOGNAME", "SHELL", "TMPDIR", "HOSTNAME", "INIT_CWD"];

/// Words in the key of a setting that opens something.
const OPENING: [&str; 4] = ["auth", "token", "password", "username"];

/// Hosts that ask nobody who it is.
const OPEN: [&str; 6] = [
    "pypi.org",
    "test.pypi.org",
    "pypi.python.org",
    "files.pythonhosted.org",
    "download.pytorch.org",
    "pypi.nvidia.com",
];

/// Every variable that is put into a file among those that an installation reads.
pub(crate) fn reads(
    repository: &Repository<'_>,
    files: &[String],
    manager: Option<PackageManager>,
) -> Vec<EnvRead> {
    files.iter().flat_map(|file| of_file(repository, file, manager)).collect()
}

fn of_file(repository: &Repository<'_>, file: &str, manager: Option<PackageManager>) -> Vec<EnvRead> {
    let lines = |spelling| in_lines(repository, file, spelling);
    match file.rsplit('/').next().unwrap_or(file) {
        ".npmrc" | ".yarnrc.yml" => lines(Spelling::Braces),
        // https://bun.sh/docs/runtime/bunfig, https://pipenv.pypa.io/en/latest/credentials.html
        "bunfig.toml" | "Pipfile" => lines(Spelling::Either),
        "pyproject.toml" | "uv.toml" => match manager {
            Some(PackageManager::Uv) => named(repository, file, &["/tool/uv/index", "/index"], uv),
            Some(PackageManager::Poetry) => named(repository, file, &["/tool/poetry/source"], poetry),
            // https://pdm-project.org/latest/usage/config: the address of a source is expanded.
            Some(PackageManager::Pdm) => lines(Spelling::Braces),
            Some(_) | None => Vec::new(),
        },
        // https://pip.pypa.io/en/stable/reference/requirements-file-format: "Using environment variables".
        name if name.ends_with(".txt") || name.ends_with(".in") => lines(Spelling::Braces),
        _ => Vec::new(),
    }
}

/// How a variable is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// `${NAME}`, with what comes instead: `${NAME-}`, `${NAME:-x}` (pnpm, yarn), `${NAME?}` (npm).
    Braces,
    /// `$NAME` as well.
    Either,
}

/// A variable in a line.
#[derive(Debug, PartialEq, Eq)]
struct Hole<'l> {
    name: &'l str,
    /// What comes instead when it is not set; `None` when something has to be.
    instead: Option<&'l str>,
    from: usize,
    to: usize,
}

fn in_lines(repository: &Repository<'_>, file: &str, spelling: Spelling) -> Vec<EnvRead> {
    let Some(text) = repository.text(file) else { return Vec::new() };
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with(['#', ';']));
    lines
        .flat_map(|(number, line)| {
            let holes = holes(line, spelling).into_iter();
            let wanted = holes.filter(|hole| !AMBIENT.contains(&hole.name));
            wanted.map(move |hole| EnvRead {
                demand: if hole.instead.is_some() { Demand::Optional } else { Demand::Required },
                default: hole.instead.filter(|text| !text.is_empty()).map(str::to_owned),
                secret: is_secret(hole.name) || opens(line, &hole),
                phase: Phase::Build,
                ..EnvRead::new(hole.name, Place::new(file, number))
            })
        })
        .collect()
}

fn holes(line: &str, spelling: Spelling) -> Vec<Hole<'_>> {
    let mut found = Vec::new();
    for (from, _) in line.match_indices('$') {
        let rest = &line[from + 1..];
        let (inner, braces) = match (rest.strip_prefix('{'), spelling) {
            (Some(inner), _) => (inner, true),
            (None, Spelling::Either) => (rest, false),
            (None, Spelling::Braces) => continue,
        };
        let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let (name, after) = inner.split_at(end);
        let instead = match (braces, after.split_once('}')) {
            (false, _) => None,
            (true, Some((instead, _))) => match instead {
                "" => None,
                "?" => Some(""),
                instead => Some(instead.trim_start_matches(':').trim_start_matches('-')),
            },
            (true, None) => continue,
        };
        if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            found.push(Hole { name, instead, from, to: from + 1 + usize::from(braces) + end });
        }
    }
    found
}

/// Whether the value opens something: it is that of such a setting, or stands before the host in an address.
fn opens(line: &str, hole: &Hole<'_>) -> bool {
    let before = &line[..hole.from];
    let key = before.split_once('=').or_else(|| before.split_once(':')).map_or("", |(key, _)| key);
    // `//npm.example.com/:_authToken=${TOKEN}`
    let key = key.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let host = line[hole.to..].find(['/', ' ', '"', '\'']).map_or(line.len(), |end| hole.to + end);
    let before_host = before.rsplit_once("://").is_some_and(|(_, rest)| !rest.contains('/'));
    OPENING.iter().any(|word| key.contains(word)) || (before_host && line[hole.to..host].contains('@'))
}

/// The two variables that a named index is opened with.
type Variables = fn(&str) -> [String; 2];

fn uv(name: &str) -> [String; 2] {
    // https://docs.astral.sh/uv/concepts/indexes: "Providing credentials directly".
    ["USERNAME", "PASSWORD"].map(|end| format!("UV_INDEX_{}_{end}", upper(name)))
}

fn poetry(name: &str) -> [String; 2] {
    // https://python-poetry.org/docs/repositories: "Configuring credentials".
    ["USERNAME", "PASSWORD"].map(|end| format!("POETRY_HTTP_BASIC_{}_{end}", upper(name)))
}

fn upper(name: &str) -> String {
    name.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// Indexes that have a name, below these places of a document. Whether one of them has to be opened is mostly not said.
fn named(repository: &Repository<'_>, file: &str, places: &[&str], variables: Variables) -> Vec<EnvRead> {
    let Some(document) = repository.toml(file) else { return Vec::new() };
    let lists = places.iter().filter_map(|place| document.pointer(place)?.as_array());
    let mut found = Vec::new();
    for index in lists.flatten() {
        let text = |key| index.get(key).and_then(Value::as_str);
        let (Some(name), Some(url)) = (text("name"), text("url")) else { continue };
        let demand = match text("authenticate") {
            Some("never") => continue,
            Some("always") => Demand::Required,
            Some(_) | None if is_open(url) => continue,
            Some(_) | None => Demand::Optional,
        };
        let place = repository.place_of(file, url);
        found.extend(variables(name).map(|variable| EnvRead {
            demand,
            secret: true,
            phase: Phase::Build,
            ..EnvRead::new(variable, place.clone())
        }));
    }
    found
}

fn is_open(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return true };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    !scheme.starts_with("http") || OPEN.contains(&authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str, spelling: Spelling) -> String {
        let told = holes(line, spelling).into_iter().map(|hole| {
            let kind = if opens(line, &hole) { "!" } else { "" };
            format!("{}{kind}{}", hole.name, hole.instead.map(|text| format!("={text}")).unwrap_or_default())
        });
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn variables_in_settings_are_seen_and_what_they_are_for() {
        for (line, expected) in [
            ("//npm.acme.dev/:_authToken=${NPM_TOKEN}", "NPM_TOKEN!"),
            ("//npm.acme.dev/:_auth = \"${ACME_BASIC}\"", "ACME_BASIC!"),
            ("@acme:registry=https://${NPM_HOST}/npm/", "NPM_HOST"),
            ("registry=https://${WHO}:${WHAT}@npm.acme.dev/${PART}/", "WHO! WHAT! PART"),
            ("//npm.acme.dev/:_authToken=${NPM_TOKEN?}", "NPM_TOKEN!="),
            ("    npmAuthToken: \"${ACME-}\"", "ACME!="),
            ("npmRegistryServer: ${MIRROR:-https://registry.npmjs.org}", "MIRROR=https://registry.npmjs.org"),
            ("--index-url https://${PYPI_USER}:${PYPI_CODE}@pypi.acme.dev/simple", "PYPI_USER! PYPI_CODE!"),
            ("_auth=$OTHER ${", ""),
        ] {
            assert_eq!(told(line, Spelling::Braces), expected, "{line}");
        }
        assert_eq!(told("token = \"$ACME\"", Spelling::Either), "ACME!");
        assert_eq!(told("url = \"https://$WHO:${WHAT}@a.dev/simple\"", Spelling::Either), "WHO! WHAT!");
    }
}
