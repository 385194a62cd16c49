//! `kubernetes/unknown-volume`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-volume",
        demands: "What a container mounts is a volume of its pod: the API refuses any other name.",
        advice: "add it to `volumes`, or write the name that it has",
        severity: Severity::Error,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (workload, container) in objects.containers() {
        let volumes = workload.pod(&["volumes"]).map_or(&[][..], Value::items).iter();
        let mut names: Vec<&str> = volumes.filter_map(|volume| volume.get("name")?.text()).collect();
        let claims = workload.document.spec(&["volumeClaimTemplates"]).map_or(&[][..], Value::items).iter();
        names.extend(claims.filter_map(|claim| claim.at(&["metadata", "name"])?.text()));
        for mount in container.value.get("volumeMounts").map_or(&[][..], Value::items) {
            let Some((value, name)) = mount.get("name").and_then(|value| Some((value, value.text()?))) else {
                continue;
            };
            if !names.contains(&name) {
                remarks.push(Remark::new(
                    workload.place(value),
                    format!("{} has no volume `{name}`", workload.document.title()),
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
        found("kubernetes/unknown-volume", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        volumeMounts: [{name: v, mountPath: /v}]\n      volumes: [{name: v, emptyDir: {}}]\n";
        assert_eq!(places(text), [""; 0]);
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        volumeMounts:\n        - {name: v, mountPath: /v}\n        - {name: w, mountPath: /w}\n      volumes: [{name: v, emptyDir: {}}]\n"
            ),
            ["k.yaml:14"]
        );
    }
}
