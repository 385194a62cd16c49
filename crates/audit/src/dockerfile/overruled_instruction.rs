//! `dockerfile/overruled-instruction`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/overruled-instruction",
        demands: "Of `CMD`, `ENTRYPOINT` and `HEALTHCHECK` a stage has one each: an earlier one does nothing, although it reads as if it did.",
        advice: "remove the earlier one",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for stage in &dockerfile.stages {
        for keyword in ["CMD", "ENTRYPOINT", "HEALTHCHECK"] {
            let all: Vec<_> = stage.all(keyword).collect();
            let Some((last, earlier)) = all.split_last() else { continue };
            remarks.extend(earlier.iter().map(|found| {
                let message = format!("this `{keyword}` does nothing, because another one follows");
                Remark::new(dockerfile.place(found), message).with(dockerfile.place(last))
            }));
        }
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
            lines(&RULE, "FROM a:1\nCMD [\"a\"]\nFROM b:1\nENTRYPOINT [\"x\"]\nCMD [\"b\"]\n"),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nCMD [\"a\"]\nCMD [\"b\"]\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "FROM a:1\nCMD [\"a\"]\nFROM b:1\nENTRYPOINT [\"a\"]\nCMD [\"b\"]\nENTRYPOINT [\"c\"]\n"
            ),
            [4]
        );
    }
}
