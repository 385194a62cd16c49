//! nginx configuration that somebody wrote: directives in order, each with its line.
//!
//! The grammar is that of nginx's own `ngx_conf_file.c`: words, quotes, `;`, `{` and `}`, comments. Includes are not followed.

/// One directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its name, as `listen`.
    pub name: String,
    /// The words behind it, without quotes.
    pub arguments: Vec<String>,
    /// What stands between its braces, if it has them.
    pub block: Option<Vec<Self>>,
    /// The line on which it begins, from 1.
    pub line: u32,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Problem {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub message: &'static str,
}

impl Directive {
    /// Directives of a name directly in its block.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.block.iter().flatten().filter(move |directive| directive.name == name)
    }

    /// Its first word, empty when it has none.
    pub fn first(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }

    /// Itself and all in it, with the directives around each, the outermost first.
    pub fn descend<'a>(&'a self, around: &mut Vec<&'a Self>, visit: &mut impl FnMut(&[&'a Self], &'a Self)) {
        visit(around, self);
        around.push(self);
        for inner in self.block.iter().flatten() {
            inner.descend(around, visit);
        }
        around.pop();
    }
}

/// How deep blocks may be nested: nginx itself knows five levels.
const MAX_DEPTH: usize = 64;

/// The directives of a file.
///
/// # Errors
/// [`Problem`] with the line at which it is no longer nginx configuration.
pub fn directives(text: &str) -> Result<Vec<Directive>, Problem> {
    let mut open: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut current: Vec<Directive> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut began = 1;
    for (token, line) in tokens(text)? {
        match token {
            Token::Word(word) => {
                if words.is_empty() {
                    began = line;
                }
                words.push(word);
            }
            Token::End if words.is_empty() => {}
            Token::End => current.push(directive(&mut words, began)),
            Token::Open if words.is_empty() => return Err(Problem { line, message: "a block has no name" }),
            Token::Open if open.len() >= MAX_DEPTH => {
                return Err(Problem { line, message: "blocks are nested too deep" });
            }
            Token::Open => open.push((directive(&mut words, began), std::mem::take(&mut current))),
            Token::Close if !words.is_empty() => {
                return Err(Problem { line: began, message: "a directive does not end with `;`" });
            }
            Token::Close => {
                let (mut block, around) =
                    open.pop().ok_or(Problem { line, message: "a `}` closes nothing" })?;
                block.block = Some(std::mem::replace(&mut current, around));
                current.push(block);
            }
        }
    }
    match (open.last(), words.is_empty()) {
        (Some((block, _)), _) => Err(Problem { line: block.line, message: "a block is not closed" }),
        (None, false) => Err(Problem { line: began, message: "a directive does not end with `;`" }),
        (None, true) => Ok(current),
    }
}

fn directive(words: &mut Vec<String>, line: u32) -> Directive {
    let mut words = std::mem::take(words).into_iter();
    let name = words.next().unwrap_or_default();
    Directive { name, arguments: words.collect(), block: None, line }
}

enum Token {
    Word(String),
    End,
    Open,
    Close,
}

fn tokens(text: &str) -> Result<Vec<(Token, u32)>, Problem> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    let mut line = 1;
    while let Some(c) = characters.next() {
        match c {
            '\n' => line += 1,
            _ if c.is_whitespace() => {}
            '#' => while characters.next_if(|next| *next != '\n').is_some() {},
            ';' => tokens.push((Token::End, line)),
            '{' => tokens.push((Token::Open, line)),
            '}' => tokens.push((Token::Close, line)),
            '"' | '\'' => {
                let began = line;
                let word = quoted(c, &mut characters, &mut line);
                let word = word.ok_or(Problem { line: began, message: "a quote is not closed" })?;
                tokens.push((Token::Word(word), began));
            }
            _ => tokens.push((Token::Word(plain(c, &mut characters)), line)),
        }
    }
    Ok(tokens)
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn quoted(quote: char, characters: &mut Characters<'_>, line: &mut u32) -> Option<String> {
    let mut word = String::new();
    loop {
        match characters.next()? {
            c if c == quote => return Some(word),
            '\\' => match characters.next()? {
                next if next == quote || next == '\\' => word.push(next),
                next => word.extend(['\\', next]),
            },
            c => {
                *line += u32::from(c == '\n');
                word.push(c);
            }
        }
    }
}

/// Up to what ends a word. Braces belong to it after a `$`, as in `${name}`, where nginx has them too.
fn plain(first: char, characters: &mut Characters<'_>) -> String {
    let mut word = String::from(first);
    while let Some(next) = characters.peek().copied() {
        let variable = next == '{' && word.ends_with('$');
        if !variable && (next.is_whitespace() || matches!(next, ';' | '{')) {
            break;
        }
        characters.next();
        word.push(next);
        if next == '\\' {
            word.extend(characters.next());
        }
        if variable {
            while let Some(inside) = characters.next_if(|c| !c.is_whitespace() && *c != ';') {
                word.push(inside);
                if inside == '}' {
                    break;
                }
            }
        }
    }
    word
}
