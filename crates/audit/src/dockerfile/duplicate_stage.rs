//! `dockerfile/duplicate-stage`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/duplicate-stage",
        demands: "Every stage has a name of its own; of two with one name only the later can be meant, and a reader cannot see it.",
        advice: "give one of them another name",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (at, stage) in dockerfile.stages.iter().enumerate() {
        let Some(name) = &stage.name else { continue };
        let first = dockerfile.stages[..at].iter().find(|other| other.name.as_ref() == Some(name));
        remarks.extend(first.map(|first| {
            let place = dockerfile.place(&stage.begin);
            Remark::new(place, format!("there is a stage `{name}` already"))
                .with(dockerfile.place(&first.begin))
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
        assert_eq!(lines(&RULE, "FROM a:1 AS one\nFROM b:1 AS two\n"), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM a:1 AS one\nFROM b:1 as One\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM a:1 AS one\nFROM b:1 AS two\nFROM b:2\nFROM c:1 AS two\n"), [4]);
    }
}
