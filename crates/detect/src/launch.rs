//! What the author runs: the commands of Procfiles, Dockerfiles, Compose files and platform files, resolved to folders of
//! the repository. Evidence for the detectors of languages.

use crate::compose::read::{Service, services};
use crate::dockerfile::{Dockerfile, Stage, is_dockerfile};
use crate::path;
use crate::repository::Repository;
use crate::shell::{self, Invocation};
use crate::{platform, procfile};
use model::Place;

/// Where a command stands. The later ones say more about production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Origin {
    /// A Compose file.
    Compose,
    /// A Dockerfile.
    Dockerfile,
    /// render.yaml, railway.json, supervisord.conf and their like.
    Platform,
    /// A Procfile.
    Procfile,
}

/// One process that the author runs.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// Where it stands.
    pub(crate) origin: Origin,
    /// Tells it from all others: the file and the name in it. Used as a target by which proposals are joined.
    pub(crate) identity: String,
    /// What the author calls it.
    pub(crate) process: Option<String>,
    /// The folder of the repository it runs in.
    pub(crate) folder: String,
    /// Its commands in order; the last is the one that stays.
    pub(crate) runs: Vec<Run>,
    /// The port that is named beside it.
    pub(crate) port: Option<u16>,
    /// The image it runs in.
    pub(crate) image: Option<String>,
    /// It is said to be for development or tests.
    pub(crate) development: bool,
    /// Where.
    pub(crate) place: Place,
}

/// One command.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// The folder of the repository it runs in.
    pub(crate) folder: String,
    /// Variables set for it.
    pub(crate) assignments: Vec<(String, String)>,
    /// Program and arguments.
    pub(crate) words: Vec<String>,
}

/// Every launch, sorted by origin and identity.
pub(crate) fn launches(repository: &Repository<'_>) -> Vec<Launch> {
    let compose = services(repository);
    let mut found: Vec<Launch> = procfile::launches(repository);
    found.extend(platform::launches(repository));
    found.extend(
        dockerfiles(repository, &compose)
            .iter()
            .filter_map(|dockerfile| of_dockerfile(repository, dockerfile)),
    );
    found.extend(compose.iter().filter_map(|service| of_compose(repository, service)));
    found
}

/// The Dockerfiles for production with the contexts that Compose files state.
pub(crate) fn dockerfiles(repository: &Repository<'_>, compose: &[Service]) -> Vec<Dockerfile> {
    let files =
        repository.folders().flat_map(|folder| repository.files_in(folder)).map(|entry| entry.path.as_str());
    files
        .filter(|file| is_dockerfile(path::file_name(file)) && !file.contains(".devcontainer/"))
        .filter_map(|file| {
            let build = compose
                .iter()
                .filter_map(|service| service.build.as_ref())
                .find(|build| build.dockerfile == file);
            Dockerfile::read(repository, file, build.map(|build| build.context.as_str()))
        })
        .collect()
}

/// The identity of a Dockerfile's launch.
pub(crate) fn dockerfile_identity(file: &str) -> String {
    format!("{file}#")
}

/// The identity of a Compose service's launch.
pub(crate) fn compose_identity(service: &Service) -> String {
    format!("{}/compose#{}", service.folder, service.name)
}

fn of_dockerfile(repository: &Repository<'_>, dockerfile: &Dockerfile) -> Option<Launch> {
    let stage = dockerfile.stage(None)?;
    let words = joined(stage.entrypoint.as_deref(), stage.cmd.as_deref());
    let folder = dockerfile.folder(repository, stage);
    let runs = in_image(repository, dockerfile, stage, &stage.workdir, words);
    Some(Launch {
        origin: Origin::Dockerfile,
        identity: dockerfile_identity(&dockerfile.file),
        process: None,
        folder,
        runs,
        port: stage.exposes.first().copied(),
        image: Some(stage.image.clone()),
        development: false,
        place: dockerfile.place(stage),
    })
}

pub(crate) fn of_compose(repository: &Repository<'_>, service: &Service) -> Option<Launch> {
    let place = service.place.clone()?;
    let build = service.build.as_ref();
    let mut dockerfile =
        build.and_then(|build| Dockerfile::read(repository, &build.dockerfile, Some(&build.context)));
    if dockerfile.is_none() && (build.is_some() || (service.mounts.is_empty() && service.command.is_none())) {
        return None;
    }
    if dockerfile.is_none() {
        let image = service.image.as_ref().map(|(image, _)| image.clone()).unwrap_or_default();
        let stage = Stage {
            image,
            workdir: service.workdir.clone().unwrap_or_else(|| "/".to_owned()),
            ..Stage::default()
        };
        dockerfile = Some(Dockerfile {
            file: place.path.clone(),
            context: service.folder.clone(),
            stages: vec![stage],
        });
    }
    let dockerfile = dockerfile?;
    let mut stage = dockerfile.stage(build.and_then(|build| build.target.as_deref()))?.clone();
    for (source, destination) in &service.mounts {
        let source = path::between(&dockerfile.context, source);
        stage.copies.push(crate::dockerfile::Copied { source, destination: destination.clone(), from: None });
    }
    let entrypoint = service.entrypoint.as_deref().or(stage.entrypoint.as_deref());
    let command =
        service.command.as_deref().or(if service.entrypoint.is_some() { None } else { stage.cmd.as_deref() });
    let words = joined(entrypoint, command);
    let workdir = service.workdir.clone().unwrap_or_else(|| stage.workdir.clone());
    let folder = dockerfile
        .origin(repository, &stage, &workdir)
        .filter(|origin| !repository.has(origin))
        .unwrap_or_else(|| dockerfile.context.clone());
    Some(Launch {
        origin: Origin::Compose,
        identity: compose_identity(service),
        process: Some(service.name.clone()),
        folder,
        runs: in_image(repository, &dockerfile, &stage, &workdir, words),
        port: service.ports.first().copied().or_else(|| stage.exposes.first().copied()),
        image: Some(stage.image.clone()),
        development: service.development,
        place,
    })
}

