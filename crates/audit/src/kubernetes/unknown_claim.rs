//! `kubernetes/unknown-claim`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-claim",
        demands: "A claim that a pod mounts is declared where the others are: a pod without its volume never starts.",
        advice: "declare the PersistentVolumeClaim, or write the name that it has",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if !objects.is_whole() || objects.of("PersistentVolumeClaim").next().is_none() {
        return remarks;
    }
    for workload in objects.workloads() {
        let volumes = workload.pod(&["volumes"]).map_or(&[][..], Value::items).iter();
        for claim in volumes.filter_map(|volume| volume.at(&["persistentVolumeClaim", "claimName"])) {
            let name = claim.text().unwrap_or_default();
            // Those of a StatefulSet are made with it.
            let of_set = objects.of("StatefulSet").any(|set| name.contains(set.name()));
            if !of_set && objects.named("PersistentVolumeClaim", name, workload.document).next().is_none() {
                remarks.push(Remark::new(
                    workload.place(claim),
                    format!("there is no PersistentVolumeClaim `{name}`"),
                ));
            }
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/unknown-claim", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      volumes:\n      - {name: v, persistentVolumeClaim: {claimName: c}}\n      - {name: w, persistentVolumeClaim: {claimName: d}}\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\n"
            ),
            ["k.yaml:14"]
        );
    }
}
