//! `dockerfile/legacy-env`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::{Dockerfile, legacy};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/legacy-env",
        demands: "`ENV` is written with `=`: the form without it takes everything up to the end of the line into one value, and BuildKit warns of it.",
        advice: "write `ENV NAME=value`",
        severity: Severity::Note,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let all = dockerfile.instructions();
    let old = all.filter_map(|(_, found)| legacy(found).map(|(name, _)| (found, name)));
    old.map(|(found, name)| Remark::new(dockerfile.place(found), format!("`{name}` is set without `=`")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nENV A=1 B=\"x y\"\n"), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nENV A 1\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nENV A=1\nENV B x y\n"), [3]);
    }
}
