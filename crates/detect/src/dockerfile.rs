//! Dockerfiles: the final stage as it runs, and where its files come from.

mod detect;

pub(crate) use detect::Dockerfiles;

use crate::path;
use crate::repository::Repository;
use crate::shell;
use artifact::dockerfile::read::{Instruction, read};
use model::Place;

/// A stage, with what it inherits from the stages it is built on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stage {
    /// Its name.
    pub(crate) name: Option<String>,
    /// The image that it starts from in the end, arguments replaced by their defaults.
    pub(crate) image: String,
    /// Its working folder.
    pub(crate) workdir: String,
    /// Ports that it says it listens on.
    pub(crate) exposes: Vec<u16>,
    /// Its `ENTRYPOINT`.
    pub(crate) entrypoint: Option<Vec<String>>,
    /// Its `CMD`.
    pub(crate) cmd: Option<Vec<String>>,
    /// What is copied into it: source in the build context, or in another stage, and destination.
    pub(crate) copies: Vec<Copied>,
    /// Variables it sets.
    pub(crate) env: Vec<(String, String)>,
    /// The line of the instruction that starts it, else of `FROM`.
    pub(crate) line: u32,
}

/// One source of a `COPY` or `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Relative to the build context.
    pub(crate) source: String,
    /// Absolute, as if a folder where the source is one.
    pub(crate) destination: String,
    /// The stage or image it is copied from.
    pub(crate) from: Option<String>,
}

/// The stages of a Dockerfile, in order.
pub(crate) fn stages(text: &str) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut defaults: Vec<(String, String)> = Vec::new();
    for Instruction { keyword, text: rest, line, .. } in read(text).instructions {
        if keyword == "ARG"
            && let Some((name, value)) = rest.split_once('=')
        {
            defaults.push((name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned()));
        }
        if keyword == "FROM" {
            stages.push(start(&stages, &substitute(&rest, &defaults), line));
            continue;
        }
        if let Some(stage) = stages.last_mut() {
            apply(stage, &keyword, &rest, line);
        }
    }
    stages
}

fn start(stages: &[Stage], rest: &str, line: u32) -> Stage {
    let words: Vec<&str> = rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
    let image = words.first().copied().unwrap_or_default();
    let name = words
        .get(1)
        .filter(|word| word.eq_ignore_ascii_case("as"))
        .and_then(|_| words.get(2))
        .map(|name| (*name).to_owned());
    let base = stages
        .iter()
        .rev()
        .find(|stage| stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(image)));
    match base {
        Some(base) => Stage { name, ..base.clone() },
        None => Stage { name, image: image.to_owned(), workdir: "/".to_owned(), line, ..Stage::default() },
    }
}

fn apply(stage: &mut Stage, keyword: &str, rest: &str, line: u32) {
    match keyword {
        "WORKDIR" => {
            stage.workdir = absolute(&stage.workdir, &substitute(rest.trim_matches(['"', '\'']), &stage.env))
        }
        "EXPOSE" => {
            let ports = substitute(rest, &stage.env);
            stage.exposes.extend(
                ports.split_whitespace().filter_map(|word| word.split('/').next()?.parse::<u16>().ok()),
            );
        }
        "ENV" => stage.env.extend(environment(rest)),
        "CMD" => {
            stage.cmd = Some(command(rest));
            stage.line = line;
        }
        "ENTRYPOINT" => {
            stage.entrypoint = Some(command(rest));
            stage.cmd = None;
            stage.line = line;
        }
        "COPY" | "ADD" => copy(stage, rest),
        _ => {}
    }
}

