//! `workflow/unknown-input`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unknown-input",
        demands: "An expression reads inputs that the workflow declares: any other is empty, without a word.",
        advice: "declare it below `workflow_dispatch` or `workflow_call`, or correct its name",
        severity: Severity::Error,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    let events = workflow.events();
    let declared =
        events.iter().filter(|(event, ..)| matches!(*event, "workflow_dispatch" | "workflow_call"));
    let inputs = declared.filter_map(|(_, _, said)| said.as_ref()?.get("inputs"));
    let of_action = workflow.root().get("inputs").into_iter();
    let known: Vec<String> = inputs
        .chain(of_action)
        .flat_map(|inputs| inputs.entries().iter().map(|(key, _)| key.text.to_ascii_lowercase()))
        .collect();
    let expressions = workflow.expressions();
    let mut remarks = Vec::new();
    for found in &expressions {
        let names = found.read.as_ref().map(|read| read.names()).unwrap_or_default();
        let inputs = names.iter().filter_map(|name| {
            name.strip_prefix("inputs.")
                .or_else(|| name.strip_prefix("github.event.inputs."))?
                .split('.')
                .next()
        });
        let unknown = inputs.filter(|name| *name != "*" && !known.iter().any(|known| known == name));
        let message = |name: &str| format!("the workflow declares no input `{name}`");
        remarks.extend(unknown.map(|name| Remark::new(workflow.place(found.line), message(name))));
    }
    remarks.dedup();
    remarks
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    #[test]
    fn declared_inputs_pass_and_others_do_not() {
        let text = "on:\n  workflow_dispatch:\n    inputs:\n      Where: {type: string}\n  workflow_call:\n    inputs:\n      what: {type: string}\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ inputs.where }} ${{ inputs.what || github.event.inputs.where }}\n";
        assert_eq!(lines("workflow/unknown-input", text), [0; 0]);
        let bad = format!("{text}      - run: |\n          echo\n          echo ${{{{ inputs.whom }}}}\n");
        assert_eq!(lines("workflow/unknown-input", &bad), [15]);
    }
}
