//! `kubernetes/added-rights`

use crate::rule::{About, Remark, Rule};
use crate::subject::kubernetes::Objects;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Objects> = Rule {
    about: About {
        name: "kubernetes/added-rights",
        demands: "A container has no more rights than it needs: `privileged` and capabilities such as `SYS_ADMIN` are those of the node itself.",
        advice: "take them away, and drop all capabilities",
        severity: Severity::Error,
    },
    check,
};

/// Capabilities by which a container gets out.
const STRONG: [&str; 9] = [
    "ALL",
    "SYS_ADMIN",
    "SYS_PTRACE",
    "SYS_MODULE",
    "SYS_RAWIO",
    "DAC_READ_SEARCH",
    "BPF",
    "NET_ADMIN",
    "SYS_BOOT",
];

fn check(objects: &Objects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (workload, container) in objects.containers() {
        let of = |key: &str| container.value.at(&["securityContext", key]);
        // What looks after the node may need them.
        let worst = if workload.is_of_the_node() { Severity::Note } else { Severity::Error };
        if let Some(value) = of("privileged").filter(|value| value.truth() == Some(true)) {
            let message = format!("`{}` is privileged", container.name());
            remarks.push(Remark::new(workload.place(value), message).as_bad_as(worst));
        }
        let added =
            of("capabilities").and_then(|capabilities| capabilities.get("add")).map_or(&[][..], Value::items);
        let strong = added.iter().filter(|value| {
            value.text().is_some_and(|name| STRONG.contains(&name.trim_start_matches("CAP_")))
        });
        for value in strong {
            let message = format!("`{}` gets {}", container.name(), value.text().unwrap_or_default());
            remarks.push(Remark::new(workload.place(value), message).as_bad_as(worst));
        }
        if let Some(value) = of("allowPrivilegeEscalation").filter(|value| value.truth() == Some(true)) {
            let message = format!("`{}` may become root again by a program that is set so", container.name());
            remarks.push(Remark::new(workload.place(value), message).as_bad_as(worst.min(Severity::Warning)));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("kubernetes/added-rights", &[("k.yaml", text)])
    }

    #[test]
    fn what_is_right_passes() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        securityContext: {privileged: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}\n";
        assert_eq!(places(text), [""; 0]);
    }

    #[test]
    fn what_is_wrong_does_not() {
        assert_eq!(
            places(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers:\n      - name: a\n        image: a:1\n        securityContext: {privileged: false}\n      - name: b\n        securityContext:\n          privileged: true\n          capabilities: {add: [CHOWN, SYS_ADMIN]}\n          allowPrivilegeEscalation: true\n"
            ),
            ["k.yaml:15", "k.yaml:16", "k.yaml:17"]
        );
    }
}
