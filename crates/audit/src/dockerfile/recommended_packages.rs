//! `dockerfile/recommended-packages`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/recommended-packages",
        demands: "What is built has the packages that it needs: apt also installs those that go well with them, which are more to download and to patch.",
        advice: "add `--no-install-recommends`, and the package that was missed, if one was",
        severity: Severity::Note,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let set = dockerfile.instructions().any(|(_, found)| found.script().contains("Install-Recommends"));
    let commands = dockerfile.commands();
    let installs = commands.iter().filter(|command| {
        matches!(command.program(), "apt-get" | "apt")
            && command.arguments().first() == Some(&"install")
            && !command.has(&["--no-install-recommends", "--download-only"])
            && dockerfile.is_built(command.stage)
    });
    if set || dockerfile.is_for_development() {
        return Vec::new();
    }
    installs
        .map(|command| {
            Remark::new(dockerfile.place(command.instruction), "packages are installed that nobody named")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM node:22-slim\nRUN apt-get install -y --no-install-recommends a\n",
            "FROM debian:12 AS b\nRUN apt-get install -y a\nFROM a:1\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN apt-get install -y a\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22-slim\nRUN apt-get install -y --no-install-recommends a\nRUN ls && apt-get -y install b\n"
            ),
            [3]
        );
    }
}
