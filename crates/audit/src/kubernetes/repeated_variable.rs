//! `kubernetes/repeated-variable`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/repeated-variable",
        demands: "A variable is set once: of two with one name only the last counts.",
        advice: "take one of them away",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (workload, container) in objects.containers() {
        let mut seen: Vec<(&str, &Value)> = Vec::new();
        for variable in container.variables() {
            let Some(name) = variable.get("name").and_then(Value::text) else { continue };
            if let Some((_, first)) = seen.iter().find(|(known, _)| *known == name) {
                let message = format!("`{name}` is set twice for `{}`", container.name());
                remarks.push(Remark::new(workload.place(variable), message).with(workload.place(first)));
            }
            seen.push((name, variable));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/repeated-variable", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        env: [{name: A, value: a}, {name: B, value: a}]\n";
        assert_eq!(places(text), [""; 0]);
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        env:\n        - {name: A, value: a}\n        - {name: B, value: a}\n        - {name: A, value: b}\n"
            ),
            ["k.yaml:15"]
        );
    }
}
