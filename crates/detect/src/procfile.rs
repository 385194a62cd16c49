//! Procfiles: `name: command` lines, as Heroku and its followers run them.

use crate::detector::Detector;
use crate::findings::Findings;
use crate::launch::{self, Launch, Origin};
use crate::path;
use crate::proposal::{Claim, ServiceProposal, Source, Standing};
use crate::repository::Repository;
use crate::shell;
use model::Place;
use model::facts::{Language, ServiceKind};

/// Reads Procfiles.
pub(crate) struct Procfiles;

impl Detector for Procfiles {
    fn detect(&self, repository: &Repository<'_>, findings: &mut Findings) {
        for launch in launches(repository) {
            findings.proposals.extend(proposal(repository, &launch));
        }
    }
}

/// What a line says about a deployable. A `release` line says how to migrate, which the languages' detectors know.
fn proposal(repository: &Repository<'_>, launch: &Launch) -> Option<ServiceProposal> {
    let process = launch.process.as_deref()?;
    let run = launch.runs.last()?;
    let known = repository
        .under(&launch.folder)
        .iter()
        .any(|entry| entry.path.ends_with(".py") || path::file_name(&entry.path) == "package.json");
    let standing = if known || process == "release" { Standing::Supporting } else { Standing::Alone };
    let mut proposal = ServiceProposal::new(Source::Procfile, standing, &launch.folder, launch.place.clone());
    proposal.targets.push(launch.identity.clone());
    proposal.kind = match process {
        "web" => Some(ServiceKind::Web),
        "release" => Some(ServiceKind::Job),
        "clock" | "beat" | "scheduler" | "cron" => Some(ServiceKind::Scheduler),
        _ => Some(ServiceKind::Worker),
    };
    proposal.process = (process != "web").then(|| process.to_owned());
    let script = launch::script(repository, run);
    if script.is_some() && process != "release" {
        // A process that no code tells of: the file is there.
        proposal.standing = Standing::Alone;
        proposal.language = Some(Language::JavaScript);
    }
    proposal.targets.extend(script);
    if proposal.standing == Standing::Alone {
        proposal.start = Some(Claim::likely(shell::line(&run.words)));
    }
    Some(proposal)
}

/// One line of a Procfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    /// Its name.
    pub(crate) name: String,
    /// Its command.
    pub(crate) command: String,
    /// Counted from 1.
    pub(crate) line: u32,
}

/// The lines of a Procfile.
pub(crate) fn processes(text: &str) -> Vec<Process> {
    text.lines()
        .zip(1_u32..)
        .filter(|(line, _)| !line.trim_start().starts_with('#'))
        .filter_map(|(text, line)| {
            let (name, command) = text.split_once(':')?;
            let (name, command) = (name.trim(), command.trim());
            let valid =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
            (valid && !command.is_empty()).then(|| Process {
                name: name.to_owned(),
                command: command.to_owned(),
                line,
            })
        })
        .collect()
}

/// What the Procfiles of a repository run.
pub(crate) fn launches(repository: &Repository<'_>) -> Vec<Launch> {
    let mut found = Vec::new();
    for file in repository.named("Procfile") {
        let folder = path::parent(file);
        for process in repository.text(file).as_deref().map(processes).unwrap_or_default() {
            let runs = launch::in_folder(repository, folder, &process.command);
            let folder = runs.last().map_or(folder, |run| run.folder.as_str()).to_owned();
            found.push(Launch {
                origin: Origin::Procfile,
                identity: format!("{file}#{}", process.name),
                process: Some(process.name),
                folder,
                runs,
                port: None,
                image: None,
                development: false,
                place: Place::new(*file, process.line),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_have_names_and_commands() {
        let found =
            processes("# c\nweb: gunicorn a:b --bind :$PORT\n\nrelease: python manage.py migrate\nbroken\n");
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].name.as_str(), found[1].line), ("release", 4));
    }
}
