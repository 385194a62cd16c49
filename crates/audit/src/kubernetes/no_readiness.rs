//! `kubernetes/no-readiness`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/no-readiness",
        demands: "What a Service leads to says when it is ready: else a new pod gets requests while it starts, and each deploy fails some.",
        advice: "add a `readinessProbe`",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut told = Vec::new();
    for service in objects.of("Service") {
        for workload in objects.served(service) {
            let ready =
                workload.containers().any(|container| container.value.get("readinessProbe").is_some());
            let place = workload.document.place(workload.document.root.line);
            let stays = ["Deployment", "StatefulSet", "ReplicaSet"].contains(&workload.document.kind());
            let Some(first) =
                workload.containers().next().filter(|_| stays && !ready && !told.contains(&place))
            else {
                continue;
            };
            told.push(place);
            let message = format!("{} gets requests before it is ready", workload.document.title());
            remarks.push(
                Remark::new(workload.place(first.value), message).with(service.place(service.root.line)),
            );
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/no-readiness", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        readinessProbe: {httpGet: {port: 80}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        readinessProbe: {httpGet: {port: 80}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\nspec:\n  selector: {matchLabels: {app: b}}\n  template:\n    metadata: {labels: {app: b}}\n    spec:\n      containers:\n      - name: b\n        image: b:1\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec:\n  selector: {app: b}\n  ports: [{port: 80}]\n"
            ),
            ["k.yaml:30"]
        );
    }
}
