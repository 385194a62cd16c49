//! `workflow/loose-contains`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::workflow::expression::{Expression, Literal};
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/loose-contains",
        demands: "Whether something is one of several is asked of a list: of a text `contains` finds every part, so a branch `m` passes \
                  for `main`.",
        advice: "compare each with `==`, or give a list: `contains(fromJSON('[\"a\", \"b\"]'), …)`",
        severity: Severity::Warning,
    },
    check,
};

/// What somebody else than the author of the workflow can name.
const CHOSEN: [&str; 9] = [
    "github.ref",
    "github.ref_name",
    "github.head_ref",
    "github.base_ref",
    "github.actor",
    "github.triggering_actor",
    "github.event.pull_request.base.ref",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.user.login",
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let expressions = workflow.expressions();
    let conditions = expressions.iter().filter(|found| found.keys == ["if"]);
    conditions
        .filter_map(|found| {
            let (text, name) = loose(found.read.as_ref().ok()?)?;
            Some(Remark::new(
                workflow.place(found.line),
                format!("every part of '{text}' passes as `{name}`"),
            ))
        })
        .collect()
}

fn loose(condition: &Expression) -> Option<(String, String)> {
    let mut found = None;
    condition.descend(&mut |each| {
        let Expression::Call { function, arguments } = each else { return };
        if let (true, [Expression::Literal(Literal::Text(text)), part]) =
            (function.eq_ignore_ascii_case("contains"), &arguments[..])
            && let Some(name) = part.name()
            && CHOSEN.contains(&name.as_str())
        {
            found = Some((text.clone(), name));
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    #[test]
    fn lists_pass_and_texts_do_not() {
        let good = "      - if: contains(fromJSON('[\"main\"]'), github.ref_name) || contains(github.ref, 'release')\n        run: x\n";
        assert_eq!(steps("workflow/loose-contains", "push", good), [0; 0]);
        let bad = format!(
            "{good}      - if: ${{{{ contains('main develop', github.ref_name) }}}}\n        run: x\n"
        );
        assert_eq!(steps("workflow/loose-contains", "push", &bad), [3]);
    }
}
