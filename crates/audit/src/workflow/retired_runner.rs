//! `workflow/retired-runner`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/retired-runner",
        demands: "A job runs on a machine that exists: for these labels GitHub has none any more, and the job waits until it is given up.",
        advice: "name a newer one, as `ubuntu-24.04`; only machines of your own can still have this label",
        severity: Severity::Warning,
    },
    check,
};

/// Machines that GitHub has taken away by the end of 2025. Which there are is not asked: that list would soon be old.
const RETIRED: [&str; 9] = [
    "ubuntu-16.04",
    "ubuntu-18.04",
    "ubuntu-20.04",
    "macos-10.15",
    "macos-11",
    "macos-12",
    "macos-13",
    "windows-2016",
    "windows-2019",
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let labels = workflow.jobs().flat_map(labels);
    let retired =
        labels.filter_map(|label| Some((label, label.text().filter(|text| RETIRED.contains(text))?)));
    retired
        .map(|(label, text)| {
            Remark::new(workflow.place(label.line), format!("GitHub has no `{text}` any more"))
        })
        .collect()
}

/// What a job runs on, also by way of its matrix; not where it is a machine of one's own.
fn labels(job: Job<'_>) -> Vec<&Value> {
    let Some(runs_on) = job.value.get("runs-on") else { return Vec::new() };
    let labels = runs_on.get("labels").unwrap_or(runs_on).one_or_many();
    if labels.iter().any(|label| label.text() == Some("self-hosted")) {
        return Vec::new();
    }
    let name = runs_on.text().and_then(|text| text.split("matrix.").nth(1)?.split([' ', '}']).next());
    let matrix = job.value.at(&["strategy", "matrix"]).zip(name);
    let from_matrix = matrix.into_iter().flat_map(|(matrix, name)| {
        let listed = matrix.get(name).map_or(&[][..], Value::one_or_many).iter();
        let included =
            matrix.get("include").map_or(&[][..], Value::items).iter().filter_map(move |item| item.get(name));
        listed.chain(included)
    });
    labels.iter().chain(from_matrix).collect()
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::lines;

    #[test]
    fn others_pass_and_retired_ones_do_not() {
        let good =
            "on: push\njobs:\n  a:\n    runs-on: anything\n  b:\n    runs-on: [self-hosted, ubuntu-20.04]\n";
        assert_eq!(lines("workflow/retired-runner", good), [0; 0]);
        let bad = format!(
            "{good}  c:\n    runs-on: ubuntu-20.04\n  d:\n    strategy:\n      matrix:\n        os: [ubuntu-24.04, macos-11]\n        include:\n          - os: windows-2016\n    runs-on: ${{{{ matrix.os }}}}\n"
        );
        assert_eq!(lines("workflow/retired-runner", &bad), [8, 12, 14]);
    }
}
