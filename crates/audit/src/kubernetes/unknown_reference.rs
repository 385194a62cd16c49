//! `kubernetes/unknown-reference`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use crate::subject::kubernetes::references;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-reference",
        demands: "A secret or a map of settings that a pod needs is declared where the others are: a pod that refers to none does not start.",
        advice: "write the name that it has, declare it, or say `optional: true`",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let (declared, whole) = (references::Known::of(objects), objects.is_whole());
    for reference in references::all(objects) {
        let of_kind = declared.like(&reference);
        // A repository that declares none has them made by hand.
        if !reference.optional
            && whole
            && !of_kind.is_empty()
            && !of_kind.iter().any(|known| known.name == reference.name)
        {
            let message = format!("there is no {} `{}`", reference.kind, reference.name);
            remarks.push(Remark::new(reference.workload.place(reference.value), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/unknown-reference", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        envFrom: [{secretRef: {name: s}}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        envFrom: [{secretRef: {name: s}}]\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {A: b}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        envFrom: [{secretRef: {name: t, optional: true}}]\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        envFrom:\n        - secretRef: {name: s}\n        - secretRef: {name: t}\n        - configMapRef: {name: c}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
            ),
            ["k.yaml:14"]
        );
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        env:\n        - name: A\n          valueFrom: {configMapKeyRef: {name: d, key: a}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n"
            ),
            ["k.yaml:14"]
        );
    }
}
