//! A start line of a manifest, as words that need no shell, or as a line for `/bin/sh`.

use model::unit::Port;

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// One program with fixed words.
    Simple {
        /// `NAME=value` in front of it.
        assignments: Vec<(String, String)>,
        /// Program and arguments, without quotes.
        words: Vec<String>,
    },
    /// Something only a shell can do: lists, pipes, expansions. Its last command replaces the shell.
    Shell(String),
}

/// Reads a line. `$PORT` becomes the port, when there is one.
pub(super) fn read(text: &str, port: Option<Port>) -> Line {
    let text = text.trim();
    let mut reader = Reader { port, words: Vec::new(), word: None, quoted: false };
    if !reader.read(text) {
        return Line::Shell(with_exec(text));
    }
    let mut assignments = Vec::new();
    let mut words = reader.words.into_iter().peekable();
    if words.peek().is_some_and(|(word, _)| word == "exec" || word == "env") {
        words.next();
    }
    while let Some((word, _)) = words.next_if(|(word, plain)| *plain && assignment(word).is_some()) {
        let (name, value) = assignment(&word).expect("it was one when it was looked at");
        assignments.push((name.to_owned(), value.to_owned()));
    }
    Line::Simple { assignments, words: words.map(|(word, _)| word).collect() }
}

/// Words as a line that reads as the same words.
pub(super) fn quote(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    let quoted = words.iter().map(|word| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let first = name.chars().next()?;
    let valid = (first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    valid.then_some((name, value))
}

struct Reader {
    port: Option<Port>,
    /// Words, with whether their beginning was free of quotes.
    words: Vec<(String, bool)>,
    word: Option<String>,
    quoted: bool,
}

impl Reader {
    /// Whether the text has only what can be read without a shell.
    fn read(&mut self, text: &str) -> bool {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            rest = match c {
                '\'' => {
                    let Some(end) = after.find('\'') else { return false };
                    self.begin_quote();
                    self.push(&after[..end]);
                    &after[end + 1..]
                }
                '"' => match self.double(after) {
                    Some(rest) => rest,
                    None => return false,
                },
                '\\' => {
                    let Some(next) = after.chars().next().filter(|next| *next != '\n') else { return false };
                    self.push(&after[..next.len_utf8()]);
                    &after[next.len_utf8()..]
                }
                '$' => match self.expansion(after) {
                    Some(rest) => rest,
                    None => return false,
                },
                '~' | '#' if self.word.is_none() => return false,
                // A `[` stays what it is unless a file matches, and `.[dev]` is no pattern of files.
                ';' | '|' | '&' | '<' | '>' | '(' | ')' | '`' | '*' | '?' | '\n' => return false,
                c if c.is_whitespace() => {
                    self.end();
                    after
                }
                _ => {
                    self.push(&rest[..c.len_utf8()]);
                    after
                }
            };
        }
        self.end();
        !self.words.is_empty()
    }

    fn double<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        self.begin_quote();
        let mut rest = text;
        loop {
            let c = rest.chars().next()?;
            let after = &rest[c.len_utf8()..];
            rest = match c {
                '"' => return Some(after),
                '`' => return None,
                '$' => self.expansion(after)?,
                '\\' => {
                    let next = after.chars().next()?;
                    if !matches!(next, '"' | '\\' | '$' | '`') {
                        self.push("\\");
                    }
                    self.push(&after[..next.len_utf8()]);
                    &after[next.len_utf8()..]
                }
                _ => {
                    self.push(&rest[..c.len_utf8()]);
                    after
                }
            };
        }
    }

    /// After a `$`: the port, or nothing that can be read here.
    fn expansion<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let number = self.port?.to_string();
        let rest = if let Some(body) = text.strip_prefix("{PORT") {
            let end = body.find('}')?;
            let default = &body[..end];
            (default.is_empty() || default.starts_with(":-") || default.starts_with('-')).then_some(())?;
            &body[end + 1..]
        } else {
            let rest = text.strip_prefix("PORT")?;
            if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                return None;
            }
            rest
        };
        self.push(&number);
        Some(rest)
    }

    fn begin_quote(&mut self) {
        self.quoted |= self.word.is_none();
        self.word.get_or_insert_default();
    }

    fn push(&mut self, text: &str) {
        self.word.get_or_insert_default().push_str(text);
    }

    fn end(&mut self) {
        let plain = !std::mem::take(&mut self.quoted);
        self.words.extend(self.word.take().map(|word| (word, plain)));
    }
}

