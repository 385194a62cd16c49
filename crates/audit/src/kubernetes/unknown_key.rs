//! `kubernetes/unknown-key`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use crate::subject::kubernetes::references;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-key",
        demands: "A key that a pod takes from a secret or a map of settings is in it: else the pod does not start.",
        advice: "write a key that is declared, declare it, or say `optional: true`",
        severity: Severity::Error,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let declared = references::Known::of(objects);
    for reference in references::all(objects) {
        let (Some(key), false) = (reference.key, reference.optional) else { continue };
        let of_name: Vec<_> =
            declared.like(&reference).iter().filter(|known| known.name == reference.name).collect();
        let has =
            |known: &references::Declared<'_>| known.keys.as_ref().is_none_or(|keys| keys.contains(&key));
        if !of_name.is_empty() && !of_name.iter().copied().any(has) {
            let message = format!("{} `{}` has no key `{key}`", reference.kind, reference.name);
            remarks.push(Remark::new(reference.workload.place(reference.value), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/unknown-key", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        env:\n        - name: A\n          valueFrom: {secretKeyRef: {name: s, key: a}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        env:\n        - name: A\n          valueFrom: {secretKeyRef: {name: s, key: a}}\n---\napiVersion: x/v1\nkind: ExternalSecret\nmetadata: {name: s}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        env:\n        - name: A\n          valueFrom: {secretKeyRef: {name: s, key: a}}\n        - name: B\n          valueFrom: {secretKeyRef: {name: s, key: b}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: Yg==}\n"
            ),
            ["k.yaml:16"]
        );
    }
}
