//! What a service sees of the machine and of volumes.

use crate::expansion;
use artifact::yaml::read::Value;

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is from: a path of the machine, or a volume; none for one without a name.
    pub source: Option<String>,
    /// Where it is seen.
    pub target: String,
    /// Whether it can only be read.
    pub read_only: bool,
    /// What it is: `bind`, `volume`, `tmpfs`.
    pub kind: String,
    /// The line.
    pub line: u32,
}

impl Mount {
    pub(super) fn read(value: &Value) -> Option<Self> {
        if let Some(text) = value.text() {
            let parts = parts(text);
            let (source, target) = match parts[..] {
                [target] => (None, target),
                [source, target, ..] => (Some(known(source)), target),
                [] => return None,
            };
            let mode = parts.get(2).copied().unwrap_or_default();
            let bind = source.as_ref().is_some_and(|source| is_path(source));
            let read_only = mode.split(',').any(|option| option == "ro");
            let kind = if bind { "bind" } else { "volume" }.to_owned();
            return Some(Self { source, target: clean(&known(target)), read_only, kind, line: value.line });
        }
        let text = |key: &str| value.get(key).and_then(Value::text);
        Some(Self {
            source: text("source").or_else(|| text("src")).map(known),
            target: clean(&known(text("target").or_else(|| text("dst")).or_else(|| text("destination"))?)),
            read_only: value.get("read_only").and_then(Value::truth) == Some(true),
            kind: text("type").unwrap_or("volume").to_owned(),
            line: value.line,
        })
    }

    /// The volume that it is of, if it is a named one.
    pub fn volume(&self) -> Option<&str> {
        self.source.as_deref().filter(|source| self.kind == "volume" && !source.contains(expansion::UNKNOWN))
    }

    /// The path of the machine, if it is one.
    pub fn path(&self) -> Option<&str> {
        self.source.as_deref().filter(|_| self.kind == "bind")
    }
}

/// Where a mount is seen.
pub(super) fn target(value: &Value) -> Option<String> {
    Mount::read(value).map(|mount| mount.target)
}

/// The parts of a short form; a colon inside of a variable separates nothing.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_u32);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts
}

fn known(text: &str) -> String {
    expansion::defaults(text)
}

fn clean(path: &str) -> String {
    if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path.to_owned() }
}

/// What begins so is a path; a name is that of a volume.
fn is_path(source: &str) -> bool {
    source.starts_with(['/', '.', '~', '\\', expansion::UNKNOWN])
        || source.get(1..3).is_some_and(|rest| rest == ":\\")
}
