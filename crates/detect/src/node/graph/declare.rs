//! Adds to modules the variables that their schemas declare, which other modules may have a part in.

use super::{Modules, lock};
use crate::node::schema;
use crate::node::source::Module;
use std::sync::Arc;

impl Modules<'_> {
    /// Adds them to every module that is there.
    pub(super) fn declare_all(&self) {
        let mut paths: Vec<String> = lock(&self.parsed).keys().cloned().collect();
        paths.sort();
        for path in paths {
            self.declare(&path);
        }
    }

    /// Adds them to a module. Those that it needs are read on the way.
    pub(super) fn declare(&self, path: &str) -> Option<Arc<Module>> {
        let module = lock(&self.parsed).get(path).map(Arc::clone)?;
        let reads = schema::reads(self, &module);
        if reads.is_empty() {
            return Some(module);
        }
        let mut whole = (*module).clone();
        whole.shapes.clear();
        whole.reads.extend(reads);
        whole.reads.sort_by_key(|read| read.place.line);
        let whole = Arc::new(whole);
        lock(&self.parsed).insert(path.to_owned(), Arc::clone(&whole));
        Some(whole)
    }
}
