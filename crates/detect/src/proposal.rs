//! What one detector says about one deployable.

use crate::datastore::StoreHint;
use crate::env::EnvRead;
use model::Place;
use model::facts::{
    CheckFact, Confidence, Framework, HealthFact, HttpFact, Language, MigrationsFact, PackageManagerFact,
    PortFact, RuntimeFact, ServiceKind,
};

/// Who says it. The later ones win where two claims are equally confident: code that was read is better evidence than
/// what the author once wrote about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    /// A Compose file.
    Compose,
    /// A Dockerfile.
    Dockerfile,
    /// A Procfile.
    Procfile,
    /// A folder of plain files to serve.
    StaticSite,
    /// Python code.
    Python,
    /// JavaScript or TypeScript code.
    Node,
}

/// Whether a proposal makes a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Standing {
    /// Only adds to a service that another proposal makes.
    Supporting,
    /// Makes a service when it is about none that another proposal makes.
    Alone,
    /// Always makes a service.
    Deployable,
}

/// A value with how sure its source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim<T> {
    /// The value.
    pub value: T,
    /// How sure.
    pub confidence: Confidence,
}

impl<T> Claim<T> {
    /// It stands in the files.
    pub(crate) const fn certain(value: T) -> Self {
        Self { value, confidence: Confidence::Certain }
    }

    /// It follows from conventions.
    pub(crate) const fn likely(value: T) -> Self {
        Self { value, confidence: Confidence::Likely }
    }

    /// It is a guess.
    pub(crate) const fn maybe(value: T) -> Self {
        Self { value, confidence: Confidence::Maybe }
    }
}

/// What one detector says about one deployable. Everything but `source`, `standing`, `folder` and `kind` may be left out.
#[derive(Debug, Clone)]
pub(crate) struct ServiceProposal {
    /// Who says it.
    pub source: Source,
    /// Whether it makes a service.
    pub standing: Standing,
    /// The folder of the deployable, relative to the root; `.` is the root.
    pub folder: String,
    /// What it is, when known.
    pub kind: Option<ServiceKind>,
    /// The name of this process among those of its folder, such as a Procfile's `worker`; `None` for the main one.
    pub process: Option<String>,
    /// What is run, as paths from the root or dotted modules (`server/dist/index.js`, `server/src/index.ts`, `app.main`). Two
    /// proposals that share one are about the same deployable, whatever their folders are.
    pub targets: Vec<String>,
    /// A name for the service from this source (the Compose name, the package's name); not the folder's.
    pub name: Option<String>,
    /// Its language.
    pub language: Option<Language>,
    /// Its framework.
    pub framework: Option<Framework>,
    /// What installs its dependencies.
    pub package_manager: Option<PackageManagerFact>,
    /// Where `install` runs, when it is not `folder`.
    pub install_path: Option<String>,
    /// The lock file, from the root.
    pub lockfile: Option<String>,
    /// Installs what is locked.
    pub install: Option<String>,
    /// What runs it.
    pub runtime: Option<Claim<RuntimeFact>>,
    /// Builds it.
    pub build: Option<Claim<String>>,
    /// Builds what its own build needs from another package, run in its folder and ending there.
    pub build_before: Option<String>,
    /// Starts it for production. Leave out a development server.
    pub start: Option<Claim<String>>,
    /// The folder of built files, relative to `folder`.
    pub output: Option<Claim<String>>,
    /// Where it listens. `env` and `number` may come from different proposals.
    pub port: Option<Claim<PortFact>>,
    /// Its health endpoint.
    pub health: Option<Claim<HealthFact>>,
    /// Its migrations.
    pub migrations: Option<MigrationsFact>,
    /// Variables it reads.
    pub env: Vec<EnvRead>,
    /// Datastores it uses.
    pub uses: Vec<StoreHint>,
    /// What checks its code.
    pub checks: Vec<CheckFact>,
    /// Installs what they need, where `install` does not.
    pub install_checks: Option<String>,
    /// Runs it for development.
    pub dev: Option<String>,
    /// Every file that `install` reads, from the root.
    pub install_inputs: Vec<String>,
    /// What scripts of the installation and the build do in other folders.
    pub errands: Vec<String>,
    /// Files outside its folder that its sources import.
    pub imports: Vec<String>,
    /// What its code does with HTTP beyond answering.
    pub http: HttpFact,
    /// How sure the source is that this is a deployable.
    pub confidence: Confidence,
    /// What proves it.
    pub evidence: Vec<Place>,
}

impl ServiceProposal {
    /// A proposal that says nothing yet.
    pub(crate) fn new(
        source: Source,
        standing: Standing,
        folder: impl Into<String>,
        evidence: Place,
    ) -> Self {
        Self {
            source,
            standing,
            folder: folder.into(),
            kind: None,
            process: None,
            targets: Vec::new(),
            name: None,
            language: None,
            framework: None,
            package_manager: None,
            install_path: None,
            lockfile: None,
            install: None,
            runtime: None,
            build: None,
            build_before: None,
            start: None,
            output: None,
            port: None,
            health: None,
            migrations: None,
            env: Vec::new(),
            uses: Vec::new(),
            checks: Vec::new(),
            install_checks: None,
            dev: None,
            install_inputs: Vec::new(),
            errands: Vec::new(),
            imports: Vec::new(),
            http: HttpFact::default(),
            confidence: Confidence::Likely,
            evidence: vec![evidence],
        }
    }
}
