//! `compose/published-datastore`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/published-datastore",
        demands: "A datastore is reached only from its own network: Docker opens a published port past the firewall, to everybody.",
        advice: "remove the port, since services reach each other by their names; for yourself publish it as `127.0.0.1:5432:5432`",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services() {
        let Some(store) = service.store() else { continue };
        let open = service.ports().filter_map(Result::ok).filter(|port| {
            let asked =
                |(first, last): (u16, u16)| store.ports().iter().any(|port| (first..=last).contains(port));
            port.is_everywhere() && port.container.is_some_and(asked)
        });
        remarks.extend(open.map(|port| {
            let message = format!(
                "{} of `{}` is open to everybody who reaches the machine",
                store.title(),
                service.name()
            );
            Remark::new(stack.place(port.line), message).as_bad_as(stack.purpose.grade(Severity::Error))
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
                "services:\n  db:\n    image: postgres:17\n    ports: [\"127.0.0.1:5432:5432\"]\n    expose: [\"5432\"]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(&RULE, "services:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n"),
            [4]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  db:\n    image: postgres:17\n  c:\n    image: redis:7\n    ports:\n      - 127.0.0.1:1:6379\n      - 6379:6379\n"
            ),
            [8]
        );
    }
}
