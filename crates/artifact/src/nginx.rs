//! nginx configuration that we write: directives and blocks in order, with comments where a reader would ask why.

pub mod read;

use std::fmt::{self, Display, Formatter};

/// What stands between braces, or a whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Block {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Comment(String),
    Gap,
    Directive(String),
    Block(String, Block),
}

impl Block {
    /// Without directives.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a directive, without its semicolon.
    #[must_use]
    pub fn set(mut self, directive: impl Into<String>) -> Self {
        self.lines.push(Line::Directive(directive.into()));
        self
    }

    /// Adds directives.
    #[must_use]
    pub fn all<T: Into<String>>(self, directives: impl IntoIterator<Item = T>) -> Self {
        directives.into_iter().fold(self, Self::set)
    }

    /// Adds a block.
    #[must_use]
    pub fn block(mut self, head: impl Into<String>, block: Self) -> Self {
        self.lines.push(Line::Block(head.into(), block));
        self
    }

    /// Adds lines of comment.
    #[must_use]
    pub fn comment(mut self, text: &str) -> Self {
        self.lines.extend(text.lines().map(|line| Line::Comment(line.to_owned())));
        self
    }

    /// Adds an empty line.
    #[must_use]
    pub fn gap(mut self) -> Self {
        self.lines.push(Line::Gap);
        self
    }

    /// Adds everything of another block.
    #[must_use]
    pub fn append(mut self, other: Self) -> Self {
        self.lines.extend(other.lines);
        self
    }

    fn print(&self, f: &mut Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = "    ".repeat(depth);
        for line in &self.lines {
            match line {
                Line::Comment(text) => writeln!(f, "{indent}# {text}")?,
                Line::Gap => writeln!(f)?,
                Line::Directive(text) => writeln!(f, "{indent}{text};")?,
                Line::Block(head, block) => {
                    writeln!(f, "{indent}{head} {{")?;
                    block.print(f, depth + 1)?;
                    writeln!(f, "{indent}}}")?;
                }
            }
        }
        Ok(())
    }
}

impl Display for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f, 0)
    }
}
