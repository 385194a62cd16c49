//! The model → the files that a repository needs to ship: Dockerfiles, Compose files, workflows and the rest.
//!
//! Every family of files is written from one [`Blueprint`], so that names, ports, users, health checks and settings are
//! the same in all of them. A new family is a folder and a line in [`FAMILIES`].

pub mod agents;
pub mod base;
pub mod blueprint;
pub mod compose;
pub mod dockerfile;
pub mod environment;
pub mod kubernetes;
pub mod monitoring;
pub mod nginx;
pub mod platforms;
pub mod reconcile;
pub mod runbooks;
pub mod swarm;
pub mod workflows;

pub use blueprint::Blueprint;
pub use reconcile::{Decision, Outcome, Record, reconcile};

use std::fmt;

/// A file as it is written for the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Relative to the repository's root.
    pub path: String,
    /// The whole content, or that of the region.
    pub content: String,
    /// How much of the file is ours.
    pub extent: Extent,
}

/// How much of a file is written by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it; hand edits are merged.
    File,
    /// What stands between `mainstay:begin NAME` and `mainstay:end NAME`, each in a comment; the rest belongs to people.
    Region(&'static str),
}

impl GeneratedFile {
    /// A file that is ours as a whole.
    pub fn new(path: impl Into<String>, content: impl Into<String>) -> Self {
        Self { path: path.into(), content: content.into(), extent: Extent::File }
    }

    /// A region of a file that people write.
    pub fn region(path: impl Into<String>, name: &'static str, content: impl Into<String>) -> Self {
        Self { path: path.into(), content: content.into(), extent: Extent::Region(name) }
    }
}

/// Writes one family's files.
type Writer = fn(&Blueprint<'_>) -> Vec<GeneratedFile>;

macro_rules! families {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $writer:expr;)*) => {
        /// A kind of files, the word for it in `mainstay generate --only`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Family { $($(#[$doc])* $name),* }

        impl Family {
            /// Every family, in the order in which they are written.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            fn writer(self) -> Writer {
                match self { $(Self::$name => $writer),* }
            }
        }
    };
}

families! {
    /// A Dockerfile and its `.dockerignore` for each service.
    Dockerfile = "dockerfile": dockerfile::files;
    /// Compose files: base, dev, prod, vps.
    Compose = "compose": compose::files;
    /// nginx: the entry of the whole system.
    Nginx = "nginx": nginx::files;
    /// GitHub Actions and Dependabot.
    Workflows = "workflows": workflows::files;
    /// Templates of settings.
    Environment = "env": environment::files;
    /// A stack for Docker Swarm.
    Swarm = "swarm": swarm::files;
    /// Kubernetes manifests.
    Kubernetes = "kubernetes": kubernetes::files;
    /// Prometheus, Alertmanager, Grafana and Loki.
    Monitoring = "monitoring": monitoring::files;
    /// Files of platforms that the repository is deployed to.
    Platforms = "platforms": platforms::files;
    /// Runbooks.
    Runbooks = "runbooks": runbooks::files;
    /// What coding agents should know.
    Agents = "agents": agents::files;
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The files of these families, sorted by path. The same blueprint gives the same bytes.
pub fn write(blueprint: &Blueprint<'_>, families: &[Family]) -> Vec<GeneratedFile> {
    let mut files: Vec<GeneratedFile> =
        families.iter().flat_map(|family| family.writer()(blueprint)).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
