//! The Dockerfiles that Mainstay would write, for builds of repositories that have none: the engine does not detect.

use engine::DriverError;
use engine::docker::Written;
use model::event::FailureKind;
use model::id::ServiceName;
use model::manifest::Manifest;
use planner::files::base::Pins;
use planner::files::blueprint::within;
use planner::files::dockerfile::SITE_CONFIGURATION;
use planner::files::{self, Blueprint, Family};
use std::path::Path;

/// What `mainstay generate` would write for a service of the repository at `root`.
///
/// # Errors
/// When the repository cannot be listed, or has no such service.
pub fn write(root: &Path, manifest: &Manifest, service: &ServiceName) -> Result<Written, DriverError> {
    let failed = |message: String| DriverError::new(FailureKind::Build, message);
    let tree = host::DiskTree::open(root).map_err(|error| failed(error.to_string()))?;
    let (facts, pins) = (detect::scan(&tree), Pins::new());
    let blueprint = Blueprint::new(&facts, manifest, &pins);
    let unit = blueprint.unit(service.as_str());
    let unit = unit.ok_or_else(|| failed(format!("there is no service {service} in this release")))?;
    let written = files::write(&blueprint, &[Family::Dockerfile, Family::Nginx]);
    let text = |path: &str| written.iter().find(|file| file.path == path).map(|file| file.content.clone());
    let site = text(&within(&unit.service.path, SITE_CONFIGURATION));
    let beside = site.map(|text| (within(unit.inner(), SITE_CONFIGURATION), text));
    Ok(Written {
        dockerfile: unit.dockerfile.clone(),
        context: unit.context.clone(),
        text: text(&unit.dockerfile),
        beside: beside.into_iter().collect(),
        ignore: text(&unit.dockerignore).unwrap_or_default(),
    })
}
