//! `compose/default-password`

use crate::credential::{is_guessed, is_secret_name, is_written_down};
use crate::expansion::{hidden, variables};
use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use crate::subject::purpose::Purpose;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/default-password",
        demands: "A password has no default that everybody can read or guess: the day the variable is missing, the system starts with it.",
        advice: "write `${NAME:?set NAME}`, so that nothing starts without it",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    if stack.purpose == Purpose::Development {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    for service in stack.services() {
        for variable in service.environment() {
            let Some(value) = variable.value else { continue };
            let of_default = variables(value).into_iter().find(|(name, default)| {
                let default = hidden(default.as_deref().unwrap_or_default());
                is_secret_name(name) && (is_guessed(&default) || is_written_down(&default))
            });
            let severity = stack.purpose.grade(Severity::Error);
            remarks.extend(of_default.map(|(name, _)| {
                Remark::new(
                    stack.place(variable.line),
                    format!("`{name}` has a default that everybody can read"),
                )
                .as_bad_as(severity)
            }));
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
                "services:\n  web:\n    image: app:1\n    environment:\n      P: ${DB_PASSWORD:?set it}\n      Q: ${API_TOKEN:-}\n      R: ${USER:-postgres}\n      S: ${DB_PASSWORD}\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    environment:\n      P: ${DB_PASSWORD:-postgres}\n"
            ),
            [5]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    environment:\n      - A=${B:-c}\n      - U=postgres://a:${DB_PASSWORD:-hunter22}@db/x\n"
            ),
            [6]
        );
    }
}
