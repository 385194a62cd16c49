//! JavaScript and TypeScript.

use crate::detector::Detector;
use crate::findings::Findings;
use crate::repository::Repository;

/// Finds Node services.
pub(crate) struct Node;

impl Detector for Node {
    fn name(&self) -> &'static str {
        "node"
    }

    fn detect(&self, _repository: &Repository<'_>, _findings: &mut Findings) {}
}
