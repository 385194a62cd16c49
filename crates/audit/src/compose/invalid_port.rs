//! `compose/invalid-port`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/invalid-port",
        demands: "A port is written as `HOST:CONTAINER`, both from 1 to 65535, with an address of the machine in front where one is meant.",
        advice: "write it as `\"127.0.0.1:8080:80\"`",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services() {
        let problems = service.ports().filter_map(Result::err);
        remarks.extend(problems.map(|(line, problem)| {
            Remark::new(stack.place(line), format!("{problem}, in the ports of `{}`", service.name()))
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
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    ports: [\"80\", \"8080:80/udp\", \"${P:-1}:2\", \"127.0.0.1:1-2:3-4\"]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n    ports: [\"80:http\"]\n"), [4]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    ports:\n      - 80:80\n      - 80:800000\n"
            ),
            [6]
        );
    }
}
