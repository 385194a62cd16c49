//! Python versions: what a repository states, as a concrete line like `3.11`.
//!
//! Specifiers follow PEP 440 with Poetry's caret and tilde forms.

use std::fmt;

/// The newest line that is chosen when only a range is stated: what every wheel is built for.
const NEWEST: u16 = 13;

/// A minor line of Python 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Line {
    /// The minor number: 11 in 3.11.
    pub(crate) minor: u16,
}

impl Line {
    /// The line that a concrete version names: `3.11`, `3.11.4`, `python-3.11.4`, `cpython-3.12`, `3.12-slim-bookworm`, `3.13t`.
    pub(crate) fn exact(text: &str) -> Option<Self> {
        let text = text
            .trim()
            .trim_start_matches("cpython")
            .trim_start_matches("python")
            .trim_start_matches(['-', '@', '=', 'v']);
        let rest = text.strip_prefix("3.")?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let tail = rest.as_bytes().get(digits);
        if !matches!(tail, None | Some(b'.' | b'-' | b't' | b' ' | b'*' | b'r' | b'a' | b'b')) {
            return None;
        }
        Some(Self { minor: rest[..digits].parse().ok()? })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor)
    }
}

/// A range of versions: alternatives (`||`) of clauses that all must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    alternatives: Vec<Vec<Clause>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    operator: Operator,
    version: Vec<u16>,
    /// Written with `.*`.
    prefix: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    AtLeast,
    Above,
    AtMost,
    Below,
    Equal,
    NotEqual,
    /// PEP 440 `~=`: same series without the last part.
    Compatible,
    /// Poetry `^`: below the next major.
    Caret,
    /// Poetry `~`: below the next minor.
    Tilde,
}

impl Range {
    /// A specifier set; `None` when a clause is not understood.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let alternatives = text.split("||").map(parse_clauses).collect::<Option<Vec<_>>>()?;
        Some(Self { alternatives })
    }

    /// Whether some patch release of the line satisfies the range.
    pub(crate) fn allows(&self, line: Line) -> bool {
        (0..=40).any(|patch| {
            let version = [3, line.minor, patch];
            self.alternatives.iter().any(|clauses| clauses.iter().all(|clause| clause.holds(version)))
        })
    }

    /// The newest line that satisfies the range, no newer than the newest one in common use unless the range asks for it.
    pub(crate) fn newest(&self) -> Option<Line> {
        let usual = (6..=NEWEST).rev();
        usual.chain(NEWEST + 1..=NEWEST + 3).map(|minor| Line { minor }).find(|line| self.allows(*line))
    }

    /// The other lines that satisfy it, newest first.
    pub(crate) fn others(&self, chosen: Option<Line>) -> impl Iterator<Item = Line> {
        let lines = (6..=NEWEST + 3).rev().map(|minor| Line { minor });
        lines.filter(move |line| Some(*line) != chosen && self.allows(*line))
    }
}

fn parse_clauses(text: &str) -> Option<Vec<Clause>> {
    let mut clauses = Vec::new();
    let spaced = text.replace(',', " ");
    let mut pending = String::new();
    for word in spaced.split_whitespace() {
        pending.push_str(word);
        if word.ends_with(|last: char| last.is_ascii_digit() || last == '*') {
            if pending != "*" {
                clauses.push(parse_clause(&pending)?);
            }
            pending.clear();
        }
    }
    pending.is_empty().then_some(clauses)
}

fn parse_clause(text: &str) -> Option<Clause> {
    const OPERATORS: [(&str, Operator); 11] = [
        ("===", Operator::Equal),
        (">=", Operator::AtLeast),
        ("<=", Operator::AtMost),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("~=", Operator::Compatible),
        (">", Operator::Above),
        ("<", Operator::Below),
        ("^", Operator::Caret),
        ("~", Operator::Tilde),
        ("=", Operator::Equal),
    ];
    let (operator, rest) = OPERATORS
        .iter()
        .find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (*operator, rest)))
        .unwrap_or((Operator::Equal, text));
    let prefix = rest.ends_with(".*");
    let version = rest
        .trim_end_matches(".*")
        .split('.')
        .map(|part| part[..part.bytes().take_while(u8::is_ascii_digit).count()].parse().ok())
        .collect::<Option<Vec<u16>>>()?;
    Some(Clause { operator, version, prefix })
}

impl Clause {
    fn holds(&self, version: [u16; 3]) -> bool {
        let stated = [0, 1, 2].map(|part| self.version.get(part).copied().unwrap_or(0));
        // `==3.11` names the whole line for our purpose: the patch is left to whoever installs it.
        let same = || self.version.iter().zip(version).all(|(left, right)| *left == right);
        let below_next = |part: usize| {
            let mut limit = [stated[0], stated[1], 0];
            limit[part] += 1;
            if part == 0 {
                limit[1] = 0;
            }
            version < limit
        };
        match self.operator {
            Operator::AtLeast => version >= stated,
            Operator::Above => version > stated && !(self.version.len() == 2 && same()),
            Operator::AtMost => version <= stated || (self.version.len() < 3 && same()),
            Operator::Below => version < stated,
            Operator::Equal => same(),
            Operator::NotEqual => !((self.prefix || self.version.len() == 3) && same()),
            Operator::Compatible => {
                version >= stated && below_next(self.version.len().saturating_sub(2).min(1))
            }
            Operator::Caret => version >= stated && below_next(0),
            Operator::Tilde => version >= stated && below_next(1.min(self.version.len() - 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concrete_versions_name_their_line() {
        for (text, line) in [
            ("3.11", Some("3.11")),
            ("3.11.4\n", Some("3.11")),
            ("python-3.9.18", Some("3.9")),
            ("cpython-3.12.1", Some("3.12")),
            ("3.12-slim-bookworm", Some("3.12")),
            ("3.13t", Some("3.13")),
            ("3", None),
            ("2.7.18", None),
            ("latest", None),
        ] {
            assert_eq!(Line::exact(text).map(|line| line.to_string()).as_deref(), line, "{text}");
        }
    }

    #[test]
    fn a_range_resolves_to_its_newest_usual_line() {
        for (text, line) in [
            (">=3.9", Some("3.13")),
            (">=3.9,<3.12", Some("3.11")),
            (">=3.10, <4.0", Some("3.13")),
            (">= 3.10 , < 3.13", Some("3.12")),
            ("^3.11", Some("3.13")),
            ("~3.11", Some("3.11")),
            ("~=3.10", Some("3.13")),
            ("~=3.10.2", Some("3.10")),
            ("3.11.*", Some("3.11")),
            ("==3.12.*", Some("3.12")),
            ("==3.11.4", Some("3.11")),
            (">=3.9,!=3.9.7,<3.10", Some("3.9")),
            (">=3.9,!=3.13.*", Some("3.12")),
            (">=3.14", Some("3.14")),
            ("<=3.11", Some("3.11")),
            (">3.10", Some("3.13")),
            ("^3.9 || ^3.12", Some("3.13")),
            ("*", Some("3.13")),
            ("<3.0", None),
            ("nonsense", None),
        ] {
            assert_eq!(
                Range::parse(text).and_then(|range| range.newest()).map(|line| line.to_string()).as_deref(),
                line,
                "{text}"
            );
        }
    }
}
