//! Which file a line of a merged document is from.

use artifact::yaml::read::{Kind, Value};
use model::Place;

/// Files one after the other: a line counted through all of them tells the file and its line.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// Each file with the number of lines before it.
    files: Vec<(u32, String)>,
    lines: u32,
}

impl Sources {
    /// Adds a file, and counts the lines of what stands in it from there.
    pub(super) fn add(&mut self, path: &str, mut root: Value) -> Value {
        let before = self.lines;
        let last = shift(&mut root, before);
        self.files.push((before, path.to_owned()));
        self.lines = last.max(before.saturating_add(1));
        root
    }

    /// The place of a line.
    pub(super) fn place(&self, line: u32) -> Place {
        let at = self.files.partition_point(|(before, _)| *before < line).saturating_sub(1);
        match self.files.get(at) {
            Some((before, path)) => Place::new(path, line.saturating_sub(*before).max(1)),
            None => Place::new("", line),
        }
    }
}

/// Moves everything down, and tells the last line.
fn shift(value: &mut Value, by: u32) -> u32 {
    value.line = value.line.saturating_add(by);
    let mut last = value.line;
    match &mut value.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| last = last.max(shift(item, by))),
        Kind::Map(entries) => {
            for (key, value) in entries {
                key.line = key.line.saturating_add(by);
                last = last.max(key.line).max(shift(value, by));
            }
        }
        Kind::Null | Kind::Scalar { .. } => {}
    }
    last
}
