//! `kubernetes/mismatched-selector`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use crate::subject::kubernetes::selector;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/mismatched-selector",
        demands: "A workload selects the pods that it makes: the API refuses one whose selector does not match its own template.",
        advice: "give the template the labels of `spec.selector.matchLabels`",
        severity: Severity::Error,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for workload in objects.workloads() {
        let pods =
            ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].contains(&workload.document.kind());
        let Some(wanted) = workload.document.spec(&["selector"]).filter(|_| pods) else { continue };
        if !selector::matches(wanted, workload) {
            let message =
                format!("the pods of {} do not have the labels that it selects", workload.document.title());
            remarks.push(Remark::new(workload.place(wanted), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/mismatched-selector", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a, tier: b}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\nspec:\n  selector: {matchLabels: {app: c}}\n  template:\n    metadata: {labels: {app: b}}\n    spec:\n      containers:\n      - name: b\n        image: b:1\n"
            ),
            ["k.yaml:17"]
        );
    }
}
