//! `compose/ignored-by-swarm`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/ignored-by-swarm",
        demands: "A file for Swarm says only what Swarm does: `docker stack deploy` passes over the rest without a word, or refuses it.",
        advice: "remove it, and say under `deploy` what is meant",
        severity: Severity::Warning,
    },
    check,
};

/// What it refuses, or does otherwise than is written.
const IGNORED: [(&str, &str); 10] = [
    ("build", "images are built before, and pulled from a registry"),
    ("container_name", "Swarm names containers itself"),
    ("restart", "`deploy.restart_policy` says it"),
    ("links", "services reach each other by their names"),
    ("network_mode", "Swarm has networks of its own"),
    ("privileged", "Swarm gives no such rights"),
    ("mem_limit", "`deploy.resources.limits.memory` says it"),
    ("cpus", "`deploy.resources.limits.cpus` says it"),
    ("devices", "Swarm gives no devices"),
    ("security_opt", "Swarm does not know it"),
];

fn check(stack: &Stack) -> Vec<Remark> {
    // Only a file whose name says so is for nothing else.
    let name = stack.path.to_ascii_lowercase();
    let applies = stack.swarm && (name.contains("swarm") || name.contains("stack"));
    let mut remarks = Vec::new();
    for service in stack.services().filter(|_| applies) {
        for (key, why) in IGNORED.iter().filter(|(key, _)| service.get(key).is_some()) {
            remarks.push(Remark::new(
                stack.place(service.line(key)),
                format!("`{key}` of `{}` does nothing: {why}", service.name()),
            ));
        }
        let waits = service.depends_on().into_iter().find(|(_, _, condition)| condition.is_some());
        remarks.extend(waits.map(|(name, line, _)| {
            Remark::new(
                stack.place(line),
                format!("`{}` does not wait for `{name}`: Swarm starts everything at once", service.name()),
            )
        }));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(&RULE, "services:\n  web:\n    image: app:1\n    build: .\n    container_name: a\n"),
            [0; 0]
        );
    }

    #[test]
    fn in_a_file_for_swarm_it_is_told() {
        let places = |text: &str| super::super::fixture::places(&RULE, &[("deploy/swarm/stack.yml", text)]);
        let good = "services:\n  a:\n    image: a:1\n    deploy: {replicas: 2}\n    depends_on: [b]\n  b:\n    image: b:1\n";
        assert_eq!(places(good), [""; 0]);
        assert_eq!(
            places(&format!("{good}    container_name: x\n    build: .\n")),
            ["deploy/swarm/stack.yml:8", "deploy/swarm/stack.yml:9"]
        );
    }
}
