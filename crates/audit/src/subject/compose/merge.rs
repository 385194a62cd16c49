//! One Compose file laid over another, as Compose does it (github.com/compose-spec/compose-spec, `13-merge.md`).

use super::mount::target;
use artifact::yaml::read::{Key, Kind, Value};

/// Lists of which the later one counts alone.
const REPLACED: [&str; 3] = ["command", "entrypoint", "test"];
/// What may be written as a list of `NAME=value`, or of names, instead of a map.
const MAPS: [&str; 8] =
    ["environment", "labels", "args", "depends_on", "networks", "sysctls", "extra_hosts", "annotations"];

/// A value with another laid over it. `key` is where both stand.
pub(super) fn merge(base: Value, over: Value, key: &str) -> Value {
    if over.tag == "!override" || over.is_null() {
        return if over.is_null() { base } else { over };
    }
    let (base, over) = if MAPS.contains(&key) { (as_map(base), as_map(over)) } else { (base, over) };
    match (base.kind, over.kind) {
        (Kind::Map(below), Kind::Map(above)) => {
            Value { line: base.line, tag: base.tag, kind: Kind::Map(maps(below, above)) }
        }
        (Kind::List(below), Kind::List(above)) if !REPLACED.contains(&key) => {
            Value { line: base.line, tag: base.tag, kind: Kind::List(lists(below, above, key)) }
        }
        (_, kind) => Value { line: over.line, tag: over.tag, kind },
    }
}

fn maps(mut below: Vec<(Key, Value)>, above: Vec<(Key, Value)>) -> Vec<(Key, Value)> {
    for (key, value) in above {
        let at = below.iter().rposition(|(known, _)| known.text == key.text);
        match at {
            _ if value.tag == "!reset" => below.retain(|(known, _)| known.text != key.text),
            Some(at) => {
                let (known, base) = below.remove(at);
                let merged = merge(base, value, &known.text);
                below.insert(at, (known, merged));
            }
            None => below.push((key, value)),
        }
    }
    below
}

fn lists(mut below: Vec<Value>, above: Vec<Value>, key: &str) -> Vec<Value> {
    let mounts = matches!(key, "volumes" | "devices");
    for item in above {
        let same = |known: &Value| match (mounts, target(known), target(&item)) {
            (true, Some(one), Some(other)) => one == other,
            _ => known.kind == item.kind,
        };
        below.retain(|known| !same(known));
        below.push(item);
    }
    below
}

/// A list of `NAME=value` or of names as the map that it stands for.
fn as_map(value: Value) -> Value {
    let Kind::List(items) = value.kind else { return value };
    let entries = items.into_iter().filter_map(|item| {
        let text = item.text()?;
        let (name, given) = match text.split_once('=') {
            Some((name, given)) => (name, Kind::Scalar { text: given.to_owned(), quoted: true }),
            None => (text, Kind::Null),
        };
        let key = Key { text: name.to_owned(), line: item.line, merged: false };
        Some((key, Value { line: item.line, tag: String::new(), kind: given }))
    });
    Value { line: value.line, tag: value.tag, kind: Kind::Map(entries.collect()) }
}
