//! `workflow/whole-secrets`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::workflow::expression::Expression;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/whole-secrets",
        demands: "A step is given the secrets that it needs by name: all of them at once reach whatever it runs, also those that are added \
                  later.",
        advice: "name each secret that is needed: `${{ secrets.NAME }}`",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let expressions = workflow.expressions();
    let whole = expressions.iter().filter(|found| found.read.as_ref().is_ok_and(all));
    whole
        .map(|found| {
            Remark::new(workflow.place(found.line), format!("`{}` is every secret at once", found.shown()))
        })
        .collect()
}

/// Whether `toJSON(secrets)` is in it.
fn all(expression: &Expression) -> bool {
    let mut has = false;
    expression.descend(&mut |each| {
        if let Expression::Call { function, arguments } = each {
            let named = arguments.iter().any(|argument| argument.name().as_deref() == Some("secrets"));
            has |= function.eq_ignore_ascii_case("tojson") && named;
        }
    });
    has
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    #[test]
    fn one_secret_passes_and_all_do_not() {
        let good = "      - env:\n          A: ${{ secrets.A }}\n          B: ${{ toJSON(github) }}\n        run: x\n";
        assert_eq!(steps("workflow/whole-secrets", "push", good), [0; 0]);
        let bad = format!("{good}      - env:\n          ALL: ${{{{ toJson(secrets) }}}}\n        run: x\n");
        assert_eq!(steps("workflow/whole-secrets", "push", &bad), [6]);
    }
}
