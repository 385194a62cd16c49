//! Performs one action. Every action is safe to repeat, so that recovery may do it again.

mod gate;
mod instance;
mod prepare;
mod traffic;
mod watch;

use crate::core::{Engine, Session, TargetDrivers};
use crate::driver::{BuildContext, Progress};
use crate::error::DriverError;
use model::event::{EventBody, FailureKind};
use model::id::ReleaseId;
use model::manifest::Manifest;
use model::observed::Addresses;
use model::plan::{Action, Plan, Step};
use model::release::Release;
use std::path::PathBuf;
use std::time::Duration;

/// An action's world.
pub(crate) struct Performer<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) plan: &'a Plan,
    session: &'a Session<'a>,
    step: &'a Step,
    /// Whether a cancellation stops it. Steps on the way back and after the commit are finished.
    cancellable: bool,
    deadline: Duration,
}

/// What an action says of its result.
pub(crate) type Detail = Option<String>;

impl<'a> Performer<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        plan: &'a Plan,
        session: &'a Session<'a>,
        step: &'a Step,
        cancellable: bool,
    ) -> Self {
        let deadline = engine.clock.monotonic() + step.timeout.duration();
        Self { engine, plan, session, step, cancellable, deadline }
    }

    /// Performs an action.
    pub(crate) fn perform(&self, action: &Action) -> Result<Detail, DriverError> {
        match action {
            Action::Preflight { ports } => self.preflight(ports),
            Action::Assign { addresses } => {
                self.journal(EventBody::AddressesGiven { addresses: addresses.clone() })
            }
            Action::GenerateSecrets { secrets } => self.generate(secrets),
            Action::Provision { datastore, kind, port, provider: _ } => {
                self.provision(datastore, *kind, *port)
            }
            Action::Network { gateway } => {
                self.local()?.runtime.network(&self.plan.scope, *gateway).map(|()| None)
            }
            Action::EnsureProxy => self.engine.drivers.traffic.ensure().map(|()| None),
            Action::Snapshot { release } => self.snapshot(release),
            Action::Install { release, services, layer, reuse: _ } => self.install(release, services, layer),
            Action::Build { release, service } => self.build(release, service),
            Action::Migrate { release, service, migrations } => self.migrate(release, service, migrations),
            Action::Start { instance, release, service, port } => {
                self.start(instance, release, service, *port)
            }
            Action::Submit { instances, release, service } => self.submit(instances, release, service),
            Action::Withdraw { instances } => self.withdraw(instances),
            Action::Gate { instances, healthy } => self.gate(instances, *healthy),
            Action::Smoke { service, instance } => self.smoke(service, instance),
            Action::Route { table, share: _ } => self.route(table),
            Action::Watch { new, old, policy } => self.watch(new, old.as_ref(), policy),
            Action::Drain { instances, limit } => self.drain(instances, *limit),
            Action::Stop { instance } => self.stop(instance),
            Action::StopDatastore { datastore } => self.stop_datastore(datastore),
            Action::Record { release, instances } => self
                .journal(EventBody::ReleaseLive { release: release.clone(), instances: instances.clone() }),
            Action::RemoveRelease { release } => self.remove_release(release),
            Action::Unroute => self.unroute(),
            Action::WriteFiles { files } => self.write_files(files),
        }
    }

    fn journal(&self, body: EventBody) -> Result<Detail, DriverError> {
        self.engine.append(&self.plan.scope, body).map(|_| None).map_err(|error| machine(&error))
    }

    /// A release of this scope: the plan's own, else from the ledger.
    fn release(&self, id: &ReleaseId) -> Result<Release, DriverError> {
        if let Some(release) = self.plan.release.as_ref().filter(|release| &release.id == id) {
            return Ok(release.clone());
        }
        let known = self.engine.ledger.releases(&self.plan.scope).map_err(|error| machine(&error.into()))?;
        known
            .into_iter()
            .map(|view| view.release)
            .find(|release| &release.id == id)
            .ok_or_else(|| DriverError::new(FailureKind::Machine, format!("release {id} is not on record")))
    }

    fn addresses(&self) -> Result<Addresses, DriverError> {
        self.engine.ledger.addresses(&self.plan.scope).map_err(|error| machine(&error.into()))
    }

    /// The drivers of what the plan is for.
    fn local(&self) -> Result<&TargetDrivers, DriverError> {
        match &self.plan.release {
            Some(release) => self.engine.drivers.of(release.manifest.environment.target),
            None => self.engine.local(&self.plan.scope).map_err(|error| machine(&error)),
        }
    }

    fn root(&self) -> Result<&PathBuf, DriverError> {
        let missing = || DriverError::new(FailureKind::Build, "there is no repository to build from");
        self.session.root.as_ref().ok_or_else(missing)
    }

    fn progress(&self) -> Lines<'_> {
        Lines { performer: self }
    }

    fn say(&self, text: &str) {
        self.session.watcher.line(self.step.id, text);
    }

    /// Ends the step early when someone asked for it or its time is up.
    fn check_time(&self, doing: &str) -> Result<(), DriverError> {
        if self.is_cancelled() {
            return Err(DriverError::cancelled());
        }
        if self.engine.clock.monotonic() > self.deadline {
            let message = format!("{doing} took longer than {}", self.step.timeout);
            return Err(DriverError::new(FailureKind::TimedOut, message));
        }
        Ok(())
    }

    fn is_cancelled(&self) -> bool {
        self.cancellable && self.session.cancel.requested()
    }

    fn sleep(&self, span: Duration) {
        self.engine.clock.sleep(span);
    }
}

/// Lines of a driver's long work, shown under the step.
struct Lines<'a> {
    performer: &'a Performer<'a>,
}

impl Progress for Lines<'_> {
    fn line(&mut self, text: &str) {
        self.performer.say(text);
    }

    fn cancelled(&self) -> bool {
        let performer = self.performer;
        performer.is_cancelled() || performer.engine.clock.monotonic() > performer.deadline
    }
}

fn context<'a>(manifest: &'a Manifest, release: &'a ReleaseId) -> BuildContext<'a> {
    BuildContext { manifest, release }
}

/// A failure of the engine's own record or vault, inside a step.
fn machine(error: &crate::EngineError) -> DriverError {
    let failure = DriverError::new(FailureKind::Machine, error.to_string());
    match error.advice() {
        Some(advice) => failure.advise(advice),
        None => failure,
    }
}
