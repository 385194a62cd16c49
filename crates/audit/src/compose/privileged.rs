//! `compose/privileged`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/privileged",
        demands: "No container is privileged: it sees every device and can leave whenever it wants.",
        advice: "remove `privileged`, and give the one capability or device that is needed",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let all = stack.services().filter_map(|service| {
        let said = service.get("privileged").filter(|said| said.truth() == Some(true))?;
        let severity = stack.purpose.grade(Severity::Error).max(Severity::Warning);
        Some(
            Remark::new(
                stack.place(said.line),
                format!("`{}` may do everything on the machine", service.name()),
            )
            .as_bad_as(severity),
        )
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n    privileged: false\n"), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n    privileged: true\n"), [4]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    privileged: false\n  b:\n    image: b:1\n    privileged: true\n"
            ),
            [7]
        );
    }
}