fn environment(rest: &str) -> Vec<(String, String)> {
    let words = shell::words(rest);
    if words.first().is_some_and(|word| !word.contains('='))
        && let Some((name, value)) = rest.split_once(char::is_whitespace)
    {
        return vec![(name.to_owned(), value.trim().to_owned())];
    }
    words
        .iter()
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The words of an exec form, or of a shell form as `sh -c` runs it.
fn command(rest: &str) -> Vec<String> {
    serde_json::from_str::<Vec<String>>(rest)
        .unwrap_or_else(|_| vec!["sh".to_owned(), "-c".to_owned(), rest.to_owned()])
}

fn copy(stage: &mut Stage, rest: &str) {
    let mut from = None;
    let mut text = rest;
    while let Some(option) = text.strip_prefix("--") {
        let (option, after) = option.split_once(char::is_whitespace).unwrap_or((option, ""));
        from = option.strip_prefix("from=").map(str::to_owned).or(from);
        text = after.trim_start();
    }
    let words: Vec<String> = serde_json::from_str(text).unwrap_or_else(|_| shell::words(text));
    let Some((to, sources)) = words.split_last() else { return };
    let destination = absolute(&stage.workdir, &substitute(to, &stage.env));
    let into = to.ends_with('/') || matches!(to.as_str(), "." | "./") || sources.len() > 1;
    for source in sources {
        // A file copied into a folder keeps its name; a folder gives its content.
        let name = path::file_name(source.trim_end_matches('/'));
        let is_file = into && name.contains('.') && !matches!(name, "." | "..");
        let destination = if is_file { absolute(&destination, name) } else { destination.clone() };
        stage.copies.push(Copied {
            source: source.trim_start_matches('/').to_owned(),
            destination,
            from: from.clone(),
        });
    }
}

fn absolute(base: &str, to: &str) -> String {
    let joined = path::join(
        if to.starts_with('/') { "." } else { base.trim_start_matches('/') },
        to.trim_start_matches('/'),
    );
    if joined == "." { "/".to_owned() } else { format!("/{joined}") }
}

/// `$NAME` and `${NAME}` and `${NAME:-default}` replaced by what is known.
fn substitute(text: &str, known: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (inside, tail) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(found) => found,
            None => after.split_at(
                after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len()),
            ),
        };
        let (name, default) = inside.split_once(":-").unwrap_or((inside, ""));
        out.push_str(known.iter().rev().find(|(known, _)| known == name).map_or(default, |(_, value)| value));
        rest = tail;
    }
    out + rest
}

/// A Dockerfile of the repository with the folder it is built from.
#[derive(Debug, Clone)]
pub(crate) struct Dockerfile {
    /// The file.
    pub(crate) file: String,
    /// The build context.
    pub(crate) context: String,
    /// Every stage.
    pub(crate) stages: Vec<Stage>,
}

impl Dockerfile {
    /// Reads a Dockerfile; without a stated context the folder is taken that its sources are in.
    pub(crate) fn read(repository: &Repository<'_>, file: &str, context: Option<&str>) -> Option<Self> {
        let stages = stages(&repository.text(file)?);
        let exists = |folder: &str, source: &str| {
            let at = path::join(folder, source.split('*').next().unwrap_or(source));
            at == "." || repository.has(&at) || repository.has_folder(&at)
        };
        let named: Vec<&str> = stages
            .iter()
            .flat_map(|stage| &stage.copies)
            .filter(|copy| copy.from.is_none() && !copy.source.trim_matches(['.', '/']).is_empty())
            .map(|copy| copy.source.as_str())
            .collect();
        let guess = path::ancestors(path::parent(file)).max_by_key(|folder| {
            let found = named.iter().filter(|source| exists(folder, source)).count();
            let meant = !["docker", ".docker", "dockerfiles", "compose", "deploy", "build", "ops"]
                .contains(&path::file_name(folder));
            (found, meant, folder.len())
        });
        let context = context.map_or_else(|| guess.unwrap_or(".").to_owned(), str::to_owned);
        (!stages.is_empty()).then(|| Self { file: file.to_owned(), context, stages })
    }

    /// The stage that is built: the named one, else the last.
    pub(crate) fn stage(&self, target: Option<&str>) -> Option<&Stage> {
        target
            .and_then(|target| self.stages.iter().find(|stage| stage.name.as_deref() == Some(target)))
            .or_else(|| self.stages.last())
    }

    /// The place of a stage's command.
    pub(crate) fn place(&self, stage: &Stage) -> Place {
        Place::new(&self.file, stage.line)
    }

