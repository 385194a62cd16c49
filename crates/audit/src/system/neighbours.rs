//! Compose files of one folder, whichever of them are used together, with the configuration of nginx that runs by them.

use super::builds;
use crate::Subjects;
use crate::subject::compose::{Compose, Service};
use crate::subject::nginx::Nginx;
use artifact::yaml::read::Value;
use model::path;

/// The Compose files of a folder. What one of them names is known in all: that may be too much, but it is never too little.
#[derive(Debug)]
pub struct Neighbours<'a> {
    /// Their paths.
    pub files: Vec<&'a str>,
    /// Their services.
    pub services: Vec<Service<'a>>,
    /// The configuration of nginx that is mounted or copied into a service, with the service.
    pub nginx: Vec<(&'a Nginx, Service<'a>)>,
    /// Whether services of others are on one of its networks.
    pub is_open: bool,
}

/// Those of each folder of a repository.
pub fn all(subjects: &Subjects) -> Vec<Neighbours<'_>> {
    let mut folders: Vec<&str> =
        subjects.compose.iter().map(|compose| path::parent(&compose.document.path)).collect();
    folders.sort_unstable();
    folders.dedup();
    folders.into_iter().map(|folder| stack(subjects, folder)).collect()
}

fn stack<'a>(subjects: &'a Subjects, folder: &str) -> Neighbours<'a> {
    let files: Vec<&Compose> =
        subjects.compose.iter().filter(|compose| path::parent(&compose.document.path) == folder).collect();
    let services: Vec<Service<'_>> = files.iter().flat_map(|compose| compose.services()).collect();
    let external = |compose: &&Compose| {
        let networks = compose.root().get("networks").map_or(&[][..], Value::entries);
        let outside = networks.iter().any(|(_, network)| network.get("external").is_some());
        outside || compose.root().get("include").is_some()
    };
    let mut nginx: Vec<(&Nginx, Service<'_>)> = Vec::new();
    for service in &services {
        let taken = configuration(subjects, folder, *service).into_iter();
        for file in taken {
            if !nginx.iter().any(|(known, _)| known.path == file.path) {
                nginx.push((file, *service));
            }
        }
    }
    Neighbours {
        files: files.iter().map(|compose| compose.document.path.as_str()).collect(),
        is_open: files.iter().any(external)
            || services.iter().any(|service| service.value.get("extends").is_some()),
        services,
        nginx,
    }
}

/// The configuration of nginx that a service gets by a volume or in its image.
fn configuration<'a>(subjects: &'a Subjects, folder: &str, service: Service<'a>) -> Vec<&'a Nginx> {
    let volumes = service.value.get("volumes").map_or(&[][..], Value::items);
    let mut taken: Vec<String> =
        volumes.iter().filter_map(source).map(|source| path::join(folder, source)).collect();
    if let Some((context, file)) = service.value.get("build").and_then(builds::said) {
        let context = path::join(folder, context);
        let at = path::join(&context, file);
        if let Some(dockerfile) = subjects.dockerfiles.iter().find(|known| known.path == at) {
            let last = dockerfile.last().into_iter().flat_map(|stage| &stage.instructions);
            taken.extend(last.flat_map(builds::sources).map(|source| path::join(&context, &source)));
        }
    }
    let named = |file: &&Nginx| taken.iter().any(|at| at != "." && path::is_under(&file.path, at));
    subjects.nginx.iter().filter(named).collect()
}

/// What a volume mounts, when it is a path of the repository.
pub fn source(volume: &Value) -> Option<&str> {
    let source = match volume.text() {
        Some(text) => text.split(':').next()?,
        None => volume
            .get("source")
            .filter(|_| volume.get("type").and_then(Value::text) == Some("bind"))?
            .text()?,
    };
    (source.starts_with('.') && builds::is_plain(source)).then_some(source)
}

impl<'a> Neighbours<'a> {
    /// The service of a name.
    pub fn service(&self, name: &str) -> impl Iterator<Item = Service<'a>> {
        self.services.clone().into_iter().filter(move |service| service.key.text == name)
    }

    /// Whether a host is known in it: as a service, or by another name of one.
    pub fn knows(&self, host: &str) -> bool {
        let named = |service: &Service<'_>| {
            let own = ["container_name", "hostname"].iter().filter_map(|key| service.value.get(key)?.text());
            let networks = service.value.get("networks").map_or(&[][..], Value::entries).iter();
            let aliases = networks.filter_map(|(_, network)| network.get("aliases")).flat_map(Value::items);
            let links = service.value.get("links").map_or(&[][..], Value::items).iter();
            let linked = links.filter_map(|link| link.text()?.rsplit(':').next());
            let hosts = service.value.get("extra_hosts");
            service.key.text == host
                || own.chain(linked).any(|name| name == host)
                || aliases.filter_map(Value::text).any(|alias| alias == host)
                || hosts.is_some_and(|hosts| mentions(hosts, host))
        };
        self.services.iter().any(named)
    }
}

fn mentions(value: &Value, word: &str) -> bool {
    value.entries().iter().any(|(key, _)| key.text == word)
        || value.items().iter().filter_map(Value::text).any(|text| text.starts_with(word))
}
