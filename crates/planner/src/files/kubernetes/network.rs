//! Who may talk to whom, and the way in.

use super::{name, object, pod, selector};
use crate::files::blueprint::Blueprint;
use artifact::yaml::{Map, flow, list};

pub(super) fn documents(blueprint: &Blueprint<'_>) -> Vec<Map> {
    let mut all = vec![nobody(blueprint)];
    for unit in &blueprint.units {
        let Some(port) = unit.port else { continue };
        let mut from = Vec::new();
        let callers = blueprint.units.iter().filter(|other| blueprint.calls(other, unit.name.as_str()));
        from.extend(callers.map(|other| pods(blueprint, other.name.as_str())));
        if !unit.service.routes.is_empty() {
            // Ingress controllers live in a namespace of their own.
            from.push(Map::new().set("namespaceSelector", Map::new()));
        }
        all.extend(allow(blueprint, unit.name.as_str(), port, from));
    }
    for store in blueprint.stores.iter().filter(|store| store.image.is_some()) {
        let users = blueprint.units.iter().filter(|unit| unit.service.uses.contains(store.name));
        let users =
            users.flat_map(|unit| [Some(unit.name.to_string()), crate::files::compose::migration(unit)]);
        let from = users.flatten().map(|part| pods(blueprint, &part)).collect();
        all.extend(allow(blueprint, store.name.as_str(), store.port, from));
    }
    if crate::files::compose::has_entry(blueprint) {
        all.push(ingress(blueprint));
    }
    all
}

fn pods(blueprint: &Blueprint<'_>, part: &str) -> Map {
    Map::new().set("podSelector", Map::new().set("matchLabels", selector(blueprint, part)))
}

/// What is not allowed below is refused.
fn nobody(blueprint: &Blueprint<'_>) -> Map {
    let spec = Map::new().set("podSelector", Map::new()).set("policyTypes", flow(["Ingress"]));
    object(blueprint, "networking.k8s.io/v1", "NetworkPolicy", "default-deny").set("spec", spec)
}

/// `None` when nobody is to come in: an empty list would let everybody in.
fn allow(blueprint: &Blueprint<'_>, part: &str, port: u16, from: Vec<Map>) -> Option<Map> {
    if from.is_empty() {
        return None;
    }
    let rule = Map::new()
        .set("from", list(from))
        .set("ports", list([Map::new().set("protocol", "TCP").set("port", port)]));
    let spec = Map::new()
        .set("podSelector", Map::new().set("matchLabels", selector(blueprint, part)))
        .set("policyTypes", flow(["Ingress"]))
        .set("ingress", list([rule]));
    let policy = object(blueprint, "networking.k8s.io/v1", "NetworkPolicy", &format!("allow-{part}"));
    Some(policy.set("spec", spec))
}

fn ingress(blueprint: &Blueprint<'_>) -> Map {
    let paths = blueprint.routes().into_iter().map(|(prefix, unit)| {
        let port = Map::new().set("number", unit.port.unwrap_or_default());
        let service = Map::new().set("name", name(unit.name.as_str())).set("port", port);
        Map::new()
            .set("path", prefix)
            .set("pathType", "Prefix")
            .set("backend", Map::new().set("service", service))
    });
    let paths = list(paths);
    let domains = match blueprint.manifest.environment.domains.as_slice() {
        [] => vec![pod::domain(blueprint)],
        domains => domains.to_vec(),
    };
    let rules = domains.iter().map(|domain| {
        Map::new().set("host", domain.as_str()).set("http", Map::new().set("paths", paths.clone()))
    });
    let tls = Map::new()
        .set("hosts", list(domains.iter()))
        .set("secretName", format!("{}-tls", name(blueprint.project())));
    let spec = Map::new().set("ingressClassName", "nginx").set("tls", list([tls])).set("rules", list(rules));
    object(blueprint, "networking.k8s.io/v1", "Ingress", blueprint.project()).set("spec", spec)
}
