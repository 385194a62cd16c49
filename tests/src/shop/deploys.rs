//! One release after the other, good and bad.

use super::{Mode, Shop};
use crate::load::{Load, Mix, Report};

impl Shop<'_> {
    /// Deploys releases of these kinds under load, `v2` first, as [`Self::deploy_each`] says; nothing may be lost.
    #[track_caller]
    pub fn deploy_under_load(&self, modes: &[Mode]) -> Report {
        let load = Load::start(self.world.entry, Mix::STEADY);
        load.settle(100);
        self.deploy_each(modes, &load);
        let report = load.stop();
        self.assert_only_lost_in_hand(&report, modes);
        report
    }

    /// Deploys releases of these kinds, `v2` first. Each good one has to be live afterwards, and each bad one to be refused in words that say
    /// what was seen.
    #[track_caller]
    pub fn deploy_each(&self, modes: &[Mode], load: &Load) {
        let mut serving = self.version();
        for (at, mode) in modes.iter().enumerate() {
            let version = format!("v{}", at + 2);
            self.commit(&version, *mode);
            let output = self.world.mainstay(&["deploy"]).exits(mode.exit_code()).says(mode.words());
            if *mode == Mode::Good {
                serving = version;
            }
            assert_eq!(self.version(), serving, "after {mode:?}\n{}", output.shown());
            load.settle(30);
        }
    }

    /// Fails the test when anything was lost over releases of these kinds but POSTs in the hands of instances that died by themselves.
    #[track_caller]
    pub fn assert_only_lost_in_hand(&self, report: &Report, modes: &[Mode]) {
        let fatal = modes.iter().filter(|mode| mode.dies_while_it_serves()).count();
        let deaths = fatal * usize::from(self.replicas);
        report.assert_nothing_lost_but_posts_in_hand(deaths, Mix::STEADY.posts);
    }
}
