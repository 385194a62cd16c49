//! `workflow/template-injection`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Workflow, step, untrusted};
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/template-injection",
        demands: "What anybody can write, as the title of a pull request or the name of its branch, is never put into a script: an \
                  expression becomes a part of the script before it runs, and so does a command in it.",
        advice: "give it to the step as a variable, `env: TITLE: ${{ … }}`, and read \"$TITLE\" in the script",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let expressions = workflow.expressions();
    let in_scripts =
        expressions.iter().filter(|found| found.step.is_some_and(|step| step::is_script(step, &found.keys)));
    in_scripts
        .filter_map(|found| {
            let name = untrusted::reaches(workflow, found)?;
            // Only a pull request has one; else it is empty.
            let pulls = ["pull_request", "pull_request_target"];
            if name == "github.head_ref" && !workflow.starts_on(&pulls) {
                return None;
            }
            let message = format!(
                "anybody can write `{name}`, and `${{{{ {} }}}}` makes it a part of the script",
                found.shown()
            );
            Some(Remark::new(workflow.place(found.line), message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/template-injection";

    #[test]
    fn variables_numbers_and_comparisons_pass() {
        let good = "      - env:\n          TITLE: ${{ github.event.issue.title }}\n        run: |\n          echo \"$TITLE\" ${{ github.event.issue.number }}\n          echo ${{ contains(github.event.comment.body, '/x') && 'a' || 'b' }} ${{ github.sha }}\n";
        assert_eq!(steps(RULE, "issues", good), [0; 0]);
        assert_eq!(
            steps(RULE, "push", "      - run: echo ${{ github.head_ref || github.ref_name }}\n"),
            [0; 0]
        );
    }

    #[test]
    fn a_text_of_anybody_in_a_script_does_not() {
        let bad = "      - run: |\n          echo a\n          echo ${{ github.event.issue.title }}\n";
        assert_eq!(steps(RULE, "issues", bad), [3]);
        let head = "      - run: git checkout ${{ github.head_ref || github.ref_name }}\n";
        assert_eq!(steps(RULE, "pull_request", head), [1]);
        assert_eq!(steps(RULE, "push", "      - run: echo '${{ toJSON(github.event) }}'\n"), [1]);
    }

    #[test]
    fn nor_by_way_of_a_variable_or_in_an_action_that_runs_it() {
        let variable = "      - run: x\n      - env:\n          T: ${{ github.event.pull_request.title }}\n        run: echo ${{ env.T }}\n";
        assert_eq!(steps(RULE, "pull_request", variable), [4]);
        let script = "      - uses: actions/github-script@v7\n        with:\n          result-encoding: ${{ github.event.comment.body }}\n          script: |\n            const body = `${{ github.event.comment.body }}`;\n";
        assert_eq!(steps(RULE, "issue_comment", script), [5]);
    }
}
