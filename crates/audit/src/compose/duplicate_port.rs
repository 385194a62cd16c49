//! `compose/duplicate-port`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Port;
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/duplicate-port",
        demands: "A port of the machine belongs to one service: the second one cannot start.",
        advice: "publish one of them elsewhere",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut taken: Vec<(&str, Port)> = Vec::new();
    // What stands in a profile may never run beside the others.
    for service in stack.services().filter(|service| !service.is_optional()) {
        for port in service.ports().filter_map(Result::ok).filter(|port| port.host.is_some()) {
            if let Some((other, first)) = taken.iter().find(|(_, known)| clashes(known, &port)) {
                let message = format!("`{other}` has this port of the machine already");
                remarks.push(Remark::new(stack.place(port.line), message).with(stack.place(first.line)));
            }
            taken.push((service.name(), port));
        }
    }
    remarks
}

fn clashes(one: &Port, other: &Port) -> bool {
    // Of a range Docker takes the first free one.
    let same = one.host == other.host && one.host.is_some_and(|(first, last)| first == last);
    let address = one.is_everywhere() || other.is_everywhere() || one.address == other.address;
    same && address && one.protocol == other.protocol
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    ports: [\"53:53/udp\", \"53:53\", \"127.0.0.1:1:1\", \"127.0.0.2:1:1\"]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    ports: [\"80:80\"]\n  b:\n    image: b:1\n    ports: [\"80:8080\"]\n"
            ),
            [7]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    ports: [\"80:80\", \"81:80\"]\n  b:\n    image: b:1\n    ports:\n      - 82:1\n      - 127.0.0.1:81:1\n"
            ),
            [9]
        );
    }
}
