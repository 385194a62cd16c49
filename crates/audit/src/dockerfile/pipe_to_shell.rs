//! `dockerfile/pipe-to-shell`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::{Dockerfile, pipes};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/pipe-to-shell",
        demands: "What is fetched is looked at before it is run: a script that comes through a pipe is whatever the other side says today.",
        advice: "install the package of the distribution or a file whose checksum is compared; at the least fetch the script to a file of a named version",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let runs = dockerfile.instructions().filter(|(_, found)| found.keyword == "RUN");
    let piped = runs.filter(|(_, found)| {
        let direct = pipes(found.script()).into_iter().any(|(left, right)| fetches(&left) && runs_it(&right));
        let script = found.script();
        direct
            || ["sh -c \"$(curl", "bash -c \"$(curl", "bash <(curl", "sh -c \"$(wget", "bash -c \"$(wget"]
                .iter()
                .any(|form| script.contains(form))
    });
    piped
        .map(|(_, found)| {
            Remark::new(dockerfile.place(found), "a script is run as it comes from the network")
        })
        .collect()
}

fn fetches(words: &[String]) -> bool {
    words.first().is_some_and(|word| matches!(word.as_str(), "curl" | "wget"))
}

fn runs_it(words: &[String]) -> bool {
    let words =
        words.iter().skip_while(|word| matches!(word.as_str(), "sudo" | "env" | "-E") || word.contains('='));
    let program = words.map(|word| word.rsplit('/').next().unwrap_or(word)).next();
    program.is_some_and(|program| {
        matches!(
            program,
            "sh" | "bash" | "ash" | "zsh" | "dash" | "python" | "python3" | "node" | "perl" | "ruby"
        )
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
                "FROM node:22-slim\nRUN curl -fsSL https://x/y | gpg --dearmor > /k && curl -o a https://x && sh a\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nRUN curl -fsSL https://x/setup | bash -\n", &[2][..]),
            ("FROM node:22-slim\nRUN sh -c \"$(curl -fsSL https://x)\"\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(&RULE, "FROM node:22-slim\nRUN ls\nRUN wget -qO- https://x | POETRY=1 python3 -\n"),
            [3]
        );
    }
}
