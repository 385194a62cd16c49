//! `compose/published-beside-entry`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::{Service, Stack};
use crate::subject::purpose::Purpose;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/published-beside-entry",
        demands: "Where one service is the way in, the others are reached through it: a port of theirs goes past its TLS, limits and logs.",
        advice: "remove the port, or publish it for the machine only, as `127.0.0.1:3000:3000`",
        severity: Severity::Warning,
    },
    check,
};

/// Tools for those who run it.
const TOOLS: [&str; 13] = [
    "adminer",
    "alertmanager",
    "cadvisor",
    "dozzle",
    "flower",
    "mongo-express",
    "node-exporter",
    "pgadmin4",
    "phpmyadmin",
    "portainer-ce",
    "prometheus",
    "redis-commander",
    "redisinsight",
];

fn check(stack: &Stack) -> Vec<Remark> {
    if stack.purpose != Purpose::Production {
        return Vec::new();
    }
    let Some(entry) = stack.services().find(|service| is_entry(*service)) else { return Vec::new() };
    let mut remarks = Vec::new();
    for service in stack.services().filter(|service| service.name() != entry.name() && !is_entry(*service)) {
        let image = service.known_image();
        let tool = TOOLS
            .iter()
            .any(|tool| image.rsplit('/').next().is_some_and(|short| short.split(':').next() == Some(tool)));
        if !service.is_built() && !tool {
            continue;
        }
        let open = service
            .ports()
            .filter_map(Result::ok)
            .filter(|port| port.is_everywhere() && port.protocol == "tcp" && port.host.is_some());
        remarks.extend(open.map(|port| {
            let message = format!("`{}` is reached past `{}`", service.name(), entry.name());
            Remark::new(stack.place(port.line), message).with(stack.place(entry.line("ports")))
        }));
    }
    remarks
}

fn is_entry(service: Service<'_>) -> bool {
    let mut ports = service.ports().filter_map(Result::ok);
    ports.any(|port| port.is_everywhere() && matches!(port.host, Some((80 | 443, _))))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "services:\n  e:\n    image: nginx:1\n    ports: [\"80:80\", \"443:443\"]\n  a:\n    build: .\n    ports: [\"127.0.0.1:3000:3000\"]\n",
            "services:\n  a:\n    build: .\n    ports: [\"3000:3000\"]\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  e:\n    image: nginx:1\n    ports: [\"80:80\"]\n  a:\n    build: .\n    ports: [\"3000:3000\"]\n"
            ),
            [7]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  a:\n    build: .\n    ports: [\"127.0.0.1:3000:3000\"]\n  e:\n    image: caddy:2\n    ports: [\"443:443\"]\n  p:\n    image: adminer:5\n    ports: [\"8080:8080\"]\n"
            ),
            [10]
        );
    }
}
