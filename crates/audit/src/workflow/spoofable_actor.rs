//! `workflow/spoofable-actor`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::workflow::expression::{Comparison, Expression, Literal};
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/spoofable-actor",
        demands: "Who sent a pull request is asked of the pull request: `github.actor` is whoever touched it last, and a bot can be made to \
                  touch the pull request of anybody.",
        advice: "ask `github.event.pull_request.user.login` instead",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    if !workflow.starts_on(&["pull_request_target", "workflow_run", "issue_comment"]) {
        return Vec::new();
    }
    let expressions = workflow.expressions();
    let conditions = expressions.iter().filter(|found| found.keys == ["if"]);
    conditions
        .filter_map(|found| {
            let bot = bot(found.read.as_ref().ok()?)?;
            Some(Remark::new(
                workflow.place(found.line),
                format!("`github.actor` is `{bot}` also for a pull request of somebody else"),
            ))
        })
        .collect()
}

/// The bot that the actor has to be.
fn bot(condition: &Expression) -> Option<String> {
    let mut found = None;
    condition.descend(&mut |each| {
        let Expression::Compare(left, Comparison::Equal, right) = each else { return };
        for (name, value) in [(left, right), (right, left)] {
            let actor = matches!(name.name().as_deref(), Some("github.actor" | "github.triggering_actor"));
            if let (true, Expression::Literal(Literal::Text(login))) = (actor, &**value)
                && login.ends_with("[bot]")
            {
                found = Some(login.clone());
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/spoofable-actor";
    const BAD: &str = "      - if: github.actor != 'dependabot[bot]'\n        run: x\n      - if: ${{ github.actor == 'dependabot[bot]' && always() }}\n        run: x\n";

    #[test]
    fn the_author_or_a_pull_request_without_rights_passes() {
        assert_eq!(steps(RULE, "pull_request", BAD), [0; 0]);
        let author =
            "      - if: github.event.pull_request.user.login == 'dependabot[bot]'\n        run: x\n";
        assert_eq!(steps(RULE, "pull_request_target", author), [0; 0]);
    }

    #[test]
    fn the_last_actor_does_not() {
        assert_eq!(steps(RULE, "pull_request_target", BAD), [3]);
    }
}
