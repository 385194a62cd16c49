//! `$NAME` and `${NAME:-default}` as Dockerfiles, Compose and shells write them.

/// How far the end of a variable is looked for, and how many may stand in each other's defaults.
const MAX_LENGTH: usize = 4096;
const MAX_DEPTH: u8 = 8;

/// Stands in a text for what only the machine that runs it knows.
pub(crate) const UNKNOWN: char = '\0';

/// Every variable of a text, with the default that is written beside it.
pub(crate) fn variables(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    expand(text, &mut |name, default| {
        found.push((name.to_owned(), default.map(str::to_owned)));
        None
    });
    found
}

/// A text in which variables are what is written as their default, else [`UNKNOWN`].
pub(crate) fn defaults(text: &str) -> String {
    nested(text, MAX_DEPTH)
}

fn nested(text: &str, depth: u8) -> String {
    expand(text, &mut |_, default| Some(nested(default?, depth.checked_sub(1)?)))
}

/// A text in which every variable is [`UNKNOWN`].
pub(crate) fn hidden(text: &str) -> String {
    expand(text, &mut |_, _| None)
}

/// A text in which every variable is what `value` says of its name and default, else [`UNKNOWN`].
pub(crate) fn expand(text: &str, value: &mut dyn FnMut(&str, Option<&str>) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if rest[at..].starts_with('\\') {
            let escaped = after.starts_with('$');
            out.push(if escaped { '$' } else { '\\' });
            rest = if escaped { &after[1..] } else { after };
        } else if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else {
            rest = match variable(after) {
                Some((name, default, after)) => {
                    match value(name, default) {
                        Some(known) => out.push_str(&known),
                        None => out.push(UNKNOWN),
                    }
                    after
                }
                None => {
                    out.push('$');
                    after
                }
            };
        }
    }
    out.push_str(rest);
    out
}

/// The variable at the beginning of a text: its name, its default, and what follows.
fn variable(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let Some(inner) = text.strip_prefix('{') else {
        let (name, after) = name(text)?;
        return Some((name, None, after));
    };
    let mut depth = 1_u32;
    let end = inner.char_indices().take(MAX_LENGTH).find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })?;
    let (name, operator) = name(&inner[..end])?;
    let default = operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-'));
    Some((name, default, &inner[end + 1..]))
}

fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    (!text.starts_with(|c: char| c.is_ascii_digit()) && end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_become_their_default_or_unknown() {
        for (text, expected) in [
            ("node:$V-slim", "node:\0-slim"),
            ("node:${V:-22}-slim", "node:22-slim"),
            ("${A:-${B:-c}}/$$x", "c/$x"),
            ("${P:?set P}@db", "\0@db"),
            ("\\$HOME ${", "$HOME ${"),
            ("costs 5$", "costs 5$"),
        ] {
            assert_eq!(defaults(text), expected, "{text}");
        }
        let deep = format!("{}x{}", "${A:-".repeat(30_000), "}".repeat(30_000));
        assert!(defaults(&deep).contains("${A:-"));
        assert_eq!(hidden("a:${T:-latest}"), "a:\0");
        assert_eq!(variables("$A${B-c}"), [("A".into(), None), ("B".into(), Some("c".into()))]);
    }
}
