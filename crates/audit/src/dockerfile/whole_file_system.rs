//! `dockerfile/whole-file-system`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/whole-file-system",
        demands: "From another stage the files are copied that are needed: its whole root brings its system and its caches along, and overwrites the system here.",
        advice: "name the folders that the program needs",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let copies = dockerfile
        .instructions()
        .filter(|(_, found)| found.keyword == "COPY" && found.option("from").is_some());
    let whole = copies.filter(|(at, found)| {
        // Onto nothing it is how layers are made one.
        dockerfile.base(&dockerfile.stages[*at]) != "scratch" && found.words() == ["/", "/"]
    });
    whole
        .map(|(_, found)| {
            Remark::new(dockerfile.place(found), "the whole file system of another stage is copied")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM a:1 AS x\nFROM scratch\nCOPY --from=x / /\n",
            "FROM a:1 AS x\nFROM b:1\nCOPY --from=x /app /\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM a:1 AS x\nFROM b:1\nCOPY --from=x / /\n"), [3]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM a:1 AS x\nFROM b:1\nCOPY --from=x /a /\nCOPY --from=x / /\n"), [4]);
    }
}
