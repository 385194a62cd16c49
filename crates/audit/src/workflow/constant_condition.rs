//! `workflow/constant-condition`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::workflow::expression::{self, Expression, Literal};
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/constant-condition",
        demands: "A condition is one expression: with anything around its braces, be it the line end of a `|` block, it becomes a text, and \
                  every text that is not empty counts as true. So does a text by itself behind `||`.",
        advice: "leave the braces out, write the whole condition as one expression (for several lines after `>-` or `|-`), and compare each \
                 value by itself: `a == 'x' || a == 'y'`",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let jobs = workflow.jobs().map(|job| job.value);
    let all = jobs.chain(workflow.steps().map(|(_, step)| step)).filter_map(|part| part.entry("if"));
    let texts = all.filter_map(|(key, condition)| {
        Some(Remark::new(
            workflow.place(key.line),
            format!("this is always true: {} makes it a text", around(condition.text()?)?),
        ))
    });
    let expressions = workflow.expressions();
    let conditions = expressions.iter().filter(|found| found.keys == ["if"]);
    let operands = conditions.filter_map(|found| {
        Some(Remark::new(workflow.place(found.line), constant(found.read.as_ref().ok()?)?))
    });
    texts.chain(operands).collect()
}

/// What stands around the one expression that a condition is to be.
fn around(text: &str) -> Option<&'static str> {
    let found = expression::embedded(text);
    let (first, last) = (found.first()?, found.last()?);
    last.inside?;
    let begins = found.len() == 1 && first.start == 0;
    match &text[last.end..] {
        "" if begins => None,
        rest if begins && rest.trim().is_empty() => Some("the line end behind `}}`"),
        _ => Some("what stands around `${{ … }}`"),
    }
}

/// A text among the operands of `||`, where a comparison was meant: it counts as true, and what follows it never counts.
fn constant(condition: &Expression) -> Option<String> {
    let text = |operand: &Expression| match operand {
        Expression::Literal(Literal::Text(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    if let Expression::Any(operands) = condition
        && let Some(text) = operands.iter().find_map(text)
    {
        return Some(format!("this is always true: `|| '{text}'` compares nothing"));
    }
    let mut found = None;
    condition.descend(&mut |each| {
        if let Expression::Any(operands) = each
            && let Some(text) = operands.split_last().and_then(|(_, before)| before.iter().find_map(text))
        {
            found = Some(format!("only '{text}' is compared: what follows it behind `||` never counts"));
        }
    });
    found
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
    fn a_text_that_compares_nothing_does_not() {
        let good = "      - if: contains(a.b && 'x' || 'y', c.d)\n        run: x\n";
        assert_eq!(steps(RULE, "push", good), [0; 0]);
        let bad = format!(
            "{good}      - if: a.b == 'x' || 'y'\n        run: x\n      - if: a.b == ('x' || 'y') && c.d\n        run: x\n"
        );
        assert_eq!(steps(RULE, "push", &bad), [3, 5]);
    }

    #[test]
    fn a_text_around_it_does_not() {
        let bad = "      - if: ${{ a.b }}\n        run: x\n      - if: ${{ a.b }} && ${{ c.d }}\n        run: x\n      - if: |\n          ${{ a.b }}\n        run: x\n      - if: \"!${{ a.b }}\"\n        run: x\n";
        assert_eq!(steps(RULE, "push", bad), [3, 5, 8]);
    }
}
