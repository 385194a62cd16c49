//! `dockerfile/floating-base`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use crate::subject::image::Image;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/floating-base",
        demands: "An image that is built on has a tag that says its version, so that a build next week is a build of the same.",
        advice: "name a version, as `node:22-slim`; a digest beside it makes it exact",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (at, stage) in dockerfile.stages.iter().enumerate() {
        let base = dockerfile.base(stage);
        let own = base == "scratch" || dockerfile.earlier(at, &stage.from).is_some();
        if own || !Image::read(&base).floats() {
            continue;
        }
        let severity = if dockerfile.is_for_development() { Severity::Note } else { Severity::Warning };
        let message = format!("`{}` is another image tomorrow", stage.from);
        remarks.push(Remark::new(dockerfile.place(&stage.begin), message).as_bad_as(severity));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in ["ARG V=22\nFROM node:$V AS a\nFROM a\nFROM scratch\nFROM x@sha256:12\nFROM $BASE\n"] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in
            [("FROM node\n", &[1][..]), ("FROM node:latest\n", &[1][..]), ("ARG I=node\nFROM $I\n", &[2][..])]
        {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22 AS a\nFROM nginx\n"), [2]);
    }
}
