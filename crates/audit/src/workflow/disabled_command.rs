//! `workflow/disabled-command`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Workflow, expressions};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/disabled-command",
        demands: "No step sets variables by what it prints: `::set-env` and `::add-path` are refused, because whatever prints a text of \
                  somebody else could set them, and a workflow that allows them again is open to that.",
        advice: "write to the file instead, `echo \"NAME=value\" >> \"$GITHUB_ENV\"`, and allow nothing",
        severity: Severity::Error,
    },
    check,
};

const ALLOWS: &str = "ACTIONS_ALLOW_UNSECURE_COMMANDS";

fn check(workflow: &Workflow) -> Vec<Remark> {
    let levels = workflow.jobs().map(|job| job.value).chain(workflow.steps().map(|(_, step)| step));
    let variables =
        std::iter::once(workflow.root()).chain(levels).filter_map(|level| level.get("env")?.get(ALLOWS));
    let on = variables.filter(|value| value.text().is_some_and(|text| text.eq_ignore_ascii_case("true")));
    let allowed = on.map(|value| {
        Remark::new(workflow.place(value.line), format!("`{ALLOWS}` lets a printed text set variables"))
    });
    let scripts = workflow.steps().filter_map(|(_, step)| step.get("run"));
    allowed.chain(scripts.flat_map(|script| printed(workflow, script))).collect()
}

fn printed<'a>(workflow: &'a Workflow, script: &'a Value) -> impl Iterator<Item = Remark> + 'a {
    let lines = expressions::lines(script).filter(|(_, line)| !line.trim_start().starts_with('#'));
    lines.filter_map(|(number, line)| {
        let command =
            ["::set-env name=", "::add-path::"].into_iter().find(|command| line.contains(command))?;
        let command = command.split(' ').next().unwrap_or(command).trim_end_matches(':');
        Some(Remark::new(workflow.place(number), format!("`{command}` is refused")))
    })
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/disabled-command";

    #[test]
    fn files_pass_and_printed_variables_do_not() {
        let good = "      - run: echo \"A=1\" >> \"$GITHUB_ENV\"\n      - run: echo '::group::a'\n";
        assert_eq!(steps(RULE, "push", good), [0; 0]);
        let bad = format!(
            "{good}      - run: |\n          x\n          echo \"::set-env name=A::1\"\n      - env: {{ACTIONS_ALLOW_UNSECURE_COMMANDS: true}}\n        run: x\n"
        );
        assert_eq!(steps(RULE, "push", &bad), [5, 6]);
    }
}
