//! Dockerfiles that somebody wrote: instructions with the lines on which they begin.
//!
//! The grammar is that of BuildKit's frontend (github.com/moby/buildkit, `frontend/dockerfile/parser`): continuations, comments and
//! empty lines inside of them, the `escape` directive, here-documents. Whatever cannot be read is told, and reading goes on.

use crate::shell;

/// What stands in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Its instructions, in order.
    pub instructions: Vec<Instruction>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// In upper case.
    pub keyword: String,
    /// All that follows it, options too; continuations are joined, comments left out.
    pub text: String,
    /// The texts of its here-documents.
    pub documents: Vec<Document>,
    /// The line on which it begins, from 1.
    pub line: u32,
}

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The word that ends it.
    pub end: String,
    /// Its lines.
    pub text: String,
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub message: String,
}

impl Instruction {
    /// The options in front, as `("from", "build")` for `--from=build`; the value is empty where there is none.
    pub fn options(&self) -> Vec<(&str, &str)> {
        let words = self.text.split_whitespace().map_while(|word| word.strip_prefix("--"));
        words.map(|word| word.split_once('=').unwrap_or((word, ""))).collect()
    }

    /// The value of an option.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options().into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// What follows the options.
    pub fn rest(&self) -> &str {
        let mut rest = self.text.as_str();
        while rest.starts_with("--") {
            rest = rest.split_once(char::is_whitespace).map_or("", |(_, after)| after.trim_start());
        }
        rest
    }

    /// The words of the exec form (`["node", "main.js"]`), when it is in that form.
    pub fn exec(&self) -> Option<Vec<String>> {
        serde_json::from_str(self.rest()).ok()
    }

    /// What follows the options, as words: those of the exec form, else as a shell splits them.
    pub fn words(&self) -> Vec<String> {
        self.exec().unwrap_or_else(|| shell::words(self.rest()))
    }

    /// What a shell runs: the command line, or the here-document in its place.
    pub fn script(&self) -> &str {
        let rest = self.rest();
        match self.documents.first() {
            Some(document) if rest.trim_start().starts_with("<<") => &document.text,
            _ => rest,
        }
    }
}

/// Reads a file.
pub fn read(text: &str) -> Source {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { lines: text.lines().zip(1_u32..).collect(), at: 0, escape: escape(text) };
    let mut source = Source::default();
    while let Some((first, line)) = reader.next() {
        if first.trim().is_empty() || is_comment(first) {
            continue;
        }
        let whole = reader.joined(first);
        let whole = whole.trim();
        let (keyword, text) = whole.split_once(char::is_whitespace).unwrap_or((whole, ""));
        let keyword = keyword.to_ascii_uppercase();
        if !keyword.chars().all(|c| c.is_ascii_alphabetic()) {
            let message = format!("`{keyword}` is no instruction");
            source.problems.push(Problem { line, message });
            continue;
        }
        let mut documents = Vec::new();
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for (end, dash) in here_documents(text) {
                match reader.until(&end, dash) {
                    Some(text) => documents.push(Document { end, text }),
                    None => source
                        .problems
                        .push(Problem { line, message: format!("no line `{end}` ends its here-document") }),
                }
            }
        }
        source.instructions.push(Instruction { keyword, text: text.trim().to_owned(), documents, line });
    }
    source
}

struct Reader<'a> {
    lines: Vec<(&'a str, u32)>,
    at: usize,
    escape: char,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(&'a str, u32)> {
        let line = self.lines.get(self.at).copied();
        self.at += 1;
        line
    }

    /// A line with those that it goes on in. Comments and empty lines between them count for nothing.
    fn joined(&mut self, first: &str) -> String {
        let mut whole = String::new();
        let mut part = first;
        loop {
            let Some(going_on) = part.trim_end().strip_suffix(self.escape) else {
                whole.push_str(part.trim());
                return whole;
            };
            whole.push_str(going_on.trim());
            whole.push(' ');
            part = loop {
                match self.next() {
                    Some((line, _)) if line.trim().is_empty() || is_comment(line) => {}
                    Some((line, _)) => break line,
                    None => return whole,
                }
            };
        }
    }

    /// The lines up to the one that is `end`; a dash in front of the word lets tabs stand before it.
    fn until(&mut self, end: &str, dash: bool) -> Option<String> {
        let start = self.at;
        let ends = |line: &str| (if dash { line.trim_start_matches('\t') } else { line }) == end;
        let length = self.lines.get(start..)?.iter().position(|(line, _)| ends(line))?;
        self.at = start + length + 1;
        let lines = self.lines[start..start + length].iter().map(|(line, _)| *line);
        Some(lines.flat_map(|line| [line, "\n"]).collect())
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// The character of the `escape` directive, which may stand only above everything else.
fn escape(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#')?.split_once('='));
    let mut escapes = directives.filter(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    if escapes.next().is_some_and(|(_, value)| value.trim() == "`") { '`' } else { '\\' }
}

/// The words that end the here-documents of an instruction, and whether a dash stands before each.
fn here_documents(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '<') if text[at..].starts_with("<<") && !text[..at].ends_with('<') => {
                let after = &text[at + 2..];
                let dash = after.starts_with('-');
                let word = after.strip_prefix('-').unwrap_or(after);
                let word =
                    word.split(|c: char| c.is_whitespace() || ";|&<>)".contains(c)).next().unwrap_or("");
                let word = word.trim_matches(['"', '\'']);
                if word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                    && word.starts_with(|c: char| !c.is_ascii_digit())
                {
                    found.push((word.to_owned(), dash));
                }
            }
            _ => {}
        }
    }
    found
}
