//! `workflow/unknown-matrix-value`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::expressions::Found;
use crate::subject::workflow::{Job, Workflow};
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/unknown-matrix-value",
        demands: "An expression reads values that the matrix of its job has: any other is empty, without a word.",
        advice: "correct the name, or add the value to the matrix",
        severity: Severity::Warning,
    },
    check,
};

fn check(workflow: &Workflow) -> Vec<Remark> {
    // An action is used by jobs of other files.
    if workflow.is_action() {
        return Vec::new();
    }
    let expressions = workflow.expressions();
    expressions.iter().flat_map(|found| unknown(workflow, found)).collect()
}

fn unknown(workflow: &Workflow, found: &Found<'_>) -> Vec<Remark> {
    let Some(job) = found.job else { return Vec::new() };
    let Some(known) = values(job) else { return Vec::new() };
    let unknown = found.reads("matrix").into_iter().filter(|name| !known.contains(name));
    let message = |name| format!("the matrix of `{}` has no `{name}`", job.key.text);
    unknown.map(|name| Remark::new(workflow.place(found.line), message(name))).collect()
}

/// The names of a job's matrix; nothing if only a run knows them.
fn values(job: Job<'_>) -> Option<Vec<String>> {
    let Some(strategy) = job.value.get("strategy") else { return Some(Vec::new()) };
    let matrix = strategy.get("matrix")?;
    let mut known = Vec::new();
    for (key, value) in matrix.entries() {
        match key.text.as_str() {
            "exclude" => {}
            "include" if value.text().is_some() => return None,
            "include" => {
                for item in value.items() {
                    // An entry, or the whole of it, can be computed.
                    if item.text().is_some() {
                        return None;
                    }
                    known.extend(item.entries().iter().map(|(key, _)| key.text.to_ascii_lowercase()));
                }
            }
            name if name.contains("${{") => return None,
            name => known.push(name.to_ascii_lowercase()),
        }
    }
    (!matrix.entries().is_empty() || matrix.text().is_none_or(str::is_empty)).then_some(known)
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    const RULE: &str = "workflow/unknown-matrix-value";

    fn text(matrix: &str, run: &str) -> String {
        format!(
            "on: push\njobs:\n  a:\n    strategy:\n      matrix:{matrix}\n    steps:\n      - run: echo ${{{{ {run} }}}}\n"
        )
    }

    #[test]
    fn values_of_the_matrix_and_computed_ones_pass() {
        let listed = text(
            " {Node: [20], include: [{node: 20, extra: 1}]}",
            "matrix.node && matrix.extra || toJSON(matrix)",
        );
        assert_eq!(lines(RULE, &listed), [0; 0]);
        assert_eq!(lines(RULE, &text(" ${{ fromJSON(inputs.x) }}", "matrix.any")), [0; 0]);
        assert_eq!(
            lines(RULE, &text(" {a: [1], include: '${{ fromJSON(inputs.x) }}'}", "matrix.any")),
            [0; 0]
        );
    }

    #[test]
    fn others_do_not() {
        assert_eq!(lines(RULE, &text(" {node: [20], os: [x]}", "matrix.node && matrix.version")), [7]);
        assert_eq!(lines(RULE, "on: push\njobs:\n  a:\n    name: ${{ matrix.os }}\n"), [4]);
    }
}
