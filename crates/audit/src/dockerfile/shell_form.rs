//! `dockerfile/shell-form`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/shell-form",
        demands: "The program is started as a list of words, so that it gets the signal to stop itself: a shell in between keeps it, and after ten seconds requests are cut off.",
        advice: "write it as `CMD [\"program\", \"argument\"]`; where a shell is needed, let it end with `exec program`",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let severity = if dockerfile.is_for_development() { Severity::Note } else { Severity::Warning };
    let in_shell = dockerfile.starts().into_iter().filter(|found| {
        found.exec().is_none() && !found.rest().is_empty() && !found.rest().contains("exec ")
    });
    let remark = |found: &artifact::dockerfile::read::Instruction| {
        let message = format!("`{}` runs under a shell, which keeps the signal to stop", found.keyword);
        Remark::new(dockerfile.place(found), message).as_bad_as(severity)
    };
    in_shell.map(remark).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM node:22-slim\nCMD [\"node\", \"a.js\"]\n",
            "FROM node:22-slim\nCMD exec node a.js\n",
            "FROM a:1\nCMD node a\nFROM b:1\nCMD [\"b\"]\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nCMD node a.js\n", &[2][..]),
            ("FROM node:22-slim\nCMD ['node', 'a.js']\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nENTRYPOINT [\"x\"]\nCMD node a.js\n"), [3]);
    }
}
