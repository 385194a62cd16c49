//! What `mainstay generate` writes for: the facts, and the manifest of the environment that is shipped.

use crate::arguments::Common;
use crate::error::CliError;
use crate::project::Folder;
use model::facts::Facts;
use model::manifest::Manifest;
use std::path::PathBuf;

/// See above.
pub(super) struct Shipped {
    pub(super) root: PathBuf,
    pub(super) facts: Facts,
    pub(super) manifest: Manifest,
}

impl Shipped {
    pub(super) fn load(common: &Common) -> Result<Self, CliError> {
        let folder = Folder::find(&common.directory)?;
        let environment = folder.shipped(common.environment.as_ref())?;
        let facts = folder.facts()?;
        let manifest = planner::draft(&facts, &folder.file, &environment)?;
        Ok(Self { root: folder.root, facts, manifest })
    }
}
