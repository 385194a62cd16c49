//! `compose/no-memory-limit`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use crate::subject::purpose::Purpose;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/no-memory-limit",
        demands: "In production each service has a limit of memory: else one that leaks takes the machine down, the database with it.",
        advice: "set `mem_limit`, or `deploy.resources.limits.memory`",
        severity: Severity::Warning,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    if stack.purpose != Purpose::Production {
        return Vec::new();
    }
    super::lacking(stack, |service| service.memory_limit().is_some(), "may take all memory")
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
                "services:\n  web:\n    image: app:1\n    mem_limit: 1g\n  b:\n    image: b:1\n    deploy: {resources: {limits: {memory: 1g}}}\n  c:\n    image: c:1\n    profiles: [x]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(&RULE, "services:\n  web:\n    image: app:1\n    mem_limit: 1g\n  b:\n    image: b:1\n"),
            [5]
        );
    }
}
