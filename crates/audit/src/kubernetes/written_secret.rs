//! `kubernetes/written-secret`

use crate::credential;
use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use crate::subject::purpose::Purpose;
use artifact::yaml::read::Value;
use model::{Place, finding::Severity};

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/written-secret",
        demands: "A secret is not written into a manifest: whoever reads the repository has it, for ever.",
        advice: "keep it in a Secret that is made outside of the repository, or encrypted, and name it with `secretKeyRef`",
        severity: Severity::Error,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (workload, container) in objects.containers() {
        for variable in container.variables() {
            let name = variable.get("name").and_then(Value::text).unwrap_or_default();
            let Some(value) = variable.get("value").filter(|value| is_secret(name, value)) else { continue };
            remarks.push(remark(workload.place(value), name));
        }
    }
    for (kind, key) in [("Secret", "stringData"), ("ConfigMap", "data")] {
        // Encrypted by SOPS, nothing of it can be read.
        for object in objects.of(kind).filter(|object| object.root.get("sops").is_none()) {
            for (name, value) in object.root.get(key).map_or(&[][..], Value::entries) {
                if is_secret(&name.text, value) {
                    remarks.push(remark(object.place(value.line), &name.text));
                }
            }
        }
    }
    remarks
}

/// What opens only a cluster for work on the system is worth knowing, no more.
fn remark(place: Place, name: &str) -> Remark {
    let development = Purpose::of(&place.path) == Purpose::Development;
    let remark = Remark::new(place, format!("the value of `{name}` is written here"));
    if development { remark.as_bad_as(Severity::Note) } else { remark }
}

fn is_secret(name: &str, value: &Value) -> bool {
    let Some(text) = value.text() else { return false };
    let named = credential::is_secret_name(name) && credential::is_written_down(text);
    (named && !text.contains('\n')) || credential::issuer(text).is_some()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    #[test]
    fn it_is_less_bad_where_work_is_done() {
        let secret =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {DB_PASSWORD: hunter2hunter2}\n";
        let tree = host::MemoryTree::new("repository", [("k8s/dev/s.yaml", secret)]);
        let report = crate::check(&crate::Subjects::read(&tree));
        assert_eq!(report.count(super::Severity::Note), 1);
        assert!(!format!("{report:?}").contains("hunter2"));
    }

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/written-secret", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        env: [{name: JWT_SECRET, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: A_TOKEN, value: changeme}, {name: B_TOKEN_FILE, value: hunter2}]\n",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {JWT_SECRET: <yours>}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        env:\n        - {name: A, value: hunter2hunter2}\n        - name: JWT_SECRET\n          value: hunter2hunter2\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  a: b\n  DB_PASSWORD: hunter2hunter2\n"
            ),
            ["k.yaml:15", "k.yaml:22"]
        );
    }
}
