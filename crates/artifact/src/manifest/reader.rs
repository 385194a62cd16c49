//! Walks a document and collects what is wrong. A [`Section`] knows the keys that were asked for, so what is left over is unknown.

use super::problem::Problem;
use model::spelling::nearest;
use std::cell::RefCell;
use std::ops::Range;
use toml_edit::{Item, TableLike};

/// One document being read.
pub(super) struct Reader<'d> {
    text: &'d str,
    root: &'d Item,
    problems: RefCell<Vec<Problem>>,
}

impl<'d> Reader<'d> {
    pub(super) const fn new(text: &'d str, root: &'d Item) -> Self {
        Self { text, root, problems: RefCell::new(Vec::new()) }
    }

    /// The whole document.
    pub(super) fn root(&self) -> Node<'_> {
        Node { reader: self, key: String::new(), item: self.root, span: 0..0 }
    }

    /// What stands under a path of keys, with its place.
    pub(super) fn locate(&self, path: &[&str]) -> Option<Node<'_>> {
        path.iter().try_fold(self.root(), |node, key| node.child(key))
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems.dedup();
        problems
    }
}

/// An item with its key and place.
pub(super) struct Node<'r> {
    reader: &'r Reader<'r>,
    pub(super) key: String,
    pub(super) item: &'r Item,
    span: Range<usize>,
}

impl<'r> Node<'r> {
    pub(super) fn child(&self, key: &str) -> Option<Node<'r>> {
        let table = self.item.as_table_like()?;
        let item = table.get(key)?;
        let key_span = table.key(key).and_then(toml_edit::Key::span);
        let span = match item {
            Item::Value(value) => value.span().or(key_span),
            Item::None | Item::Table(_) | Item::ArrayOfTables(_) => key_span.or_else(|| item.span()),
        };
        let span = span.unwrap_or_else(|| self.span.clone());
        Some(Node { reader: self.reader, key: join(&self.key, key), item, span })
    }

    /// An element of an array, as an item of its own.
    pub(super) fn element<'a>(&'a self, item: &'a Item, number: usize) -> Node<'a> {
        let span = item.span().unwrap_or_else(|| self.span.clone());
        Node { reader: self.reader, key: format!("{}[{number}]", self.key), item, span }
    }

    /// Notes that it is wrong.
    pub(super) fn wrong(&self, message: impl Into<String>, suggestion: Option<String>) {
        self.push(&self.span, &self.key, message.into(), suggestion);
    }

    /// Notes that one of its keys is wrong.
    pub(super) fn wrong_key(&self, key: &str, message: impl Into<String>, suggestion: Option<String>) {
        let span = self.item.as_table_like().and_then(|table| table.key(key)?.span());
        self.push(
            &span.unwrap_or_else(|| self.span.clone()),
            &join(&self.key, key),
            message.into(),
            suggestion,
        );
    }

    /// Notes that it is of another kind than expected. Returns nothing, for `return node.expected(…)`.
    pub(super) fn expected<T>(&self, what: &str, suggestion: Option<String>) -> Option<T> {
        self.wrong(format!("must be {what}, not {}", article(self.item.type_name())), suggestion);
        None
    }

    fn push(&self, span: &Range<usize>, key: &str, message: String, suggestion: Option<String>) {
        let problem = Problem::at(self.reader.text, span, key, &message).suggest(suggestion);
        self.reader.problems.borrow_mut().push(problem);
    }
}

fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") }
}

fn article(kind: &str) -> String {
    match kind {
        "string" => "a text".to_owned(),
        "integer" => "a whole number".to_owned(),
        "float" => "a number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => "a list".to_owned(),
        "array of tables" => "a list of tables".to_owned(),
        other if other.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {other}"),
        other => format!("a {other}"),
    }
}

/// Something that can be read from a node. `None` means that a problem was noted.
pub(super) trait Read: Sized {
    fn read(node: &Node<'_>) -> Option<Self>;
}

/// A table with fixed keys.
pub(super) struct Section<'r> {
    node: &'r Node<'r>,
    table: &'r dyn TableLike,
    known: RefCell<Vec<&'static str>>,
}

impl<'r> Section<'r> {
    pub(super) fn of(node: &'r Node<'r>) -> Option<Self> {
        match node.item.as_table_like() {
            Some(table) => Some(Self { node, table, known: RefCell::default() }),
            None => node.expected("a table", None),
        }
    }

    /// What stands under a key; `None` when nothing does or it is wrong.
    pub(super) fn take<T: Read>(&self, key: &'static str) -> Option<T> {
        self.known.borrow_mut().push(key);
        T::read(&self.node.child(key)?)
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self) {
        let known = self.known.into_inner();
        for (key, _) in self.table.iter().filter(|(key, _)| !known.contains(key)) {
            let suggestion = match nearest(key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known.join(", ")),
            };
            self.node.wrong_key(key, "is not a known key", Some(suggestion));
        }
    }
}
