//! Kubernetes manifests that the restricted Pod Security Standard admits.
//!
//! `kubectl apply -k deploy/kubernetes` applies all but the migration Jobs, which run once before (a Job cannot be
//! changed). Values that nobody may see are in one Secret, made of files that are not committed; what else whoever runs
//! it has to say is in one ConfigMap, made of `settings.env`.

mod network;
mod pod;
mod settings;
mod store;
mod workload;

use super::{Blueprint, GeneratedFile};
use artifact::yaml::{Map, Node, documents, list};

/// The folder of all of them.
pub(super) const FOLDER: &str = "deploy/kubernetes";

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    let mut parts: Vec<(String, Vec<Map>)> = vec![("namespace".into(), vec![namespace(blueprint)])];
    for store in blueprint.stores.iter().filter(|store| store.image.is_some()) {
        parts.push((store.name.to_string(), store::documents(blueprint, store)));
    }
    for unit in &blueprint.units {
        parts.push((unit.name.to_string(), workload::documents(blueprint, unit)));
    }
    parts.push(("network".into(), network::documents(blueprint)));
    let names: Vec<String> = parts.iter().map(|(name, _)| format!("{name}.yaml")).collect();
    let jobs = blueprint.units.iter().filter_map(|unit| {
        let name = super::compose::migration(unit)?;
        Some((name, vec![workload::migration(blueprint, unit)]))
    });
    parts.extend(jobs);
    let mut files: Vec<GeneratedFile> = parts
        .into_iter()
        .map(|(name, parts)| {
            let text = documents(&header(blueprint, &name), &parts);
            GeneratedFile::new(format!("{FOLDER}/{name}.yaml"), text)
        })
        .collect();
    let text = kustomization(blueprint, names).document(&header(blueprint, "everything but the migrations"));
    files.push(GeneratedFile::new(format!("{FOLDER}/kustomization.yaml"), text));
    files.extend(settings::file(blueprint));
    files
}

fn header(blueprint: &Blueprint<'_>, what: &str) -> String {
    format!(
        "{}: {what}.\nWritten by `mainstay generate`, which keeps what you change here.",
        blueprint.project()
    )
}

/// The images are named here, so that one line sets the release.
fn kustomization(blueprint: &Blueprint<'_>, names: Vec<String>) -> Map {
    let images = blueprint.units.iter().map(|unit| {
        Map::new()
            .set("name", unit.name.as_str())
            .set("newName", blueprint.image(unit))
            .set("newTag", "latest")
    });
    let mut map = Map::new()
        .set("apiVersion", "kustomize.config.k8s.io/v1beta1")
        .set("kind", "Kustomization")
        .set("namespace", name(blueprint.project()))
        .set("resources", list(names))
        .comment("kustomize edit set image NAME=REGISTRY/NAME@sha256:...")
        .set("images", list(images));
    let secrets: Vec<String> =
        blueprint.secrets().into_iter().map(|secret| format!("secrets/{}", secret.id)).collect();
    let settings = !settings::all(blueprint).is_empty();
    if settings {
        let generator = Map::new().set("name", settings::map(blueprint)).set("envs", list([settings::FILE]));
        map = map.set("configMapGenerator", list([generator]));
    }
    if !secrets.is_empty() {
        let generator = Map::new().set("name", secret(blueprint)).set("files", list(secrets));
        map = map
            .comment("`mainstay env secrets deploy/kubernetes/secrets` writes them; never commit them.")
            .set("secretGenerator", list([generator]));
    }
    if settings || map.get("secretGenerator").is_some() {
        map = map
            .comment("Names stay the same, because migrations, which stand outside, refer to them too. After a change:")
            .comment(format!(
                "kubectl -n {} rollout restart deployment",
                name(blueprint.project())
            ))
            .set("generatorOptions", Map::new().set("disableNameSuffixHash", true));
    }
    map
}

fn namespace(blueprint: &Blueprint<'_>) -> Map {
    let labels = Map::new().set("pod-security.kubernetes.io/enforce", "restricted");
    let metadata = Map::new().set("name", name(blueprint.project())).set("labels", labels);
    Map::new().set("apiVersion", "v1").set("kind", "Namespace").set("metadata", metadata)
}

/// A name as Kubernetes takes it (RFC 1123).
fn name(text: &str) -> String {
    text.replace('_', "-")
}

/// The Secret with everything that nobody may see.
fn secret(blueprint: &Blueprint<'_>) -> String {
    format!("{}-secrets", name(blueprint.project()))
}

/// Labels by which its own objects are found.
fn selector(blueprint: &Blueprint<'_>, part: &str) -> Map {
    Map::new()
        .set("app.kubernetes.io/name", name(part))
        .set("app.kubernetes.io/part-of", name(blueprint.project()))
}

/// The beginning of an object.
fn object(blueprint: &Blueprint<'_>, version: &str, kind: &str, part: &str) -> Map {
    let metadata = Map::new().set("name", name(part)).set("labels", selector(blueprint, part));
    Map::new().set("apiVersion", version).set("kind", kind).set("metadata", metadata)
}

/// A Service that reaches the pods of a part.
fn service(blueprint: &Blueprint<'_>, part: &str, port: u16, headless: bool) -> Map {
    let port = Map::new().set("name", "main").set("port", port).set("targetPort", port);
    let spec = if headless { Map::new().set("clusterIP", "None") } else { Map::new() };
    let spec = spec.set("selector", selector(blueprint, part)).set("ports", list([port]));
    object(blueprint, "v1", "Service", part).set("spec", spec)
}

fn empty() -> Node {
    Node::Empty
}