/// Entry point and command as one list of words.
fn joined(entrypoint: Option<&[String]>, command: Option<&[String]>) -> Vec<String> {
    let shell_form = |words: &[String]| words.len() == 3 && words[0] == "sh" && words[1] == "-c";
    match (entrypoint, command) {
        (Some(entrypoint), _) if shell_form(entrypoint) => entrypoint.to_vec(),
        (Some(entrypoint), Some(command)) => entrypoint.iter().chain(command).cloned().collect(),
        (Some(words), None) | (None, Some(words)) => words.to_vec(),
        (None, None) => Vec::new(),
    }
}

fn in_image(
    repository: &Repository<'_>,
    dockerfile: &Dockerfile,
    stage: &Stage,
    workdir: &str,
    words: Vec<String>,
) -> Vec<Run> {
    let origin = |inside: &str| {
        let absolute = if inside.starts_with('/') {
            inside.to_owned()
        } else {
            format!("{}/{}", workdir.trim_end_matches('/'), inside.trim_start_matches("./"))
        };
        let found = dockerfile.origin(repository, stage, absolute.trim_end_matches('/'));
        // A script on the path was copied to a folder of programs.
        found.or_else(|| {
            if inside.contains('/') {
                None
            } else {
                dockerfile.origin(repository, stage, &format!("/usr/local/bin/{inside}"))
            }
        })
    };
    resolve(repository, shell::of_words(&words), &origin, &dockerfile.folder(repository, stage))
}

/// The commands of a line that runs in a folder of the repository.
pub(crate) fn in_folder(repository: &Repository<'_>, folder: &str, line: &str) -> Vec<Run> {
    let origin = |inside: &str| Some(path::join(folder, inside.trim_start_matches("/app/")));
    resolve(repository, shell::invocations(line), &origin, folder)
}

/// Gives each invocation its folder and replaces scripts of the repository by what they run.
fn resolve(
    repository: &Repository<'_>,
    invocations: Vec<Invocation>,
    origin: &dyn Fn(&str) -> Option<String>,
    folder: &str,
) -> Vec<Run> {
    let mut runs = Vec::new();
    for invocation in invocations {
        expand(repository, invocation, origin, folder, 0, &mut runs);
    }
    for run in &mut runs {
        let folder = run.folder.clone();
        for word in run.words.iter_mut().skip(1).filter(|word| word.starts_with('/')) {
            // A file of the image is one of the repository under another name.
            if let Some(file) = origin(word).filter(|file| repository.has(file)) {
                let at = path::between(&folder, path::parent(&file));
                *word = if at == "." {
                    path::file_name(&file).to_owned()
                } else {
                    format!("{at}/{}", path::file_name(&file))
                };
            }
        }
    }
    runs
}

fn expand(
    repository: &Repository<'_>,
    invocation: Invocation,
    origin: &dyn Fn(&str) -> Option<String>,
    folder: &str,
    depth: u8,
    runs: &mut Vec<Run>,
) {
    let at = if invocation.folder.is_empty() {
        folder.to_owned()
    } else {
        origin(&invocation.folder)
            .filter(|origin| !repository.has(origin))
            .unwrap_or_else(|| folder.to_owned())
    };
    let shell = matches!(invocation.words[0].rsplit('/').next(), Some("sh" | "bash" | "ash"));
    let script = if shell {
        invocation.words.iter().skip(1).position(|word| !word.starts_with('-')).map_or(0, |at| at + 1)
    } else {
        0
    };
    let named = if script == 0 && shell { None } else { invocation.words.get(script) };
    let text = named
        .and_then(|word| origin(word))
        .filter(|file| repository.has(file))
        .and_then(|file| script_text(repository, &file));
    let Some(text) = text.filter(|_| depth < 3) else {
        runs.push(Run { folder: at, assignments: invocation.assignments, words: invocation.words });
        return;
    };
    let rest = &invocation.words[script + 1..];
    for inner in shell::invocations(&text) {
        let passes_on = inner.words.iter().any(|word| matches!(word.as_str(), "$@" | "$*" | "${@}"));
        if passes_on {
            for inner in shell::of_words(rest) {
                expand(repository, inner, origin, &at, depth + 1, runs);
            }
        } else {
            expand(repository, inner, origin, &at, depth + 1, runs);
        }
    }
}

/// The text of a shell script.
fn script_text(repository: &Repository<'_>, file: &str) -> Option<std::sync::Arc<str>> {
    let text = repository.text(file)?;
    let first = text.lines().next().unwrap_or_default();
    let is_shell = if first.starts_with("#!") { first.contains("sh") } else { file.ends_with(".sh") };
    is_shell.then_some(text)
}

/// The script of the repository that a JavaScript runtime is given.
pub(crate) fn script(repository: &Repository<'_>, run: &Run) -> Option<String> {
    const RUNTIMES: &[&str] = &["node", "bun", "tsx", "ts-node", "deno"];
    let program = path::file_name(run.words.first()?);
    let watches = run.words.iter().any(|word| matches!(word.as_str(), "watch" | "--watch" | "--inspect"));
    if !RUNTIMES.contains(&program) || watches {
        return None;
    }
    let named = run.words.iter().skip(1).filter(|word| !word.starts_with('-'));
    named.map(|word| path::join(&run.folder, word)).find(|file| repository.has(file))
}
