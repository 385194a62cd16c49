//! Which secrets and maps of settings pods take, and which are declared.

use super::Objects;
use super::pods::Workload;
use artifact::yaml::read::Value;

/// Something that a pod takes from a secret or a map.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// Who takes it.
    pub workload: Workload<'a>,
    /// `Secret` or `ConfigMap`.
    pub kind: &'static str,
    /// Its name.
    pub name: &'a str,
    /// The one key that is taken.
    pub key: Option<&'a str>,
    /// Whether the pod starts without it.
    pub optional: bool,
    /// Where it is said.
    pub value: &'a Value,
}

/// A secret or a map.
#[derive(Debug, Clone)]
pub struct Declared<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its keys, if they are known.
    pub keys: Option<Vec<&'a str>>,
}

/// Everything that pods take.
pub fn all(objects: &Objects) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    for (workload, container) in objects.containers() {
        for variable in container.variables() {
            for (key, kind) in [("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")] {
                let value = variable.at(&["valueFrom", key]);
                found.extend(value.and_then(|value| reference(workload, kind, value, "name")));
            }
        }
        for from in container.value.get("envFrom").map_or(&[][..], Value::items) {
            for (key, kind) in [("secretRef", "Secret"), ("configMapRef", "ConfigMap")] {
                found.extend(from.get(key).and_then(|value| reference(workload, kind, value, "name")));
            }
        }
    }
    for workload in objects.workloads() {
        for volume in workload.pod(&["volumes"]).map_or(&[][..], Value::items) {
            let secret =
                volume.get("secret").and_then(|value| reference(workload, "Secret", value, "secretName"));
            let map =
                volume.get("configMap").and_then(|value| reference(workload, "ConfigMap", value, "name"));
            found.extend(secret.into_iter().chain(map));
        }
    }
    found
}

fn reference<'a>(
    workload: Workload<'a>,
    kind: &'static str,
    value: &'a Value,
    name: &str,
) -> Option<Reference<'a>> {
    Some(Reference {
        workload,
        kind,
        name: value.get(name)?.text()?,
        key: value.get("key").and_then(Value::text),
        optional: value.get("optional").and_then(Value::truth) == Some(true),
        value,
    })
}

/// The secrets and the maps of a repository.
#[derive(Debug)]
pub struct Known<'a> {
    secrets: Vec<Declared<'a>>,
    maps: Vec<Declared<'a>>,
}

impl<'a> Known<'a> {
    /// Those that are declared, generated or made by an operator.
    pub fn of(objects: &'a Objects) -> Self {
        Self { secrets: declared(objects, "Secret"), maps: declared(objects, "ConfigMap") }
    }

    /// Those of the kind of a reference.
    pub fn like(&self, reference: &Reference<'_>) -> &[Declared<'a>] {
        if reference.kind == "Secret" { &self.secrets } else { &self.maps }
    }
}

fn declared<'a>(objects: &'a Objects, kind: &'static str) -> Vec<Declared<'a>> {
    let keys = |object: &'a crate::subject::Document| {
        let entries = ["data", "stringData", "binaryData"].into_iter().filter_map(|key| object.root.get(key));
        entries.flat_map(Value::entries).map(|(key, _)| key.text.as_str()).collect()
    };
    let own = objects.of(kind).map(|object| Declared { name: object.name(), keys: Some(keys(object)) });
    let generator = if kind == "Secret" { "secretGenerator" } else { "configMapGenerator" };
    let generated = objects.generated(generator).map(|made| Declared { name: made.name, keys: made.keys });
    let mut found: Vec<Declared<'_>> = own.chain(generated).collect();
    if kind == "Secret" {
        found.extend(objects.all.iter().filter_map(|object| {
            let name = match object.kind() {
                "SealedSecret" => Some(object.name()),
                "ExternalSecret" => object.spec(&["target", "name"]).map_or(Some(object.name()), Value::text),
                "Certificate" => object.spec(&["secretName"]).and_then(Value::text),
                _ => None,
            };
            Some(Declared { name: name?, keys: None })
        }));
    }
    found
}
