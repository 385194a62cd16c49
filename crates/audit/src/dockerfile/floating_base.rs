//! `dockerfile/floating-base`

use crate::expansion::hidden;
use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use crate::subject::image::Image;
use artifact::dockerfile::read::Instruction;
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
    let severity = if dockerfile.is_for_development() { Severity::Note } else { Severity::Warning };
    let begins = dockerfile.stages.iter().enumerate();
    let begins = begins.map(|(at, stage)| (at, &stage.begin, dockerfile.base(stage), stage.from.as_str()));
    let copies = dockerfile.instructions().filter(|(_, found)| found.keyword == "COPY");
    let copies = copies.filter_map(|(at, found)| {
        // A bare word may be a context that has a name.
        let source = found.option("from").filter(|source| source.contains(['/', ':']))?;
        Some((at, found, hidden(source), source))
    });
    let floating = begins.chain(copies).filter(|(at, _, image, written)| {
        image != "scratch" && dockerfile.earlier(*at, written).is_none() && Image::read(image).floats()
    });
    let remark = |(_, found, _, written): (usize, &Instruction, String, &str)| {
        let message = format!("`{written}` is another image tomorrow");
        Remark::new(dockerfile.place(found), message).as_bad_as(severity)
    };
    floating.map(remark).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(&RULE, "ARG V=22\nFROM node:$V AS a\nFROM a\nFROM scratch\nFROM x@sha256:12\nFROM $BASE\n"),
            [0; 0]
        );
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
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22 AS a\nCOPY --from=ghcr.io/o/uv:0.9 /uv /\nCOPY --from=ghcr.io/o/uv:latest /uv /\nFROM nginx\n"
            ),
            [3, 4]
        );
    }
}
