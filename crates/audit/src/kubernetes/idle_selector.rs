//! `kubernetes/idle-selector`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/idle-selector",
        demands: "A NetworkPolicy or a PodDisruptionBudget is about pods that exist: one that selects none protects nothing.",
        advice: "write the labels of the pods that it is for",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if !objects.is_whole() || objects.workloads().is_empty() {
        return remarks;
    }
    for (kind, key) in [("NetworkPolicy", "podSelector"), ("PodDisruptionBudget", "selector")] {
        for object in objects.of(kind) {
            let Some(selector) = object.spec(&[key]) else { continue };
            if objects.selected(object, selector).is_empty() {
                let message = format!("{} selects no pods of this repository", object.title());
                remarks.push(Remark::new(object.place(selector.line), message));
            }
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/idle-selector", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}}\n",
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {matchLabels: {app: z}}}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec:\n  podSelector: {matchLabels: {app: a}}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: b}\nspec:\n  podSelector: {matchLabels: {app: b}}\n"
            ),
            ["k.yaml:23"]
        );
    }
}
