//! `kubernetes/unknown-scale-target`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-scale-target",
        demands: "An autoscaler names a workload that exists: else it scales nothing.",
        advice: "write kind and name of the workload",
        severity: Severity::Error,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for scaler in objects.of("HorizontalPodAutoscaler") {
        let Some(target) = scaler.spec(&["scaleTargetRef"]) else { continue };
        let text = |key: &str| target.get(key).and_then(Value::text).unwrap_or_default();
        let (kind, name) = (text("kind"), text("name"));
        let known = ["Deployment", "StatefulSet", "ReplicaSet"].contains(&kind);
        if known && objects.is_whole() && objects.named(kind, name, scaler).next().is_none() {
            remarks.push(Remark::new(
                scaler.place(target.line),
                format!("there is no {kind} `{name}` to scale"),
            ));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/unknown-scale-target", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec:\n  scaleTargetRef: {kind: Deployment, name: a}\n";
        assert_eq!(places(text), [""; 0]);
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec:\n  scaleTargetRef: {kind: Deployment, name: a}\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: b}\nspec:\n  scaleTargetRef: {kind: StatefulSet, name: a}\n"
            ),
            ["k.yaml:23"]
        );
    }
}
