//! Datastores as containers: found by their names in the scope's network, their data in a volume that nothing here removes.

mod postgres;
mod redis;

use super::client::{Client, failed, query};
use super::container::{self, Wanted};
use super::inspect;
use super::runtime::DockerRuntime;
use super::{names, network};
use crate::datastore::credentials::Credentials;
use crate::datastore::s3;
use crate::datastore::server::{self, Answer, GRACE, SHOWN, instance};
use crate::driver::{DatastoreDriver, DatastoreRequest, Progress, Runtime, Variables, View};
use crate::error::DriverError;
use host::files::Archive;
use host::paths::Home;
use model::event::FailureKind;
use model::facts::DatastoreKind;
use model::instance::{Image, InstancePhase, InstanceSpec, Part, Restart, StopSignal};
use model::manifest::{Limits, Publish};
use model::unit::Port;
use serde::Deserialize;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Longest time for fetching an image.
const FETCH: Duration = Duration::from_secs(600);
/// The folder of files that a server is given, in its container.
const FILES: &str = "/etc/mainstay";

/// A driver behind its trait.
type Boxed = Box<dyn DatastoreDriver>;

/// The drivers of targets with containers, by kind. `at` is where containers reach this machine.
pub(crate) fn drivers(
    client: &Arc<Client>,
    home: &Home,
    binary: &Path,
    at: s3::At,
) -> Vec<(DatastoreKind, Boxed)> {
    let keeper = || Keeper { client: Arc::clone(client), home: home.clone() };
    let bucket = s3::S3 { keeper: server::Keeper { home: home.clone(), binary: binary.to_owned() }, at };
    vec![
        (DatastoreKind::Postgres, Box::new(postgres::Postgres { keeper: keeper() })),
        (DatastoreKind::Redis, Box::new(redis::Redis { keeper: keeper() })),
        (DatastoreKind::S3, Box::new(bucket)),
    ]
}

/// What all of them need.
struct Keeper {
    client: Arc<Client>,
    home: Home,
}

/// How a server is run.
struct Server {
    kind: DatastoreKind,
    /// The words that take the place of the image's own.
    command: Vec<String>,
    env: Variables,
    /// Files of [`FILES`]: names and texts. They are seen in the container only.
    files: Vec<(&'static str, String)>,
    /// Where it listens inside.
    port: Port,
    /// Where it keeps its data.
    data: &'static str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Volume {
    #[serde(default)]
    labels: Option<names::Labels>,
}

impl Keeper {
    fn credentials(&self) -> Credentials {
        Credentials { home: self.home.clone() }
    }

    fn runtime(&self) -> DockerRuntime {
        DockerRuntime { client: Arc::clone(&self.client), beside: None }
    }

    /// Starts the server unless it runs already as wanted, and waits until it answers.
    ///
    /// # Errors
    /// When it does not come up; the evidence holds the end of its log.
    fn run(
        &self,
        request: &DatastoreRequest,
        server: &Server,
        progress: &mut dyn Progress,
        ready: &mut dyn FnMut() -> Answer,
    ) -> Result<(), DriverError> {
        let name = self.image(request, server)?;
        let image = self.fetch(&name, progress)?;
        self.volume(request, &name)?;
        let spec = spec(request, server, &image.id);
        let runtime = self.runtime();
        let known = runtime.list(&request.scope)?.into_iter().find(|status| status.spec.id == spec.id);
        let runs = known.as_ref().is_some_and(|status| status.phase != InstancePhase::Ended);
        if known.as_ref().is_none_or(|status| !runs || status.spec != spec) {
            if runs {
                progress.line(&format!("{} is started again in another way", request.name));
                runtime.end(&request.scope, &spec.id)?;
            }
            runtime.remove(&request.scope, &spec.id)?;
            self.start(request, server, &spec, &image)?;
        }
        let waited = server::wait(request, progress, ready, &mut || self.restarts(request));
        waited.map_err(|error| {
            let lines = runtime.tail(&request.scope, &spec.id, SHOWN);
            error.show(format!("last log lines of {}", request.name), lines)
        })
    }

    /// The image: the one that the data was made with, else that of the wanted version.
    fn image(&self, request: &DatastoreRequest, server: &Server) -> Result<String, DriverError> {
        let kept = self.known_volume(request)?.and_then(|volume| volume.labels?.remove(names::IMAGE));
        if let Some(image) = kept {
            return Ok(image);
        }
        planner::files::base::datastore(server.kind, request.version.as_deref())
            .ok_or_else(|| failed(format!("there is no image of {}", server.kind)))
    }

    fn fetch(&self, name: &str, progress: &mut dyn Progress) -> Result<inspect::Image, DriverError> {
        if let Some(image) = inspect::image(&self.client, name)? {
            return Ok(image);
        }
        #[derive(Deserialize)]
        struct Line {
            error: Option<String>,
        }
        progress.line(&format!("fetching {name}"));
        let path = query("/images/create", &[("fromImage", name)]);
        let reply = self.client.post_within(&path, None, FETCH)?.done(&format!("fetch {name}"));
        let refused = |error: String| {
            DriverError::new(FailureKind::Provision, error).advise(format!(
                "see whether the registry can be reached, or load the image yourself (`docker load`): {name}"
            ))
        };
        let reply = reply.map_err(|error| refused(error.to_string()))?;
        if let Some(error) = reply.lines::<Line>().into_iter().find_map(|line| line.error) {
            return Err(refused(format!("{name} cannot be fetched: {error}")));
        }
        inspect::image(&self.client, name)?
            .ok_or_else(|| refused(format!("{name} is not there after it was fetched")))
    }

