//! What all files are written from: the manifest and the facts, with the names, ports and users that containers add.

mod errand;
mod registry;
mod secret;
mod value;

pub use errand::Errand;
pub use secret::{Content, Secret};
pub use value::{Given, Piece, Value};

use super::base::{self, Pins};
use model::facts::{DatastoreKind, Facts, Framework, PackageManager, Runtime, ServiceFact, ServiceKind};
use model::id::{DatastoreName, ServiceName};
use model::manifest::{Datastore, Manifest, Service, ValueSource};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The whole system as containers.
#[derive(Debug)]
pub struct Blueprint<'a> {
    /// What was detected.
    pub facts: &'a Facts,
    /// The manifest of the environment that files are for.
    pub manifest: &'a Manifest,
    /// Digests of images.
    pub pins: &'a Pins,
    /// Every service, by name.
    pub units: Vec<Unit<'a>>,
    /// Every datastore, by name.
    pub stores: Vec<Store<'a>>,
    /// What was asked for by [`Blueprint::pinned`].
    named: RefCell<BTreeSet<String>>,
}

/// A service as an image and its containers.
#[derive(Debug)]
pub struct Unit<'a> {
    /// Its name, everywhere: of the Compose service, the image, the Deployment.
    pub name: &'a ServiceName,
    /// What it is.
    pub service: &'a Service,
    /// What was detected of it; absent for a service that only the manifest knows.
    pub fact: Option<&'a ServiceFact>,
    /// Its Dockerfile, from the root.
    pub dockerfile: String,
    /// The folder that is given to its build, from the root; `.` is the root.
    pub context: String,
    /// What keeps files out of that build, from the root.
    pub dockerignore: String,
    /// The user it runs as, numeric because orchestrators refuse names.
    pub user: u32,
    /// The port it listens on in its container; absent when it listens to nobody.
    pub port: Option<u16>,
}

/// A datastore as a container, or one that exists elsewhere.
#[derive(Debug)]
pub struct Store<'a> {
    /// Its name, which is also its host name.
    pub name: &'a DatastoreName,
    /// What it is.
    pub about: &'a Datastore,
    /// Its image; absent when it is provided from elsewhere.
    pub image: Option<String>,
    /// The port it listens on.
    pub port: u16,
    /// The account and the database of the project in it.
    pub account: String,
}

/// nginx as it comes in its unprivileged image.
const NGINX_USER: u32 = 101;
const NGINX_PORT: u16 = 8080;
/// `node` in the Node images.
const NODE_USER: u32 = 1000;
/// No image has this user: it is made.
const OWN_USER: u32 = 10001;

impl<'a> Blueprint<'a> {
    /// Everything as containers.
    pub fn new(facts: &'a Facts, manifest: &'a Manifest, pins: &'a Pins) -> Self {
        let units = manifest.services.iter().map(|(name, service)| Unit::new(facts, manifest, name, service));
        let account = manifest.project.as_str().replace('-', "_");
        let stores = manifest.datastores.iter().map(|(name, about)| Store {
            name,
            about,
            image: match about.provider {
                model::manifest::Provider::Embedded => base::datastore(about.kind, about.version.as_deref()),
                model::manifest::Provider::External => None,
            },
            port: port_of(about.kind),
            account: account.clone(),
        });
        let (units, stores) = (units.collect(), stores.collect());
        Self { facts, manifest, pins, units, stores, named: RefCell::default() }
    }

    /// The project's name.
    pub fn project(&self) -> &str {
        self.manifest.project.as_str()
    }

