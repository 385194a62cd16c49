//! The settings of a manifest's services, resolved: datastores, service addresses and the vault together.

use crate::core::{Engine, datastore_request};
use crate::driver::{Variables, View};
use crate::error::EngineError;
use model::Secret;
use model::facts::Phase;
use model::id::{DatastoreName, ServiceName};
use model::manifest::{Manifest, Provider, Reference, Target, ValueSource};
use model::observed::{Addresses, SettingProblem};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::IpAddr;
use vault::SecretName;
use vault::settings::{Found, Sources, resolve};

/// What a datastore may have; which of them it has is known once it is provisioned.
const DATASTORE_FIELDS: [&str; 11] = [
    "url",
    "host",
    "port",
    "user",
    "password",
    "database",
    "endpoint",
    "bucket",
    "region",
    "access_key",
    "secret_key",
];

/// When settings are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// While a plan is made: what it will provision and make counts as there.
    Planning,
    /// While it is performed.
    Performing,
}

/// All that references and vault names resolve to, at one moment.
pub struct Settings<'m> {
    manifest: &'m Manifest,
    sources: Sources,
}

impl<'m> Settings<'m> {
    /// Gathers what values may come from.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn load(
        engine: &Engine,
        manifest: &'m Manifest,
        addresses: &Addresses,
        moment: Moment,
    ) -> Result<Self, EngineError> {
        let scope = manifest.scope();
        let local = engine.drivers.of(manifest.environment.target)?;
        let before_run = moment == Moment::Planning;
        let mut fields = service_fields(manifest, addresses, moment);
        for (name, store) in
            manifest.datastores.iter().filter(|(_, store)| store.provider == Provider::Embedded)
        {
            if before_run {
                let later = |field| (Reference::datastore(name, field), Found::Later);
                fields.extend(DATASTORE_FIELDS.map(later));
            }
            let Some(port) = addresses.datastores.get(name) else { continue };
            let request = datastore_request(&scope, name, store.kind, *port);
            let known =
                local.datastore(store.kind).and_then(|driver| driver.fields(&request, View::Services));
            // One that was never provisioned has none; a variable that needs them is then reported by name.
            let known = known.unwrap_or_default().into_iter();
            fields
                .extend(known.map(|(field, value)| (Reference::datastore(name, field), Found::Value(value))));
        }
        let secrets = engine.vault(&scope)?.all()?;
        Ok(Self { manifest, sources: Sources { fields, secrets, before_run } })
    }

    /// The variables of a service that are read in a phase.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn of(&self, service: &ServiceName, phase: Phase) -> Result<Variables, Vec<SettingProblem>> {
        match self.manifest.services.get(service) {
            Some(about) => resolve(service, about, phase, &self.sources),
            None => Ok(Variables::new()),
        }
    }

    /// The variables of a build: those read at build time, and the plain ones of run time, which pre-rendered pages may read.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn for_build(&self, service: &ServiceName) -> Result<Variables, Vec<SettingProblem>> {
        let plain = |name: &String| {
            self.manifest.services[service].env.get(name).is_some_and(|setting| !setting.secret)
        };
        let mut variables = self.of(service, Phase::Run)?;
        variables.retain(|name, _| plain(name) && name != "NODE_ENV");
        variables.extend(self.of(service, Phase::Build)?);
        Ok(variables)
    }

    /// One field of a datastore.
    pub fn field(&self, name: &DatastoreName, field: &str) -> Option<Secret> {
        match self.sources.fields.get(&Reference::datastore(name, field))? {
            Found::Value(value) => Some(value.clone()),
            Found::Later => None,
        }
    }

    /// Every problem of every service.
    pub fn problems(&self) -> Vec<SettingProblem> {
        let services = self.manifest.services.keys();
        let mut all: Vec<SettingProblem> =
            services.filter_map(|service| self.of(service, Phase::Run).err()).flatten().collect();
        all.sort();
        all.dedup();
        all
    }

    /// A digest of what people set: templates and the values they put in the vault. Made values and addresses are left out,
    /// so that it is the same before and after the first deploy.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (service, about) in &self.manifest.services {
            for (name, setting) in &about.env {
                let value = match &setting.source {
                    ValueSource::Template { value } => value.to_string(),
                    ValueSource::Vault | ValueSource::Unset => {
                        let known = SecretName::variable(service, name).ok();
                        let known = known.and_then(|name| self.sources.secrets.get(&name));
                        known.map(|secret| secret.expose().to_owned()).unwrap_or_default()
                    }
                    ValueSource::Generated { .. } => String::new(),
                };
                for part in [service.as_str(), name, &value] {
                    hash.update((part.len() as u64).to_le_bytes());
                    hash.update(part);
                }
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Public and internal addresses of the services.
fn service_fields(manifest: &Manifest, addresses: &Addresses, moment: Moment) -> BTreeMap<Reference, Found> {
    let mut fields = BTreeMap::new();
    for (name, service) in manifest.services.iter().filter(|(_, service)| service.port.is_some()) {
        if moment == Moment::Planning {
            let later = |field| (Reference::service(name, field), Found::Later);
            fields.extend(["internal", "url", "host", "port"].map(later));
        }
        let Some(port) = addresses.services.get(name) else { continue };
        // Containers know each service by its name, and reach it as this machine's neighbours do: at the proxy.
        let host = match manifest.environment.target {
            Target::Process => "127.0.0.1",
            Target::Docker | Target::Swarm => name.as_str(),
        };
        let internal = format!("http://{host}:{port}");
        let public = match (service.routes.is_empty(), entry_url(manifest, addresses)) {
            (false, Some(entry)) => entry,
            _ => internal.clone(),
        };
        let values =
            [("internal", internal), ("url", public), ("host", host.to_owned()), ("port", port.to_string())];
        let known = |(field, value)| (Reference::service(name, field), Found::Value(Secret::new(value)));
        fields.extend(values.map(known));
    }
    fields
}

/// The address that people use: scheme, host name and port of the public entry.
pub fn entry_url(manifest: &Manifest, addresses: &Addresses) -> Option<String> {
    let port = addresses.entry?;
    let environment = &manifest.environment;
    let (scheme, usual) = if environment.tls.is_some() { ("https", 443) } else { ("http", 80) };
    let name = match (environment.domains.first(), environment.listen) {
        (Some(domain), _) => domain.clone(),
        (None, IpAddr::V4(address)) if !address.is_loopback() && !address.is_unspecified() => {
            address.to_string()
        }
        (None, _) => "localhost".into(),
    };
    Some(if port.0 == usual { format!("{scheme}://{name}") } else { format!("{scheme}://{name}:{port}") })
}