    fn known_volume(&self, request: &DatastoreRequest) -> Result<Option<Volume>, DriverError> {
        let name = names::volume(&request.scope, &request.name);
        let reply = self.client.get(&format!("/volumes/{name}"))?.found("show a volume")?;
        let Some(volume) = reply.map(|reply| reply.json::<Volume>()).transpose()? else { return Ok(None) };
        let ours = names::of_scope(&request.scope);
        let labels = volume.labels.clone().unwrap_or_default();
        if ours.iter().all(|(label, value)| labels.get(label) == Some(value)) {
            return Ok(Some(volume));
        }
        Err(DriverError::new(
            FailureKind::Provision,
            format!("the volume {name} is there and not Mainstay's"),
        )
        .advise("rename the project or the volume: what is in it is not touched"))
    }

    fn volume(&self, request: &DatastoreRequest, image: &str) -> Result<(), DriverError> {
        if self.known_volume(request)?.is_some() {
            return Ok(());
        }
        let mut labels = names::of_scope(&request.scope);
        labels.insert(names::DATASTORE.into(), request.name.to_string());
        labels.insert(names::IMAGE.into(), image.to_owned());
        let body = json!({ "Name": names::volume(&request.scope, &request.name), "Labels": labels });
        self.client.post("/volumes/create", Some(&body))?.done("make a volume").map(|_| ())
    }

    fn start(
        &self,
        request: &DatastoreRequest,
        server: &Server,
        spec: &InstanceSpec,
        image: &inspect::Image,
    ) -> Result<(), DriverError> {
        let (network, gateway) = network::of(&self.client, &request.scope)?;
        let unknown = inspect::Config::default();
        let wanted = Wanted {
            image: &image.id,
            about: image.config.as_ref().unwrap_or(&unknown),
            command: &server.command,
            env: &server.env,
            labels: container::labels(&request.scope, spec),
            network: &network,
            aliases: vec![request.name.to_string()],
            hosts: &[],
            gateway,
            published: Some((server.port, request.port)),
            volume: Some((names::volume(&request.scope, &request.name), server.data)),
            limits: Limits::default(),
            restart: Restart::Always,
            grace: GRACE.0 / 1000,
        };
        let name = names::container(&request.scope, &spec.id);
        let id = container::create(&self.client, &name, &wanted.body())?;
        if !server.files.is_empty() {
            let path = query(&format!("/containers/{id}/archive"), &[("path", "/")]);
            self.client.put(&path, &archive(&server.files)?)?.done("take files")?;
        }
        container::start(&self.client, &id)
    }

    fn restarts(&self, request: &DatastoreRequest) -> Result<u32, DriverError> {
        let all = self.runtime().list(&request.scope)?;
        match all.into_iter().find(|status| status.spec.id == instance(request)) {
            Some(status) if status.phase != InstancePhase::Ended => Ok(status.restarts),
            Some(_) | None => Err(server::ended(request)),
        }
    }

    /// Stops the server; the volume stays.
    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        self.runtime().stop(&request.scope, &instance(request)).map(|_| ())
    }

    fn check(&self) -> Result<(), DriverError> {
        self.client.check().map(|_| ())
    }
}

fn spec(request: &DatastoreRequest, server: &Server, image: &str) -> InstanceSpec {
    InstanceSpec {
        id: instance(request),
        part: Part::Datastore { datastore: request.name.clone() },
        command: server.command.clone(),
        directory: "/".into(),
        user: None,
        port: Some(request.port),
        limits: Limits::default(),
        stop: StopSignal::Terminate,
        grace: GRACE,
        restart: Restart::Always,
        secrets: Vec::new(),
        image: Some(Image {
            id: image.to_owned(),
            port: Some(server.port),
            hosts: Vec::new(),
            publish: Publish::Host,
        }),
    }
}

/// Where a server is reached that listens on a port inside.
fn place(request: &DatastoreRequest, view: View, inside: Port) -> (&str, Port) {
    match view {
        View::Services => (request.name.as_str(), inside),
        View::Machine => ("127.0.0.1", request.port),
    }
}

fn archive(files: &[(&'static str, String)]) -> Result<Vec<u8>, DriverError> {
    let mut bytes = Vec::new();
    let mut archive = Archive::new(&mut bytes);
    let folder = FILES.trim_start_matches('/');
    let written = files.iter().try_for_each(|(name, text)| {
        // Servers read them as users of their own, and nobody else is in there.
        archive.bytes(&format!("{folder}/{name}"), 0o444, text.as_bytes())
    });
    written.and_then(|()| archive.finish()).map_err(|error| failed(error.to_string()))?;
    Ok(bytes)
}
