//! `dockerfile/undefined-argument`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/undefined-argument",
        demands: "An argument in `FROM` is declared above the first `FROM`, or has its default in place; else the name of the image has a hole.",
        advice: "write `ARG NAME=default` above the first `FROM`",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for stage in &dockerfile.stages {
        let place = || dockerfile.place(&stage.begin);
        let undefined = dockerfile.undefined(stage).into_iter();
        remarks.extend(
            undefined
                .map(|name| Remark::new(place(), format!("no `ARG {name}` stands above the first `FROM`"))),
        );
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in ["ARG V=22\nFROM --platform=$BUILDPLATFORM node:$V\nFROM node:${W:-22}\n"] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [("FROM node:${V}\n", &[1][..])] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "ARG V=22\nFROM node:$V\nARG W=1\nFROM nginx:$W\n"), [4]);
    }
}
