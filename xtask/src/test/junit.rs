//! The report that nextest writes: `<testcase>` elements with `<failure>`, `<error>` and `<system-out>` within.

use super::tally::Tally;

/// Counts a report. A test that says `skipped: WHY` and passes has not tested anything.
pub fn read(report: &str) -> Tally {
    let mut tally = Tally::default();
    for case in report.split("<testcase ").skip(1) {
        let case = case.split("</testcase>").next().unwrap_or(case);
        let name = format!("{} {}", attribute(case, "classname"), attribute(case, "name"));
        let skipped = case.lines().find_map(|line| {
            let at = line.find("skipped: ").filter(|&at| at == 0 || line[..at].ends_with('>'))?;
            Some(line[at + "skipped: ".len()..].split('<').next().unwrap_or_default().to_owned())
        });
        if case.contains("<failure") || case.contains("<error") {
            tally.fail(name);
        } else if let Some(why) = skipped {
            tally.skip(why);
        } else {
            tally.passed += 1;
        }
    }
    tally
}

fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
    let marked = format!("{name}=\"");
    let value = element
        .match_indices(&marked)
        .find(|(at, _)| *at == 0 || element[..*at].ends_with(char::is_whitespace))
        .map(|(at, _)| &element[at + marked.len()..]);
    value.and_then(|value| value.split('"').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_counts_once() {
        let report = r#"<testsuites><testsuite name="a">
<testcase name="good" classname="a::it" time="0.1"></testcase>
<testcase name="talks" classname="a::it"><system-out>not skipped: really
</system-out></testcase>
<testcase name="not_here" classname="a::it"><system-out>
running 1 test
skipped: not_here: mounting is not permitted here
</system-out></testcase>
<testcase name="at_once" classname="a::it"><system-out>skipped: at_once</system-out></testcase>
<testcase name="bad" classname="a::it"><failure type="test failure">no</failure><system-out>skipped: no</system-out></testcase>
<testcase name="worse" classname="a::it"><error type="x"/></testcase>
</testsuite></testsuites>"#;
        let tally = read(report);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (2, 2, 2));
        let notes: Vec<&str> = tally.notes.iter().map(|(_, note)| note.as_str()).collect();
        assert_eq!(
            notes,
            ["not_here: mounting is not permitted here", "at_once", "a::it bad", "a::it worse"]
        );
    }
}
