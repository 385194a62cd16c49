//! `dockerfile/unknown-instruction`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;
use model::spelling::nearest;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/unknown-instruction",
        demands: "Every line begins with an instruction that Docker knows; a build ends at the first other one.",
        advice: "write the instruction as Docker spells it; a line that goes on needs a `\\` at the end of the line before",
        severity: Severity::Error,
    },
    check,
};

const KNOWN: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let all = dockerfile.global.iter().chain(dockerfile.instructions().map(|(_, found)| found));
    let unknown = all.filter(|found| !KNOWN.contains(&found.keyword.as_str()));
    let remarks = unknown.map(|found| {
        let meant = nearest(&found.keyword, KNOWN);
        let hint = meant.map(|meant| format!("; `{meant}` is one")).unwrap_or_default();
        Remark::new(dockerfile.place(found), format!("`{}` is no instruction{hint}", found.keyword))
    });
    remarks.collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nrun ls\nCMD [\"node\"]\n"), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUNN ls\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN ls\nENTRYPONT [\"x\"]\n"), [3]);
    }
}
