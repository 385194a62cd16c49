//! The same scenarios on a real Docker Engine.

mod crashes;
mod deploys;
mod neighbours;
mod secrets;

use mainstay_tests::world::World;
use std::time::{Duration, Instant};

/// Fails the test unless exactly so many instances run. What is just ending gets a moment.
#[track_caller]
fn assert_instances(world: &World, count: usize) {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let running = world.engine().instances();
        if running.len() == count {
            return;
        }
        assert!(Instant::now() < until, "{count} instances should run: {running:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
