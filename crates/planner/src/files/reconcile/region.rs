//! Regions of files that people write, between two comments.

use std::ops::Range;

/// The marks of a region, as comments of the kind of file: Markdown's are not shown, all others begin with `#`.
#[derive(Debug)]
pub(super) struct Marks {
    begin: String,
    end: String,
}

impl Marks {
    /// Those of a region of this name in the file at `path`.
    pub(super) fn new(path: &str, name: &str) -> Self {
        let (open, close) = if path.ends_with(".md") { ("<!-- ", " -->") } else { ("# ", "") };
        Self {
            begin: format!("{open}mainstay:begin {name}{close}\n"),
            end: format!("{open}mainstay:end {name}{close}\n"),
        }
    }
}

/// Where the content of a region lies. A begin without an end is no region.
pub(super) fn find(text: &str, marks: &Marks) -> Option<Range<usize>> {
    let from = text.find(&marks.begin)? + marks.begin.len();
    let to = from + text[from..].find(&marks.end)?;
    Some(from..to)
}

/// The file with the region at its end.
pub(super) fn append(text: &str, marks: &Marks, content: &str) -> String {
    let mut out = text.to_owned();
    if !out.is_empty() {
        out.truncate(out.trim_end().len());
        out.push_str("\n\n");
    }
    out.push_str(&marks.begin);
    out.push_str(content);
    out.push_str(&marks.end);
    out
}

/// The file with other content in the region.
pub(super) fn replace(text: &str, place: Range<usize>, content: &str) -> String {
    format!("{}{content}{}", &text[..place.start], &text[place.end..])
}
