//! Tools that run once in a container: migrations.

use super::client::{Client, failed};
use super::container::{self, Wanted};
use super::inspect::{self, Container};
use super::{names, network, output};
use crate::driver::{Output, Progress};
use crate::error::DriverError;
use crate::migrator::{Job, Jobs};
use host::clock::{Clock, SystemClock};
use model::event::FailureKind;
use model::instance::{InstancePhase, Restart};
use model::manifest::Limits;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Lines kept as evidence.
const KEPT: usize = 30;
/// Between two looks at a tool.
const PAUSE: Duration = Duration::from_millis(100);
/// The label of a scope's job, and its value.
const JOB: (&str, &str) = ("dev.mainstay.job", "migrate");

/// Tools run as containers.
#[derive(Debug, Clone)]
pub struct InContainer {
    /// The engine.
    pub client: Arc<Client>,
}

impl Jobs for InContainer {
    fn run(&self, job: &Job<'_>, progress: &mut dyn Progress) -> Result<(), DriverError> {
        self.clear(job)?;
        let id = self.start(job)?;
        let ended = self.follow(job, &id, progress);
        // It is done or has failed; either way its words are kept by now.
        let cleared = self.clear(job);
        ended.and(cleared)
    }
}

impl InContainer {
    /// Ends what a control plane that died has left: two must not migrate at once.
    fn clear(&self, job: &Job<'_>) -> Result<(), DriverError> {
        let mut labels = names::of_scope(job.scope);
        labels.insert(JOB.0.into(), JOB.1.into());
        for listed in inspect::containers(&self.client, &labels)? {
            container::discard(&self.client, &listed.id)?;
        }
        Ok(())
    }

    fn start(&self, job: &Job<'_>) -> Result<String, DriverError> {
        let (image, about) = inspect::image_of(&self.client, &job.title, job.launch.image.as_ref())?;
        let (network, gateway) = network::of(&self.client, job.scope)?;
        let mut labels = names::of_scope(job.scope);
        labels.insert(JOB.0.into(), JOB.1.into());
        let wanted = Wanted {
            image: &image.id,
            about: &about,
            command: &job.launch.command,
            env: &job.env,
            labels,
            network: &network,
            aliases: Vec::new(),
            hosts: &image.hosts,
            gateway,
            published: None,
            volume: None,
            limits: Limits::default(),
            restart: Restart::Never,
            grace: 10,
        };
        let name = format!("{}-{}", names::network(job.scope), JOB.1);
        let id = container::create(&self.client, &name, &wanted.body())?;
        container::start(&self.client, &id)?;
        Ok(id)
    }

    fn follow(&self, job: &Job<'_>, id: &str, progress: &mut dyn Progress) -> Result<(), DriverError> {
        let hidden = job.secrets.values().cloned().collect();
        let (_, mut log) = output::Log::open(Arc::clone(&self.client), format!("containers/{id}"), hidden, 0);
        let mut kept = VecDeque::with_capacity(KEPT);
        let mut read = |progress: &mut dyn Progress| {
            for line in log.read() {
                progress.line(&line.text);
                if kept.len() == KEPT {
                    kept.pop_front();
                }
                kept.push_back(line.text);
            }
        };
        let container = loop {
            if progress.cancelled() {
                return Err(DriverError::cancelled());
            }
            let container: Option<Container> = inspect::container(&self.client, id)?;
            read(progress);
            match container {
                Some(container) if container.state.phase() == InstancePhase::Ended => break container,
                Some(_) => SystemClock.sleep(PAUSE),
                None => return Err(failed(format!("the container of {} is gone", job.title))),
            }
        };
        // What it wrote last may have come after the look at it.
        read(progress);
        match container.state.exit() {
            Some(exit) if exit.code == Some(0) => Ok(()),
            exit => {
                let how = exit.map_or_else(|| "ended".into(), |exit| exit.to_string());
                Err(DriverError::new(FailureKind::Migration, format!("{} failed: it {how}", job.title))
                    .show(format!("last lines of {}", job.title), kept.into()))
            }
        }
    }
}
