//! What is written for repositories of several kinds: it parses, agrees, and is the same twice.

mod compose;
mod conditions;
mod dockerfile;
mod environment;
mod front;
mod kubernetes;
mod monitoring;
mod nginx;
mod pins;
mod swarm;
mod system;
mod workflows;

use planner::files::{Extent, Family};

#[test]
fn every_file_says_who_wrote_it_where_detection_looks() {
    for (name, facts) in system::all() {
        for family in Family::ALL {
            for file in system::write(&facts, *family) {
                let can_say = file.extent == Extent::File && !file.path.ends_with(".json");
                let head: String = file.content.chars().take(1000).collect();
                assert!(!can_say || head.contains(model::GENERATED), "{name}: {}", file.path);
            }
        }
    }
}
