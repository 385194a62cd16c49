//! `workflow/inherited-secrets`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/inherited-secrets",
        demands: "A workflow of another repository is given the secrets that it needs by name: `inherit` hands over every one, also those \
                  that are added later.",
        advice: "name them: `secrets: {TOKEN: ${{ secrets.TOKEN }}}`",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let calls = workflow.jobs().filter_map(|job| {
        let called =
            job.value.get("uses").and_then(Value::text).filter(|uses| !uses.starts_with(['.', '$']))?;
        let secrets = job.value.get("secrets").filter(|secrets| secrets.text() == Some("inherit"))?;
        Some((called, secrets))
    });
    calls
        .map(|(called, secrets)| {
            Remark::new(workflow.place(secrets.line), format!("`{called}` is given every secret"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const OWN: &str = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/own.yml\n    secrets: inherit\n  b:\n    uses: o/r/.github/workflows/x.yml@v1\n    secrets:\n      A: ${{ secrets.A }}\n";

    #[test]
    fn own_workflows_and_named_secrets_pass_and_the_second_does_not() {
        assert_eq!(lines("workflow/inherited-secrets", OWN), [0; 0]);
        let bad = format!("{OWN}  c:\n    uses: o/r/.github/workflows/x.yml@v1\n    secrets: inherit\n");
        assert_eq!(lines("workflow/inherited-secrets", &bad), [12]);
    }
}
