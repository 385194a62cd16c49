//! `kubernetes/idle-service`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/idle-service",
        demands: "A Service leads to pods: its selector is the labels of some workload. Else it exists, and every request to it fails.",
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
    for service in objects.of("Service") {
        let Some(selector) = service.spec(&["selector"]).filter(|selector| !selector.entries().is_empty())
        else {
            continue;
        };
        // What an operator makes has labels of its own.
        let operated = selector
            .entries()
            .iter()
            .any(|(key, _)| key.text.contains('/') && !key.text.starts_with("app.kubernetes.io/"));
        if !operated && objects.served(service).is_empty() {
            let message = format!("{} selects no pods of this repository", service.title());
            remarks.push(Remark::new(service.place(selector.line), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/idle-service", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {cnpg.io/cluster: a}\n  ports: [{port: 80}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: v1\nkind: Service\nmetadata: {name: e}\nspec: {type: ExternalName, externalName: e.example}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec:\n  selector: {app: b}\n  ports: [{port: 80}]\n"
            ),
            ["k.yaml:24"]
        );
    }
}
