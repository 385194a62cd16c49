//! Every image of others is named by tag, and by digest once there is one.

use super::system;
use crate::world;
use model::facts::Facts;
use model::manifest::file::ManifestFile;
use planner::files::base::Pins;
use planner::files::{Blueprint, Family, GeneratedFile};
use std::collections::BTreeSet;

/// All files, with the images that they name.
fn write(facts: &Facts, pins: &Pins) -> (Vec<GeneratedFile>, BTreeSet<String>) {
    let manifest = planner::draft(facts, &ManifestFile::default(), &world::environment()).unwrap();
    let blueprint = Blueprint::new(facts, &manifest, pins);
    let files = planner::files::write(&blueprint, Family::ALL);
    (files, blueprint.named_images())
}

/// The images that a file names: after `FROM` and in `image:`, without the stages of the same file and what is built here.
fn images(file: &GeneratedFile) -> Vec<&str> {
    let lines = || file.content.lines().map(str::trim).map(|line| line.trim_start_matches("- "));
    let stages: Vec<&str> = lines()
        .filter_map(|line| line.strip_prefix("FROM ")?.split_once(" AS ").map(|(_, name)| name))
        .collect();
    let from =
        lines().filter_map(|line| line.strip_prefix("FROM ")).map(|rest| rest.split(' ').next().unwrap());
    let image = lines().filter_map(|line| line.strip_prefix("image: "));
    let is_others = |image: &&str| {
        let ours = image.contains("${") || image.contains("ghcr.io/acme/") || image.ends_with(":dev");
        // A job's matrix has `image: backend`.
        !ours && image.contains(':') && !image.contains(":latest") && !stages.contains(image)
    };
    from.chain(image).map(|image| image.trim_matches('"')).filter(is_others).collect()
}

#[test]
fn every_image_can_be_pinned_in_every_file() {
    let mut seen = BTreeSet::new();
    for (name, facts) in system::all() {
        let (files, named) = write(&facts, &Pins::new());
        let pins: Pins =
            named.iter().map(|image| (image.clone(), format!("sha256:{}", "ab".repeat(32)))).collect();
        let (pinned, again) = write(&facts, &pins);
        assert_eq!(named, again, "{name}");
        for (before, after) in files.iter().zip(&pinned) {
            for image in images(before) {
                assert!(
                    named.contains(image),
                    "{name}: {}: {image} does not go through `pinned`",
                    before.path
                );
                seen.insert(image.to_owned());
            }
            for image in images(after) {
                assert!(image.ends_with(&"ab".repeat(32)), "{name}: {}: {image}", after.path);
            }
            let mark = format!("@sha256:{}", "ab".repeat(32));
            assert_eq!(
                before.content,
                after.content.replace(&mark, ""),
                "{name}: {}: more is changed",
                after.path
            );
        }
    }
    assert!(seen.len() > 8 && seen.iter().all(|image| image.contains(':')), "{seen:?}");
}
