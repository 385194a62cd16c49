//! After the shift: is the new release worse than the one before? The data plane's counters tell.

use super::{Detail, Performer};
use crate::error::DriverError;
use model::event::FailureKind;
use model::id::ReleaseId;
use model::manifest::WatchPolicy;
use model::routing::TrafficState;
use observe::{Record, compare};
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(200);
/// How much later an end may be told of than the proxy notices it.
const HEARSAY: Duration = Duration::from_millis(1500);

impl Performer<'_> {
    pub(super) fn watch(
        &self,
        new: &ReleaseId,
        old: Option<&ReleaseId>,
        policy: &WatchPolicy,
    ) -> Result<Detail, DriverError> {
        let began = self.engine.clock.monotonic();
        let until = began + policy.duration.duration();
        let warm = began + policy.duration.duration() / 2;
        let mut seen = Record::default();
        let mut cold = Record::default();
        loop {
            self.still_runs(new)?;
            if let Some(state) = self.engine.drivers.traffic.state(&self.plan.scope)? {
                seen = Record::of(&state, new);
                let before = old.map(|old| Record::of(&state, old)).unwrap_or_default();
                // A new process is slow at first: durations count from the second half on.
                if self.engine.clock.monotonic() <= warm {
                    cold = seen.clone();
                }
                let judged = Record { latency: seen.after(&cold).latency, ..seen.clone() };
                if let Some(worse) = compare(&judged, &before, policy) {
                    self.hear_of_an_end(&state, new)?;
                    return Err(self.regression(&worse.to_string(), &state, new));
                }
            }
            if self.engine.clock.monotonic() >= until {
                return Ok(Some(format!("{} requests, {:.1} % failed", seen.requests, seen.error_percent())));
            }
            self.check_time("watching")?;
            self.sleep(PAUSE);
        }
    }

    /// An instance that ends after the shift is a failure, however well the others do.
    fn still_runs(&self, release: &ReleaseId) -> Result<(), DriverError> {
        for status in self.local()?.runtime.list(&self.plan.scope)? {
            let of_release = status.spec.part.service().is_some_and(|(_, of)| of == release);
            let mine = of_release && self.was_started_by_this_plan(&status.spec.id);
            if !mine || !status.has_failed() {
                continue;
            }
            let how = self.ending(&status.spec.id)?;
            let message = format!("{} {how} after it took traffic", status.spec.id);
            return Err(self.with_output(DriverError::new(FailureKind::Regression, message), &status.spec.id));
        }
        Ok(())
    }

    /// The proxy may notice a dead instance before whoever runs it tells how it ended, an orchestrator above all. It gets no
    /// requests any more, so there is a moment to wait for the better explanation.
    fn hear_of_an_end(&self, state: &TrafficState, release: &ReleaseId) -> Result<(), DriverError> {
        let members = state.pools.iter().flat_map(|pool| &pool.members);
        let dead = members.filter(|member| &member.release == release).any(|member| !member.healthy);
        if !dead {
            return Ok(());
        }
        let until = self.engine.clock.monotonic() + HEARSAY;
        while self.engine.clock.monotonic() < until {
            self.still_runs(release)?;
            self.sleep(PAUSE);
        }
        Ok(())
    }

    fn was_started_by_this_plan(&self, id: &model::id::InstanceId) -> bool {
        self.plan.steps.iter().any(|step| match &step.action {
            model::plan::Action::Start { instance, .. } => instance == id,
            model::plan::Action::Submit { instances, .. } => instances.contains(id),
            _ => false,
        })
    }

    fn regression(&self, how: &str, state: &TrafficState, release: &ReleaseId) -> DriverError {
        let members = state.pools.iter().flat_map(|pool| &pool.members).filter(|m| &m.release == release);
        let worst = members.max_by_key(|member| member.errors);
        let failures: Vec<String> = worst.iter().filter_map(|member| member.last_failure.clone()).collect();
        let error = DriverError::new(FailureKind::Regression, format!("release {release} does worse: {how}"));
        let error = error.show("last failure that the proxy saw", failures);
        match worst {
            Some(member) => self.with_output(error, &member.instance),
            None => error,
        }
    }
}
