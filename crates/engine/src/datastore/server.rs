//! A datastore's server as a supervised instance, and its credentials.

use super::credentials::Credentials;
use super::place::Place;
use crate::driver::{DatastoreRequest, Progress, Variables};
use crate::error::DriverError;
use host::clock::{Clock, SystemClock};
use host::network;
use host::paths::Home;
use host::supervisor;
use model::event::FailureKind;
use model::id::InstanceId;
use model::instance::{InstancePhase, InstanceSpec, Part, Restart, StopSignal};
use model::manifest::Limits;
use model::unit::Millis;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// A start that has not answered after so long has failed. Long, because a database that was killed replays its log.
const PATIENCE: Duration = Duration::from_secs(90);
/// Between two looks at one that is to answer.
const PAUSE: Duration = Duration::from_millis(25);
/// Restarts after which a server that never answered is given up.
const TRIES: u32 = 2;
/// Lines of a server's output that are shown when it does not come up.
pub(crate) const SHOWN: usize = 20;
/// Time for a clean end.
pub(crate) const GRACE: Millis = Millis::seconds(60);

/// What all datastore drivers need.
#[derive(Debug, Clone)]
pub(crate) struct Keeper {
    pub(crate) home: Home,
    /// Mainstay's own program, which supervises.
    pub(crate) binary: PathBuf,
}

/// How a server is run.
pub(super) struct Server {
    pub(super) command: Vec<String>,
    pub(super) stop: StopSignal,
    pub(super) env: Variables,
}

/// What a server said when asked whether it is ready.
pub(crate) enum Answer {
    /// It is.
    Ready,
    /// Not yet; with the reason.
    NotYet(String),
    /// It never will be.
    Wrong(DriverError),
}

impl Keeper {
    fn folder(&self, request: &DatastoreRequest) -> PathBuf {
        self.home.instance(&request.scope, &instance(request))
    }

    /// Starts the server unless it runs already as wanted, and waits until it answers.
    ///
    /// # Errors
    /// When it does not come up; the evidence holds the end of its log.
    pub(super) fn run(
        &self,
        request: &DatastoreRequest,
        place: &Place,
        server: Server,
        progress: &mut dyn Progress,
        ready: &mut dyn FnMut() -> Answer,
    ) -> Result<(), DriverError> {
        let folder = self.folder(request);
        let spec = spec(request, place, server.command, server.stop);
        let known = supervisor::status(&folder).map_err(|error| failed(request, &error))?;
        let known = known.filter(|status| status.phase != InstancePhase::Ended);
        let runs = known.as_ref().is_some_and(|status| status.spec == spec);
        if known.is_some() && !runs {
            progress.line(&format!("{} is started again in another way", request.name));
            self.stop(request)?;
        }
        if !runs {
            place.check_reach()?;
            refuse_taken(request)?;
        }
        supervisor::launch(&self.binary, &folder, &spec, &server.env)
            .map_err(|error| failed(request, &error))?;
        wait(request, progress, ready, &mut || self.restarts(request)).map_err(|error| {
            error.show(
                format!("last log lines of {}", request.name),
                supervisor::tail(&folder, SHOWN).into_iter().map(|line| line.text).collect(),
            )
        })
    }

    fn restarts(&self, request: &DatastoreRequest) -> Result<u32, DriverError> {
        match supervisor::status(&self.folder(request)).map_err(|error| failed(request, &error))? {
            Some(status) if status.phase != InstancePhase::Ended => Ok(status.restarts),
            Some(_) | None => Err(ended(request)),
        }
    }

    /// Stops the server; one that does not run is stopped already.
    ///
    /// # Errors
    /// When it still runs afterwards.
    pub(super) fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        let timeout = GRACE.duration() + Duration::from_secs(10);
        supervisor::stop(&self.folder(request), timeout).map(|_| ()).map_err(|error| failed(request, &error))
    }

    /// The datastore's secrets.
    pub(super) fn credentials(&self) -> Credentials {
        Credentials { home: self.home.clone() }
    }
}

/// Waits until a server answers. `restarts`: how often it was started again, as long as there is one.
///
/// # Errors
/// When there is none any more, it ends again and again, never will answer, or takes too long.
pub(crate) fn wait(
    request: &DatastoreRequest,
    progress: &mut dyn Progress,
    ready: &mut dyn FnMut() -> Answer,
    restarts: &mut dyn FnMut() -> Result<u32, DriverError>,
) -> Result<(), DriverError> {
    let clock = SystemClock;
    let began = clock.monotonic();
    let before = restarts()?;
    loop {
        let reason = match ready() {
            Answer::Ready => return Ok(()),
            Answer::NotYet(reason) => reason,
            Answer::Wrong(error) => return Err(error),
        };
        if progress.cancelled() {
            return Err(DriverError::cancelled());
        }
        if restarts()?.saturating_sub(before) >= TRIES {
            let message = format!("the server of {} ends again and again", request.name);
            return Err(DriverError::new(FailureKind::Provision, message)
                .advise("its log says why; `mainstay doctor` looks for the usual causes"));
        }
        if clock.monotonic().saturating_sub(began) > PATIENCE {
            let (name, port) = (&request.name, request.port);
            let message = format!("the server of {name} does not answer on port {port}: {reason}");
            return Err(DriverError::new(FailureKind::Provision, message));
        }
        clock.sleep(PAUSE);
    }
}

/// The server of a datastore is there no more.
pub(crate) fn ended(request: &DatastoreRequest) -> DriverError {
    DriverError::new(FailureKind::Provision, format!("the server of {} ended", request.name))
}

/// The id of a datastore's only instance.
pub(crate) fn instance(request: &DatastoreRequest) -> InstanceId {
    let text = format!("datastore-{}", request.name);
    InstanceId::nearest(&text).expect("it begins with letters")
}

fn spec(request: &DatastoreRequest, place: &Place, command: Vec<String>, stop: StopSignal) -> InstanceSpec {
    InstanceSpec {
        id: instance(request),
        part: Part::Datastore { datastore: request.name.clone() },
        command,
        directory: place.folder.clone(),
        user: place.user.as_ref().map(|user| user.name.clone()),
        port: Some(request.port),
        limits: Limits::default(),
        stop,
        grace: GRACE,
        restart: Restart::Always,
        secrets: Vec::new(),
        image: None,
    }
}

fn refuse_taken(request: &DatastoreRequest) -> Result<(), DriverError> {
    if network::port_free(SocketAddr::from((Ipv4Addr::LOCALHOST, request.port.0))) {
        return Ok(());
    }
    let owner = network::port_owner(request.port).unwrap_or_else(|| "another program".into());
    let message = format!("port {} of {} is taken by {owner}", request.port, request.name);
    Err(DriverError::new(FailureKind::Provision, message)
        .advise("end that program, then run the command again"))
}

fn failed(request: &DatastoreRequest, error: &supervisor::SupervisorError) -> DriverError {
    DriverError::new(FailureKind::Provision, format!("datastore {}: {error}", request.name))
}
