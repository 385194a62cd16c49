//! Paths inside the repository: relative to its root, `/` between the parts, `.` for the root.

/// The folder that holds `path`; `.` for a file in the root.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `path` seen from `folder`, resolving `.` and `..`. A path that would leave the root stays in it.
pub fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { split(folder) };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// Whether `path` is in `folder` or below it, or is it.
pub fn is_under(path: &str, folder: &str) -> bool {
    folder == "." || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// `path` relative to `folder`, when it is below it.
pub fn relative<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder == "." { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// The folders from `folder` up to the root, itself first.
pub fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |at| (*at != ".").then(|| parent(at)))
}

/// How to get from `from` to `to`, both folders: `../../packages/db`. `.` when they are the same.
pub fn between(from: &str, to: &str) -> String {
    let (from, to) = (split(from), split(to));
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts = vec![".."; from.len() - same];
    parts.extend(&to[same..]);
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// A file, as seen from a folder that it need not be below: `../../dist/main.js`.
pub fn join_up(folder: &str, target: &str) -> String {
    match (between(folder, parent(target)), file_name(target)) {
        (up, name) if up == "." => name.to_owned(),
        (up, name) => format!("{up}/{name}"),
    }
}

fn split(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_relates() {
        assert_eq!(join("apps/web", "../../packages/./db"), "packages/db");
        assert_eq!(join(".", "src/x.js"), "src/x.js");
        assert_eq!(join("a", ".."), ".");
        assert_eq!(relative("a/b", "a"), Some("b"));
        assert_eq!(relative("ab", "a"), None);
        assert_eq!(between("apps/web", "packages/db"), "../../packages/db");
        assert_eq!(between("a", "."), "..");
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a", "."]);
    }
}
