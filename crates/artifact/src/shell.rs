//! Shell command lines as authors write them in Dockerfiles, Procfiles, Compose files and start scripts.
//!
//! Enough of the grammar to tell which programs are run with which words; expansions are kept as written.

/// One simple command: the words of a program's invocation, without leading assignments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invocation {
    /// `NAME=value` in front of the program.
    pub assignments: Vec<(String, String)>,
    /// Program and arguments, quotes removed, expansions as written.
    pub words: Vec<String>,
    /// Where it runs, from `cd` in front of it; empty is where the line runs.
    pub folder: String,
    /// Line within the text, from 0.
    pub line: u32,
}

/// The simple commands of a line or a script, in order. `exec`, shell keywords and environment runners are removed, and
/// `sh -c '…'` is looked into.
pub fn invocations(text: &str) -> Vec<Invocation> {
    let mut found = Vec::new();
    let mut folder = String::new();
    for (line, words) in split(text) {
        collect(words, line, &mut folder, &mut found, 0);
    }
    found
}

/// The invocation that a list of words, such as an exec form, is.
pub fn of_words(words: &[String]) -> Vec<Invocation> {
    let mut found = Vec::new();
    collect(words.to_vec(), 0, &mut String::new(), &mut found, 0);
    found
}

/// The words of the first command of a line.
pub fn words(text: &str) -> Vec<String> {
    split(text).into_iter().next().map(|(_, words)| words).unwrap_or_default()
}

/// Words as a command line that a shell splits into the same words. Expansions stay expansions.
pub fn line(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
    quoted.join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,${}~^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if word.contains('$') {
        format!("\"{}\"", word.replace('"', "\\\""))
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn collect(words: Vec<String>, line: u32, folder: &mut String, found: &mut Vec<Invocation>, depth: u8) {
    let mut assignments = Vec::new();
    let mut words = words;
    loop {
        let count = wrapper_length(&words, &mut assignments);
        if count == 0 {
            break;
        }
        words.drain(..count.min(words.len()));
    }
    let Some(program) = words.first().cloned() else { return };
    let base = program.rsplit('/').next().unwrap_or(&program);
    if base == "cd" {
        if let Some(to) = words.get(1) {
            *folder =
                if to.starts_with('/') || folder.is_empty() { to.clone() } else { format!("{folder}/{to}") };
        }
        return;
    }
    let shell = matches!(base, "sh" | "bash" | "ash" | "zsh" | "dash" | "su" | "runuser");
    let inner =
        words.iter().position(|word| word.starts_with('-') && word.ends_with('c') && !word.starts_with("--"));
    if let (true, Some(at), true) = (shell, inner, depth < 4) {
        if let Some(text) = words.get(at + 1) {
            for (_, inner) in split(text) {
                collect(inner, line, folder, found, depth + 1);
            }
        }
        return;
    }
    found.push(Invocation { assignments, words, folder: folder.clone(), line });
}

/// How many words in front only prepare the program that follows.
fn wrapper_length(words: &[String], assignments: &mut Vec<(String, String)>) -> usize {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let first = word(0);
    if let Some((name, value)) = first.split_once('=')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        assignments.push((name.to_owned(), value.to_owned()));
        return 1;
    }
    let base = first.rsplit('/').next().unwrap_or(first);
    match base {
        "exec" | "then" | "do" | "else" | "!" | "time" | "nohup" | "command" | "{" | "(" | "env" | "if"
        | "while" => 1,
        "dumb-init" | "tini" | "catatonit" | "--" => 1 + flags(words, 1),
        "gosu" | "su-exec" => 2,
        "poetry" | "pipenv" | "pdm" | "hatch" | "rye" if word(1) == "run" => 2,
        "uv" if word(1) == "run" => 2 + uv_flags(words, 2),
        _ if base.contains("wait") || base == "dockerize" => {
            words.iter().position(|word| word == "--").map_or(0, |at| at + 1)
        }
        _ => 0,
    }
}

fn flags(words: &[String], from: usize) -> usize {
    words[from..].iter().take_while(|word| word.starts_with('-')).count()
}

/// Options of `uv run`, some of which take a value.
fn uv_flags(words: &[String], from: usize) -> usize {
    const WITH_VALUE: &[&str] = &[
        "--package",
        "--group",
        "--extra",
        "--directory",
        "--project",
        "--with",
        "--env-file",
        "-p",
        "--python",
        "--only-group",
        "--no-group",
        "--index-url",
    ];
    let mut count = 0;
    while let Some(word) = words.get(from + count).filter(|word| word.starts_with('-')) {
        count += if WITH_VALUE.contains(&word.as_str()) { 2 } else { 1 };
    }
    count
}

/// The words of each simple command, with the line it starts on.
fn split(text: &str) -> Vec<(u32, Vec<String>)> {
    let mut lexer = Lexer { commands: Vec::new(), words: Vec::new(), word: None, line: 0, started: 0 };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\n') => lexer.line += 1,
                Some(next) => lexer.push(next),
                None => {}
            },
            '\'' | '"' => lexer.quoted(c, &mut chars),
            '#' if lexer.word.is_none() => while chars.next_if(|next| *next != '\n').is_some() {},
            '$' if chars.peek() == Some(&'(') || chars.peek() == Some(&'{') => lexer.expansion(&mut chars),
            '\n' => {
                lexer.end_command();
                lexer.line += 1;
            }
            ';' | '|' => lexer.end_command(),
            '&' if lexer.word.as_deref().is_some_and(|word| word.ends_with(['>', '<'])) => lexer.push(c),
            '&' => lexer.end_command(),
            '(' | ')' if lexer.word.is_none() => lexer.end_command(),
            c if c.is_whitespace() => lexer.end_word(),
            c => lexer.push(c),
        }
    }
    lexer.end_command();
    lexer.commands
}

