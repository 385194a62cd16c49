//! `dockerfile/add-for-files`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/add-for-files",
        demands: "Files are copied with `COPY`. `ADD` also unpacks archives and fetches addresses, so a file of another kind changes what it does.",
        advice: "write `COPY`; keep `ADD` for archives that are to be unpacked, and for addresses",
        severity: Severity::Warning,
    },
    check,
};

const ARCHIVES: [&str; 10] = [".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".zip", ".Z"];

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let added =
        dockerfile.instructions().filter(|(_, found)| found.keyword == "ADD" && found.documents.is_empty());
    let plain = added.filter(|(_, found)| {
        let words = found.words();
        let sources = words.split_last().map_or(&[][..], |(_, sources)| sources);
        let special = |source: &String| {
            source.contains("://")
                || source.starts_with("git@")
                || source.contains('$')
                || ARCHIVES.iter().any(|ending| source.ends_with(ending))
        };
        !sources.is_empty() && !sources.iter().any(special)
    });
    plain.map(|(_, found)| Remark::new(dockerfile.place(found), "`ADD` where `COPY` does")).collect()
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
                "FROM node:22-slim\nADD app.tar.gz /\nADD https://example.com/x /x\nADD --checksum=sha256:1 https://example.com/y /y\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nADD . /app\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nADD a.tgz /\nADD --chown=1 a b /c/\n"), [3]);
    }
}
