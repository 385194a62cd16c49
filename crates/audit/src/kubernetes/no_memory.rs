//! `kubernetes/no-memory`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/no-memory",
        demands: "A container says how much memory it takes: else one that leaks takes the node with all that runs there.",
        advice: "add `resources.requests.memory` and `resources.limits.memory`",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    // It gives what is not said.
    if objects.of("LimitRange").next().is_some() {
        return remarks;
    }
    for (workload, container) in objects.containers() {
        let says = |key: &str| container.value.at(&["resources", key, "memory"]).is_some();
        if !says("requests") && !says("limits") && !container.is_first {
            let message = format!("`{}` may take all memory of its node", container.name());
            remarks.push(Remark::new(workload.place(container.value), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/no-memory", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        resources: {limits: {memory: 1Gi}}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        resources: {requests: {memory: 1Gi}}\n      - name: b\n        resources: {limits: {cpu: 1}}\n"
            ),
            ["k.yaml:13"]
        );
    }
}
