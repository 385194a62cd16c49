//! Comments that let a finding pass: `# mainstay: allow RULE because REASON`, at the end of the line or in lines above it.

use crate::rule::{About, Remark};
use model::Place;
use model::finding::{Finding, Severity};

/// Says that somebody looked.
const MARK: &str = "mainstay: allow ";

pub(crate) const NO_REASON: About = About {
    name: "allow/no-reason",
    demands: "A comment that lets a finding pass says why, for whoever reads it next.",
    advice: "write `# mainstay: allow RULE because REASON`",
    severity: Severity::Warning,
};

pub(crate) const UNUSED: About = About {
    name: "allow/unused",
    demands: "A comment that lets a finding pass stands where there is one; else it would hide the next.",
    advice: "remove the comment, or move it to the line that it is about",
    severity: Severity::Warning,
};

/// One such comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allow {
    place: Place,
    /// The line that it is about: its own, or the next one that is no comment.
    about: u32,
    rule: String,
    has_reason: bool,
}

/// The comments of a file in which `#` begins one.
pub(crate) fn read(path: &str, text: &str) -> Vec<Allow> {
    let lines: Vec<&str> = text.lines().collect();
    let is_comment = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((before, after)) = line.split_once(MARK).filter(|(before, _)| before.contains('#')) else {
            continue;
        };
        let alone = before.trim_start().starts_with('#');
        let skipped = if alone { lines[at..].iter().take_while(|line| is_comment(line)).count() } else { 0 };
        let (rule, reason) = after.split_once(" because ").unwrap_or((after, ""));
        let number = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
        found.push(Allow {
            place: Place::new(path, number(at)),
            about: number(at + skipped),
            rule: rule.trim().to_owned(),
            has_reason: !reason.trim().is_empty(),
        });
    }
    found
}

impl Allow {
    fn lets_pass(&self, finding: &Finding) -> bool {
        let here = finding
            .place
            .as_ref()
            .is_some_and(|place| place.path == self.place.path && place.line == self.about);
        here && self.has_reason
            && (finding.rule == self.rule || finding.rule.rsplit('/').next() == Some(self.rule.as_str()))
    }
}

/// What no comment lets pass, with what is wrong with the comments, and how many findings passed.
pub(crate) fn apply(allows: &[Allow], findings: Vec<Finding>) -> (Vec<Finding>, usize) {
    let before = findings.len();
    let mut used = vec![false; allows.len()];
    let mut left = findings;
    left.retain(|finding| {
        let by: Vec<usize> = (0..allows.len()).filter(|at| allows[*at].lets_pass(finding)).collect();
        by.iter().for_each(|at| used[*at] = true);
        by.is_empty()
    });
    let passed = before - left.len();
    for (allow, used) in allows.iter().zip(used) {
        let remark = |message: String| Remark::new(allow.place.clone(), message);
        if !allow.has_reason {
            left.push(
                remark(format!("{} is to pass, but no reason is given", allow.rule)).finding(&NO_REASON),
            );
        } else if !used {
            left.push(remark(format!("{} finds nothing here", allow.rule)).finding(&UNUSED));
        }
    }
    (left, passed)
}

#[cfg(test)]
mod tests {
    use crate::{Subjects, check};
    use host::MemoryTree;

    fn said(steps: &str) -> Vec<String> {
        let text = format!("on: push\npermissions: {{}}\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}");
        let tree = MemoryTree::new("repository", [(".github/workflows/ci.yml", text.as_str())]);
        let findings = check(&Subjects::read(&tree)).findings;
        findings
            .iter()
            .map(|found| format!("{} {}", found.place.as_ref().unwrap().line, found.rule))
            .collect()
    }

    #[test]
    fn a_comment_with_a_reason_lets_its_line_pass() {
        let allow = "# mainstay: allow workflow/unpinned-action because it is ours";
        assert_eq!(said(&format!("      - uses: o/r@main {allow}\n")), [""; 0]);
        assert_eq!(said(&format!("      {allow}\n      # more\n\n      - uses: o/r@main\n")), [""; 0]);
        let second = said(&format!("      - uses: o/r@main {allow}\n      - uses: o/r@main\n"));
        assert_eq!(second, ["8 workflow/unpinned-action"]);
    }

    #[test]
    fn without_a_reason_or_without_a_finding_it_is_one_itself() {
        let bare = said("      - uses: o/r@main # mainstay: allow unpinned-action\n");
        assert_eq!(bare, ["7 allow/no-reason", "7 workflow/unpinned-action"]);
        let idle = said("      - run: x # mainstay: allow unpinned-action because it was\n");
        assert_eq!(idle, ["7 allow/unused"]);
    }
}
