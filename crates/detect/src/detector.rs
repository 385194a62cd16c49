//! The table of all detectors.

use crate::findings::Findings;
use crate::repository::Repository;

/// Knows one language, one kind of file or one kind of service.
pub(crate) trait Detector: Sync {
    /// Adds what it finds. Must be deterministic and must tolerate any content.
    fn detect(&self, repository: &Repository<'_>, findings: &mut Findings);
}

/// Every detector. All of them run; the order does not matter, [`crate::merge`] weighs by [`crate::proposal::Source`].
pub(crate) const DETECTORS: &[&dyn Detector] = &[
    &crate::node::Node,
    &crate::python::Python,
    &crate::procfile::Procfiles,
    &crate::dockerfile::Dockerfiles,
    &crate::compose::Compose,
    &crate::static_site::StaticSite,
];
