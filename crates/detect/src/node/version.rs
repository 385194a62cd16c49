//! The line of Node that a package asks for.

use super::package::Package;
use crate::dockerfile;
use crate::path;
use crate::proposal::Claim;
use crate::repository::Repository;
use model::facts::{Runtime, RuntimeFact};

/// The lines that have long-term support, the newest first. From nodejs.org's release schedule.
const LONG_TERM: &[(u32, &str)] = &[
    (24, "krypton"),
    (22, "jod"),
    (20, "iron"),
    (18, "hydrogen"),
    (16, "gallium"),
    (14, "fermium"),
    (12, "erbium"),
];

/// What runs the package: the file nearest to it that says so.
pub(crate) fn of(
    repository: &Repository<'_>,
    package: &Package,
    root: Option<&Package>,
) -> Option<Claim<RuntimeFact>> {
    let pin = |version: String| RuntimeFact { name: Runtime::Node, version: Some(version), also: Vec::new() };
    let packages: Vec<&Package> = std::iter::once(package).chain(root).collect();
    let pinned = path::ancestors(&package.folder).find_map(|folder| {
        let manifest = packages.iter().find(|package| package.folder == folder);
        from_files(repository, folder)
            .or_else(|| manifest.and_then(|package| package.text("/volta/node").and_then(line)))
    });
    if let Some(version) = pinned {
        return Some(Claim::certain(pin(version)));
    }
    let asked = packages.iter().find_map(|package| {
        let runtime = package.get("/devEngines/runtime");
        let runtime = runtime.and_then(|value| if value.is_array() { value.get(0) } else { Some(value) });
        let runtime =
            runtime.filter(|value| value.get("name").and_then(|name| name.as_str()) == Some("node"));
        let range = runtime
            .and_then(|value| value.get("version")?.as_str())
            .or_else(|| package.text("/engines/node"))?;
        Some((line(range)?, !range.contains(['>', '|', '*']), allowed(range)))
    });
    let node = |version: String| {
        let allowed = asked.iter().flat_map(|(.., allowed)| allowed);
        let also = allowed.filter(|line| **line != version).cloned().collect();
        RuntimeFact { also, ..pin(version) }
    };
    let image = || from_image(repository, package).filter(|image| at_least(image, asked.as_ref()));
    if let Some((version, true, _)) = &asked {
        return Some(Claim::certain(node(version.clone())));
    }
    if let Some(version) = image().or_else(|| asked.as_ref().map(|(version, ..)| version.clone())) {
        return Some(Claim::likely(node(version)));
    }
    workflow(repository).map(|version| Claim::maybe(node(version)))
}

/// The line of Node that the nearest Dockerfile's last stage of Node is made from.
fn from_image(repository: &Repository<'_>, package: &Package) -> Option<String> {
    let files = path::ancestors(&package.folder)
        .flat_map(|folder| ["Dockerfile", "docker/Dockerfile"].map(|name| path::join(folder, name)));
    files.filter_map(|file| repository.text(&file)).find_map(|text| {
        dockerfile::stages(&text).iter().rev().find_map(|stage| {
            let (image, tag) = stage.image.rsplit_once(':')?;
            (image == "node" || image.ends_with("/node")).then(|| line(tag.split('-').next()?))?
        })
    })
}

/// Whether a version is not below the lower bound that the manifest asks for.
fn at_least(version: &str, asked: Option<&(String, bool, Vec<String>)>) -> bool {
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    asked.is_none_or(|(least, ..)| number(version) >= number(least))
}

/// `.nvmrc`, `.node-version`, `.tool-versions` and mise's files.
fn from_files(repository: &Repository<'_>, folder: &str) -> Option<String> {
    let text = |name: &str| repository.text(&path::join(folder, name));
    for name in [".nvmrc", ".node-version"] {
        if let Some(text) = text(name) {
            let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
            if let Some(version) = first.and_then(line) {
                return Some(version);
            }
        }
    }
    if let Some(text) = text(".tool-versions") {
        let stated =
            text.lines().find_map(|row| row.strip_prefix("nodejs ").or_else(|| row.strip_prefix("node ")));
        if let Some(version) = stated.and_then(|rest| line(rest.split_whitespace().next()?)) {
            return Some(version);
        }
    }
    ["mise.toml", ".mise.toml", ".config/mise.toml"].into_iter().find_map(|name| {
        let document = repository.toml(&path::join(folder, name))?;
        let tools = document.get("tools")?;
        let tool = tools.get("node").or_else(|| tools.get("nodejs"))?;
        match tool {
            serde_json::Value::String(text) => line(text),
            serde_json::Value::Number(number) => line(&number.to_string()),
            other => line(other.get("version").or_else(|| other.get(0))?.as_str()?),
        }
    })
}

