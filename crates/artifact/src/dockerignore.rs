//! `.dockerignore` (docs.docker.com, "Build context"): patterns of what stays out of a build, the last one that matches wins.

use std::path::Path;

/// The patterns of a file.
#[derive(Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// Brings back what an earlier one kept out.
    back: bool,
    parts: Vec<String>,
}

impl Ignore {
    /// Reads a file.
    pub fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let patterns = lines.map(|line| {
            let (back, path) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest.trim()));
            let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned);
            Pattern { back, parts: parts.collect() }
        });
        Self { patterns: patterns.filter(|pattern| !pattern.parts.is_empty()).collect() }
    }

    /// Whether a path, relative to the context, stays in.
    pub fn keeps(&self, path: &Path) -> bool {
        let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        // A pattern that matches a folder matches all that is in it.
        let matches =
            |pattern: &Pattern| (1..=parts.len()).any(|count| matches(&pattern.parts, &parts[..count]));
        self.patterns.iter().rev().find(|pattern| matches(pattern)).is_none_or(|pattern| pattern.back)
    }
}

fn matches(pattern: &[String], path: &[String]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((first, rest)) if first == "**" => {
            (0..=path.len()).any(|skipped| matches(rest, &path[skipped..]))
        }
        Some((first, rest)) => match path.split_first() {
            Some((name, below)) => glob(first.as_bytes(), name.as_bytes()) && matches(rest, below),
            None => false,
        },
    }
}

/// One name: `*`, `?`, `[a-z]`, `\` (Go, `path/filepath.Match`).
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skipped| glob(rest, &name[skipped..])),
        Some((b'?', rest)) => !name.is_empty() && glob(rest, &name[1..]),
        Some((b'[', rest)) => {
            let Some(end) = rest.iter().position(|byte| *byte == b']').filter(|_| !name.is_empty()) else {
                return false;
            };
            let (set, not) = match rest[..end].strip_prefix(b"^") {
                Some(set) => (set, true),
                None => (&rest[..end], false),
            };
            let within = set.iter().enumerate().any(|(at, byte)| {
                let range = *byte == b'-' && at > 0 && at + 1 < set.len();
                *byte == name[0] || (range && (set[at - 1]..=set[at + 1]).contains(&name[0]))
            });
            within != not && glob(&rest[end + 1..], &name[1..])
        }
        Some((b'\\', rest)) if !rest.is_empty() => {
            name.first() == rest.first() && glob(&rest[1..], &name[1..])
        }
        Some((byte, rest)) => name.first() == Some(byte) && glob(rest, &name[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_matches_wins() {
        let ignore = Ignore::read(
            "# words\n*.md\n!README.md\n**/node_modules\n/docs/\n**/*.log\nsrc/[a-c]?.js\n!docs/keep/\n",
        );
        for (path, kept) in [
            ("a.md", false),
            ("README.md", true),
            ("src/a.md", true),
            ("src/x/node_modules/y/z.js", false),
            ("docs/a/b", false),
            ("docs/keep/b", true),
            ("x.log", false),
            ("a/b/x.log", false),
            ("src/bx.js", false),
            ("src/dx.js", true),
        ] {
            assert_eq!(ignore.keeps(Path::new(path)), kept, "{path}");
        }
        let all_but = Ignore::read("*\n!src\n!package.json");
        assert!(all_but.keeps(Path::new("src/a/b.js")) && !all_but.keeps(Path::new("test/a.js")));
    }
}
