//! The repository on GitHub that a project is kept in.

use crate::repository::Repository;
use serde_json::Value;

/// `owner/repository`, by the remote `origin`, else by what the root manifests say. A remote elsewhere means that there is
/// none.
pub(crate) fn repository_of(repository: &Repository<'_>) -> Option<String> {
    match origin(repository) {
        Some(url) => of_url(&url),
        None => package(repository).or_else(|| pyproject(repository)),
    }
}

/// The URL of the remote `origin`; a folder of the machine is none.
fn origin(repository: &Repository<'_>) -> Option<String> {
    let text = repository.text(".git/config")?;
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[remote \"origin\"]";
        } else if let (true, Some(("url", url))) =
            (inside, line.split_once('=').map(|(key, value)| (key.trim(), value.trim())))
        {
            return Some(url.to_owned()).filter(|url| url.contains(':'));
        }
    }
    None
}

/// `repository` of package.json, as an object, a URL or in short.
fn package(repository: &Repository<'_>) -> Option<String> {
    let document = repository.has("package.json").then(|| repository.json("package.json")).flatten()?;
    let stated = document.get("repository")?;
    let stated = stated.as_str().or_else(|| stated.get("url")?.as_str())?;
    let short = stated.strip_prefix("github:").or_else(|| Some(stated).filter(|text| !text.contains(':')));
    short.map_or_else(|| of_url(stated), slug)
}

fn pyproject(repository: &Repository<'_>) -> Option<String> {
    const KEYS: &[&str] = &["repository", "source", "source code", "code", "github", "homepage"];
    let document = repository.has("pyproject.toml").then(|| repository.toml("pyproject.toml")).flatten()?;
    let urls = document.pointer("/project/urls").and_then(Value::as_object);
    let of_key = |wanted: &&str| {
        let (_, url) = urls?.iter().find(|(key, _)| key.to_ascii_lowercase() == **wanted)?;
        of_url(url.as_str()?)
    };
    let poetry = || {
        let stated = ["/tool/poetry/repository", "/tool/poetry/homepage"];
        stated.iter().find_map(|at| of_url(document.pointer(at)?.as_str()?))
    };
    KEYS.iter().find_map(of_key).or_else(poetry)
}

/// The repository of a URL on GitHub in the forms that git takes: `https://github.com/a/b.git`, `git@github.com:a/b`,
/// `ssh://git@github.com/a/b`. Names and passwords in it are left out.
fn of_url(url: &str) -> Option<String> {
    let url = url.strip_prefix("git+").unwrap_or(url);
    let (host, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        None => url.split_once(':')?,
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    // In the short form of SSH a host may be a name of its own, like `github.com-work`.
    let own = |host: &str| !url.contains("://") && host.starts_with("github.com-");
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    (matches!(host.as_str(), "github.com" | "www.github.com" | "ssh.github.com") || own(&host))
        .then(|| slug(path))
        .flatten()
}

/// The first two parts of a path, when they are names.
fn slug(path: &str) -> Option<String> {
    let path = path.split(['#', '?']).next().unwrap_or(path);
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (owner, name) = (parts.next()?, parts.next()?);
    let name = name.strip_suffix(".git").unwrap_or(name);
    let is_name = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    (is_name(owner) && is_name(name) && owner != "." && owner != "..").then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_repository() {
        for url in [
            "https://github.com/acme/shop.git",
            "https://token:x@github.com/acme/shop",
            "https://github.com/acme/shop/issues",
            "git@github.com:acme/shop.git",
            "git@github.com-work:acme/shop.git",
            "ssh://git@ssh.github.com:443/acme/shop.git",
            "git+https://github.com/acme/shop.git#main",
            "git://GitHub.com/acme/shop/",
        ] {
            assert_eq!(of_url(url).as_deref(), Some("acme/shop"), "{url}");
        }
        for url in [
            "https://gitlab.com/acme/shop.git",
            "git@example.org:acme/shop.git",
            "https://github.com/acme",
            "https://github.com.example.org/acme/shop",
            "https://github.com-work/acme/shop",
            "https://github.com/${{ owner }}/shop",
        ] {
            assert_eq!(of_url(url), None, "{url}");
        }
    }
}
