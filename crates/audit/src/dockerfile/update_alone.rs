//! `dockerfile/update-alone`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/update-alone",
        demands: "`apt-get update` stands in the same `RUN` as the install: alone it is kept as a layer, and the install later asks for packages that are gone.",
        advice: "write `RUN apt-get update && apt-get install -y ...`",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let commands = dockerfile.commands();
    let updates = commands
        .iter()
        .filter(|command| is(command.program(), command.arguments().first().copied(), "update"));
    let alone = updates.filter(|update| {
        let same = commands.iter().filter(|other| std::ptr::eq(other.instruction, update.instruction));
        let mut others =
            same.filter(|other| !is(other.program(), other.arguments().first().copied(), "update"));
        // A script or another program may install too.
        !others.any(|other| {
            !matches!(other.program(), "rm" | "echo" | "set" | "mkdir" | "apt-get" | "apt")
                || other
                    .arguments()
                    .iter()
                    .any(|word| matches!(*word, "install" | "build-dep" | "upgrade" | "dist-upgrade"))
        }) && !update.has_cache()
    });
    alone
        .map(|command| {
            Remark::new(
                dockerfile.place(command.instruction),
                "the lists of packages are read, and nothing is installed",
            )
        })
        .collect()
}

fn is(program: &str, first: Option<&str>, what: &str) -> bool {
    matches!(program, "apt-get" | "apt") && first == Some(what)
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
                "FROM node:22-slim\nRUN apt-get update && apt-get install -y a\nRUN apt-get update && npx playwright install-deps\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN apt-get update\nRUN apt-get install -y a\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22-slim\nRUN apt-get update && apt-get install -y a\nRUN apt-get update -qq && rm -rf /x\n"
            ),
            [3]
        );
    }
}
