//! `compose/unbounded-logs`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::{Service, Stack};
use crate::subject::purpose::Purpose;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/unbounded-logs",
        demands: "Logs are rotated: Docker keeps what a service writes in one file that grows until the disk is full.",
        advice: "set `logging` with `max-size` and `max-file`, or the same in the daemon's configuration",
        severity: Severity::Note,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    if stack.purpose != Purpose::Production {
        return Vec::new();
    }
    super::lacking(stack, is_bounded, "may write logs without end")
}

fn is_bounded(service: Service<'_>) -> bool {
    let Some(logging) = service.get("logging") else { return false };
    let driver = logging.get("driver").and_then(Value::text).unwrap_or("json-file");
    driver != "json-file" || logging.at(&["options", "max-size"]).is_some()
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
                "services:\n  web:\n    image: app:1\n    logging: {driver: local}\n  b:\n    image: b:1\n    logging: {options: {max-size: 10m}}\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n  b:\n    image: b:1\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    logging: {driver: journald}\n  b:\n    image: b:1\n    logging: {driver: json-file}\n"
            ),
            [5]
        );
    }
}
