//! `kubernetes/unknown-probe-port`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-probe-port",
        demands: "A probe asks at a port of its container: by name it must be there, by number it should be among those that are said.",
        advice: "write the port at which the container listens",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (workload, container) in objects.containers() {
        let ports = container.ports();
        // By number it may be the port of another container of the pod.
        let all: Vec<_> = workload.containers().flat_map(|other| other.ports()).collect();
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            let asked = ["httpGet", "tcpSocket", "grpc"]
                .iter()
                .find_map(|way| container.value.at(&[probe, way, "port"]));
            let Some((value, port)) = asked.and_then(|value| Some((value, Value::text(value)?))) else {
                continue;
            };
            let by_number = port.chars().all(|c| c.is_ascii_digit());
            let known = if by_number {
                all.iter().any(|(number, _)| *number == port)
            } else {
                ports.iter().any(|(_, name)| *name == port)
            };
            let unsaid = by_number && all.is_empty();
            if !known && !unsaid {
                let message =
                    format!("`{probe}` asks at port {port}, which `{}` does not have", container.name());
                let remark = Remark::new(workload.place(value), message);
                remarks.push(if by_number { remark } else { remark.as_bad_as(Severity::Error) });
            }
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/unknown-probe-port", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        ports: [{containerPort: 80, name: web}]\n        livenessProbe: {httpGet: {port: 80}}\n        readinessProbe: {tcpSocket: {port: web}}\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        livenessProbe: {httpGet: {port: 80}}\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        ports: [{containerPort: 80}]\n        livenessProbe: {httpGet: {port: 80}}\n        readinessProbe:\n          httpGet: {port: 81}\n"
            ),
            ["k.yaml:15"]
        );
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        startupProbe: {httpGet: {port: web}}\n"
            ),
            ["k.yaml:12"]
        );
    }
}
