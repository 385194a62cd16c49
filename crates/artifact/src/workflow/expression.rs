//! Expressions of GitHub Actions: what stands between `${{` and `}}`, and in a condition also without them.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>

mod lexer;
mod parser;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A value that is written out.
    Literal(Literal),
    /// A context such as `github`, as it is written.
    Context(String),
    /// `function(argument, …)`
    Call {
        /// Its name, as it is written.
        function: String,
        /// What it is given.
        arguments: Vec<Self>,
    },
    /// `of.name`, `of[…]` or `of.*`
    Member {
        /// That of which it is a part.
        of: Box<Self>,
        /// Which part.
        part: Part,
    },
    /// `!operand`, or several `!` in a row.
    Not(Box<Self>),
    /// `left == right` and the like
    Compare(Box<Self>, Comparison, Box<Self>),
    /// Operands of `&&`, two at least.
    All(Vec<Self>),
    /// Operands of `||`, two at least.
    Any(Vec<Self>),
}

/// A value that is written out.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Truth(bool),
    /// A number.
    Number(f64),
    /// A text, without its quotes.
    Text(String),
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// The one of a name.
    Named(String),
    /// Every one: `.*`
    Every,
    /// The one that an expression tells.
    Computed(Box<Expression>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// Where in the text, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
}

/// A `${{ … }}` in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded<'a> {
    /// Where its `$` stands, in bytes.
    pub start: usize,
    /// Where the text goes on behind it.
    pub end: usize,
    /// What stands between the braces; nothing if they are not closed.
    pub inside: Option<&'a str>,
}

/// Every `${{ … }}` of a text, in order. One that is not closed is the last.
pub fn embedded(text: &str) -> Vec<Embedded<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("${{").map(|at| at + from) {
        let begin = start + 3;
        let Some(length) = length(&text[begin..]) else {
            found.push(Embedded { start, end: text.len(), inside: None });
            break;
        };
        from = begin + length + 2;
        found.push(Embedded { start, end: from, inside: Some(&text[begin..begin + length]) });
    }
    found
}

/// Up to the `}}` that stands in no text.
fn length(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'}' if !quoted && text.as_bytes().get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
    }
    None
}

/// Reads an expression.
///
/// # Errors
/// [`Problem`] with the first place at which it is none.
pub fn read(text: &str) -> Result<Expression, Problem> {
    parser::parse(lexer::tokens(text)?, text.len())
}

impl Expression {
    /// The name of a part of a context, such as `github.event.issue.title`: in lower case, because names are compared so, and
    /// with `*` for parts of which only a run knows which they are.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Context(name) => Some(name.to_ascii_lowercase()),
            Self::Member { of, part } => {
                let part = match part {
                    Part::Named(name) => name.to_ascii_lowercase(),
                    Part::Every | Part::Computed(_) => "*".to_owned(),
                };
                Some(format!("{}.{part}", of.name()?))
            }
            Self::Literal(_)
            | Self::Call { .. }
            | Self::Not(_)
            | Self::Compare(..)
            | Self::All(_)
            | Self::Any(_) => None,
        }
    }

    /// Itself and everything in it, from the top. Of `a.b.c` the parts `a.b` and `a` are not visited.
    pub fn descend<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        match self {
            Self::Literal(_) | Self::Context(_) => {}
            Self::Call { arguments: several, .. } | Self::All(several) | Self::Any(several) => {
                several.iter().for_each(|each| each.descend(visit));
            }
            Self::Member { .. } => self.descend_parts(visit),
            Self::Not(operand) => operand.descend(visit),
            Self::Compare(left, _, right) => {
                left.descend(visit);
                right.descend(visit);
            }
        }
    }

    fn descend_parts<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        let mut whole = self;
        while let Self::Member { of, part } = whole {
            if let Part::Computed(index) = part {
                index.descend(visit);
            }
            whole = of;
        }
        if !matches!(whole, Self::Context(_)) {
            whole.descend(visit);
        }
    }

    /// The names of every part of a context that it looks at.
    pub fn names(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.descend(&mut |each| found.extend(each.name()));
        found
    }

    /// What of it can become the text that it results in: of `a && b` only `b`, because an `a` that counts as false is empty;
    /// nothing of a comparison, which is true or false. `toJSON(…)` stays whole, because it says more than what it is given.
    pub fn outcomes(&self) -> Vec<&Self> {
        match self {
            Self::Not(_) | Self::Compare(..) => Vec::new(),
            Self::Any(operands) => operands.iter().flat_map(Self::outcomes).collect(),
            Self::All(operands) => operands.last().map(Self::outcomes).unwrap_or_default(),
            Self::Call { function, arguments } => match function.to_ascii_lowercase().as_str() {
                "tojson" => vec![self],
                "format" | "join" | "fromjson" | "case" => {
                    arguments.iter().flat_map(Self::outcomes).collect()
                }
                _ => Vec::new(),
            },
            Self::Member { of, .. } if self.name().is_none() => of.outcomes(),
            Self::Literal(_) | Self::Context(_) | Self::Member { .. } => vec![self],
        }
    }
}

#[cfg(test)]
mod tests;
