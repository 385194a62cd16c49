//! `compose/open-datastore`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use crate::subject::purpose::Purpose;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/open-datastore",
        demands: "A datastore asks who it is that reads and writes: without that every program in its network is its master.",
        advice: "remove the switch, and give it a password as a secret",
        severity: Severity::Warning,
    },
    check,
};

/// Switches that let everybody in, with the value that does; none for any that is not empty or `no`.
const SWITCHES: [(&str, Option<&str>); 8] = [
    ("POSTGRES_HOST_AUTH_METHOD", Some("trust")),
    ("MYSQL_ALLOW_EMPTY_PASSWORD", None),
    ("MYSQL_ALLOW_EMPTY_ROOT_PASSWORD", None),
    ("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", None),
    ("MARIADB_ALLOW_EMPTY_PASSWORD", None),
    ("ALLOW_EMPTY_PASSWORD", None),
    ("DISABLE_SECURITY_PLUGIN", Some("true")),
    ("xpack.security.enabled", Some("false")),
];

fn check(stack: &Stack) -> Vec<Remark> {
    if stack.purpose == Purpose::Development {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    for service in stack.services() {
        for variable in service.environment() {
            let value = variable.value.unwrap_or_default();
            let known = SWITCHES.iter().find(|(name, _)| *name == variable.name);
            let open = known.is_some_and(|(_, opens)| match opens {
                Some(opens) => value == *opens,
                None => !matches!(value, "" | "no" | "false" | "0") && !value.contains('$'),
            });
            if open {
                let message = format!("`{}` lets everybody into `{}`", variable.name, service.name());
                let severity = stack.purpose.grade(Severity::Warning);
                remarks.push(Remark::new(stack.place(variable.line), message).as_bad_as(severity));
            }
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    const GOOD: &str = "services:\n  a:\n    image: postgres:17\n    environment:\n      POSTGRES_HOST_AUTH_METHOD: scram-sha-256\n";

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, GOOD), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, &GOOD.replace("scram-sha-256", "trust")), [5]);
    }

    #[test]
    fn so_is_the_second_one() {
        let second = "  b:\n    image: mysql:8\n    environment:\n      - MYSQL_ALLOW_EMPTY_PASSWORD=yes\n";
        assert_eq!(lines(&RULE, &format!("{GOOD}{second}")), [9]);
    }
}
