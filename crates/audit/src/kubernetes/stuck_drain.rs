//! `kubernetes/stuck-drain`

use crate::rule::{About, Remark, Rule};
use crate::subject::Document;
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/stuck-drain",
        demands: "A PodDisruptionBudget lets at least one pod go: else no node can be drained, and an upgrade of the cluster waits for ever.",
        advice: "write `maxUnavailable: 1`, and run two replicas",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for budget in objects.of("PodDisruptionBudget") {
        let most = budget.spec(&["maxUnavailable"]).filter(|most| matches!(most.text(), Some("0" | "0%")));
        let least = budget.spec(&["minAvailable"]).filter(|least| is_all(objects, budget, least));
        if let Some(value) = most.or(least) {
            let message = format!("{} never lets a pod go", budget.title());
            remarks.push(Remark::new(budget.place(value.line), message));
        }
    }
    remarks
}

/// Whether so many pods have to stay that none may go.
fn is_all(objects: &Objects, budget: &Document, least: &Value) -> bool {
    let Some(text) = least.text() else { return false };
    let (Ok(least), Some(selector)) = (text.parse::<u32>(), budget.spec(&["selector"])) else {
        return text == "100%";
    };
    let scaled: Vec<&str> = objects
        .of("HorizontalPodAutoscaler")
        .filter_map(|scaler| scaler.spec(&["scaleTargetRef", "name"])?.text())
        .collect();
    let workloads = objects.selected(budget, selector);
    let few = |document: &Document| {
        let replicas = document.spec(&["replicas"]).and_then(Value::text).map_or(Ok(1), str::parse::<u32>);
        !scaled.contains(&document.name()) && replicas.is_ok_and(|replicas| replicas > 0 && replicas <= least)
    };
    let counted =
        |document: &Document| ["Deployment", "StatefulSet", "ReplicaSet"].contains(&document.kind());
    // With several the number is about all of them together.
    matches!(workloads.as_slice(), [one] if counted(one.document) && few(one.document))
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/stuck-drain", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  replicas: 2\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec:\n  minAvailable: 1\n  selector: {matchLabels: {app: a}}\n",
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: 1}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec:\n  minAvailable: 1\n  selector: {matchLabels: {app: a}}\n"
            ),
            ["k.yaml:17"]
        );
        assert_eq!(
            places(
                "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: 1}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {maxUnavailable: 0}\n"
            ),
            ["k.yaml:9"]
        );
    }
}
