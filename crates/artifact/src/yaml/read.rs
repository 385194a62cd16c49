//! YAML that somebody wrote: a tree in which every key and every value knows its line.
//!
//! Anchors and merge keys (`<<`) are resolved. Scalars stay text: what `on` or `0644` means is for the reader of a format to
//! say, and it can ask whether a text was quoted.

use granit_parser::{Event, Parser, ScalarStyle};
use std::collections::HashMap;

/// Values that a document may have once its aliases are written out: "a billion laughs" ends here.
const MAX_VALUES: usize = 200_000;
/// How deep it may be nested.
const MAX_DEPTH: usize = 128;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The line on which it begins, from 1.
    pub line: u32,
    /// The tag in front of it, as `!reset`; empty without one.
    pub tag: String,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or `~` or `null`.
    Null,
    /// Any other single value.
    Scalar {
        /// Its text, without quotes.
        text: String,
        /// Whether it is surely a text: in quotes, or a block.
        quoted: bool,
    },
    /// A list.
    List(Vec<Value>),
    /// A map, in order; a key that stands twice is in it twice.
    Map(Vec<(Key, Value)>),
}

/// The key of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// The line on which it stands, from 1.
    pub line: u32,
    /// Whether it came by a merge key; the map's own entries come first.
    pub merged: bool,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub message: String,
}

impl Value {
    /// The entry of a map. Of two with one key the later counts, as most readers have it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The entry of a map, with its key.
    pub fn entry(&self, key: &str) -> Option<&(Key, Self)> {
        let own = self.entries().iter().rfind(|(known, _)| known.text == key && !known.merged);
        own.or_else(|| self.entries().iter().find(|(known, _)| known.text == key))
    }

    /// What is found by following keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The entries of a map; none of anything else.
    pub fn entries(&self) -> &[(Key, Self)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            Kind::Null | Kind::Scalar { .. } | Kind::List(_) => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Null | Kind::Scalar { .. } | Kind::Map(_) => &[],
        }
    }

    /// The items of a list, or the one value that stands in its place, as many formats allow.
    pub fn one_or_many(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Scalar { .. } => std::slice::from_ref(self),
            Kind::Null | Kind::Map(_) => &[],
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// Whether it is the plain word `true` or `false`; also as YAML 1.1 spells it.
    pub fn truth(&self) -> Option<bool> {
        match &self.kind {
            Kind::Scalar { text, quoted: false } => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            Kind::Scalar { .. } | Kind::Null | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// Whether nothing stands there.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// Itself and everything in it, from the top.
    pub fn descend(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        self.items().iter().for_each(|item| item.descend(visit));
        self.entries().iter().for_each(|(_, value)| value.descend(visit));
    }

    /// How many values it is made of.
    fn size(&self) -> usize {
        let mut size = 0;
        self.descend(&mut |_| size += 1);
        size
    }
}

/// The documents of a file, in order; an empty one is left out.
///
/// # Errors
/// [`Problem`] with the first line that is not YAML, or that makes the file too large or too deep.
pub fn documents(text: &str) -> Result<Vec<Value>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Problem {
            line: line(error.marker().line()),
            message: format!("is not YAML: {}", error.info()),
        })?;
        reader.take(event, line(span.start.line()))?;
    }
    reader.documents.retain(|document| !document.is_null());
    Ok(reader.documents)
}

fn line(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX).max(1)
}

/// A list or a map that is not closed yet.
struct Open {
    value: Value,
    anchor: usize,
    key: Option<Key>,
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    documents: Vec<Value>,
    size: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let quoted = style != ScalarStyle::Plain;
                let null = !quoted && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let kind = if null { Kind::Null } else { Kind::Scalar { text: text.into_owned(), quoted } };
                let tag = tag.map(|tag| tag.original()).unwrap_or_default();
                self.close(Value { line, tag, kind }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Kind::List(Vec::new()), anchor, tag.as_deref(), line)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(Kind::Map(Vec::new()), anchor, tag.as_deref(), line)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open.value, open.anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                let value = value.ok_or_else(|| problem(line, "an alias stands inside of what it names"))?;
                self.size += value.size();
                self.close(Value { line, ..value }, 0)
            }
            Event::DocumentStart(..) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        kind: Kind,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
        line: u32,
    ) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(problem(line, "is nested too deep"));
        }
        let tag = tag.map(granit_parser::Tag::original).unwrap_or_default();
        self.open.push(Open { value: Value { line, tag, kind }, anchor, key: None });
        Ok(())
    }

    /// A value is complete: it goes into what is open, or is a document.
    fn close(&mut self, value: Value, anchor: usize) -> Result<(), Problem> {
        self.size += 1;
        if self.size > MAX_VALUES {
            return Err(problem(value.line, "becomes too large once its aliases are written out"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(value);
            return Ok(());
        };
        match &mut open.value.kind {
            Kind::List(items) => items.push(value),
            Kind::Map(entries) => match open.key.take() {
                None => open.key = Some(Key { text: written(&value), line: value.line, merged: false }),
                Some(key) if key.text == "<<" => merge(entries, &value),
                Some(key) => entries.push((key, value)),
            },
            Kind::Null | Kind::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn problem(line: u32, message: &str) -> Problem {
    Problem { line, message: message.to_owned() }
}

/// A key that is no text is named by what it begins with.
fn written(key: &Value) -> String {
    key.text().unwrap_or_default().to_owned()
}

/// `<<: *base` or `<<: [*one, *two]`, of which the first counts.
fn merge(entries: &mut Vec<(Key, Value)>, value: &Value) {
    let maps = if value.items().is_empty() { std::slice::from_ref(value) } else { value.items() };
    for (key, value) in maps.iter().flat_map(Value::entries) {
        if !entries.iter().any(|(known, _)| known.text == key.text) {
            entries.push((Key { merged: true, ..key.clone() }, value.clone()));
        }
    }
}