    /// A service by name.
    pub fn unit(&self, name: &str) -> Option<&Unit<'a>> {
        self.units.iter().find(|unit| unit.name.as_str() == name)
    }

    /// A datastore by name.
    pub fn store(&self, name: &str) -> Option<&Store<'a>> {
        self.stores.iter().find(|store| store.name.as_str() == name)
    }

    /// The datastores that a service uses.
    pub fn stores_of<'b>(&'b self, unit: &'b Unit<'a>) -> impl Iterator<Item = &'b Store<'a>> {
        unit.service.uses.iter().filter_map(|name| self.store(name.as_str()))
    }

    /// The image names of a service: `ghcr.io/OWNER/REPOSITORY/SERVICE` for a repository on GitHub.
    pub fn image(&self, unit: &Unit<'_>) -> String {
        format!("{}/{}", self.image_prefix(), unit.name)
    }

    /// The part before the service's name.
    pub fn image_prefix(&self) -> String {
        match &self.facts.project.github {
            Some(repository) => format!("ghcr.io/{}", repository.to_lowercase()),
            None => self.project().to_owned(),
        }
    }

    /// An image with its digest when it is pinned. Every image of others that a file names goes through here.
    pub fn pinned(&self, image: &str) -> String {
        self.named.borrow_mut().insert(image.to_owned());
        base::pinned(image, self.pins)
    }

    /// The images that the files written so far name, by tag.
    pub fn named_images(&self) -> BTreeSet<String> {
        self.named.borrow().clone()
    }

    /// The services that people's requests reach, with the path prefixes that lead there, the longest first.
    pub fn routes(&self) -> Vec<(&str, &Unit<'a>)> {
        let mut routes: Vec<(&str, &Unit<'a>)> = self
            .units
            .iter()
            .filter(|unit| unit.port.is_some())
            .flat_map(|unit| unit.service.routes.iter().map(move |prefix| (prefix.as_str(), unit)))
            .collect();
        routes.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.0.cmp(b.0)));
        routes
    }

    /// Whether a service is given the address that another one has among the containers.
    pub fn calls(&self, unit: &Unit<'_>, other: &str) -> bool {
        let templates = unit.service.env.values().filter_map(|setting| match &setting.source {
            ValueSource::Template { value } => Some(value),
            ValueSource::Generated { .. } | ValueSource::Vault | ValueSource::Unset => None,
        });
        let mut references = templates.flat_map(|template| template.references());
        references.any(|reference| reference.name == other && reference.field != "url")
    }

    /// Where the value of one variable of a service comes from.
    pub fn value_of(&self, unit: &Unit<'a>, name: &str) -> Option<Value<'a>> {
        let (name, setting) = unit.service.env.get_key_value(name)?;
        Some(self.value(unit, name, setting))
    }

    /// Every variable of a service that is read when it runs (or when it is built), with where its value comes from, by name.
    /// The variable that tells the port is left out: it is [`Unit::port`].
    pub fn values(&self, unit: &Unit<'a>, phase: model::facts::Phase) -> BTreeMap<&'a str, Value<'a>> {
        let settings = unit.service.env.iter().filter(|(_, setting)| setting.phase == phase);
        settings.map(|(name, setting)| (name.as_str(), self.value(unit, name, setting))).collect()
    }
}

impl<'a> Unit<'a> {
    fn new(facts: &'a Facts, manifest: &'a Manifest, name: &'a ServiceName, service: &'a Service) -> Self {
        let fact = fact_of(facts, name, service);
        let folder = |other: &&Service| other.path == service.path;
        let shared = manifest.services.values().filter(folder).count() > 1;
        let file = if shared { format!("{name}.Dockerfile") } else { "Dockerfile".to_owned() };
        let context = context(service, fact).to_owned();
        let dockerfile = within(&service.path, &file);
        let is_given = |(name, other): &(&ServiceName, &Service)| {
            self::context(other, fact_of(facts, name, other)) == context
        };
        let contested = manifest.services.iter().filter(is_given).count() > 1;
        let dockerignore = match contested || service.path != context {
            true => format!("{dockerfile}.dockerignore"),
            false => within(&context, ".dockerignore"),
        };
        let is_static = service.kind == ServiceKind::Static;
        let user = match (is_static, runtime_of(service)) {
            (true, _) => NGINX_USER,
            (false, Some(Runtime::Node | Runtime::Bun | Runtime::Deno)) => NODE_USER,
            (false, Some(Runtime::Python) | None) => OWN_USER,
        };
        let port = service.port.as_ref().map(|port| if is_static { NGINX_PORT } else { port.number.0 });
        Self { name, service, fact, dockerfile, context, dockerignore, user, port }
    }

    /// Whether it is files that nginx serves.
    pub fn is_static(&self) -> bool {
        self.service.kind == ServiceKind::Static
    }

    /// What runs it: as the repository says, else what its package manager belongs to.
    pub fn runtime(&self) -> Option<Runtime> {
        runtime_of(self.service)
    }

    /// Whether it is of a framework.
    pub fn is(&self, framework: Framework) -> bool {
        self.service.framework == Some(framework)
    }

