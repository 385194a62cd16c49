//! `dockerfile/secret-in-text`

use crate::credential::issuer;
use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/secret-in-text",
        demands: "No key of a service stands in a Dockerfile: it is in the repository and in the history of every image.",
        advice: "replace the key where it was made, and give the new one with `RUN --mount=type=secret`",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (_, instruction) in dockerfile.instructions() {
        let texts =
            std::iter::once(&instruction.text).chain(instruction.documents.iter().map(|found| &found.text));
        let found = texts.filter_map(|text| issuer(text)).next();
        remarks.extend(found.map(|issuer| {
            Remark::new(dockerfile.place(instruction), format!("a key of {issuer} is written down"))
        }));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN echo ghp_ > x\n"), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(&RULE, "FROM node:22-slim\nRUN echo ghp_a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\n"),
            [2]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN ls\nENV X=AKIAQ7Q7Q7Q7Q7Q7Q7Q7\n"), [3]);
    }
}
