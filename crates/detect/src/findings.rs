//! What the detectors found, before it is merged.

use crate::datastore::StoreHint;
use crate::env::EnvRead;
use crate::proposal::ServiceProposal;
use model::Place;
use model::facts::Note;

/// The sink that detectors write to.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// What may be a deployable, or says something about one.
    pub proposals: Vec<ServiceProposal>,
    /// Datastores that the repository names without saying which service uses them, such as Compose images.
    pub datastores: Vec<StoreHint>,
    /// What people should know.
    pub notes: Vec<Note>,
    /// Reads in code that a folder's service shares, by folder: given to every service in or below that folder.
    pub shared_env: Vec<(String, EnvRead)>,
}

impl Findings {
    /// Adds a note; `message` is a sentence fragment in lower case.
    pub(crate) fn note(&mut self, place: Place, message: impl Into<String>) {
        self.notes.push(Note { place, message: message.into() });
    }

    /// Adds what another detector found.
    pub(crate) fn extend(&mut self, other: Self) {
        let Self { proposals, datastores, notes, shared_env } = other;
        self.proposals.extend(proposals);
        self.datastores.extend(datastores);
        self.notes.extend(notes);
        self.shared_env.extend(shared_env);
    }
}
