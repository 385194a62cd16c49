//! `compose/literal-credential`

use crate::credential::{is_guessed, is_secret_name, is_written_down, issuer};
use crate::expansion::hidden;
use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Connection;
use crate::subject::compose::Stack;
use crate::subject::compose::Variable;
use crate::subject::purpose::Purpose;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/literal-credential",
        demands: "No password, token or key of production stands in a file of the repository: everybody who has the repository has it, for ever.",
        advice: "write `${NAME:?}` and keep the value outside, or give it as a file below `secrets`; replace what was published",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services() {
        let connections = service.connections();
        for variable in service.environment() {
            let connection = connections
                .iter()
                .find(|(known, _)| known.line == variable.line && known.name == variable.name);
            let Some(message) = wrong(&variable, connection.map(|(_, connection)| connection)) else {
                continue;
            };
            let known_key = variable.value.is_some_and(|value| issuer(value).is_some());
            if stack.purpose == Purpose::Development && !known_key {
                continue;
            }
            let severity = if known_key { Severity::Error } else { stack.purpose.grade(Severity::Error) };
            remarks.push(Remark::new(stack.place(variable.line), message).as_bad_as(severity));
        }
    }
    remarks
}

fn wrong(variable: &Variable<'_>, connection: Option<&Connection>) -> Option<String> {
    let value = hidden(variable.value?);
    let name = variable.name;
    // A word that everybody tries is the more wrong as a password.
    let is_secret = |value: &str| is_written_down(value) || is_guessed(value);
    if let Some(issuer) = issuer(&value) {
        return Some(format!("`{name}` holds a key of {issuer}"));
    }
    if is_secret_name(name) && is_secret(&value) {
        return Some(format!("the value of `{name}` is written down"));
    }
    let password = hidden(connection?.password.as_deref()?);
    // The password of the address as it stands, not as its default has it.
    let literal = value.contains(&format!(":{password}@")) && is_secret(&password);
    literal.then(|| format!("the address in `{name}` has its password in it"))
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
                "services:\n  web:\n    image: app:1\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD}\n      TOKEN_FILE: /run/secrets/t\n      DATABASE_URL: postgres://a:${P:-hunter22}@db/x\n      API_KEY: your-key-here\n      X_SECRET:\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            (
                "services:\n  web:\n    image: app:1\n    environment:\n      DB_PASSWORD: hunter22\n",
                &[5][..],
            ),
            (
                "services:\n  web:\n    image: app:1\n    environment:\n      - POSTGRES_PASSWORD=postgres\n",
                &[5][..],
            ),
            (
                "services:\n  web:\n    image: app:1\n    environment:\n      DATABASE_URL: postgres://a:hunter22@db/x\n",
                &[5][..],
            ),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    environment:\n      A: b\n  b:\n    image: b:1\n    environment:\n      - X=1\n      - JWT_SECRET=s3cr3t-s3cr3t\n"
            ),
            [10]
        );
    }

    #[test]
    fn what_is_only_for_development_passes() {
        let text =
            "services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: postgres\n";
        assert_eq!(super::super::fixture::places(&RULE, &[("compose.dev.yml", text)]), [""; 0]);
        assert_eq!(super::super::fixture::places(&RULE, &[("compose.yml", text)]), ["compose.yml:5"]);
    }
}