    /// Where in the repository a path of the image comes from.
    pub(crate) fn origin(&self, repository: &Repository<'_>, stage: &Stage, inside: &str) -> Option<String> {
        let others = self.stages.iter().rev().flat_map(|stage| &stage.copies);
        let copies: Vec<&Copied> =
            stage.copies.iter().chain(others).filter(|copy| copy.from.is_none()).collect();
        let from = |copy: &&Copied| path::join(&self.context, &copy.source);
        let exact = copies.iter().filter_map(|copy| {
            let rest = below(inside, &copy.destination)?;
            let origin = path::join(&from(copy), rest);
            (origin == "." || repository.has(&origin) || repository.has_folder(&origin))
                .then_some((copy.destination.len(), origin))
        });
        let exact = exact.reduce(|best, next| if next.0 > best.0 { next } else { best });
        if let Some((_, origin)) = exact {
            return Some(origin);
        }
        // `COPY server/app /srv/app` makes `/srv` stand for `server`.
        copies.iter().find_map(|copy| {
            let rest = below(&copy.destination, inside).filter(|rest| !rest.is_empty())?;
            let origin = from(copy);
            if origin == rest {
                return Some(".".to_owned());
            }
            origin.strip_suffix(rest)?.strip_suffix('/').map(str::to_owned)
        })
    }

    /// The folder of the repository that the stage runs in.
    pub(crate) fn folder(&self, repository: &Repository<'_>, stage: &Stage) -> String {
        let mapped = self.origin(repository, stage, &stage.workdir).filter(|origin| !repository.has(origin));
        mapped.unwrap_or_else(|| {
            // Files are copied, but none to where it runs: it is about its own folder.
            let copies = stage.copies.iter().any(|copy| copy.from.is_none());
            if copies { path::parent(&self.file).to_owned() } else { self.context.clone() }
        })
    }
}

/// `path` relative to an absolute folder, when it is in or below it.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

/// Whether a file name is that of a Dockerfile for production.
pub(crate) fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is = lower == "dockerfile"
        || lower == "containerfile"
        || lower.starts_with("dockerfile.")
        || lower.starts_with("dockerfile-")
        || lower.ends_with(".dockerfile");
    is && !lower.ends_with(".dockerignore") && !is_development(&lower)
}

/// Whether a file's name or folder says that it is for development or tests.
pub(crate) fn is_development(path: &str) -> bool {
    const WORDS: &[&str] = &[
        "dev",
        "develop",
        "development",
        "local",
        "test",
        "tests",
        "testing",
        "e2e",
        "debug",
        "devcontainer",
        "ci",
        "lint",
        "playwright",
    ];
    path.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use host::tree::MemoryTree;

    #[test]
    fn the_last_stage_inherits_and_overrides() {
        let text = "ARG PY=3.12\nFROM python:${PY}-slim AS base\nWORKDIR /srv\nENV PORT=9000 A=b\n\nFROM base AS run\n# note\nCOPY --chown=1 app ./app\nEXPOSE $PORT 9443/tcp\nRUN <<EOF\nCMD no\nEOF\nCMD [\"uvicorn\", \\\n  # inside\n  \"app:x\"]\n";
        let stages = stages(text);
        let last = &stages[1];
        assert_eq!(last.image, "python:3.12-slim");
        assert_eq!(last.exposes, [9000, 9443]);
        assert_eq!(last.cmd.as_deref(), Some(&["uvicorn".to_owned(), "app:x".to_owned()][..]));
        assert_eq!(last.copies[0].destination, "/srv/app");
        assert_eq!(last.line, 13);
    }

    #[test]
    fn paths_of_the_image_lead_back_to_the_repository() {
        let tree = MemoryTree::new(
            "r",
            [
                ("backend/app/main.py", ""),
                ("backend/start.sh", ""),
                (
                    "docker/api/Dockerfile",
                    "FROM python:3.11\nWORKDIR /code\nCOPY backend/app /code/app\nCOPY backend/start.sh /start\nCMD /start\n",
                ),
            ],
        );
        let repository = Repository::new(&tree);
        let dockerfile = Dockerfile::read(&repository, "docker/api/Dockerfile", None).unwrap();
        let stage = dockerfile.stage(None).unwrap();
        assert_eq!(dockerfile.context, ".");
        assert_eq!(dockerfile.folder(&repository, stage), "backend");
        assert_eq!(dockerfile.origin(&repository, stage, "/start").as_deref(), Some("backend/start.sh"));
        assert_eq!(
            dockerfile.origin(&repository, stage, "/code/app/main.py").as_deref(),
            Some("backend/app/main.py")
        );
    }
}
