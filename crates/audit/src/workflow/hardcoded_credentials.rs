//! `workflow/hardcoded-credentials`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Workflow, step};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/hardcoded-credentials",
        demands: "No password stands in a workflow: everybody who can read the repository has it, and its history keeps it.",
        advice: "change the password, keep the new one as a secret of the repository, and write `${{ secrets.NAME }}` here",
        severity: Severity::Error,
    },
    check,
};

/// Inputs of actions that are a password or a key.
const INPUTS: [(&str, &str); 9] = [
    ("docker/login-action", "password"),
    ("appleboy/ssh-action", "key"),
    ("appleboy/ssh-action", "password"),
    ("appleboy/scp-action", "key"),
    ("appleboy/scp-action", "password"),
    ("aws-actions/configure-aws-credentials", "aws-secret-access-key"),
    ("azure/docker-login", "password"),
    ("azure/login", "creds"),
    ("pypa/gh-action-pypi-publish", "password"),
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let containers = workflow.jobs().flat_map(|job| {
        let services = job.value.get("services").map_or(&[][..], Value::entries);
        job.value.get("container").into_iter().chain(services.iter().map(|(_, service)| service))
    });
    let pulls =
        containers.filter_map(|container| Some(("credentials", container.at(&["credentials", "password"])?)));
    let inputs = workflow.steps().flat_map(|(_, step)| {
        let action = step::action(step).unwrap_or_default();
        let of_action = INPUTS.iter().filter(move |(known, _)| *known == action);
        of_action.filter_map(move |(known, input)| Some((*known, step::input(step, input)?)))
    });
    let literal = |value: &Value| value.text().is_some_and(|text| !text.is_empty() && !text.contains("${{"));
    let written = pulls.chain(inputs).filter(|(_, value)| literal(value));
    written
        .map(|(what, value)| {
            Remark::new(workflow.place(value.line), format!("a password for `{what}` is written out"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::{lines, steps};

    const RULE: &str = "workflow/hardcoded-credentials";

    #[test]
    fn secrets_pass() {
        let login = "      - uses: docker/login-action@v3\n        with:\n          username: me\n          password: ${{ secrets.TOKEN }}\n";
        assert_eq!(steps(RULE, "push", login), [0; 0]);
    }

    #[test]
    fn a_password_does_not() {
        let login = "      - uses: docker/login-action@v3\n        with:\n          username: me\n      - uses: docker/login-action@v3\n        with:\n          password: hunter2\n";
        assert_eq!(steps(RULE, "push", login), [6]);
        let pull = "on: push\njobs:\n  a:\n    container:\n      image: a:1\n      credentials:\n        username: me\n        password: hunter2\n";
        assert_eq!(lines(RULE, pull), [8]);
    }
}
