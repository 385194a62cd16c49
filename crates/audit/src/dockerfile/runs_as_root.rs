//! `dockerfile/runs-as-root`

use crate::expansion::defaults;
use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use crate::subject::dockerfile::Stage;
use artifact::dockerfile::read::Instruction;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/runs-as-root",
        demands: "What is built does not run as root: who breaks out of the program has the container, and from there often the machine.",
        advice: "end the last stage with `USER` and a number that is not 0, after giving it the folders that are written to",
        severity: Severity::Warning,
    },
    check,
};

/// Official images that start what is given to them as root.
const ROOT: [&str; 26] = [
    "alpine",
    "almalinux",
    "amazonlinux",
    "busybox",
    "bun",
    "clojure",
    "debian",
    "eclipse-temurin",
    "elixir",
    "erlang",
    "fedora",
    "gcc",
    "golang",
    "gradle",
    "haskell",
    "maven",
    "node",
    "openjdk",
    "oraclelinux",
    "perl",
    "php",
    "pypy",
    "python",
    "rockylinux",
    "ruby",
    "ubuntu",
];
/// Programs with which a start script changes to another user.
const CHANGES: [&str; 4] = ["gosu", "su-exec", "setpriv", "tianon/"];

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let built = dockerfile.built();
    let Some(last) = dockerfile.last().filter(|_| !dockerfile.is_for_development()) else {
        return Vec::new();
    };
    if built.iter().any(|stage| changes_user(stage)) {
        return Vec::new();
    }
    let user = built.iter().find_map(|stage| stage.last("USER"));
    match user {
        Some(user) if is_root(user) => {
            vec![Remark::new(dockerfile.place(user), format!("the image runs as `{}`", user.rest().trim()))]
        }
        Some(_) => Vec::new(),
        None => {
            let base = dockerfile.official(dockerfile.stages.len() - 1);
            let root = base.filter(|base| ROOT.contains(&base.as_str()));
            let remark = |base| format!("no `USER` is set, so that the image runs as root, as `{base}` does");
            root.map(|base| Remark::new(dockerfile.place(&last.begin), remark(base))).into_iter().collect()
        }
    }
}

fn is_root(user: &Instruction) -> bool {
    let user = defaults(user.rest().trim());
    matches!(user.split(':').next().unwrap_or_default().trim_matches('"'), "root" | "0")
}

fn changes_user(stage: &Stage) -> bool {
    let all = stage
        .instructions
        .iter()
        .filter(|found| matches!(found.keyword.as_str(), "RUN" | "COPY" | "ENTRYPOINT" | "CMD"));
    let mut texts = all.flat_map(|found| {
        [found.text.as_str()].into_iter().chain(found.documents.iter().map(|d| d.text.as_str()))
    });
    texts.any(|text| CHANGES.iter().any(|program| text.contains(program)))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::{beside, lines};

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM node:22-slim\nUSER node\n",
            "FROM node:22 AS base\nUSER 1000\nFROM base\nCMD [\"node\"]\n",
            "FROM postgres:17\n",
            "FROM alpine:3\nRUN apk add su-exec\nENTRYPOINT [\"/start\"]\n",
            "FROM node:22 AS dev\nCMD [\"x\"]\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nCMD [\"node\"]\n", &[1][..]),
            ("FROM node:22-slim\nUSER 0:0\n", &[2][..]),
            ("FROM node:22-slim\nUSER node\nUSER root\nRUN x\n", &[3][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22 AS a\nUSER node\nFROM node:22\nCMD [\"node\"]\n"), [3]);
    }

    #[test]
    fn nobody_minds_in_development() {
        assert_eq!(beside(&RULE, "Dockerfile.dev", "FROM node:22\n", &[]), [0; 0]);
    }
}