    /// The path that tells whether it is healthy: of nginx's own for files.
    pub fn health(&self) -> Option<&str> {
        match self.is_static() {
            true => Some("/healthz"),
            false => self.service.health.as_ref().map(|health| health.path.as_str()),
        }
    }

    /// The variable that tells it where to listen.
    pub fn port_variable(&self) -> Option<&str> {
        self.service.port.as_ref()?.env.as_deref()
    }

    /// Where its folder lies in its build, from the context; `.` when it is the context.
    pub fn inner(&self) -> &str {
        self.inside(&self.service.path)
    }

    /// Where its dependencies are installed in its build, from the context; `.` when that is the context.
    pub fn installation(&self) -> &str {
        self.inside(&self.service.build.install_path)
    }

    fn inside<'p>(&self, path: &'p str) -> &'p str {
        match self.context.as_str() {
            "." => path,
            context => path.strip_prefix(context).map_or(".", |rest| match rest {
                "" => ".",
                rest => rest.trim_start_matches('/'),
            }),
        }
    }

    /// What its build does beside its own work.
    pub fn errand(&self) -> Errand {
        errand(self.service, self.fact)
    }
}

/// What was detected of a service.
fn fact_of<'a>(facts: &'a Facts, name: &ServiceName, service: &Service) -> Option<&'a ServiceFact> {
    facts.services.iter().find(|fact| {
        ServiceName::nearest(&fact.name).as_ref() == Some(name)
            || (fact.path == service.path && alone(facts, &fact.path))
    })
}

fn errand(service: &Service, fact: Option<&ServiceFact>) -> Errand {
    let command = service.build.command.as_deref();
    // What scripts come to is that of the build that was detected.
    let detected = fact.filter(|fact| fact.build.as_deref() == command);
    let scripts = detected.map(|fact| fact.errands.as_slice()).unwrap_or_default();
    let mut errand =
        Errand::read(command.into_iter().chain(scripts.iter().map(String::as_str)), &service.path);
    let imports = fact.map(|fact| fact.imports.as_slice()).unwrap_or_default();
    errand.folders.extend(imports.iter().map(|file| model::path::parent(file).to_owned()));
    errand
}

/// The folder that a service's build is given: that of its installation, or all when the build or an import goes beyond it.
fn context<'s>(service: &'s Service, fact: Option<&ServiceFact>) -> &'s str {
    let own = match service.build.install.is_some() {
        true => &service.build.install_path,
        false => &service.path,
    };
    let is_below = |folder: &String| own == "." || folder == own || folder.starts_with(&format!("{own}/"));
    if errand(service, fact).folders.iter().all(is_below) { own } else { "." }
}

fn runtime_of(service: &Service) -> Option<Runtime> {
    let recipe = &service.build;
    let said = recipe.runtime.as_ref().map(|line| line.name);
    said.or_else(|| recipe.package_manager.map(belongs_to))
}

/// A service that Bun itself runs says so; where it only installs, Node runs what it installed.
const fn belongs_to(manager: PackageManager) -> Runtime {
    match manager {
        PackageManager::Npm
        | PackageManager::Pnpm
        | PackageManager::Yarn
        | PackageManager::YarnBerry
        | PackageManager::Bun => Runtime::Node,
        PackageManager::Deno => Runtime::Deno,
        PackageManager::Pip
        | PackageManager::Uv
        | PackageManager::Poetry
        | PackageManager::Pdm
        | PackageManager::Pipenv => Runtime::Python,
    }
}

fn alone(facts: &Facts, path: &str) -> bool {
    facts.services.iter().filter(|fact| fact.path == path).count() == 1
}

/// A file's path from the root.
pub fn within(folder: &str, file: &str) -> String {
    if folder == "." { file.to_owned() } else { format!("{folder}/{file}") }
}

/// The port a datastore listens on by convention.
const fn port_of(kind: DatastoreKind) -> u16 {
    match kind {
        DatastoreKind::Postgres => 5432,
        DatastoreKind::MySql | DatastoreKind::MariaDb => 3306,
        DatastoreKind::MongoDb => 27017,
        DatastoreKind::Redis => 6379,
        DatastoreKind::RabbitMq => 5672,
        DatastoreKind::Kafka => 9092,
        DatastoreKind::Elasticsearch => 9200,
        DatastoreKind::Memcached => 11211,
        DatastoreKind::ClickHouse => 8123,
        DatastoreKind::S3 => 443,
        DatastoreKind::Sqlite => 0,
    }
}
