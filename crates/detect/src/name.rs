//! Names of services.

use crate::path;
use std::collections::BTreeSet;

/// Lower case, letters, digits and single dashes: what every target accepts as a name.
pub(crate) fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// A package's name as the name of a service: without its scope and without the project's name in front.
pub(crate) fn of_package(name: &str, project: &str) -> String {
    let bare = slug(name.rsplit('/').next().unwrap_or(name));
    let project = slug(project);
    match bare.strip_prefix(&project).and_then(|rest| rest.strip_prefix('-')) {
        Some(rest) if !rest.is_empty() && !project.is_empty() => rest.to_owned(),
        _ => bare,
    }
}

/// Names that templates leave in `package.json` and that say nothing.
pub(crate) fn is_placeholder(name: &str) -> bool {
    const PLACEHOLDERS: &[&str] = &[
        "vite-project",
        "vite-react-typescript-starter",
        "my-app",
        "my-project",
        "app",
        "root",
        "monorepo",
        "nextjs",
        "next-app",
        "test",
        "package",
        "project",
        "untitled",
        "react-app",
        "my-turborepo",
        "temp",
        "example",
        "template",
        "starter",
    ];
    name.is_empty() || PLACEHOLDERS.contains(&name)
}

/// The folder's own name; the project's for the root.
pub(crate) fn of_folder(folder: &str, project: &str) -> String {
    slug(if folder == "." { project } else { path::file_name(folder) })
}

/// The first of `candidates` that is free, else the last one with a number.
pub(crate) fn unique(candidates: &[String], taken: &mut BTreeSet<String>) -> String {
    let numbered =
        candidates.last().into_iter().flat_map(|last| (2u32..).map(move |n| format!("{last}-{n}")));
    let fallback = (1u32..).map(|n| format!("service-{n}"));
    let name = candidates
        .iter()
        .filter(|name| !name.is_empty())
        .cloned()
        .chain(numbered.filter(|name| !name.starts_with('-')).take(1000))
        .chain(fallback)
        .find(|name| !taken.contains(name))
        .unwrap_or_default();
    taken.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_scope_and_project() {
        assert_eq!(of_package("@acme/web", "acme"), "web");
        assert_eq!(of_package("acme-api", "Acme"), "api");
        assert_eq!(of_package("acme", "acme"), "acme");
        assert_eq!(slug("My Cool_App!"), "my-cool-app");
    }

    #[test]
    fn names_are_unique() {
        let mut taken = BTreeSet::new();
        let wanted = ["web".to_owned()];
        assert_eq!(unique(&wanted, &mut taken), "web");
        assert_eq!(unique(&wanted, &mut taken), "web-2");
        assert_eq!(unique(&[], &mut taken), "service-1");
    }
}
