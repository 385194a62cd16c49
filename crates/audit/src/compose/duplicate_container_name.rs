//! `compose/duplicate-container-name`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/duplicate-container-name",
        demands: "A name of a container belongs to one service: the second one cannot start.",
        advice: "give it another one, or leave `container_name` out",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut taken: Vec<(&str, u32)> = Vec::new();
    for service in stack.services().filter(|service| !service.is_optional()) {
        let Some(name) = service.get("container_name").and_then(Value::text) else { continue };
        let line = service.line("container_name");
        if let Some((_, first)) = taken.iter().find(|(known, _)| *known == name) {
            let message = format!("another container is `{name}` already");
            remarks.push(Remark::new(stack.place(line), message).with(stack.place(*first)));
        }
        taken.push((name, line));
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
                "services:\n  web:\n    image: app:1\n    container_name: a\n  b:\n    image: b:1\n    container_name: b\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    container_name: a\n  b:\n    image: b:1\n    container_name: a\n"
            ),
            [7]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    container_name: a\n  b:\n    image: b:1\n    container_name: b\n  c:\n    image: b:1\n    container_name: b\n"
            ),
            [10]
        );
    }
}
