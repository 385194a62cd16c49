//! `workflow/constant-condition`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::workflow::expression;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/constant-condition",
        demands: "A condition is one expression: with anything around its braces, be it the line end of a `|` block, it becomes a text, and \
                  every text that is not empty counts as true.",
        advice: "leave the braces out and write the whole condition as one expression; for several lines begin it with `>-` or `|-`",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let jobs = workflow.jobs().map(|job| job.value);
    let all = jobs.chain(workflow.steps().map(|(_, step)| step)).filter_map(|part| part.entry("if"));
    all.filter_map(|(key, condition)| {
        let text = condition.text()?;
        let found = expression::embedded(text);
        let (first, last) = (found.first()?, found.last()?);
        let whole = found.len() == 1 && first.start == 0 && last.end == text.len();
        let around = if text.ends_with('\n')
            && found.len() == 1
            && first.start == 0
            && text[last.end..].trim().is_empty()
        {
            "the line end behind `}}`"
        } else {
            "what stands around `${{ … }}`"
        };
        let message = format!("this is always true: {around} makes it a text");
        (!whole && last.inside.is_some()).then(|| Remark::new(workflow.place(key.line), message))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/constant-condition";

    #[test]
    fn one_expression_passes() {
        let good = "      - if: ${{ a.b }}\n        run: x\n      - if: a.b && c.d\n        run: x\n      - if: |-\n          ${{ a.b &&\n          c.d }}\n        run: x\n      - if: |\n          a.b\n        run: x\n";
        assert_eq!(steps(RULE, "push", good), [0; 0]);
    }

    #[test]
    fn a_text_around_it_does_not() {
        let bad = "      - if: ${{ a.b }}\n        run: x\n      - if: ${{ a.b }} && ${{ c.d }}\n        run: x\n      - if: |\n          ${{ a.b }}\n        run: x\n      - if: \"!${{ a.b }}\"\n        run: x\n";
        assert_eq!(steps(RULE, "push", bad), [3, 5, 8]);
    }
}
