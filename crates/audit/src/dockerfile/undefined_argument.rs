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
        assert_eq!(
            lines(&RULE, "ARG V=22\nFROM --platform=$BUILDPLATFORM node:$V\nFROM node:${W:-22}\n"),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:${V}\n"), [1]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "ARG V=22\nFROM node:$V\nARG W=1\nFROM nginx:$W\n"), [4]);
    }
}
