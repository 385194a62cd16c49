//! `compose/unchecked-dependency`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/unchecked-dependency",
        demands: "Who waits until a service is healthy waits for one that has a health check: without one Compose gives up at once.",
        advice: "add a `healthcheck` to the service, as `pg_isready` for PostgreSQL, or wait for `service_started`",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    // Swarm waits for nothing.
    for service in stack.services().filter(|_| !stack.swarm) {
        let healthy = service
            .depends_on()
            .into_iter()
            .filter(|(_, _, condition)| *condition == Some("service_healthy"));
        for (name, line, _) in healthy {
            let Some(other) = stack.service(name) else { continue };
            let check = other.get("healthcheck");
            let off = check.is_some_and(|check| {
                let none = check
                    .get("test")
                    .is_some_and(|test| test.one_or_many().first().and_then(Value::text) == Some("NONE"));
                check.get("disable").and_then(Value::truth) == Some(true) || none
            });
            // The images of datastores bring none; others may.
            let missing = check.is_none()
                && other.store().is_some()
                && !other.is_built()
                && !other.known_image().contains("bitnami");
            if off || missing && !stack.open {
                let message = format!(
                    "`{}` waits until `{name}` is healthy, which has no health check",
                    service.name()
                );
                remarks.push(Remark::new(stack.place(line), message).with(stack.place(other.key.line)));
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
                "services:\n  web:\n    image: app:1\n    depends_on:\n      db: {condition: service_healthy}\n  db:\n    image: postgres:17\n    healthcheck: {test: [CMD, pg_isready]}\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    depends_on:\n      db: {condition: service_healthy}\n  db:\n    image: postgres:17\n"
            ),
            [5]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    depends_on:\n      b: {condition: service_healthy}\n      c:\n        condition: service_healthy\n  b:\n    image: b:1\n  c:\n    image: redis:7\n    healthcheck: {disable: true}\n"
            ),
            [6]
        );
    }
}
