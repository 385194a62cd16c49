//! What the generated images are measured against: one stage as the reference systems' own descriptions have it, in which everything
//! is copied, installed and built, and which is what runs.

use super::images::{self, Image};
use mainstay_tests::world::World;
use std::fs;
use std::time::Duration;

/// How much smaller an image shall be, in percent.
const WANTED: u64 = 60;

/// An image of one stage, and the services that it stands for.
pub struct OneStage {
    /// The services.
    pub units: &'static [&'static str],
    /// What is copied into it.
    pub folder: &'static str,
    /// The image it begins with: as small as that of the generated ones, and as people write it.
    pub bases: [&'static str; 2],
    /// Installs and builds.
    pub run: &'static str,
    /// Services whose images cannot be so much smaller than the one on the small base, because the base alone is larger than what
    /// that would leave; with what is reached.
    pub bounded: &'static [(&'static str, u64)],
}

/// The bases of Node.
pub const NODE: [&str; 2] = ["node:20-bookworm-slim", "node:20"];
/// The bases of Python.
pub const PYTHON: [&str; 2] = ["python:3.11-slim-bookworm", "python:3.11"];

impl OneStage {
    /// Builds it, and prints a line for each image: how large, how long, and what one stage comes to on either base.
    pub fn compare(&self, world: &World, images: &[Image]) {
        let (small, took) = self.build(world);
        let [floor, full] = self.bases.map(|base| images::size(world, base));
        // What stands on the base is the same.
        let large = small - floor + full;
        println!(
            "{} {} in one stage: {} MB on {}, {} MB on {}, in {took:.0?}",
            world.name,
            self.units.join(" and "),
            mega(small),
            self.bases[0],
            mega(large),
            self.bases[1]
        );
        for image in images.iter().filter(|image| self.units.contains(&image.unit.as_str())) {
            let size = image.size(world);
            let less = |than: u64| 100_u64.saturating_sub((100 * size).div_ceil(than));
            let name = format!("{} {}", world.name, image.unit);
            let (over, under) = (less(small), less(large));
            println!("{name}: {} MB in {:.0?}, {over} % and {under} % less", mega(size), image.took);
            assert!(under >= WANTED, "{name} is only {under} % smaller");
            let bounded = self.bounded.iter().find(|(unit, _)| *unit == image.unit);
            let least = bounded.map_or(WANTED, |(_, reached)| *reached);
            assert!(over >= least, "{name} is only {over} % smaller");
            let possible = 100 * floor < (100 - WANTED) * small;
            assert!(bounded.is_none() || !possible, "{name} is on a base that is no excuse");
        }
    }

    /// Its size in bytes on the small base, and how long its build took.
    fn build(&self, world: &World) -> (u64, Duration) {
        let file = world.folder().join("one-stage.Dockerfile");
        let text = format!("FROM {}\nWORKDIR /app\nCOPY . .\nRUN {}\n", self.bases[0], self.run);
        fs::write(&file, text).expect("the folder is ours");
        let tag = format!("{}/one-stage:latest", world.name);
        let built = images::build(world, &["--tag", &tag, "--file", &file.to_string_lossy(), self.folder]);
        (images::size(world, &tag), built.took)
    }
}

fn mega(bytes: u64) -> u64 {
    bytes / 1_000_000
}
