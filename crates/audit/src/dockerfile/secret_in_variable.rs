//! `dockerfile/secret-in-variable`

use crate::credential::{is_secret_name, is_written_down};
use crate::expansion::variables;
use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::{Dockerfile, assignments};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/secret-in-variable",
        demands: "No password, token or key stands in `ENV` or `ARG`: both stay in the image, for everybody who can pull it.",
        advice: "give it to the one command that needs it with `RUN --mount=type=secret`, and to the program when it starts; replace a value that was published",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for stage in &dockerfile.stages {
        let arguments: Vec<String> = stage.all("ARG").flat_map(assignments).map(|(name, _)| name).collect();
        let set = stage.instructions.iter().filter(|found| matches!(found.keyword.as_str(), "ENV" | "ARG"));
        for instruction in set {
            let named = assignments(instruction).into_iter().filter(|(name, _)| is_secret_name(name));
            let wrong =
                named.filter_map(|(name, value)| wrong(&instruction.keyword, &name, &value, &arguments));
            remarks.extend(wrong.map(|(severity, message)| {
                Remark::new(dockerfile.place(instruction), message).as_bad_as(severity)
            }));
        }
    }
    remarks
}

fn wrong(keyword: &str, name: &str, value: &str, arguments: &[String]) -> Option<(Severity, String)> {
    let copied = variables(value).into_iter().find(|(used, _)| arguments.contains(used));
    if let Some((argument, _)) = copied {
        return Some((Severity::Error, format!("`{name}` takes the argument `{argument}` into the image")));
    }
    if is_written_down(value) {
        return Some((Severity::Error, format!("the value of `{name}` is written down")));
    }
    let asked = keyword == "ARG" && value.is_empty();
    asked.then(|| {
        (Severity::Warning, format!("`{name}` is given as an argument, which the image's history keeps"))
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22-slim\nENV PASSWORD_FILE=/run/secrets/p TOKEN_TTL=60 JWT_SECRET= NEXT_PUBLIC_TOKEN=abcdef\nARG SECRET_KEY=dummy\nENV DB_PASSWORD=${DB_PASSWORD}\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nENV DB_PASSWORD=hunter22\n", &[2][..]),
            ("FROM node:22-slim\nARG NPM_TOKEN\n", &[2][..]),
            ("FROM node:22-slim\nENV API_KEY hunter22\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22-slim\nENV A=1 \\\n  JWT_SECRET=k3yk3yk3y\nARG DB_PASSWORD\nENV DB_PASSWORD=$DB_PASSWORD\n"
            ),
            [2, 4, 5]
        );
    }
}
