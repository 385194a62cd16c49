//! What the readers of programs share: where a line is, and what is not worth parsing.

use artifact::sql::{Statement, statements};

/// A program's text.
pub(super) struct Source<'t>(pub(super) &'t str);

impl Source<'_> {
    /// Whether someone wrote it: parsers go down as deep as a text is nested.
    pub(super) fn is_reasonable(&self) -> bool {
        const LARGEST: usize = 1 << 20;
        const DEEPEST: usize = 200;
        let mut depth = 0_usize;
        self.0.len() <= LARGEST
            && self.0.bytes().all(|byte| {
                match byte {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth <= DEEPEST
            })
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> u32 {
        let before = self.0.as_bytes().get(..offset).unwrap_or_default();
        let breaks = before.iter().filter(|byte| **byte == b'\n').count();
        u32::try_from(breaks + 1).unwrap_or(u32::MAX)
    }

    /// An operation as the statement that it becomes.
    pub(super) fn statement(&self, offset: usize, sql: &str) -> Statement {
        let words = sql.split_whitespace().map(str::to_uppercase).collect();
        Statement { words, line: self.line(offset) }
    }

    /// The statements of a script that begins at an offset of the program.
    pub(super) fn script(&self, offset: usize, sql: &str) -> Vec<Statement> {
        let before = self.line(offset) - 1;
        let inner = statements(sql).into_iter();
        inner.map(|statement| Statement { line: before + statement.line, ..statement }).collect()
    }
}