struct Lexer {
    commands: Vec<(u32, Vec<String>)>,
    words: Vec<String>,
    word: Option<String>,
    line: u32,
    started: u32,
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

impl Lexer {
    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn quoted(&mut self, quote: char, chars: &mut Chars<'_>) {
        self.word.get_or_insert_default();
        while let Some(c) = chars.next() {
            match c {
                c if c == quote => return,
                '\\' if quote == '"' => match chars.next() {
                    Some('\n') | None => self.line += 1,
                    Some(next) => {
                        if !matches!(next, '"' | '\\' | '$' | '`') {
                            self.push('\\');
                        }
                        self.push(next);
                    }
                },
                c => {
                    self.line += u32::from(c == '\n');
                    self.push(c);
                }
            }
        }
    }

    /// `${…}` and `$(…)`, kept as they are.
    fn expansion(&mut self, chars: &mut Chars<'_>) {
        self.push('$');
        let mut depth = 0_u32;
        for c in chars.by_ref() {
            self.push(c);
            match c {
                '(' | '{' => depth += 1,
                ')' | '}' => depth = depth.saturating_sub(1),
                '\n' => self.line += 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take() {
            if self.words.is_empty() {
                self.started = self.line;
            }
            self.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.words.is_empty() {
            self.commands.push((self.started, std::mem::take(&mut self.words)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        invocations(text).into_iter().map(|found| line(&found.words)).collect()
    }

    #[test]
    fn wrappers_are_removed_and_lists_split() {
        for (text, expected) in [
            (
                "alembic upgrade head && exec uvicorn app.main:app --port ${PORT:-8000}",
                &["alembic upgrade head", "uvicorn app.main:app --port ${PORT:-8000}"][..],
            ),
            ("poetry run gunicorn 'a:create_app()'", &["gunicorn 'a:create_app()'"]),
            ("uv run --no-dev --package api uvicorn a:b", &["uvicorn a:b"]),
            (
                "sh -c \"python manage.py migrate; daphne a.asgi:b\"",
                &["python manage.py migrate", "daphne a.asgi:b"],
            ),
            ("./wait-for-it.sh db:5432 -t 30 -- celery -A app worker", &["celery -A app worker"]),
            ("PYTHONPATH=. env X=1 python -m bot # run", &["python -m bot"]),
            (
                "#!/bin/sh\nset -e\nif [ -n \"$A\" ]; then\n  exec a \\\n   b\nfi\n",
                &["set -e", "'[' -n $A ']'", "a b", "fi"],
            ),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_change_of_folder_is_remembered() {
        let found = invocations("cd backend && uvicorn main:app");
        assert_eq!(found[0].folder, "backend");
        assert_eq!(found[0].words, ["uvicorn", "main:app"]);
    }
}
