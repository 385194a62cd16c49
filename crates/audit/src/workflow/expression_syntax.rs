//! `workflow/expression-syntax`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/expression-syntax",
        demands: "Every expression can be read: one that cannot makes GitHub refuse the whole workflow.",
        advice: "mend it: texts stand in single quotes, `&&` and `||` join, and `}}` closes",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let expressions = workflow.expressions();
    expressions
        .iter()
        .filter_map(|found| {
            let problem = found.read.as_ref().err()?;
            let what = if found.text.is_empty() { String::new() } else { format!(" in `{}`", found.shown()) };
            Some(Remark::new(workflow.place(found.line), format!("{problem}{what}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    #[test]
    fn expressions_pass_and_others_do_not() {
        let good =
            "      - if: github.ref == 'a' && !cancelled()\n        run: echo ${{ format('{0}', '}}') }}\n";
        assert_eq!(steps("workflow/expression-syntax", "push", good), [0; 0]);
        let bad = format!(
            "{good}      - if: github.ref == \"a\"\n        run: |\n          echo ${{{{ a.b }}}}\n          echo ${{{{ a.b }}\n"
        );
        assert_eq!(steps("workflow/expression-syntax", "push", &bad), [3, 6]);
    }
}
