//! `compose/host-control-socket`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/host-control-socket",
        demands: "No container has the socket of Docker: whoever speaks to it is root on the machine, also where it is mounted read-only.",
        advice: "leave it out, or put a filter as docker-socket-proxy between; what needs it is worth a machine of its own",
        severity: Severity::Warning,
    },
    check,
};

const SOCKETS: [&str; 7] = [
    "docker.sock",
    "containerd.sock",
    "podman.sock",
    "crio.sock",
    "/var/run/docker",
    "/run/docker",
    "/run/containerd",
];

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services().filter(|service| !service.known_image().contains("socket-proxy")) {
        for mount in service.mounts() {
            let Some(source) =
                mount.path().filter(|source| SOCKETS.iter().any(|socket| source.ends_with(socket)))
            else {
                continue;
            };
            // Of a tool of others it is known that it needs it.
            let severity = if service.is_built() { Severity::Error } else { Severity::Warning };
            let message = format!("`{}` controls the machine by `{source}`", service.name());
            remarks.push(Remark::new(stack.place(mount.line), message).as_bad_as(severity));
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
            "services:\n  web:\n    image: app:1\n    volumes: [\"./docker.yml:/x\"]\n",
            "services:\n  p:\n    image: tecnativa/docker-socket-proxy:1\n    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\"]\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n"
            ),
            [5]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    volumes:\n      - a:/a\n      - type: bind\n        source: /run/docker.sock\n        target: /x\n"
            ),
            [6]
        );
    }
}
