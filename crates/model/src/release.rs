//! Releases: immutable versions of a project in one environment.

use crate::id::ReleaseId;
use crate::manifest::Manifest;
use crate::unit::Timestamp;
use serde::{Deserialize, Serialize};

/// What a release was made of. Written once, before it is built, and never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// When it was made.
    pub created: Timestamp,
    /// What it was made of.
    pub source: Source,
    /// The complete manifest at that time.
    pub manifest: Manifest,
    /// SHA-256 over names and values of all settings, so that a change of one shows without showing it.
    pub settings_digest: String,
}

/// The state of the repository that a release was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The commit; absent outside a git repository.
    pub revision: Option<String>,
    /// The first line of the commit's message.
    pub subject: Option<String>,
    /// Files differed from the commit.
    pub dirty: bool,
    /// SHA-256 over the paths and contents of all files that went in.
    pub digest: String,
    /// What tells this repository from others: its first commit, or its folder outside git. Absent when that cannot be
    /// told, as in a shallow clone.
    #[serde(default)]
    pub origin: Option<String>,
}

impl Source {
    /// A short name: the commit's first seven digits, with `-dirty` when files differed, else part of the digest.
    pub fn short(&self) -> String {
        let of = |text: &str| text.chars().take(7).collect::<String>();
        match (&self.revision, self.dirty) {
            (Some(revision), false) => of(revision),
            (Some(revision), true) => format!("{}-dirty", of(revision)),
            (None, _) => of(&self.digest),
        }
    }
}

/// What became of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseState {
    /// Being built or started.
    Pending,
    /// Serves the traffic.
    Live,
    /// Served once; its build is kept.
    Retired,
    /// Its deploy failed; its build may be kept for a look.
    Failed,
    /// Its build was removed.
    Pruned,
}

/// A line of `mainstay releases`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseView {
    /// The release.
    pub release: Release,
    /// What became of it.
    pub state: ReleaseState,
    /// When it last went live.
    pub live_since: Option<Timestamp>,
    /// Its place in the order in which releases last went live: a clock can jump back, this cannot. 0 when it never did.
    #[serde(default)]
    pub turn: u64,
    /// Why its deploy failed.
    pub failure: Option<String>,
}
