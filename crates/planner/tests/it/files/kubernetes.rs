//! Kubernetes manifests: admitted by the restricted Pod Security Standard, and in agreement with each other.

use super::system;
use model::facts::Facts;
use planner::files::Family;
use serde_json::Value;
use std::collections::BTreeSet;

const FOLDER: &str = "deploy/kubernetes/";

/// A system's manifests: all documents of all files but the kustomization, with their file.
struct Manifests {
    system: &'static str,
    all: Vec<(String, Value)>,
    kustomization: Value,
    settings: String,
}

fn manifests() -> Vec<Manifests> {
    system::all().into_iter().map(|(system, facts)| read(system, &facts)).collect()
}

fn read(system: &'static str, facts: &Facts) -> Manifests {
    let mut manifests =
        Manifests { system, all: Vec::new(), kustomization: Value::Null, settings: String::new() };
    for file in system::write(facts, Family::Kubernetes) {
        let name = file.path.strip_prefix(FOLDER).expect("all of them lie there").to_owned();
        if name == "settings.env" {
            manifests.settings = file.content;
            continue;
        }
        for part in file.content.split("\n---\n") {
            let document = serde_saphyr::from_str(part).unwrap_or_else(|error| panic!("{error}\n{part}"));
            match name.as_str() {
                "kustomization.yaml" => manifests.kustomization = document,
                _ => manifests.all.push((name.clone(), document)),
            }
        }
    }
    manifests
}

impl Manifests {
    fn of<'a>(&'a self, kinds: &'a [&str]) -> impl Iterator<Item = (String, &'a Value)> {
        let of_kind = |(_, document): &&(String, Value)| kinds.iter().any(|kind| document["kind"] == **kind);
        self.all.iter().filter(of_kind).map(|(name, document)| (format!("{} {name}", self.system), document))
    }

    /// Everything with a pod in it.
    fn pods(&self) -> impl Iterator<Item = (String, &Value)> {
        self.of(&["Deployment", "StatefulSet", "Job"])
    }

    /// The name of what a generator makes.
    fn generated(&self, generator: &str) -> Option<&str> {
        self.kustomization[generator][0]["name"].as_str()
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether a selector finds a pod of these labels.
fn finds(selector: &Value, labels: &Value) -> bool {
    let wanted = selector.as_object().expect("a selector");
    wanted.iter().all(|(key, value)| labels[key] == *value)
}

#[test]
fn every_pod_is_admitted_by_the_restricted_standard() {
    let mut pods = 0;
    for manifests in manifests() {
        for (what, object) in manifests.pods() {
            let spec = &object["spec"]["template"]["spec"];
            assert_eq!(spec["securityContext"]["runAsNonRoot"], true, "{what}");
            assert!(spec["securityContext"]["runAsUser"].as_u64().is_some_and(|user| user > 0), "{what}");
            assert_eq!(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{what}");
            assert_eq!(spec["automountServiceAccountToken"], false, "{what}");
            for open in ["hostNetwork", "hostPID", "hostIPC"] {
                assert!(spec[open].is_null(), "{what} {open}");
            }
            for container in items(&spec["containers"]) {
                let security = &container["securityContext"];
                assert_eq!(security["allowPrivilegeEscalation"], false, "{what}");
                assert_eq!(security["readOnlyRootFilesystem"], true, "{what}");
                assert_eq!(security["capabilities"]["drop"], serde_json::json!(["ALL"]), "{what}");
                assert!(container["resources"]["limits"]["memory"].is_string(), "{what}");
                pods += 1;
            }
        }
    }
    assert!(pods > 8, "{pods}");
}

#[test]
fn services_and_budgets_find_their_pods_by_label_and_port() {
    for manifests in manifests() {
        let templates: Vec<&Value> = manifests
            .of(&["Deployment", "StatefulSet"])
            .map(|(_, object)| &object["spec"]["template"])
            .collect();
        for (what, object) in manifests.of(&["Deployment", "StatefulSet"]) {
            let spec = &object["spec"];
            let own = &spec["template"]["metadata"]["labels"];
            assert!(finds(&spec["selector"]["matchLabels"], own), "{what}");
            let mounts = items(&spec["template"]["spec"]["containers"][0]["volumeMounts"]);
            let mut volumes: BTreeSet<&str> = items(&spec["template"]["spec"]["volumes"])
                .iter()
                .filter_map(|volume| volume["name"].as_str())
                .collect();
            let claims = items(&spec["volumeClaimTemplates"]);
            volumes.extend(claims.iter().filter_map(|claim| claim["metadata"]["name"].as_str()));
            let mounted: BTreeSet<&str> = mounts.iter().filter_map(|mount| mount["name"].as_str()).collect();
            assert_eq!(mounted, volumes, "{what}");
        }
        for (what, object) in manifests.of(&["Service"]) {
            let spec = &object["spec"];
            let found: Vec<_> =
                templates.iter().filter(|pod| finds(&spec["selector"], &pod["metadata"]["labels"])).collect();
            assert_eq!(found.len(), 1, "{what}");
            let listens = &found[0]["spec"]["containers"][0]["ports"][0]["containerPort"];
            assert_eq!(&spec["ports"][0]["targetPort"], listens, "{what}");
        }
        for (what, object) in manifests.of(&["PodDisruptionBudget"]) {
            let selector = &object["spec"]["selector"]["matchLabels"];
            assert!(templates.iter().any(|pod| finds(selector, &pod["metadata"]["labels"])), "{what}");
        }
    }
}

#[test]
fn what_a_pod_refers_to_is_made_by_the_kustomization() {
    for manifests in manifests() {
        let options = &manifests.kustomization["generatorOptions"]["disableNameSuffixHash"];
        let files: BTreeSet<&str> = items(&manifests.kustomization["secretGenerator"][0]["files"])
            .iter()
            .map(|file| file.as_str().and_then(|file| file.strip_prefix("secrets/")).expect("a path"))
            .collect();
        let settings: BTreeSet<&str> = manifests
            .settings
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, _)| name)
            .collect();
        for (what, object) in manifests.pods() {
            for variable in items(&object["spec"]["template"]["spec"]["containers"][0]["env"]) {
                let Some(from) = variable.get("valueFrom") else { continue };
                assert_eq!(options, true, "{what}: a Job refers to names as they stand");
                let (of, known, generator) = match from.get("secretKeyRef") {
                    Some(of) => (of, &files, "secretGenerator"),
                    None => (&from["configMapKeyRef"], &settings, "configMapGenerator"),
                };
                let key = of["key"].as_str().expect("a key");
                assert!(of["optional"] == true || known.contains(key), "{what}: nothing makes {key}");
                if of["optional"] != true {
                    assert_eq!(of["name"].as_str(), manifests.generated(generator), "{what}");
                }
            }
        }
        let listed: BTreeSet<&str> =
            items(&manifests.kustomization["resources"]).iter().filter_map(Value::as_str).collect();
        for (name, object) in &manifests.all {
            assert_eq!(
                listed.contains(name.as_str()),
                object["kind"] != "Job",
                "{} {name}",
                manifests.system
            );
        }
    }
}

