//! `workflow/invalid-schedule`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::Workflow;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/invalid-schedule",
        demands: "A schedule is five fields of cron, each within its range: GitHub refuses any other, and `@daily` as well.",
        advice: "write minute, hour, day, month and weekday, as `23 5 * * 1` for Monday at 5:23",
        severity: Severity::Error,
    },
    check,
};

/// What a field is called, its range, and names that it may have.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day", 1, 31, &[]),
    ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("weekday", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let events = workflow.events();
    let schedules = events.iter().filter(|(event, ..)| *event == "schedule").filter_map(|(_, _, said)| *said);
    let crons = schedules.flat_map(Value::items).filter_map(|entry| entry.get("cron"));
    crons
        .filter_map(|cron| {
            let text = cron.text()?;
            let message = wrong(text)?;
            Some(Remark::new(workflow.place(cron.line), format!("`{text}` is no schedule: {message}")))
        })
        .collect()
}

fn wrong(text: &str) -> Option<String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("it has {} fields, and not five", fields.len()));
    }
    let mut all = fields.into_iter().zip(FIELDS);
    all.find_map(|(field, (name, low, high, names))| {
        let fits = field.split(',').all(|part| part_fits(part, low, high, names));
        (!fits).then(|| format!("`{field}` is no {name}"))
    })
}

/// `*`, `5`, `MON`, `1-5`, and any of them with `/2`
fn part_fits(part: &str, low: u32, high: u32, names: &[&str]) -> bool {
    let (range, every) = part.split_once('/').map_or((part, None), |(range, every)| (range, Some(every)));
    let number = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number =
            named.and_then(|at| u32::try_from(at).ok()).map(|at| at + low).or_else(|| text.parse().ok());
        number.filter(|number| (low..=high).contains(number))
    };
    let range_fits = match range.split_once('-') {
        _ if range == "*" => true,
        Some((from, to)) => number(from).zip(number(to)).is_some_and(|(from, to)| from <= to),
        None => number(range).is_some(),
    };
    range_fits && every.is_none_or(|every| every.parse::<u32>().is_ok_and(|every| every > 0))
}

#[cfg(test)]
mod tests {
    use super::wrong;
    use crate::workflow::fixture::lines;

    #[test]
    fn five_fields_pass_and_others_do_not() {
        let good = "on:\n  schedule:\n    - cron: '*/15 0-6,22 1 JAN MON-FRI'\n";
        assert_eq!(lines("workflow/invalid-schedule", good), [0; 0]);
        let bad = format!("{good}    - cron: '0 24 * * *'\n    - cron: '@daily'\n");
        assert_eq!(lines("workflow/invalid-schedule", &bad), [4, 5]);
    }

    #[test]
    fn each_field_has_its_range() {
        assert_eq!(wrong("0 5 * * 7").as_deref(), Some("`7` is no weekday"));
        for text in [
            "60 * * * *",
            "* * 0 * *",
            "* * * 13 *",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
            "-1 * * * *",
            ", * * * *",
        ] {
            assert!(wrong(text).is_some(), "{text}");
        }
    }
}
