//! `dockerfile/missing-arguments`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/missing-arguments",
        demands: "An instruction says what it is about; a build ends at an empty one.",
        advice: "write its arguments, or remove the line",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let begins = dockerfile.stages.iter().map(|stage| &stage.begin);
    let all = dockerfile.instructions().map(|(_, found)| found);
    let empty = dockerfile.global.iter().chain(begins).chain(all).filter(|found| {
        let words = found.rest().split_whitespace().count();
        match found.keyword.as_str() {
            "ADD" | "COPY" => words < 2 && found.documents.is_empty() && !found.rest().starts_with('['),
            "CMD" | "ENTRYPOINT" => words == 0 && found.text.is_empty(),
            "ARG" | "ENV" | "EXPOSE" | "FROM" | "HEALTHCHECK" | "LABEL" | "RUN" | "SHELL" | "STOPSIGNAL"
            | "USER" | "VOLUME" | "WORKDIR" => words == 0,
            _ => false,
        }
    });
    empty
        .map(|found| {
            Remark::new(dockerfile.place(found), format!("`{}` has too few arguments", found.keyword))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(&RULE, "FROM node:22-slim\nCOPY a b\nHEALTHCHECK NONE\nCOPY <<EOF /x\nhi\nEOF\n"),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in
            [("FROM node:22-slim\nRUN\n", &[2][..]), ("FROM node:22-slim\nCOPY onlyone\n", &[2][..])]
        {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nCOPY a b\nCOPY --from=x a\n"), [3]);
    }
}
