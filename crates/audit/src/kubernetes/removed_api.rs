//! `kubernetes/removed-api`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/removed-api",
        demands: "An object is written for an API that clusters still have: others refuse it.",
        advice: "write it for the API that took its place, and compare the fields",
        severity: Severity::Error,
    },
    check,
};

/// API, kind (none is every kind), what took its place, and the version of Kubernetes that no longer has it.
const REMOVED: [(&str, &str, &str, &str); 17] = [
    ("extensions/v1beta1", "Ingress", "networking.k8s.io/v1", "1.22"),
    ("extensions/v1beta1", "NetworkPolicy", "networking.k8s.io/v1", "1.16"),
    ("extensions/v1beta1", "", "apps/v1", "1.16"),
    ("apps/v1beta1", "", "apps/v1", "1.16"),
    ("apps/v1beta2", "", "apps/v1", "1.16"),
    ("networking.k8s.io/v1beta1", "Ingress", "networking.k8s.io/v1", "1.22"),
    ("networking.k8s.io/v1beta1", "IngressClass", "networking.k8s.io/v1", "1.22"),
    ("batch/v1beta1", "CronJob", "batch/v1", "1.25"),
    ("policy/v1beta1", "PodDisruptionBudget", "policy/v1", "1.25"),
    ("policy/v1beta1", "PodSecurityPolicy", "the labels of pod security on the namespace", "1.25"),
    ("autoscaling/v2beta1", "", "autoscaling/v2", "1.25"),
    ("autoscaling/v2beta2", "", "autoscaling/v2", "1.26"),
    ("rbac.authorization.k8s.io/v1beta1", "", "rbac.authorization.k8s.io/v1", "1.22"),
    ("apiextensions.k8s.io/v1beta1", "", "apiextensions.k8s.io/v1", "1.22"),
    (
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/v1",
        "1.22",
    ),
    (
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io/v1",
        "1.22",
    ),
    ("scheduling.k8s.io/v1beta1", "", "scheduling.k8s.io/v1", "1.22"),
];

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for object in &objects.all {
        let Some((api, text)) = object.root.get("apiVersion").and_then(|api| Some((api, api.text()?))) else {
            continue;
        };
        let gone = REMOVED
            .iter()
            .find(|(known, kind, ..)| *known == text && (kind.is_empty() || *kind == object.kind()));
        if let Some((_, _, now, since)) = gone {
            let message =
                format!("{} of `{text}` is gone since Kubernetes {since}; now it is {now}", object.kind());
            remarks.push(Remark::new(object.place(api.line), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/removed-api", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n",
            "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n"
            ),
            ["k.yaml:13"]
        );
    }
}
