//! What a location is for.

use artifact::nginx::read::Directive;

/// How a location says which paths are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// `=`: this one path.
    Exact,
    /// All paths that begin so, with or without `^~`.
    Prefix,
    /// `~` or `~*`: all paths that a pattern finds.
    Pattern,
    /// `@name`: none, it is sent to.
    Named,
}

/// What a location is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location<'a> {
    /// How it says so.
    pub by: Match,
    /// The path or the pattern.
    pub path: &'a str,
}

/// What a `location` is for; nothing for another directive.
pub fn of(directive: &Directive) -> Option<Location<'_>> {
    if directive.name != "location" {
        return None;
    }
    let first = directive.first();
    // The sign may stand directly in front of the path.
    let (by, rest) = [
        ("^~", Match::Prefix),
        ("~*", Match::Pattern),
        ("~", Match::Pattern),
        ("=", Match::Exact),
        ("@", Match::Named),
    ]
    .into_iter()
    .find_map(|(sign, by)| Some((by, first.strip_prefix(sign)?)))
    .unwrap_or((Match::Prefix, first));
    let path = if rest.is_empty() { directive.arguments.get(1).map_or("", String::as_str) } else { rest };
    Some(Location { by, path })
}

/// How a person names it.
pub fn name(directive: &Directive) -> String {
    format!("{} {}", directive.name, directive.arguments.join(" ")).trim_end().to_owned()
}
