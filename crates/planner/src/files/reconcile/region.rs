//! Regions of Markdown files, between two comments that no reader sees.

use std::ops::Range;

fn begin(name: &str) -> String {
    format!("<!-- mainstay:begin {name} -->\n")
}

fn end(name: &str) -> String {
    format!("<!-- mainstay:end {name} -->")
}

/// Where the content of a region lies. A begin without an end is no region.
pub(super) fn find(text: &str, name: &str) -> Option<Range<usize>> {
    let begin = begin(name);
    let from = text.find(&begin)? + begin.len();
    let to = from + text[from..].find(&end(name))?;
    Some(from..to)
}

/// The file with the region at its end.
pub(super) fn append(text: &str, name: &str, content: &str) -> String {
    let mut out = text.to_owned();
    if !out.is_empty() {
        out.truncate(out.trim_end().len());
        out.push_str("\n\n");
    }
    out.push_str(&begin(name));
    out.push_str(content);
    out.push_str(&end(name));
    out.push('\n');
    out
}

/// The file with other content in the region.
pub(super) fn replace(text: &str, place: Range<usize>, content: &str) -> String {
    format!("{}{content}{}", &text[..place.start], &text[place.end..])
}
