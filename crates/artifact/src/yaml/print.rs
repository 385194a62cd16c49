//! From nodes to text.

use super::scalar;
use super::{Map, Node};

pub(super) fn document(header: &str, all: &[Map]) -> String {
    let mut printer = Printer::default();
    for line in header.lines() {
        printer.comment(0, line);
    }
    for (index, map) in all.iter().enumerate() {
        if index > 0 {
            printer.out.push_str("---\n");
        }
        printer.map(map, 0, false);
    }
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
}

impl Printer {
    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n("  ", depth));
    }

    fn comment(&mut self, depth: usize, line: &str) {
        self.indent(depth);
        self.out.push_str(if line.is_empty() { "#" } else { "# " });
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// `inline`: the first entry stands behind a `- ` that is already written.
    fn map(&mut self, map: &Map, depth: usize, inline: bool) {
        for (index, entry) in map.entries.iter().enumerate() {
            let behind_dash = inline && index == 0;
            // Right below the key that a map belongs to, an empty line would only separate them.
            if entry.gap && index > 0 {
                self.out.push('\n');
            }
            if !behind_dash {
                for line in &entry.comments {
                    self.comment(depth, line);
                }
                self.indent(depth);
            }
            self.out.push_str(&scalar::key(&entry.key));
            self.out.push(':');
            let behind = self.out.len();
            self.after_key(&entry.value, depth);
            if let Some(note) = &entry.note {
                let end = self.out[behind..].find('\n').map_or(self.out.len(), |end| behind + end);
                self.out.insert_str(end, &format!(" # {note}"));
            }
        }
    }

    fn after_key(&mut self, value: &Node, depth: usize) {
        match value {
            Node::Map(map) => {
                self.out.push('\n');
                self.map(map, depth + 1, false);
            }
            Node::List(items) if !items.is_empty() => {
                self.out.push('\n');
                self.list(items, depth + 1);
            }
            Node::Bool(_)
            | Node::Int(_)
            | Node::Text(_)
            | Node::Block(_)
            | Node::List(_)
            | Node::Flow(_)
            | Node::Empty
            | Node::Null => self.scalar(value, depth),
        }
    }

    fn list(&mut self, items: &[Node], depth: usize) {
        for item in items {
            if let Node::Map(map) = item {
                for line in map.entries.first().map_or(&[][..], |entry| &entry.comments) {
                    self.comment(depth, line);
                }
            }
            self.indent(depth);
            self.out.push('-');
            match item {
                Node::Map(map) => {
                    self.out.push(' ');
                    self.map(map, depth + 1, true);
                }
                Node::List(_)
                | Node::Bool(_)
                | Node::Int(_)
                | Node::Text(_)
                | Node::Block(_)
                | Node::Flow(_)
                | Node::Empty
                | Node::Null => self.scalar(item, depth),
            }
        }
    }

    /// What fits behind `key:` or `-`, with the end of the line.
    fn scalar(&mut self, value: &Node, depth: usize) {
        match value {
            Node::Block(text) => return self.block(text, depth + 1),
            Node::Null => {}
            Node::Bool(_)
            | Node::Int(_)
            | Node::Text(_)
            | Node::List(_)
            | Node::Flow(_)
            | Node::Map(_)
            | Node::Empty => {
                self.out.push(' ');
                self.out.push_str(&one_line(value));
            }
        }
        self.out.push('\n');
    }

    fn block(&mut self, text: &str, depth: usize) {
        // Readers take the indentation from the first line that is not empty; one that begins with a space needs it told. No
        // end of line needs `-`.
        let first = text.lines().find(|line| !line.is_empty());
        let told = if first.is_some_and(|line| line.starts_with(' ')) { "2" } else { "" };
        let end = if text.ends_with('\n') { "" } else { "-" };
        self.out.push_str(&format!(" |{told}{end}\n"));
        for line in text.lines() {
            if !line.is_empty() {
                self.indent(depth);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }
}

/// A value in one line, in flow style where it has parts.
fn one_line(value: &Node) -> String {
    match value {
        Node::Bool(value) => value.to_string(),
        Node::Int(value) => value.to_string(),
        Node::Text(text) => scalar::value(text),
        Node::Block(text) => scalar::quoted(text),
        Node::Empty => "{}".to_owned(),
        Node::Null => "null".to_owned(),
        Node::List(items) | Node::Flow(items) => {
            let items: Vec<String> = items.iter().map(in_flow).collect();
            format!("[{}]", items.join(", "))
        }
        Node::Map(map) => {
            let entries = map.entries.iter();
            let entries: Vec<String> = entries
                .map(|entry| format!("{}: {}", scalar::key(&entry.key), in_flow(&entry.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn in_flow(value: &Node) -> String {
    match value {
        Node::Text(text) => scalar::in_flow(text),
        Node::Bool(_)
        | Node::Int(_)
        | Node::Block(_)
        | Node::List(_)
        | Node::Flow(_)
        | Node::Map(_)
        | Node::Empty
        | Node::Null => one_line(value),
    }
}
