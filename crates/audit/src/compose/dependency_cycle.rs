//! `compose/dependency-cycle`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;
use std::collections::BTreeSet;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/dependency-cycle",
        demands: "Services do not wait for each other in a circle: none of them could be the first, and Compose refuses the whole file.",
        advice: "remove the `depends_on` that can best be missed",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for service in stack.services() {
        if told.contains(service.name()) {
            continue;
        }
        let Some((first, line, _)) =
            service.depends_on().into_iter().find(|(name, ..)| reaches(stack, name, service.name()))
        else {
            continue;
        };
        told.extend(
            stack.services().map(|other| other.name()).filter(|other| {
                reaches(stack, service.name(), other) && reaches(stack, other, service.name())
            }),
        );
        let message = format!("`{}` waits for `{first}`, which waits for it", service.name());
        remarks.push(Remark::new(stack.place(line), message));
    }
    remarks
}

/// Whether a service waits for another one in the end, or is it.
fn reaches(stack: &Stack, from: &str, to: &str) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut next: Vec<&str> = stack.service(from).map(|service| service.name()).into_iter().collect();
    while let Some(name) = next.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            next.extend(
                stack
                    .service(name)
                    .into_iter()
                    .flat_map(|service| service.depends_on())
                    .map(|(name, ..)| name),
            );
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(&RULE, "services:\n  web:\n    image: app:1\n    depends_on: [b]\n  b:\n    image: b:1\n"),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            (
                "services:\n  web:\n    image: app:1\n    depends_on: [b]\n  b:\n    image: b:1\n    depends_on: [web]\n",
                &[4][..],
            ),
            ("services:\n  web:\n    image: app:1\n    depends_on: [web]\n", &[4][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    depends_on: [b]\n  b:\n    image: b:1\n    depends_on: [c]\n  c:\n    image: c:1\n    depends_on: [b]\n"
            ),
            [7]
        );
    }
}
