//! `kubernetes/host-namespace`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/host-namespace",
        demands: "A pod has a network, processes and memory of its own: with those of the node it reaches what only the node may reach.",
        advice: "take `hostNetwork`, `hostPID` and `hostIPC` away; a Service makes it reachable",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for workload in objects.workloads() {
        for key in ["hostNetwork", "hostPID", "hostIPC"] {
            let Some(value) = workload.pod(&[key]).filter(|value| value.truth() == Some(true)) else {
                continue;
            };
            let remark = Remark::new(
                workload.place(value),
                format!("{} has `{key}` of its node", workload.document.title()),
            );
            remarks.push(if workload.is_of_the_node() { remark.as_bad_as(Severity::Note) } else { remark });
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/host-namespace", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      hostNetwork: false\n";
        assert_eq!(places(text), [""; 0]);
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\nspec:\n  selector: {matchLabels: {app: b}}\n  template:\n    metadata: {labels: {app: b}}\n    spec:\n      containers:\n      - name: b\n        image: b:1\n      hostPID: true\n"
            ),
            ["k.yaml:24"]
        );
    }
}