/// `node-version` in a GitHub workflow, when all of them say the same.
fn workflow(repository: &Repository<'_>) -> Option<String> {
    let mut found: Option<String> = None;
    for entry in repository.under(".github/workflows") {
        let Some(text) = repository.text(&entry.path) else { continue };
        for value in
            text.lines().filter_map(|row| row.trim().trim_start_matches("- ").strip_prefix("node-version:"))
        {
            let value = value.split('#').next().unwrap_or(value).trim().trim_matches(['\'', '"']);
            match (line(value), &found) {
                (Some(version), None) => found = Some(version),
                (Some(version), Some(before)) if version == *before => {}
                (Some(_) | None, _) => return None,
            }
        }
    }
    found
}

/// The line that a version or a range means: the only one it allows, the newest of several named, the lower bound of an open
/// range, since that is what its author had.
pub(crate) fn line(range: &str) -> Option<String> {
    let range = range.trim();
    let lower = range.to_ascii_lowercase();
    if let Some(name) = lower.strip_prefix("lts/") {
        let named = LONG_TERM
            .iter()
            .find(|(_, code)| *code == name)
            .or_else(|| LONG_TERM.first().filter(|_| name == "*"));
        return named.map(|(major, _)| major.to_string());
    }
    if matches!(lower.as_str(), "node" | "latest" | "current" | "stable" | "lts" | "lts-latest" | "*" | "x") {
        return (lower != "*" && lower != "x").then(|| LONG_TERM[0].0.to_string());
    }
    range.split("||").filter_map(alternative).max().map(|major| major.to_string())
}

/// Every line that a range allows, up to ones that are not out yet, newest first.
fn allowed(range: &str) -> Vec<String> {
    let alternatives: Vec<_> = range.split("||").filter_map(bounds).collect();
    let holds = |major: u32| {
        alternatives.iter().any(|(least, most)| {
            least.is_none_or(|least| major >= least) && most.is_none_or(|most| major <= most)
        })
    };
    (12..=30).rev().filter(|major| holds(*major)).map(|major| major.to_string()).collect()
}

/// The major version that one alternative of a range allows: the highest below an upper bound, else the lower bound.
fn alternative(range: &str) -> Option<u32> {
    match bounds(range)? {
        (Some(least), Some(most)) => {
            let best = LONG_TERM.iter().map(|(major, _)| *major).find(|major| (least..=most).contains(major));
            Some(best.unwrap_or(least))
        }
        (Some(least), None) => Some(least),
        (None, most) => most,
    }
}

/// The lowest and the highest major version that one alternative of a range allows.
fn bounds(range: &str) -> Option<(Option<u32>, Option<u32>)> {
    // `>= 18` and `18 - 20` become single words.
    let spaced = range
        .replace(" - ", " <=")
        .replace(">= ", ">=")
        .replace("<= ", "<=")
        .replace("> ", ">")
        .replace("< ", "<");
    let mut least: Option<u32> = None;
    let mut most: Option<u32> = None;
    for word in spaced.split_whitespace() {
        let number = word.trim_start_matches(|c: char| !c.is_ascii_digit());
        let mut parts = number.split('.');
        let major: u32 =
            parts.next()?.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()?;
        let rest_is_zero = parts.all(|part| part.starts_with('0') || part == "x" || part == "*");
        if word.starts_with("<=") {
            most = Some(major);
        } else if word.starts_with('<') {
            most = Some(if rest_is_zero { major.saturating_sub(1) } else { major });
        } else {
            least = least.max(Some(major));
            if !word.starts_with('>') {
                most = most.or(Some(major));
            }
        }
    }
    Some((least, most))
}

#[cfg(test)]
mod tests {
    use super::{allowed, line};

    #[test]
    fn ranges_become_lines() {
        for (range, expected) in [
            ("20", Some("20")),
            ("v20.11.1", Some("20")),
            ("20.x", Some("20")),
            ("^18.17.0", Some("18")),
            (">=18", Some("18")),
            (">= 18.0.0", Some("18")),
            (">=18 <21", Some("20")),
            (">=18.0.0 <=22.x", Some("22")),
            ("18 - 20", Some("20")),
            ("^18 || ^20 || ^22", Some("22")),
            ("lts/iron", Some("20")),
            ("lts/*", Some("24")),
            ("*", None),
            ("garbage", None),
            ("", None),
        ] {
            assert_eq!(line(range).as_deref(), expected, "{range}");
        }
    }

    #[test]
    fn a_range_allows_more_than_its_line() {
        assert!(allowed(">=18").contains(&"20".to_owned()) && !allowed(">=18").contains(&"16".to_owned()));
        assert_eq!(allowed(">=18 <21"), ["20", "19", "18"]);
        assert_eq!(allowed("^18 || ^20"), ["20", "18"]);
        assert_eq!(allowed("20.x"), ["20"]);
    }
}
