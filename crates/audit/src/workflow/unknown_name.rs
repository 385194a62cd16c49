//! `workflow/unknown-name`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::workflow::expression::Expression;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unknown-name",
        demands: "An expression is made of contexts and functions that GitHub knows: with any other it refuses the whole workflow. A bare \
                  word is no text.",
        advice: "put a text into single quotes, or correct the name",
        severity: Severity::Warning,
    },
    check,
};

// What was known in the autumn of 2026; newer ones may exist, so that this is a warning.
const CONTEXTS: [&str; 12] = [
    "github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs",
    "inputs",
];
const FUNCTIONS: [&str; 13] = [
    "contains",
    "startswith",
    "endswith",
    "format",
    "join",
    "tojson",
    "fromjson",
    "hashfiles",
    "case",
    "success",
    "always",
    "cancelled",
    "failure",
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let expressions = workflow.expressions();
    let mut remarks = Vec::new();
    for found in &expressions {
        let Ok(read) = &found.read else { continue };
        read.descend(&mut |each| {
            if let Some(message) = unknown(each) {
                remarks.push(Remark::new(workflow.place(found.line), message));
            }
        });
    }
    remarks
}

fn unknown(part: &Expression) -> Option<String> {
    if let Expression::Call { function, .. } = part {
        let known = FUNCTIONS.contains(&function.to_ascii_lowercase().as_str());
        return (!known).then(|| format!("GitHub has no function `{function}`"));
    }
    let name = part.name()?;
    let context = name.split('.').next().unwrap_or_default();
    (!CONTEXTS.contains(&context)).then(|| format!("GitHub has no context `{context}`"))
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    #[test]
    fn known_names_pass_and_others_do_not() {
        let good =
            "      - if: contains(github.ref, 'a') && always()\n        run: echo ${{ hashFiles('a') }}\n";
        assert_eq!(steps("workflow/unknown-name", "push", good), [0; 0]);
        let bad = format!(
            "{good}      - if: github.ref_name == main\n        run: echo ${{{{ includes(github.ref, 'a') }}}}\n"
        );
        assert_eq!(steps("workflow/unknown-name", "push", &bad), [3, 4]);
    }
}