/// The line with `exec` before its last command, so that signals reach the program and not a shell that waits for it.
/// Unchanged when the last command is part of a pipe, in the background or a shell construct.
fn with_exec(text: &str) -> String {
    const WORDS: [&str; 18] = [
        "exec", "cd", "export", "set", "if", "fi", "for", "while", "until", "case", "esac", "done", "{", "}",
        "!", ".", "source", "eval",
    ];
    let Some(tail) = last_command(text) else { return text.to_owned() };
    let (head, last) = text.split_at(tail);
    let first = last.split_whitespace().next().unwrap_or_default();
    if first.is_empty() || WORDS.contains(&first) || first.starts_with('(') {
        return text.to_owned();
    }
    let space = last.len() - last.trim_start().len();
    let env = if assignment(first).is_some() { "env " } else { "" };
    format!("{head}{}exec {env}{}", &last[..space], last.trim_start())
}

/// Where the last command of a list begins; `None` when it is not a plain one.
fn last_command(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut start) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            quote @ (b'\'' | b'"') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' && quote == b'"' { 2 } else { 1 };
                }
            }
            b'`' | b'(' => return None,
            b'>' | b'<' if bytes.get(at + 1) == Some(&b'&') => at += 1,
            b'&' | b'|' if bytes.get(at + 1) == Some(&bytes[at]) => {
                at += 1;
                start = at + 1;
            }
            b'&' | b'|' => return None,
            b';' | b'\n' => start = at + 1,
            _ => {}
        }
        at += 1;
    }
    Some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simple(text: &str) -> (Vec<(String, String)>, Vec<String>) {
        match read(text, Some(Port(4100))) {
            Line::Simple { assignments, words } => (assignments, words),
            Line::Shell(line) => panic!("{text} went to a shell: {line}"),
        }
    }

    #[test]
    fn plain_lines_need_no_shell() {
        for (text, expected) in [
            ("node src/app.js", &["node", "src/app.js"][..]),
            ("uvicorn app.main:app --port $PORT", &["uvicorn", "app.main:app", "--port", "4100"]),
            (
                "x --bind=0.0.0.0:${PORT:-8000} \"a b\" 'c $PORT' d\\ e ''",
                &["x", "--bind=0.0.0.0:4100", "a b", "c $PORT", "d e", ""],
            ),
            ("gunicorn 'a:create_app()'", &["gunicorn", "a:create_app()"]),
            ("exec node a", &["node", "a"]),
            ("env A=1 node a", &["node", "a"]),
        ] {
            assert_eq!(simple(text).1, expected, "{text}");
        }
        let (assignments, words) = simple("A=1 B='x y' node C=3");
        assert_eq!(assignments, [("A".into(), "1".into()), ("B".into(), "x y".into())]);
        assert_eq!(words, ["node", "C=3"]);
    }

    #[test]
    fn the_last_command_of_a_list_replaces_the_shell() {
        for (text, expected) in [
            ("cd a && node b", "cd a && exec node b"),
            ("gunicorn -w $WORKERS app", "exec gunicorn -w $WORKERS app"),
            ("a; B=1 c", "a; exec env B=1 c"),
            ("a && (b)", "a && (b)"),
            ("a | tee log", "a | tee log"),
            ("a & b", "a & b"),
            ("a > log 2>&1", "exec a > log 2>&1"),
            ("a '&& b' \"; c\" && exec d", "a '&& b' \"; c\" && exec d"),
            ("node 'open", "exec node 'open"),
        ] {
            assert_eq!(read(text, None), Line::Shell(expected.into()), "{text}");
        }
    }

    #[test]
    fn a_port_that_is_not_there_is_left_to_the_shell() {
        assert!(matches!(read("a $PORT", None), Line::Shell(_)));
        assert!(matches!(read("a $PORTAL", Some(Port(1))), Line::Shell(_)));
    }
}
