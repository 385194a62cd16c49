//! `compose/no-restart-policy`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::{Service, Stack};
use crate::subject::purpose::Purpose;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/no-restart-policy",
        demands: "In production Docker starts a service again when it ends or the machine restarts.",
        advice: "add `restart: unless-stopped`",
        severity: Severity::Warning,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    // Swarm starts again by itself.
    if stack.purpose != Purpose::Production || stack.swarm {
        return Vec::new();
    }
    let has = |service: Service<'_>| {
        service.get("restart").and_then(Value::text).is_some()
            || service.value.at(&["deploy", "restart_policy"]).is_some()
    };
    super::lacking(stack, has, "will stay down after the end or a restart of the machine")
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
                "services:\n  web:\n    image: app:1\n    restart: always\n  m:\n    image: m:1\n    restart: \"no\"\n"
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
            lines(&RULE, "services:\n  web:\n    image: app:1\n    restart: always\n  b:\n    image: b:1\n"),
            [5]
        );
    }
}
