//! Deploys whose control plane is killed on the way.

use super::{Mode, Shop};
use crate::load::{Load, Mix, Report};
use std::fmt;

/// What is done about a deploy that was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// `mainstay recover`.
    Recover,
    /// The next deploy takes it up.
    Deploy,
}

/// What came of the deploys.
pub struct Kills {
    /// Recovered to the release before.
    pub undone: usize,
    /// Recovered to the new release.
    pub finished: usize,
    /// The load meanwhile.
    pub report: Report,
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} undone, {} finished\n{}", self.undone, self.finished, self.report)
    }
}

impl Shop<'_> {
    /// Deploys good releases under load; the first is killed at the first of these events, the next at the next, until one has
    /// ended before. `look` is told after each which version should serve, and what happened.
    #[track_caller]
    pub fn kill_deploys(
        &self,
        events: impl Iterator<Item = (usize, After)>,
        look: impl Fn(&str, &str),
    ) -> Kills {
        let load = Load::start(self.world.entry, Mix::STEADY);
        let mut serving = self.version();
        let (mut undone, mut finished) = (0, 0);
        for (event, after) in events {
            let version = format!("v{}", event + 1);
            self.commit(&version, Mode::Good);
            let mut deploy = self.world.spawn(&["deploy", "--format", "json"]);
            if !deploy.wait_for_step(event) {
                let output = deploy.finish().exits(0);
                look(&version, &output.shown());
                break;
            }
            deploy.kill();
            let output = match after {
                After::Recover => self.world.mainstay(&["recover"]),
                After::Deploy => self.world.mainstay(&["deploy"]).exits(0),
            };
            let context = format!("killed at event {event} of a deploy of {version}\n{}", output.shown());
            match (output.code, after) {
                (Some(0), After::Recover) => (finished, serving) = (finished + 1, version),
                (Some(0), After::Deploy) => serving = version,
                (Some(4), After::Recover) => undone += 1,
                _ => panic!("{context}"),
            }
            look(&serving, &context);
        }
        Kills { undone, finished, report: load.stop() }
    }

    /// Fails the test unless this version serves, is the one on record, and nothing is left half done.
    #[track_caller]
    pub fn assert_serves(&self, version: &str, context: &str) {
        assert_eq!(self.version(), version, "{context}");
        let status = self.world.status();
        assert_eq!(status["interrupted"], serde_json::Value::Null, "{context}\n{status}");
        assert_eq!(status["healthy"], true, "{context}\n{status}");
    }
}