#[test]
fn names_are_those_that_kubernetes_takes() {
    for manifests in manifests() {
        for (file, object) in &manifests.all {
            let metadata = &object["metadata"];
            let name = metadata["name"].as_str().or(metadata["generateName"].as_str()).expect("a name");
            let takes = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.len() <= 63 && name.chars().all(takes), "{file}: {name}");
            assert!(name.starts_with(|c: char| c.is_ascii_alphanumeric()), "{file}: {name}");
        }
    }
}

#[test]
fn pods_talk_to_whom_they_are_wired_to_and_to_nobody_else() {
    let manifests = read("shop", &system::shop());
    let mut allowed = BTreeSet::new();
    for (what, policy) in manifests.of(&["NetworkPolicy"]) {
        let spec = &policy["spec"];
        assert_eq!(spec["policyTypes"], serde_json::json!(["Ingress"]), "{what}: names are still looked up");
        for rule in items(&spec["ingress"]) {
            assert!(!items(&rule["from"]).is_empty(), "{what}: an empty list lets everybody in");
            for from in items(&rule["from"]) {
                let of = |selector: &Value| {
                    let name = &selector["podSelector"]["matchLabels"]["app.kubernetes.io/name"];
                    name.as_str().unwrap_or("*").to_owned()
                };
                allowed.insert((of(from), of(spec), rule["ports"][0]["port"].as_u64().unwrap_or_default()));
            }
        }
    }
    let expected = [
        ("*", "backend", 3080),
        ("*", "frontend", 3000),
        ("backend", "postgres", 5432),
        ("frontend", "backend", 3080),
        ("migrate-backend", "postgres", 5432),
    ];
    let expected = expected.map(|(from, to, port)| (from.to_owned(), to.to_owned(), port));
    assert_eq!(allowed, expected.into_iter().collect());
}
