//! Names and labels of what is ours. Things are found by label and never by name, so that nothing of anyone else is touched.

use model::id::{DatastoreName, InstanceId, ReleaseId, Scope, ServiceName};
use model::instance::Part;
use serde_json::json;
use std::collections::BTreeMap;

/// Labels of containers, networks, volumes and images.
pub(crate) type Labels = BTreeMap<String, String>;

pub(crate) const PROJECT: &str = "dev.mainstay.project";
pub(crate) const ENVIRONMENT: &str = "dev.mainstay.environment";
pub(crate) const RELEASE: &str = "dev.mainstay.release";
pub(crate) const SERVICE: &str = "dev.mainstay.service";
pub(crate) const DATASTORE: &str = "dev.mainstay.datastore";
/// The id of an instance; what has none is a job that runs once.
pub(crate) const INSTANCE: &str = "dev.mainstay.instance";
/// What an instance was started with, as JSON.
pub(crate) const SPEC: &str = "dev.mainstay.spec";
/// The image that a volume was first used with.
pub(crate) const IMAGE: &str = "dev.mainstay.image";
/// On an image: `read-only` says that it writes nowhere but into temporary folders.
pub(crate) const ROOT: &str = "dev.mainstay.root";

/// The labels of everything of a scope.
pub(crate) fn of_scope(scope: &Scope) -> Labels {
    Labels::from([
        (PROJECT.to_owned(), scope.project.to_string()),
        (ENVIRONMENT.to_owned(), scope.environment.to_string()),
    ])
}

/// The labels of an instance, but for its spec.
pub(crate) fn of_instance(scope: &Scope, id: &InstanceId, part: &Part) -> Labels {
    let mut labels = of_scope(scope);
    labels.insert(INSTANCE.into(), id.to_string());
    match part {
        Part::Service { service, release } => {
            labels.insert(SERVICE.into(), service.to_string());
            labels.insert(RELEASE.into(), release.to_string());
        }
        Part::Datastore { datastore } => {
            labels.insert(DATASTORE.into(), datastore.to_string());
        }
        // It is never a container.
        Part::Follower => {}
    }
    labels
}

/// A filter for lists: what has all of these labels.
pub(crate) fn filter(labels: &Labels) -> String {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    json!({ "label": labels }).to_string()
}

/// The network of a scope, and the beginning of every name in it.
pub(crate) fn network(scope: &Scope) -> String {
    format!("{}-{}", scope.project, scope.environment)
}

/// The container of an instance.
pub(crate) fn container(scope: &Scope, id: &InstanceId) -> String {
    format!("{}-{id}", network(scope))
}

/// The volume of a datastore.
pub(crate) fn volume(scope: &Scope, name: &DatastoreName) -> String {
    format!("{}-{name}", network(scope))
}

/// The tag of a release's image. It keeps the image from being taken for unused; what runs is its id. The environment is
/// part of it, because two of them number their releases alike.
pub(crate) fn image(scope: &Scope, service: &ServiceName, release: &ReleaseId, role: &str) -> String {
    // A part of a name may not begin or end with a separator, nor have two underscores (distribution, "reference").
    let part = |text: &str| text.replace('_', "-").trim_end_matches('-').to_owned();
    let environment = part(scope.environment.as_str());
    format!(
        "mainstay/{}/{environment}/{}:{release}{role}",
        part(scope.project.as_str()),
        part(service.as_str())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_docker_takes() {
        let scope = Scope { project: "my__shop-".parse().unwrap(), environment: "dev".parse().unwrap() };
        let (service, release) = ("api".parse().unwrap(), "r0001-abc".parse().unwrap());
        assert_eq!(image(&scope, &service, &release, ""), "mainstay/my--shop/dev/api:r0001-abc");
        assert_eq!(container(&scope, &"api-1".parse().unwrap()), "my__shop--dev-api-1");
        assert!(filter(&of_scope(&scope)).contains("dev.mainstay.environment=dev"));
    }
}
