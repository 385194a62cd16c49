//! What `next build` with `output: "standalone"` leaves to be done by hand: its static files and `public` have to stand
//! beside the server (nextjs.org, "output", automatically copying traced files).

use crate::error::DriverError;
use host::files;
use std::path::{Path, PathBuf};

/// Copies them, when there is a standalone server in `directory`.
///
/// # Errors
/// When something cannot be copied.
pub(super) fn complete_standalone(directory: &Path, path: &str) -> Result<(), DriverError> {
    let standalone = directory.join(".next/standalone");
    let places: [PathBuf; 2] = [standalone.clone(), standalone.join(path)];
    let Some(beside) = places.iter().find(|place| place.join("server.js").is_file()) else { return Ok(()) };
    for part in [".next/static", "public"] {
        let from = directory.join(part);
        if from.is_dir() {
            files::copy_tree(&from, &beside.join(part), None)?;
        }
    }
    Ok(())
}
