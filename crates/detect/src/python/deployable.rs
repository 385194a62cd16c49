//! What the parts of Python detection hand to each other: a process that can be deployed.

use super::index::Index;
use super::program::{Program, classify};
use super::project::Project;
use crate::launch::{Launch, Run};
use crate::path;
use crate::proposal::Claim;
use model::Place;
use model::facts::{Confidence, Framework, PortFact, ServiceKind};
use std::collections::BTreeSet;

/// A process of a Python project.
#[derive(Debug, Clone)]
pub(crate) struct Deployable {
    /// The folder it runs in, which is on Python's path.
    pub(crate) folder: String,
    /// The file that holds what is run.
    pub(crate) file: String,
    /// What it is.
    pub(crate) kind: ServiceKind,
    /// What tells it from the other processes of its folder; `None` for the main one.
    pub(crate) process: Option<String>,
    /// Its framework.
    pub(crate) framework: Option<Framework>,
    /// Starts it.
    pub(crate) start: Option<Claim<String>>,
    /// Builds it.
    pub(crate) build: Option<String>,
    /// Where it listens, as far as its command says.
    pub(crate) port: Option<PortFact>,
    /// The launches that run it.
    pub(crate) launched: Vec<String>,
    /// How sure it is that it is deployed.
    pub(crate) confidence: Confidence,
    /// What proves it.
    pub(crate) evidence: Vec<Place>,
}

impl Deployable {
    /// A process that nothing is known of but what runs it.
    pub(crate) fn new(folder: &str, file: &str, kind: ServiceKind, place: Place) -> Self {
        Self {
            folder: folder.to_owned(),
            file: file.to_owned(),
            kind,
            process: None,
            framework: None,
            start: None,
            build: None,
            port: None,
            launched: Vec::new(),
            confidence: Confidence::Likely,
            evidence: vec![place],
        }
    }

    /// Remembers that a launch runs it.
    pub(crate) fn launched_by(&mut self, launch: &Launch) {
        self.launched.push(launch.identity.clone());
        self.evidence.push(launch.place.clone());
        self.confidence = Confidence::Certain;
    }
}

/// What every part looks at.
pub(crate) struct Context<'a> {
    /// The modules.
    pub(crate) index: &'a Index<'a>,
    /// The projects.
    pub(crate) projects: &'a [Project],
    /// What the author runs, what says most about production first.
    pub(crate) launches: &'a [Launch],
    /// Folders from which launches import modules that are there.
    pub(crate) anchors: BTreeSet<String>,
}

impl<'a> Context<'a> {
    /// What is looked at.
    pub(crate) fn new(index: &'a Index<'a>, projects: &'a [Project], launches: &'a [Launch]) -> Self {
        let runs = launches.iter().flat_map(|launch| &launch.runs);
        let anchors =
            runs.filter(|run| imported(run).is_some_and(|module| index.file(&run.folder, &module).is_some()));
        Self { index, projects, launches, anchors: anchors.map(|run| run.folder.clone()).collect() }
    }

    /// The folder that must be on Python's path for a module: where the author runs it from, else what its imports say.
    pub(crate) fn import_root(&self, file: &str) -> String {
        let project = self.project(file).map(|project| project.folder.as_str());
        let near = |anchor: &&String| {
            path::is_under(file, anchor)
                && self.project(&path::join(anchor, "x")).map(|project| project.folder.as_str()) == project
        };
        match self.anchors.iter().filter(near).max_by_key(|anchor| anchor.len()) {
            Some(anchor) => anchor.clone(),
            None => self.index.import_root(file, project.unwrap_or(path::parent(file))),
        }
    }

    /// The project that a folder or a file belongs to.
    pub(crate) fn project(&self, path: &str) -> Option<&'a Project> {
        super::project::owner(self.projects, path)
    }

    /// Whether the project that a path belongs to depends on a distribution.
    pub(crate) fn depends(&self, path: &str, name: &str) -> bool {
        self.project(path).is_some_and(|project| project.dependencies.has(name))
    }
}

/// The module that a command imports from the folder it runs in.
fn imported(run: &Run) -> Option<String> {
    match classify(run) {
        Program::Server { module, .. } | Program::Module(module) => Some(module),
        Program::Celery(Some(app), _) => app.split(':').next().map(str::to_owned),
        _ => None,
    }
}
