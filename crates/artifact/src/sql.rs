//! SQL scripts as a list of statements, enough to say what a migration does. Nothing is understood beyond words: comments
//! are gone, texts in quotes are empty, and what stands between semicolons is one statement.

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its words in upper case, one space between them; punctuation stands alone.
    pub words: Vec<String>,
    /// The line where it begins, from 1.
    pub line: u32,
}

/// The statements of a script, for PostgreSQL's rules of quoting.
pub fn statements(script: &str) -> Vec<Statement> {
    let mut reader = Reader {
        rest: script,
        line: 1,
        word: String::new(),
        current: Vec::new(),
        began: 1,
        done: Vec::new(),
    };
    while reader.step() {}
    reader.end();
    reader.done
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
    word: String,
    current: Vec<String>,
    began: u32,
    done: Vec<Statement>,
}

impl Reader<'_> {
    /// Takes the next piece; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if self.rest.starts_with("--") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.skip(self.rest.find("*/").map_or(self.rest.len(), |end| end + 2));
        } else if first == '\'' {
            self.word_ends();
            self.skip(1 + self.rest[1..].find('\'').map_or(self.rest.len() - 1, |end| end + 1));
        } else if let Some(tag) = dollar_tag(self.rest) {
            self.word_ends();
            let body = &self.rest[tag.len()..];
            self.skip(tag.len() + body.find(tag).map_or(body.len(), |end| end + tag.len()));
        } else if first == ';' {
            self.end();
            self.skip(1);
        } else if first.is_alphanumeric() || matches!(first, '_' | '"' | '.') {
            if self.current.is_empty() && self.word.is_empty() {
                self.began = self.line;
            }
            self.word.extend(first.to_uppercase());
            self.skip(first.len_utf8());
        } else {
            self.word_ends();
            if !first.is_whitespace() {
                self.current.push(first.to_string());
            }
            self.skip(first.len_utf8());
        }
        true
    }

    fn skip(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += u32::try_from(taken.matches('\n').count()).unwrap_or(0);
        self.rest = rest;
    }

    fn word_ends(&mut self) {
        if !self.word.is_empty() {
            self.current.push(std::mem::take(&mut self.word));
        }
    }

    fn end(&mut self) {
        self.word_ends();
        if !self.current.is_empty() {
            self.done.push(Statement { words: std::mem::take(&mut self.current), line: self.began });
        }
    }
}

/// `$$` or `$tag$` at the beginning.
fn dollar_tag(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('$')?;
    let end = inner.find('$')?;
    inner[..end].chars().all(|c| c.is_alphanumeric() || c == '_').then(|| &text[..end + 2])
}

#[cfg(test)]
mod tests {
    use super::statements;

    fn texts(script: &str) -> Vec<(String, u32)> {
        statements(script).into_iter().map(|statement| (statement.words.join(" "), statement.line)).collect()
    }

    #[test]
    fn quotes_and_comments_hide_semicolons() {
        let script = "-- a; b\nSELECT ';' ;\n/* x;\n y */ do $$ begin; end; $$;\nDROP table \"Old\"";
        let found = texts(script);
        assert_eq!(found[0], ("SELECT".into(), 2));
        assert_eq!(found[1].0, "DO");
        assert_eq!(found[2], ("DROP TABLE \"OLD\"".into(), 5));
    }

    #[test]
    fn nothing_panics_on_what_is_open() {
        for script in ["'", "$$", "/*", "--", "$a$ x", "é'", ";;;"] {
            statements(script);
        }
    }
}
