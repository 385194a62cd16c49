//! `dockerfile/self-reference`

use crate::expansion::variables;
use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::{Dockerfile, assignments};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/self-reference",
        demands: "A variable of an `ENV` refers to earlier statements only: all of one statement are read before any of them is set.",
        advice: "write two `ENV` statements",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for stage in &dockerfile.stages {
        let mut known: Vec<String> = Vec::new();
        for instruction in
            stage.instructions.iter().filter(|found| matches!(found.keyword.as_str(), "ENV" | "ARG"))
        {
            let set = assignments(instruction);
            for (name, value) in set.iter().filter(|_| instruction.keyword == "ENV") {
                let same = |used: &String| used != name && set.iter().any(|(other, _)| other == used);
                let used = variables(value)
                    .into_iter()
                    .map(|(used, _)| used)
                    .find(|used| same(used) && !known.contains(used));
                remarks.extend(used.map(|used| {
                    Remark::new(
                        dockerfile.place(instruction),
                        format!("`{name}` reads `{used}`, which this very statement sets"),
                    )
                }));
            }
            known.extend(set.into_iter().map(|(name, _)| name));
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
            lines(&RULE, "FROM node:22-slim\nENV PATH=$PATH:/x A=1\nENV B=$A\nARG C=1\nENV C=$C D=$C\n"),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nENV HOME=/app BIN=$HOME/bin\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nENV A=1\nENV B=2 C=$A D=${B}x\n"), [3]);
    }
}
