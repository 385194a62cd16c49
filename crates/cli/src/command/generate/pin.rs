//! `mainstay generate --pin`: the digests of images, from their registries.

use crate::arguments::Generate;
use crate::error::CliError;
use crate::output;
use host::network::{RegistryError, image_digests};
use model::facts::Facts;
use model::manifest::Manifest;
use planner::files::base::Pins;
use planner::files::{self, Blueprint, Family};
use std::collections::BTreeSet;

/// The digests that the files shall have: those that were kept, or newer ones, or none.
pub(super) fn pins(
    args: &Generate,
    facts: &Facts,
    manifest: &Manifest,
    kept: &Pins,
) -> Result<Pins, CliError> {
    if args.unpin {
        return Ok(Pins::new());
    }
    if !args.pin {
        return Ok(kept.clone());
    }
    let blueprint = Blueprint::new(facts, manifest, kept);
    files::write(&blueprint, Family::ALL);
    let images = blueprint.named_images();
    output::note(&format!("asking for the digests of {} images", images.len()));
    let answers = image_digests(&images, &args.registry_mirror);
    let count = answers.len();
    let (mut pins, mut failed) = (Pins::new(), Vec::new());
    for (image, answer) in answers {
        match answer {
            Ok(digest) => {
                pins.insert(image, digest);
            }
            Err(error) => failed.push((image, error)),
        }
    }
    if failed.is_empty() { Ok(pins) } else { Err(refusal(&failed, count)) }
}

/// Half of the images by digest would look as if all were: without one digest there is none.
fn refusal(failed: &[(String, RegistryError)], count: usize) -> CliError {
    let lines = failed.iter().map(|(image, error)| format!("\n  {image}: {error}")).collect::<String>();
    let message =
        format!("no digest for {} of {count} images, and nothing was changed:{lines}", failed.len());
    let advice: BTreeSet<String> = failed.iter().map(|(_, error)| error.advice()).collect();
    advice.into_iter().fold(CliError::refused(message), CliError::hint)
}

/// Says which images have come later than the digests of the others.
pub(super) fn tell_of_unpinned(blueprint: &Blueprint<'_>) {
    if blueprint.pins.is_empty() {
        return;
    }
    let without: Vec<String> =
        blueprint.named_images().into_iter().filter(|image| !blueprint.pins.contains_key(image)).collect();
    if !without.is_empty() {
        output::note(&format!(
            "without a digest: {}; `mainstay generate --pin` asks for it",
            without.join(", ")
        ));
    }
}
