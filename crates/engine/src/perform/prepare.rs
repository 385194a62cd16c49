//! Before anything starts: ports, secrets, datastores, the build, migrations.

use super::instance::secret_names;
use super::{Detail, Performer, context, machine};
use crate::core::datastore_request;
use crate::driver::{BuildContext, MigrationRequest, View};
use crate::error::DriverError;
use crate::settings::{Moment, Settings};
use model::Secret;
use model::event::FailureKind;
use model::facts::{DatastoreKind, Phase};
use model::id::{DatastoreName, ReleaseId, ServiceName};
use model::manifest::{Manifest, Migrations, Provider};
use model::plan::{FileWrite, SecretSlot};
use model::unit::Port;
use std::net::{Ipv4Addr, SocketAddr};
use vault::SecretName;

impl Performer<'_> {
    /// What the plan took for granted still holds: the ports it will listen on are free.
    pub(super) fn preflight(&self, ports: &[Port]) -> Result<Detail, DriverError> {
        for port in ports {
            if !host::network::port_free(SocketAddr::from((Ipv4Addr::LOCALHOST, port.0))) {
                let owner = host::network::port_owner(*port).unwrap_or_else(|| "another program".into());
                let message = format!("port {port} was free a moment ago and is now taken by {owner}");
                return Err(DriverError::new(FailureKind::Preflight, message).advise("run the command again"));
            }
        }
        Ok(None)
    }

    pub(super) fn generate(&self, slots: &[SecretSlot]) -> Result<Detail, DriverError> {
        let vault = self.engine.vault(&self.plan.scope).map_err(|error| machine(&error))?;
        for slot in slots {
            let named =
                |error: vault::SecretNameError| DriverError::new(FailureKind::Machine, error.to_string());
            let name = SecretName::variable(&slot.service, &slot.name).map_err(named)?;
            vault.generate(&name, slot.bytes).map_err(|error| machine(&error.into()))?;
        }
        Ok(None)
    }

    pub(super) fn provision(
        &self,
        name: &DatastoreName,
        kind: DatastoreKind,
        port: Port,
    ) -> Result<Detail, DriverError> {
        let mut request = datastore_request(&self.plan.scope, name, kind, port);
        let manifest = self.plan.release.as_ref().map(|release| &release.manifest);
        let known = manifest.and_then(|manifest| manifest.datastores.get(name));
        request.version = known.and_then(|store| store.version.clone());
        self.local()?.datastore(kind)?.provision(&request, &mut self.progress())?;
        Ok(None)
    }

    pub(super) fn stop_datastore(&self, name: &DatastoreName) -> Result<Detail, DriverError> {
        let addresses = self.addresses()?;
        let live = self.engine.ledger.releases(&self.plan.scope).map_err(|error| machine(&error.into()))?;
        let kind =
            live.iter().rev().find_map(|view| view.release.manifest.datastores.get(name)).map(|d| d.kind);
        let (Some(kind), Some(port)) = (kind, addresses.datastores.get(name)) else { return Ok(None) };
        let request = datastore_request(&self.plan.scope, name, kind, *port);
        self.local()?.datastore(kind)?.stop(&request).map(|()| None)
    }

    pub(super) fn snapshot(&self, id: &ReleaseId) -> Result<Detail, DriverError> {
        let release = self.release(id)?;
        let body = model::event::EventBody::ReleaseCreated { release: Box::new(release.clone()) };
        self.journal(body)?;
        let manifest = &release.manifest;
        self.local()?.builder.snapshot(self.root()?, context(manifest, id), &mut self.progress())?;
        Ok(Some(release.source.short()))
    }

    pub(super) fn install(
        &self,
        id: &ReleaseId,
        services: &[ServiceName],
        layer: &str,
    ) -> Result<Detail, DriverError> {
        let release = self.release(id)?;
        for service in services {
            let context = context(&release.manifest, id);
            self.local()?.builder.install(context, service, layer, &mut self.progress())?;
        }
        Ok(None)
    }

    pub(super) fn build(&self, id: &ReleaseId, service: &ServiceName) -> Result<Detail, DriverError> {
        let release = self.release(id)?;
        let settings = self.settings(&release.manifest)?;
        let env = settings.for_build(service).map_err(|problems| problems_failure(&problems))?;
        let context = context(&release.manifest, id);
        self.local()?.builder.build(context, service, &env, &mut self.progress())?;
        Ok(None)
    }

    pub(super) fn migrate(
        &self,
        id: &ReleaseId,
        service: &ServiceName,
        migrations: &Migrations,
    ) -> Result<Detail, DriverError> {
        let release = self.release(id)?;
        let settings = self.settings(&release.manifest)?;
        let env = settings.of(service, Phase::Run).map_err(|problems| problems_failure(&problems))?;
        let context = BuildContext { manifest: &release.manifest, release: id };
        let launch = self.local()?.builder.tool(context, service, &migrations.command)?;
        let database = self.database(&release.manifest, &migrations.datastore)?;
        let scope = &self.plan.scope;
        let secrets = release.manifest.services.get(service).map(secret_names).unwrap_or_default();
        let request = MigrationRequest { scope, migrations, launch, env: &env, secrets, database };
        self.local()?.migrator.migrate(&request, &mut self.progress()).map(Some)
    }

    /// The address of a database of ours, as Mainstay itself reaches it.
    fn database(&self, manifest: &Manifest, name: &DatastoreName) -> Result<Option<Secret>, DriverError> {
        let store = manifest.datastores.get(name).filter(|store| store.provider == Provider::Embedded);
        let addresses = self.addresses()?;
        let (Some(store), Some(port)) = (store, addresses.datastores.get(name)) else { return Ok(None) };
        let request = datastore_request(&self.plan.scope, name, store.kind, *port);
        let mut fields = self.local()?.datastore(store.kind)?.fields(&request, View::Machine)?;
        Ok(fields.remove("url"))
    }

    pub(super) fn remove_release(&self, id: &ReleaseId) -> Result<Detail, DriverError> {
        let local = self.engine.drivers.of(self.release(id)?.manifest.environment.target)?;
        let runtime = &local.runtime;
        let scope = &self.plan.scope;
        for status in runtime.list(scope)? {
            if status.spec.part.service().is_some_and(|(_, release)| release == id) {
                runtime.remove(scope, &status.spec.id)?;
            }
        }
        local.builder.remove(scope, id)?;
        self.journal(model::event::EventBody::ReleaseRemoved { release: id.clone() })
    }

    pub(super) fn write_files(&self, files: &[FileWrite]) -> Result<Detail, DriverError> {
        let root = self.root()?;
        for file in files {
            let path = root.join(&file.path);
            let done = match &file.content {
                Some(text) => path
                    .parent()
                    .map_or(Ok(()), |folder| host::files::make_dir(folder, 0o755))
                    .and_then(|()| host::files::write_atomic(&path, text.as_bytes(), 0o644)),
                None => host::files::remove_tree(&path),
            };
            done.map_err(|error| DriverError::new(FailureKind::Machine, error.to_string()))?;
        }
        Ok(None)
    }

    pub(super) fn settings<'m>(
        &self,
        manifest: &'m model::manifest::Manifest,
    ) -> Result<Settings<'m>, DriverError> {
        let addresses = self.addresses()?;
        Settings::load(self.engine, manifest, &addresses, Moment::Performing).map_err(|error| machine(&error))
    }
}

/// Every problem with the settings as one failure.
pub(super) fn problems_failure(problems: &[model::observed::SettingProblem]) -> DriverError {
    let lines = problems
        .iter()
        .map(|problem| {
            format!("{}: {} {}; {}", problem.service, problem.name, problem.message, problem.advice)
        })
        .collect();
    let message = format!("{} settings cannot be used", problems.len());
    DriverError::new(FailureKind::Preflight, message).show("settings", lines)
}
