//! `dockerfile/sudo`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/sudo",
        demands: "A build is root already, and `sudo` behaves differently without a terminal; the image is better off without the program.",
        advice: "leave `sudo` out, and change the user with `USER`",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let commands = dockerfile.commands();
    let used =
        commands.iter().filter(|command| command.invocation.words.first().is_some_and(|word| word == "sudo"));
    used.map(|command| {
        Remark::new(dockerfile.place(command.instruction), "`sudo` runs a command of the build")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN apt-get install -y sudo\n"), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN sudo ls\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN ls\nRUN ls && sudo -E make\n"), [3]);
    }
}
