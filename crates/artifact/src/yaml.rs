//! YAML that we write: maps keep their order, entries can have comments, and every text reads back as the text it was.
//!
//! The style is the one people use for Compose files, workflows and manifests: two spaces, block style, lists of short
//! words in one line where [`Node::Flow`] asks for it. Quoting follows YAML 1.1 and 1.2 at once, because both kinds of
//! readers are in use: `on`, `no` and `1_000` are quoted although only the older one would misread them.

mod print;
pub mod read;
mod scalar;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text, quoted when it has to be.
    Text(String),
    /// A text of several lines, as a `|` block.
    Block(String),
    /// A list, an entry a line.
    List(Vec<Node>),
    /// A list in one line.
    Flow(Vec<Node>),
    /// A map.
    Map(Map),
    /// A map without entries.
    Empty,
    /// A key without a value.
    Null,
}

/// A map in the order in which it was filled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map {
    entries: Vec<Entry>,
    pending: Vec<String>,
    gap: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    gap: bool,
    comments: Vec<String>,
    key: String,
    value: Node,
    note: Option<String>,
}

impl Map {
    /// A map without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lines of comment above the next entry, without the `#`.
    #[must_use]
    pub fn comment(mut self, text: impl AsRef<str>) -> Self {
        self.pending.extend(text.as_ref().lines().map(str::to_owned));
        self
    }

    /// An empty line above the next entry.
    #[must_use]
    pub fn gap(mut self) -> Self {
        self.gap = true;
        self
    }

    /// Adds an entry, or replaces the one of the same name.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<Node>) -> Self {
        self.insert(key, value);
        self
    }

    /// Adds an entry when there is a value.
    #[must_use]
    pub fn set_some(self, key: impl Into<String>, value: Option<impl Into<Node>>) -> Self {
        match value {
            Some(value) => self.set(key, value),
            None => self,
        }
    }

    /// As [`Self::set`], in place.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Node>) {
        let (key, value) = (key.into(), value.into());
        let (comments, gap) = (std::mem::take(&mut self.pending), std::mem::take(&mut self.gap));
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => entry.value = value,
            None => self.entries.push(Entry { gap, comments, key, value, note: None }),
        }
    }

    /// As [`Self::set`], with a comment at the end of its line, where a tool looks for the version of a pinned commit.
    #[must_use]
    pub fn set_with_note(
        mut self,
        key: impl Into<String>,
        value: impl Into<Node>,
        note: impl Into<String>,
    ) -> Self {
        let key = key.into();
        self.insert(key.clone(), value);
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == key) {
            entry.note = Some(note.into());
        }
        self
    }

    /// With everything of another map.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for entry in other.entries {
            self = match entry.note {
                Some(note) => self.set_with_note(entry.key, entry.value, note),
                None => self.set(entry.key, entry.value),
            };
        }
        self
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Its entries in order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Node)> {
        self.entries.iter().map(|entry| (entry.key.as_str(), entry.value.clone()))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The whole file: the map with `header` as comments above it.
    pub fn document(&self, header: &str) -> String {
        print::document(header, std::slice::from_ref(self))
    }
}

/// A file of several documents, as Kubernetes manifests are.
pub fn documents(header: &str, all: &[Map]) -> String {
    print::document(header, all)
}

/// A list, an entry a line.
pub fn list<T: Into<Node>>(items: impl IntoIterator<Item = T>) -> Node {
    Node::List(items.into_iter().map(Into::into).collect())
}

/// A list in one line.
pub fn flow<T: Into<Node>>(items: impl IntoIterator<Item = T>) -> Node {
    Node::Flow(items.into_iter().map(Into::into).collect())
}

impl From<Map> for Node {
    fn from(map: Map) -> Self {
        if map.is_empty() { Self::Empty } else { Self::Map(map) }
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

macro_rules! whole {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Node {
            fn from(value: $kind) -> Self {
                Self::Int(i64::from(value))
            }
        }
    )*};
}

whole!(u8, u16, u32, i32, i64);

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Node {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<T: Into<Node>> From<Vec<T>> for Node {
    fn from(items: Vec<T>) -> Self {
        list(items)
    }
}
