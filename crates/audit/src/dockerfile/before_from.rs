//! `dockerfile/before-from`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::Place;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/before-from",
        demands: "The first instruction is `FROM`, with nothing but `ARG` above it: everything else needs an image to be done in.",
        advice: "begin with `FROM`, and move this line below it",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    if dockerfile.stages.is_empty() {
        let line = dockerfile.global.first().map_or(1, |first| first.line);
        return vec![Remark::new(Place::new(&dockerfile.path, line), "there is no `FROM`")];
    }
    let early = dockerfile.global.iter().filter(|found| found.keyword != "ARG");
    early
        .map(|found| {
            Remark::new(
                dockerfile.place(found),
                format!("`{}` stands before the first `FROM`", found.keyword),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, "ARG V=22\nFROM node:$V\n"), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in
            [("RUN ls\n", &[1][..]), ("", &[1][..]), ("ENV A=1\nFROM node:22-slim\n", &[1][..])]
        {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "ARG V=22\nUSER x\nFROM node:$V\n"), [2]);
    }
}
