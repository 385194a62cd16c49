//! The gate: no instance takes traffic before it has answered so many consecutive checks. And the smoke test after it.

use super::{Detail, Performer};
use crate::error::DriverError;
use model::event::FailureKind;
use model::id::{InstanceId, ServiceName};
use model::instance::{InstancePhase, InstanceStatus, Reach};
use model::manifest::{Manifest, Service};
use model::routing::HealthCheck;
use model::unit::Millis;
use std::time::Duration;

/// Pauses between checks: short at first, so that a fast service goes live fast.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// How long something that listens to nobody must run before it counts as started.
const SETTLE: Duration = Duration::from_millis(1500);
/// Between looks at an instance whose end is not yet on record.
const ENDING_PAUSE: Duration = Duration::from_millis(50);
/// Lines of output shown with a failure.
const TAIL: usize = 20;
/// Probe answers shown with a failure.
const ANSWERS: usize = 5;

/// One instance on its way through the gate.
struct Candidate<'a> {
    id: &'a InstanceId,
    service: &'a Service,
    streak: u16,
    answers: Vec<String>,
    /// When it was first seen running, on the monotonic clock.
    runs_since: Option<Duration>,
}

impl Candidate<'_> {
    /// Whether something that listens to nobody has run long enough.
    fn has_settled(&mut self, now: Duration) -> bool {
        now.saturating_sub(*self.runs_since.get_or_insert(now)) >= SETTLE
    }
}

