//! Regular expressions, as far as a rule has to look into them.

/// A group that captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'a> {
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// What stands in it.
    pub text: &'a str,
}

impl Group<'_> {
    /// Whether a request can put a line break into it: nginx decodes `%0A` before it looks for a match.
    pub fn takes_newline(&self) -> bool {
        classes(self.text).any(|class| match class {
            Class::Set(set) => set.strip_prefix('^').is_some_and(|not| !excludes_newline(not)),
            Class::Escape(c) => matches!(c, 's' | 'D' | 'W' | 'n'),
        })
    }

    /// Whether it takes words that nobody listed: something in it repeats.
    pub fn takes_any_word(&self) -> bool {
        self.text.contains(['+', '*']) || self.text.contains("{")
    }
}

fn excludes_newline(set: &str) -> bool {
    set.contains("\\n")
        || set.contains("\\s")
        || set.contains("\\r")
        || set.contains("\\x0a")
        || set.contains('\n')
}

enum Class<'a> {
    /// What stands between brackets.
    Set(&'a str),
    /// The character behind a backslash.
    Escape(char),
}

/// The classes of characters of a pattern.
fn classes(text: &str) -> impl Iterator<Item = Class<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let c = rest.chars().next()?;
            let after = &rest[c.len_utf8()..];
            match c {
                '\\' => {
                    let escaped = after.chars().next()?;
                    rest = &after[escaped.len_utf8()..];
                    return Some(Class::Escape(escaped));
                }
                '[' => {
                    let length = set_length(after);
                    rest = after.get(length + 1..).unwrap_or("");
                    return Some(Class::Set(&after[..length]));
                }
                _ => rest = after,
            }
        }
    })
}

/// How long a set is, up to its closing bracket.
fn set_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // A bracket that stands first is one of the characters.
            ']' if at > 0 && &text[..at] != "^" => return at,
            _ => {}
        }
    }
    text.len()
}

/// The groups of a pattern that capture, in the order of their numbers.
pub fn groups(pattern: &str) -> Vec<Group<'_>> {
    let mut found: Vec<(Option<&str>, usize, Option<usize>)> = Vec::new();
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut at = 0;
    while let Some(c) = pattern[at..].chars().next() {
        let after = at + c.len_utf8();
        match c {
            '\\' => at = after + pattern[after..].chars().next().map_or(0, char::len_utf8),
            '[' => at = (after + set_length(&pattern[after..]) + 1).min(pattern.len()),
            '(' => {
                let captures = named(&pattern[after..]);
                open.push(captures.map(|_| found.len()));
                found.extend(captures.map(|name| (name, after, None)));
                at = after;
            }
            ')' => {
                if let Some(group) = open.pop().flatten().and_then(|group| found.get_mut(group)) {
                    group.2 = Some(at);
                }
                at = after;
            }
            _ => at = after,
        }
    }
    let group = |(name, from, to): (_, usize, Option<usize>)| Group {
        name,
        text: &pattern[from..to.unwrap_or(pattern.len())],
    };
    found.into_iter().map(group).collect()
}

/// What stands behind `(`: nothing if it captures nothing, else the name if it has one.
fn named(after: &str) -> Option<Option<&str>> {
    let Some(sign) = after.strip_prefix('?') else { return Some(None) };
    let sign = sign.strip_prefix('P').unwrap_or(sign);
    let (end, name) = match sign.strip_prefix('<') {
        Some(name) if !name.starts_with(['=', '!']) => ('>', name),
        _ => ('\'', sign.strip_prefix('\'')?),
    };
    name.split_once(end).map(|(name, _)| Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_groups_by_number_and_name() {
        let texts =
            |pattern| groups(pattern).into_iter().map(|group| group.text.to_owned()).collect::<Vec<_>>();
        assert_eq!(texts("^/(a(b)[)]c)(?:x)\\((.*)$"), ["a(b)[)]c", "b", ".*"]);
        assert_eq!(
            groups("/(?<name>x)(?P<other>y)(?=z)").iter().map(|g| g.name).collect::<Vec<_>>(),
            [Some("name"), Some("other")]
        );
        for hostile in ["(", ")", "[", "\\", "(?<", "(?<x", "[^]", "([^", "(é\\é[é])", "(?P"] {
            groups(hostile).iter().for_each(|group| assert!(!group.takes_newline() || hostile.contains('^')));
        }
    }

    #[test]
    fn knows_what_takes_a_line_break() {
        let takes = |pattern: &str| groups(pattern)[0].takes_newline();
        assert!(takes("([^/]+)") && takes("(\\s*)") && takes("([a-z][^.]*)"));
        assert!(!takes("(.*)") && !takes("([a-z0-9]+)") && !takes("([^/\\s]+)") && !takes("(\\w+)"));
    }
}
