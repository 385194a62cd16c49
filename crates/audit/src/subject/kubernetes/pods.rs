//! What makes pods, and what is in them.

use super::Objects;
use crate::subject::Document;
use artifact::yaml::read::Value;
use model::Place;

/// What makes pods.
#[derive(Debug, Clone, Copy)]
pub struct Workload<'a> {
    /// The object.
    pub document: &'a Document,
    /// `metadata` and `spec` of its pods.
    pub template: &'a Value,
}

/// A container of a pod.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    /// What is said of it.
    pub value: &'a Value,
    /// Whether it runs only before the others.
    pub is_first: bool,
}

const KINDS: [(&str, &[&str]); 7] = [
    ("Deployment", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("ReplicaSet", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("Pod", &[]),
];

impl Objects {
    /// What makes pods.
    pub fn workloads(&self) -> Vec<Workload<'_>> {
        let patches = self.patches();
        let found = self.all.iter().filter(|document| !patches.contains(&document.path));
        let workload = |document| {
            let (_, keys) = KINDS.iter().find(|(kind, _)| *kind == Document::kind(document))?;
            Some(Workload { document, template: document.root.at(keys)? })
        };
        // Without containers it changes another one.
        found.filter_map(workload).filter(|workload| workload.containers().next().is_some()).collect()
    }

    /// Every container with its workload.
    pub fn containers(&self) -> Vec<(Workload<'_>, Container<'_>)> {
        let workloads = self.workloads().into_iter();
        workloads
            .flat_map(|workload| workload.containers().map(move |container| (workload, container)))
            .collect()
    }
}

impl<'a> Workload<'a> {
    /// The labels of its pods.
    pub fn labels(self) -> &'a [(artifact::yaml::read::Key, Value)] {
        self.template.at(&["metadata", "labels"]).map_or(&[], Value::entries)
    }

    /// What is said of its pods.
    pub fn pod(self, keys: &[&str]) -> Option<&'a Value> {
        self.template.get("spec")?.at(keys)
    }

    /// The containers of its pods.
    pub fn containers(self) -> impl Iterator<Item = Container<'a>> {
        let of = move |key: &str| self.pod(&[key]).map_or(&[][..], Value::items).iter();
        let stays = |value: &Value| value.get("restartPolicy").and_then(Value::text) == Some("Always");
        let first = of("initContainers").map(move |value| Container { value, is_first: !stays(value) });
        of("containers").map(|value| Container { value, is_first: false }).chain(first)
    }

    /// The place of a value in it.
    pub fn place(self, value: &Value) -> Place {
        self.document.place(value.line)
    }

    /// Whether each node has its own, to look after the node.
    pub fn is_of_the_node(self) -> bool {
        self.document.kind() == "DaemonSet"
    }
}

impl<'a> Container<'a> {
    /// Its name.
    pub fn name(self) -> &'a str {
        self.value.get("name").and_then(Value::text).unwrap_or_default()
    }

    /// Its image.
    pub fn image(self) -> Option<&'a Value> {
        self.value.get("image").filter(|image| image.text().is_some())
    }

    /// What is said of its rights; what it does not say itself is said by its pod.
    pub fn security(self, workload: Workload<'a>, key: &str) -> Option<&'a Value> {
        let own = self.value.at(&["securityContext", key]);
        own.or_else(|| workload.pod(&["securityContext", key]))
    }

    /// Its ports: number and name.
    pub fn ports(self) -> Vec<(&'a str, &'a str)> {
        let ports = self.value.get("ports").map_or(&[][..], Value::items).iter();
        let text = |port: &'a Value, key| port.get(key).and_then(Value::text).unwrap_or_default();
        ports.map(|port| (text(port, "containerPort"), text(port, "name"))).collect()
    }

    /// Its variables.
    pub fn variables(self) -> &'a [Value] {
        self.value.get("env").map_or(&[], Value::items)
    }
}
