//! `workflow/untrusted-environment`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow, expressions, untrusted};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/untrusted-environment",
        demands: "What anybody can write does not go into `$GITHUB_ENV` or `$GITHUB_PATH`: a line end in it begins a variable of its own, \
                  as `LD_PRELOAD` or `NODE_OPTIONS`, and the next step runs what it names.",
        advice: "give the text to the step that needs it by `env:`, or check that it is one line of plain characters first",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    workflow.steps().flat_map(|(job, step)| written(workflow, job, step)).collect()
}

fn written(workflow: &Workflow, job: Job<'_>, step: &Value) -> Vec<Remark> {
    let Some(script) = step.get("run") else { return Vec::new() };
    let into_files = expressions::lines(script)
        .filter(|(_, line)| ["GITHUB_ENV", "GITHUB_PATH"].iter().any(|file| line.contains(file)));
    into_files
        .filter_map(|(number, line)| {
            let (variable, name) = variables(line)
                .filter_map(|name| Some((name, workflow.variable(Some(job), Some(step), name)?.text()?)))
                .find_map(|(name, text)| {
                    Some((name, untrusted::in_text(text).filter(|name| has_lines(name))?))
                })?;
            let message = format!(
                "anybody can write `{name}`, and `${variable}` takes it into what later steps are run with"
            );
            Some(Remark::new(workflow.place(number), message))
        })
        .collect()
}

/// Whether a text can have a line end; the name of a branch cannot.
fn has_lines(name: &str) -> bool {
    !["ref", "branch", "label"].iter().any(|end| name.ends_with(end))
}

/// The names behind each `$` of a line. One that is printed in quotes by `%q` or by `jq` is safe.
fn variables(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.contains("%q") || line.contains("jq ") || line.contains("tr -d");
    line.split('$').skip(1).filter(move |_| !quoted).map(|rest| {
        let rest = rest.trim_start_matches('{');
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/untrusted-environment";

    #[test]
    fn own_texts_and_other_files_pass() {
        let good = "      - env:\n          TITLE: ${{ github.event.issue.title }}\n          SHA: ${{ github.head_ref }}\n        run: |\n          echo \"$TITLE\"\n          echo \"SHA=$SHA\" >> $GITHUB_ENV\n";
        assert_eq!(steps(RULE, "issues", good), [0; 0]);
    }

    #[test]
    fn a_text_of_anybody_does_not() {
        let bad = "      - env:\n          TITLE: ${{ github.event.issue.title }}\n        run: |\n          echo \"A=1\" >> $GITHUB_ENV\n          echo \"T=${TITLE}\" >> \"$GITHUB_ENV\"\n";
        assert_eq!(steps(RULE, "issues", bad), [5]);
    }
}
