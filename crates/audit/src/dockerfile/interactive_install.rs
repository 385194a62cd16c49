//! `dockerfile/interactive-install`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/interactive-install",
        demands: "A package manager in a build is told to go on: it asks, nobody answers, and the build ends.",
        advice: "add `-y`",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let told = dockerfile.instructions().any(|(_, found)| {
        found.text.contains("Assume-Yes")
            || found.documents.iter().any(|document| document.text.contains("Assume-Yes"))
    });
    let commands = dockerfile.commands();
    let asking = commands.iter().filter(|command| {
        let does = command
            .arguments()
            .first()
            .is_some_and(|what| matches!(*what, "install" | "upgrade" | "dist-upgrade"));
        let yes = match command.program() {
            "apt-get" | "apt" => &["-y", "-qq", "--yes", "--assume-yes", "--force-yes"][..],
            "yum" | "dnf" | "microdnf" | "tdnf" => &["-y", "--assumeyes"],
            _ => return false,
        };
        does && !command.has(yes)
            && !command.has(&["--download-only", "-s", "--dry-run"])
            && !command.instruction.script().contains("yes |")
    });
    if told {
        return Vec::new();
    }
    asking
        .map(|command| {
            Remark::new(
                dockerfile.place(command.instruction),
                format!("`{}` asks before it goes on", command.program()),
            )
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
            lines(
                &RULE,
                "FROM node:22-slim\nRUN apt-get update && apt-get install -yq a && apt-get -qq install b && apt-get install --yes c && apk add d\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN apt-get install curl\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN apt-get install -y a\nRUN dnf install b\n"), [3]);
    }
}
