//! `dockerfile/relative-workdir`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/relative-workdir",
        demands: "The first `WORKDIR` is absolute: a relative one begins where the base image happens to end.",
        advice: "write the whole path, as `WORKDIR /app`",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let absolute = |path: &str| {
        path.trim_matches(['"', '\'']).starts_with(['/', '$', '\\']) || path.get(1..2) == Some(":")
    };
    let mut remarks = Vec::new();
    for (at, stage) in dockerfile.stages.iter().enumerate() {
        let above = &dockerfile.line_of_descent(at)[1..];
        if above.iter().any(|stage| stage.all("WORKDIR").next().is_some()) {
            continue;
        }
        let first = stage.all("WORKDIR").next().filter(|first| !absolute(first.rest()));
        remarks.extend(first.map(|first| {
            Remark::new(
                dockerfile.place(first),
                format!("`{}` lies wherever the base image ends", first.rest()),
            )
        }));
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
            "FROM node:22-slim\nWORKDIR /app\nWORKDIR sub\n",
            "FROM a:1 AS x\nWORKDIR /app\nFROM x\nWORKDIR sub\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nWORKDIR app\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM a:1\nWORKDIR /a\nFROM b:1\nWORKDIR app\n"), [4]);
    }
}
