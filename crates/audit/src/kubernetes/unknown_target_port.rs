//! `kubernetes/unknown-target-port`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/unknown-target-port",
        demands: "The port to which a Service sends requests is one that its pods have: by name it must be, by number it should be.",
        advice: "name a port of the container as `targetPort`",
        severity: Severity::Warning,
    },
    check,
};

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in objects.of("Service") {
        let workloads = objects.served(service);
        let mut ports: Vec<(&str, &str)> = Vec::new();
        let mut all_say = !workloads.is_empty();
        for workload in &workloads {
            let own: Vec<(&str, &str)> =
                workload.containers().flat_map(|container| container.ports()).collect();
            all_say &= !own.is_empty();
            ports.extend(own);
        }
        for port in service.spec(&["ports"]).map_or(&[][..], Value::items) {
            let Some(value) = port.get("targetPort").or_else(|| port.get("port")) else { continue };
            let Some(target) = value.text() else { continue };
            let by_number = target.chars().all(|c| c.is_ascii_digit());
            let known = ports
                .iter()
                .any(|(number, name)| if by_number { *number == target } else { *name == target });
            // A container need not say its numbers, but a name is nothing unless it says it.
            if !known && all_say || !known && !by_number && !workloads.is_empty() {
                let remark = Remark::new(
                    service.place(value.line),
                    format!("no pod of {} has a port {target}", service.title()),
                );
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
        found("kubernetes/unknown-target-port", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        for text in [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        ports: [{containerPort: 80}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        ports: [{containerPort: 3000, name: http}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80, targetPort: http}]\n",
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80}]\n",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        ports: [{containerPort: 3000, name: http}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80, targetPort: 3000}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec:\n  selector: {app: a}\n  ports: \n  - port: 80\n    targetPort: 3000\n  - port: 81\n    targetPort: 3001\n"
            ),
            ["k.yaml:30"]
        );
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: a}\n  ports: [{port: 80, targetPort: web}]\n"
            ),
            ["k.yaml:18"]
        );
    }
}
