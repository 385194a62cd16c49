//! `kubernetes/host-path`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/host-path",
        demands: "A pod does not mount folders of the system of its node, and never the socket of its container runtime: whoever has that is root on the node.",
        advice: "use a volume that is claimed, or an `emptyDir`",
        severity: Severity::Error,
    },
    check,
};

/// Folders that tell or change how a node works.
const SYSTEM: [&str; 12] = [
    "",
    "/etc",
    "/root",
    "/home",
    "/proc",
    "/sys",
    "/dev",
    "/boot",
    "/usr",
    "/var",
    "/var/run",
    "/var/lib/kubelet",
];

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for workload in objects.workloads() {
        for volume in workload.pod(&["volumes"]).map_or(&[][..], Value::items) {
            let Some((value, path)) =
                volume.at(&["hostPath", "path"]).and_then(|value| Some((value, value.text()?)))
            else {
                continue;
            };
            let socket = path.ends_with(".sock");
            let severity = match (socket, workload.is_of_the_node()) {
                (true, false) => Severity::Error,
                (false, false) | (true, true) => Severity::Warning,
                (false, true) => Severity::Note,
            };
            if socket || SYSTEM.contains(&path.trim_end_matches('/')) {
                let message = format!("{} mounts `{path}` of its node", workload.document.title());
                remarks.push(Remark::new(workload.place(value), message).as_bad_as(severity));
            }
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/host-path", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      volumes: [{name: v, hostPath: {path: /data/a}}]\n";
        assert_eq!(places(text), [""; 0]);
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n      volumes:\n      - name: v\n        hostPath: {path: /data/a}\n      - name: w\n        hostPath:\n          path: /var/run/docker.sock\n"
            ),
            ["k.yaml:17"]
        );
    }
}
