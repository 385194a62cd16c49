//! `workflow/unmasked-secret`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::workflow::expression::Expression;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unmasked-secret",
        demands: "Each value that is to stay hidden is a secret of its own: a log hides a secret as a whole, and a part that is read out of \
                  it by `fromJSON` is printed.",
        advice: "keep the part as a secret of its own",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let expressions = workflow.expressions();
    expressions
        .iter()
        .filter_map(|found| {
            let secret = part(found.read.as_ref().ok()?)?;
            Some(Remark::new(
                workflow.place(found.line),
                format!("a part of `{secret}` is not hidden in logs"),
            ))
        })
        .collect()
}

/// The secret of which a part is read.
fn part(expression: &Expression) -> Option<String> {
    let mut found = None;
    expression.descend(&mut |each| {
        let Expression::Member { of, .. } = each else { return };
        if let Expression::Call { function, arguments } = root(of)
            && function.eq_ignore_ascii_case("fromjson")
        {
            let names = arguments.iter().filter_map(Expression::name);
            found = names.into_iter().find(|name| name.starts_with("secrets.")).or(found.take());
        }
    });
    found
}

/// That of which something is a part of a part.
fn root(expression: &Expression) -> &Expression {
    let mut root = expression;
    while let Expression::Member { of, .. } = root {
        root = of;
    }
    root
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    #[test]
    fn a_whole_secret_passes_and_a_part_does_not() {
        let good = "      - env:\n          A: ${{ secrets.A }}\n          B: ${{ fromJSON(vars.B).b }}\n        run: x\n";
        assert_eq!(steps("workflow/unmasked-secret", "push", good), [0; 0]);
        let bad = format!(
            "{good}      - env:\n          C: ${{{{ fromJSON(secrets.C).key.id }}}}\n        run: x\n"
        );
        assert_eq!(steps("workflow/unmasked-secret", "push", &bad), [6]);
    }
}
