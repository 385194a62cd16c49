//! `workflow/repeated-key`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use crate::subject::workflow::expressions::shown;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/repeated-key",
        demands: "A key stands once: with one that stands twice GitHub refuses the whole workflow.",
        advice: "put what both say into one, or rename one of them",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let mut remarks = Vec::new();
    workflow.root().descend(&mut |value| remarks.extend(repeated(workflow, value)));
    remarks
}

fn repeated<'a>(workflow: &'a Workflow, value: &'a Value) -> impl Iterator<Item = Remark> + 'a {
    let own = || value.entries().iter().map(|(key, _)| key).filter(|key| !key.merged);
    own().enumerate().filter_map(move |(at, key)| {
        let first = own().take(at).find(|before| before.text == key.text)?;
        let message = format!("`{}` stands here a second time", shown(&key.text));
        Some(Remark::new(workflow.place(key.line), message).with(workflow.place(first.line)))
    })
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    #[test]
    fn a_key_once_passes_and_twice_does_not() {
        let good =
            "on: push\njobs:\n  a:\n    env: {A: 1}\n    steps:\n      - env: {A: 1}\n        run: x\n";
        assert_eq!(lines("workflow/repeated-key", good), [0; 0]);
        let bad = format!("{good}        env:\n          B: 1\n  a:\n    steps: []\n");
        assert_eq!(lines("workflow/repeated-key", &bad), [8, 10]);
    }
}
