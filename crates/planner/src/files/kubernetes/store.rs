//! A datastore: a StatefulSet with a volume of its own, for those who have no managed one.

use super::{empty, name, object, pod, secret, selector, service};
use crate::files::blueprint::{Blueprint, Store};
use crate::files::compose::store as compose;
use artifact::yaml::{Map, flow, list};
use model::facts::DatastoreKind;

pub(super) fn documents(blueprint: &Blueprint<'_>, store: &Store<'_>) -> Vec<Map> {
    let part = store.name.as_str();
    vec![stateful_set(blueprint, store), service(blueprint, part, store.port, true)]
}

/// The user of a server in its image.
const fn user(kind: DatastoreKind) -> u32 {
    match kind {
        DatastoreKind::Postgres
        | DatastoreKind::Redis
        | DatastoreKind::MySql
        | DatastoreKind::MariaDb
        | DatastoreKind::MongoDb
        | DatastoreKind::RabbitMq
        | DatastoreKind::S3
        | DatastoreKind::Sqlite => 999,
        DatastoreKind::Memcached => 11211,
        DatastoreKind::Kafka | DatastoreKind::Elasticsearch => 1000,
        DatastoreKind::ClickHouse => 101,
    }
}

fn stateful_set(blueprint: &Blueprint<'_>, store: &Store<'_>) -> Map {
    let part = store.name.as_str();
    let volumes = vec![
        Map::new().set("name", "tmp").set("emptyDir", empty()),
        Map::new().set("name", "run").set("emptyDir", empty()),
        Map::new().set("name", "secrets").set("secret", password(blueprint, store)),
    ];
    let pod = Map::new()
        .set("automountServiceAccountToken", false)
        .set("enableServiceLinks", false)
        .set("terminationGracePeriodSeconds", 60)
        .set("securityContext", pod::security(user(store.about.kind)))
        .set("containers", list([container(blueprint, store)]))
        .set("volumes", list(volumes));
    let template =
        Map::new().set("metadata", Map::new().set("labels", selector(blueprint, part))).set("spec", pod);
    let spec = Map::new()
        .set("serviceName", name(part))
        .set("replicas", 1)
        .set("selector", Map::new().set("matchLabels", selector(blueprint, part)))
        .set("template", template);
    let spec = if compose::keeps(store.about.kind) {
        spec.set("volumeClaimTemplates", list([claim()]))
    } else {
        spec
    };
    object(blueprint, "apps/v1", "StatefulSet", part).set("spec", spec)
}

fn claim() -> Map {
    let requests = Map::new().set("requests", Map::new().set("storage", "10Gi"));
    let spec = Map::new().set("accessModes", flow(["ReadWriteOnce"])).set("resources", requests);
    Map::new().set("metadata", Map::new().set("name", "data")).set("spec", spec)
}

fn password(blueprint: &Blueprint<'_>, store: &Store<'_>) -> Map {
    let id = store.password_id();
    let item = Map::new().set("key", id.as_str()).set("path", id.as_str());
    Map::new().set("secretName", secret(blueprint)).set("items", list([item]))
}

fn container(blueprint: &Blueprint<'_>, store: &Store<'_>) -> Map {
    let image = store.image.as_deref().unwrap_or_default();
    let mut map = Map::new().set("name", name(store.name.as_str())).set("image", blueprint.pinned(image));
    if let Some(words) = compose::command(store) {
        map = map.set("command", flow(words));
    }
    let (account, _) = compose::account(store);
    let files = compose::password_file(store).map(|(environment, _)| environment).unwrap_or_default();
    let mut variables: Vec<Map> = account
        .merge(files)
        .entries()
        .map(|(name, value)| Map::new().set("name", name).set("value", value))
        .collect();
    if store.about.kind == DatastoreKind::Postgres {
        // The volume's own folder holds `lost+found`; a database wants an empty one.
        variables.push(
            Map::new()
                .set("name", "PGDATA")
                .set("value", format!("{}/pgdata", compose::data(store.about.kind))),
        );
    }
    if !variables.is_empty() {
        map = map.set("env", list(variables));
    }
    map = map.set("ports", list([Map::new().set("name", "main").set("containerPort", store.port)]));
    if let Some(line) = compose::health_line(store) {
        let exec = || {
            Map::new().set(
                "exec",
                Map::new().set("command", flow(["sh".to_owned(), "-c".to_owned(), line.clone()])),
            )
        };
        let probe = exec().set("periodSeconds", 10).set("timeoutSeconds", 5);
        let start = exec().set("periodSeconds", 5).set("timeoutSeconds", 5).set("failureThreshold", 60);
        map = map.set("startupProbe", start).set("readinessProbe", probe);
    }
    let mounts = [
        ("data", compose::data(store.about.kind)),
        ("tmp", "/tmp"),
        // Where its server keeps its socket, when that is not among the temporary files.
        ("run", compose::scratch(store.about.kind).get(1).copied().unwrap_or("/var/run/server")),
        ("secrets", "/run/secrets"),
    ];
    let mounts = mounts
        .iter()
        .filter(|(volume, _)| *volume != "data" || compose::keeps(store.about.kind))
        .map(|(volume, path)| {
            let mount = Map::new().set("name", *volume).set("mountPath", *path);
            if *volume == "secrets" { mount.set("readOnly", true) } else { mount }
        });
    let memory = Map::new().set("cpu", "1000m").set("memory", "1Gi");
    let requests = Map::new().set("cpu", "100m").set("memory", "256Mi");
    map.set("resources", Map::new().set("requests", requests).set("limits", memory))
        .set("securityContext", pod::container_security())
        .set("volumeMounts", list(mounts))
}
