//! `kubernetes/unknown-account`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-account",
        demands: "The account under which pods run is declared where the others are: without it no pod is made.",
        advice: "declare the ServiceAccount, or write the name that it has",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if !objects.is_whole() || objects.of("ServiceAccount").next().is_none() {
        return remarks;
    }
    for workload in objects.workloads() {
        let Some((value, name)) =
            workload.pod(&["serviceAccountName"]).and_then(|value: &Value| Some((value, value.text()?)))
        else {
            continue;
        };
        if name != "default" && objects.named("ServiceAccount", name, workload.document).next().is_none() {
            remarks.push(Remark::new(workload.place(value), format!("there is no ServiceAccount `{name}`")));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/unknown-account", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      serviceAccountName: s\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      serviceAccountName: s\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      serviceAccountName: s\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\nspec:\n  selector: {matchLabels: {app: b}}\n  template:\n    metadata: {labels: {app: b}}\n    spec:\n      containers:\n      - name: b\n        image: b:1\n      serviceAccountName: t\n"
            ),
            ["k.yaml:29"]
        );
    }
}
