//! Which pods a selector means.

use super::Objects;
use super::pods::Workload;
use crate::subject::Document;
use artifact::yaml::read::Value;

/// Whether labels are those that a map of a selector wants.
pub fn matches_labels(wanted: &Value, workload: Workload<'_>) -> bool {
    let has = |key: &str, value: &Value| {
        workload.labels().iter().any(|(known, label)| known.text == key && label.text() == value.text())
    };
    wanted.entries().iter().all(|(key, value)| has(&key.text, value))
}

/// The same for a selector with `matchLabels` and `matchExpressions`. What is not understood matches.
pub fn matches(selector: &Value, workload: Workload<'_>) -> bool {
    let labels = selector.get("matchLabels").is_none_or(|wanted| matches_labels(wanted, workload));
    let expressions = selector.get("matchExpressions").map_or(&[][..], Value::items);
    labels && expressions.iter().all(|expression| holds(expression, workload))
}

fn holds(expression: &Value, workload: Workload<'_>) -> bool {
    let text = |key: &str| expression.get(key).and_then(Value::text).unwrap_or_default();
    let label = workload
        .labels()
        .iter()
        .find(|(known, _)| known.text == text("key"))
        .and_then(|(_, value)| value.text());
    let values = expression.get("values").map_or(&[][..], Value::items);
    let listed = label.is_some_and(|label| values.iter().any(|value| value.text() == Some(label)));
    match text("operator") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        _ => true,
    }
}

impl Objects {
    /// The workloads whose pods a selector of an object means.
    pub fn selected<'a>(&'a self, by: &Document, selector: &Value) -> Vec<Workload<'a>> {
        let mut workloads = self.workloads();
        workloads.retain(|workload| workload.document.may_be_beside(by) && matches(selector, *workload));
        workloads
    }

    /// The workloads to whose pods a Service leads; none when it names none by labels.
    pub fn served<'a>(&'a self, service: &Document) -> Vec<Workload<'a>> {
        let Some(wanted) = service.spec(&["selector"]).filter(|wanted| !wanted.entries().is_empty()) else {
            return Vec::new();
        };
        let mut workloads = self.workloads();
        workloads
            .retain(|workload| workload.document.may_be_beside(service) && matches_labels(wanted, *workload));
        workloads
    }
}
