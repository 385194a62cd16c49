//! `dockerfile/copy-to-file`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/copy-to-file",
        demands: "Several files are copied to a folder, and the name of a folder ends with `/`; a build ends where it does not.",
        advice: "end the last word with `/`",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let copies =
        dockerfile.instructions().filter(|(_, found)| matches!(found.keyword.as_str(), "COPY" | "ADD"));
    let wrong = copies.filter_map(|(_, found)| {
        let words = found.words();
        let (to, sources) = words.split_last()?;
        let folder = to.ends_with(['/', '\\'])
            || to.contains('$')
            || matches!(to.as_str(), "." | "..")
            || to.ends_with("/.");
        (sources.len() > 1 && !folder).then(|| {
            Remark::new(
                dockerfile.place(found),
                format!("`{to}` is no folder, but {} are copied to it", sources.len()),
            )
        })
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22-slim\nCOPY a b ./\nCOPY a b .\nCOPY a b\nCOPY [\"a\", \"b\", \"/c/\"]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nCOPY a b /app\n", &[2][..]),
            ("FROM node:22-slim\nCOPY [\"a\", \"b\", \"c\"]\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nCOPY a b c/\nCOPY a b c\n"), [3]);
    }
}
