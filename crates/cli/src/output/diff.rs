//! What would change in a file, line by line.

use super::line;
use super::style::Style;
use planner::goal::scaffold::FileChange;
use similar::{ChangeTag, TextDiff};

/// Lines of a change that are shown around what differs.
const AROUND: usize = 3;

/// The whole file, with what comes and goes.
pub fn whole(change: &FileChange) {
    let style = Style::for_stdout();
    let (before, after) = texts(change);
    for part in TextDiff::from_lines(before, after).iter_all_changes() {
        show(&style, part.tag(), part.to_string_lossy().trim_end_matches('\n'));
    }
}

/// What comes and goes, with the lines around it, under the file's name.
pub fn hunks(change: &FileChange) {
    let style = Style::for_stdout();
    let (before, after) = texts(change);
    line(&style.bold(&change.path));
    let diff = TextDiff::from_lines(before, after);
    for group in diff.grouped_ops(AROUND) {
        if let Some(first) = group.first() {
            line(&style.dim(&format!("  from line {}", first.new_range().start + 1)));
        }
        for part in group.iter().flat_map(|op| diff.iter_changes(op)) {
            show(&style, part.tag(), part.to_string_lossy().trim_end_matches('\n'));
        }
    }
}

/// Lines that come and lines that go.
pub fn counts(change: &FileChange) -> (usize, usize) {
    let (before, after) = texts(change);
    TextDiff::from_lines(before, after).iter_all_changes().fold((0, 0), |(come, go), part| match part.tag() {
        ChangeTag::Insert => (come + 1, go),
        ChangeTag::Delete => (come, go + 1),
        ChangeTag::Equal => (come, go),
    })
}

fn texts(change: &FileChange) -> (&str, &str) {
    (change.before.as_deref().unwrap_or_default(), change.after.as_deref().unwrap_or_default())
}

fn show(style: &Style, tag: ChangeTag, text: &str) {
    match tag {
        ChangeTag::Delete => line(&style.bad(&format!("- {text}"))),
        ChangeTag::Insert => line(&style.good(&format!("+ {text}"))),
        ChangeTag::Equal => line(&format!("  {text}")),
    }
}
