//! `compose/host-namespace`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/host-namespace",
        demands: "A container has its own network, processes and memory: with those of the machine it reaches what listens only locally, and sees other programs.",
        advice: "remove it, and publish the ports that are needed",
        severity: Severity::Warning,
    },
    check,
};

/// What watches the machine has to see it.
const AGENTS: [&str; 6] = ["exporter", "cadvisor", "netdata", "/agent", "beat", "alloy"];

fn check(stack: &Stack) -> Vec<Remark> {
    const SHARED: [(&str, &str); 6] = [
        ("network_mode", "network"),
        ("pid", "processes"),
        ("ipc", "memory"),
        ("uts", "name"),
        ("userns_mode", "users"),
        ("cgroup", "resources"),
    ];
    let mut remarks = Vec::new();
    for service in stack.services() {
        for (key, what) in SHARED {
            let Some(said) = service.get(key).filter(|said| said.text() == Some("host")) else { continue };
            if AGENTS.iter().any(|agent| service.known_image().contains(agent)) {
                continue;
            }
            let message = format!("`{}` shares the machine's {what}", service.name());
            remarks.push(
                Remark::new(stack.place(said.line), message)
                    .as_bad_as(stack.purpose.grade(Severity::Warning)),
            );
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "services:\n  web:\n    image: app:1\n    network_mode: bridge\n    pid: \"service:web\"\n",
            "services:\n  n:\n    image: prom/node-exporter:v1\n    pid: host\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n    network_mode: host\n"), [4]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(&RULE, "services:\n  web:\n    image: app:1\n    ipc: private\n    pid: host\n"),
            [5]
        );
    }
}
