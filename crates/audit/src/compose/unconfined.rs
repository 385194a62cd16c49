//! `compose/unconfined`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/unconfined",
        demands: "The profiles stay on with which the kernel keeps a container from calls that it never needs.",
        advice: "remove it, or name a profile of your own",
        severity: Severity::Warning,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services() {
        for (text, line) in service.texts("security_opt") {
            let option = text.replace('=', ":").to_ascii_lowercase();
            if matches!(
                option.as_str(),
                "seccomp:unconfined" | "apparmor:unconfined" | "label:disable" | "systempaths:unconfined"
            ) {
                let message = format!("`{text}` lets `{}` call everything", service.name());
                remarks.push(
                    Remark::new(stack.place(line), message).as_bad_as(stack.purpose.grade(Severity::Warning)),
                );
            }
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
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    security_opt: [\"no-new-privileges:true\", \"seccomp:./p.json\"]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(&RULE, "services:\n  web:\n    image: app:1\n    security_opt: [\"seccomp:unconfined\"]\n"),
            [4]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    security_opt:\n      - no-new-privileges:true\n      - apparmor=unconfined\n"
            ),
            [6]
        );
    }
}
