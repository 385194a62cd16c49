//! `dockerfile/hidden-failure`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::{Dockerfile, pipes};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/hidden-failure",
        demands: "A pipe fails when a part of it fails: else what could not be fetched goes unnoticed into the image.",
        advice: "begin with `set -o pipefail;` under a shell that knows it, as `SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]`, or fetch to a file first",
        severity: Severity::Warning,
    },
    check,
};

/// Programs that notice by themselves that nothing, or something else, came.
const NOTICE: [&str; 14] = [
    "tar",
    "unzip",
    "gunzip",
    "xz",
    "gpg",
    "sha256sum",
    "sha512sum",
    "sha1sum",
    "shasum",
    "apt-key",
    "jq",
    "psql",
    "bsdtar",
    "cpio",
];
/// A rule of its own says what is wrong with these.
const SHELLS: [&str; 8] = ["sh", "bash", "ash", "zsh", "dash", "python", "python3", "node"];

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (at, instruction) in dockerfile.instructions().filter(|(_, found)| found.keyword == "RUN") {
        let line = dockerfile.line_of_descent(at);
        let set = line.iter().any(|stage| stage.all("SHELL").any(|shell| shell.text.contains("pipefail")));
        if set || instruction.script().contains("pipefail") || instruction.text.contains("pipefail") {
            continue;
        }
        let hides = pipes(instruction.script()).into_iter().any(|(left, right)| {
            let program = |words: &[String]| {
                words.iter().find(|word| !word.contains('=') && *word != "sudo").cloned().unwrap_or_default()
            };
            matches!(program(&left).as_str(), "curl" | "wget")
                && !NOTICE.contains(&program(&right).as_str())
                && !SHELLS.contains(&program(&right).rsplit('/').next().unwrap_or_default())
        });
        if hides {
            remarks
                .push(Remark::new(dockerfile.place(instruction), "a download in a pipe may fail unnoticed"));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM node:22-slim\nRUN curl https://x | tar xz\nRUN set -o pipefail; curl https://x | tee /y\nRUN echo a | tee b\n",
            "FROM a:1\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN curl https://x | tee /y\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN curl https://x | tee /y\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(&RULE, "FROM node:22-slim\nRUN ls | cat\nRUN wget -qO- https://x | sed s/a/b/ > c\n"),
            [3]
        );
    }
}
