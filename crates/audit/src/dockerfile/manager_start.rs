//! `dockerfile/manager-start`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::{Dockerfile, invocations};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/manager-start",
        demands: "The program is started itself, not by npm, yarn or pnpm: they are a second process that hands on signals badly and takes memory.",
        advice: "write what the script runs, as `CMD [\"node\", \"dist/main.js\"]`",
        severity: Severity::Note,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    if dockerfile.is_for_development() {
        return Vec::new();
    }
    let by_manager = dockerfile.starts().into_iter().filter_map(|found| {
        let last = invocations(found).pop()?;
        let manager =
            last.words.first().filter(|word| matches!(word.as_str(), "npm" | "yarn" | "pnpm"))?.clone();
        let script = last.words.iter().skip(1).find(|word| !word.starts_with('-'))?;
        let starts = matches!(script.as_str(), "start" | "run" | "serve" | "prod" | "preview")
            || script.starts_with("start:");
        // A rule of its own says what is wrong with these.
        let develops = last.words.iter().any(|word| word == "dev" || word.ends_with(":dev"));
        (starts && !develops).then_some((found, manager))
    });
    by_manager
        .map(|(found, manager)| {
            Remark::new(dockerfile.place(found), format!("`{manager}` stands between Docker and the program"))
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
            "FROM node:22-slim\nCMD [\"npm\", \"run\", \"dev\"]\n",
            "FROM node:22-slim\nCMD [\"node\", \"a.js\"]\n",
            "FROM node:22-slim\nCMD [\"sh\", \"-c\", \"npm run migrate && exec node a.js\"]\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nCMD [\"npm\", \"start\"]\n", &[2][..]),
            ("FROM node:22-slim\nCMD yarn start:prod\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(&RULE, "FROM node:22-slim\nENTRYPOINT [\"/wrap\"]\nCMD [\"pnpm\", \"run\", \"start\"]\n"),
            [3]
        );
    }
}