impl Performer<'_> {
    pub(super) fn gate(&self, instances: &[InstanceId], healthy: u16) -> Result<Detail, DriverError> {
        let release = self.plan.release.as_ref().ok_or_else(no_release)?;
        let mut candidates = self.candidates(instances, &release.manifest)?;
        let mut pause = FIRST_PAUSE;
        loop {
            let statuses = self.local()?.runtime.list(&self.plan.scope)?;
            let mut waiting = false;
            for candidate in &mut candidates {
                let status = self.alive(candidate.id, &statuses)?;
                let passed = match (&candidate.service.health, status.phase) {
                    (_, InstancePhase::Waiting | InstancePhase::Ended) => false,
                    (Some(check), InstancePhase::Running) => {
                        self.check(candidate, status.reach(), check) >= healthy
                    }
                    (None, InstancePhase::Running) => candidate.has_settled(self.engine.clock.monotonic()),
                };
                waiting |= !passed;
            }
            if !waiting {
                return Ok(None);
            }
            self.check_time("becoming healthy")
                .map_err(|error| self.unhealthy(error, &candidates, healthy))?;
            let progressing = candidates.iter().any(|candidate| candidate.streak > 0);
            self.sleep(if progressing { FIRST_PAUSE } else { pause });
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn candidates<'b>(
        &self,
        instances: &'b [InstanceId],
        manifest: &'b Manifest,
    ) -> Result<Vec<Candidate<'b>>, DriverError> {
        let statuses = self.local()?.runtime.list(&self.plan.scope)?;
        let service = |id: &InstanceId| {
            let status = statuses.iter().find(|status| &status.spec.id == id)?;
            manifest.services.get(status.spec.part.service()?.0)
        };
        instances
            .iter()
            .map(|id| match service(id) {
                Some(service) => {
                    Ok(Candidate { id, service, streak: 0, answers: Vec::new(), runs_since: None })
                }
                None => Err(DriverError::new(FailureKind::Start, format!("{id} is not there"))),
            })
            .collect()
    }

    /// An instance that ended or was started again has failed: it is not waited for.
    fn alive<'s>(
        &self,
        id: &InstanceId,
        statuses: &'s [InstanceStatus],
    ) -> Result<&'s InstanceStatus, DriverError> {
        let status = statuses.iter().find(|status| &status.spec.id == id);
        let Some(status) = status else {
            return Err(DriverError::new(FailureKind::Start, format!("{id} is gone")));
        };
        if !status.has_failed() {
            return Ok(status);
        }
        let how = self.ending(id)?;
        Err(self
            .with_output(DriverError::new(FailureKind::Start, format!("{id} {how} while it started")), id))
    }

    /// How an instance ended. Its supervisor knows a moment after the end.
    pub(super) fn ending(&self, id: &InstanceId) -> Result<String, DriverError> {
        for _ in 0..20 {
            let all = self.local()?.runtime.list(&self.plan.scope)?;
            let status = all.into_iter().find(|status| &status.spec.id == id);
            match status.map(|status| status.last_exit) {
                Some(Some(exit)) => return Ok(exit.to_string()),
                Some(None) => self.sleep(ENDING_PAUSE),
                None => break,
            }
        }
        Ok("is gone".to_owned())
    }

    /// Asks once; returns the number of consecutive healthy answers.
    fn check(&self, candidate: &mut Candidate<'_>, at: Option<Reach>, check: &HealthCheck) -> u16 {
        let Some(at) = at else { return candidate.streak };
        let (passed, words) = match self.engine.drivers.prober.get(&at, &check.path, check.timeout) {
            Ok(answer) => {
                (check.accepts(answer.status), format!("{} {}", answer.status, one_line(&answer.excerpt)))
            }
            Err(reason) => (false, reason),
        };
        candidate.streak = if passed { candidate.streak.saturating_add(1) } else { 0 };
        let words = format!("GET {} → {words}", check.path);
        if candidate.answers.last() != Some(&words) {
            candidate.answers.push(words);
        }
        candidate.streak
    }

    fn unhealthy(&self, error: DriverError, candidates: &[Candidate<'_>], healthy: u16) -> DriverError {
        let late = candidates.iter().find(|candidate| candidate.streak < healthy);
        let (Some(late), FailureKind::TimedOut) = (late, error.0.kind) else { return error };
        let message = format!("{} did not become healthy within {}", late.id, self.step.timeout);
        let answers = late.answers.iter().rev().take(ANSWERS).rev().cloned().collect();
        let error = DriverError::new(FailureKind::Unhealthy, message).show("last probe answers", answers);
        self.with_output(error, late.id)
            .advise("see what its health endpoint waits for; `deploy.start_timeout` gives it longer")
    }

    /// With the last lines that an instance wrote.
    pub(super) fn with_output(&self, error: DriverError, id: &InstanceId) -> DriverError {
        let lines = self.local().map(|local| local.runtime.tail(&self.plan.scope, id, TAIL));
        error.show(format!("last lines of {id}"), lines.unwrap_or_default())
    }

    /// Asks each of a service's routes on a new instance directly. Any answer below 500 will do.
    pub(super) fn smoke(&self, service: &ServiceName, instance: &InstanceId) -> Result<Detail, DriverError> {
        let release = self.plan.release.as_ref().ok_or_else(no_release)?;
        let statuses = self.local()?.runtime.list(&self.plan.scope)?;
        let at = self.alive(instance, &statuses)?.reach();
        let (Some(about), Some(at)) = (release.manifest.services.get(service), at) else {
            return Ok(None);
        };
        for route in &about.routes {
            self.check_time("the smoke test")?;
            let answer = self.engine.drivers.prober.get(&at, route, Millis::seconds(20));
            let problem = match answer {
                Ok(answer) if answer.status < 500 => continue,
                Ok(answer) => format!("{} {}", answer.status, one_line(&answer.excerpt)),
                Err(reason) => reason,
            };
            let error = DriverError::new(
                FailureKind::Unhealthy,
                format!("{instance} is healthy, but GET {route} fails"),
            );
            let error = error.show("the answer", vec![format!("GET {route} → {problem}")]);
            return Err(self.with_output(error, instance));
        }
        Ok(Some(format!("{} answered", about.routes.join(", "))))
    }
}

fn no_release() -> DriverError {
    DriverError::new(FailureKind::Machine, "the plan has no release to gate")
}

/// The beginning of a body, on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}
