//! `kubernetes/root-user`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/root-user",
        demands: "A container does not run as root: whoever gets into it would be root on the node with one more hole.",
        advice: "set `runAsNonRoot: true` and a `runAsUser` in its `securityContext`",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (workload, container) in objects.containers() {
        let user = container.security(workload, "runAsUser").filter(|user| user.text().is_some());
        let not_root = container.security(workload, "runAsNonRoot").and_then(Value::truth);
        match (user.and_then(Value::text), not_root) {
            (Some("0"), _) => {
                let place = workload.place(user.unwrap_or(container.value));
                remarks.push(Remark::new(place, format!("`{}` runs as root", container.name())));
            }
            (None, None | Some(false)) if !workload.is_of_the_node() => {
                let message = format!("nothing keeps `{}` from running as root", container.name());
                remarks.push(Remark::new(workload.place(container.value), message).as_bad_as(Severity::Note));
            }
            (Some(_), _) | (None, _) => {}
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/root-user", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        securityContext: {runAsNonRoot: true}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      securityContext: {runAsUser: 1000}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        securityContext: {runAsUser: 5}\n      - name: b\n        image: b:1\n        securityContext:\n          runAsUser: 0\n"
            ),
            ["k.yaml:16"]
        );
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n"
            ),
            ["k.yaml:10"]
        );
    }
}
