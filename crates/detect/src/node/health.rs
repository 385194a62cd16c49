//! Health endpoints: among the routes in code, and in folders that are routes.

use super::graph::Modules;
use super::route::{self, join_url};
use super::source::{Call, Module};
use crate::path;
use crate::repository::Repository;
use std::sync::Arc;

/// The words a health endpoint ends in, the most telling first.
const NAMES: &[&str] = &[
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "health_check",
    "_health",
    "readyz",
    "ready",
    "readiness",
    "livez",
    "live",
    "liveness",
    "heartbeat",
    "status",
    "ping",
    "up",
];

/// The best health endpoint among full paths of GET routes.
pub(crate) fn best(paths: impl IntoIterator<Item = String>) -> Option<String> {
    let rank = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
        let at = NAMES.iter().position(|name| *name == last)?;
        let about_health = path.to_ascii_lowercase().contains("health");
        Some((!about_health, at, path.matches('/').count(), path.len()))
    };
    paths
        .into_iter()
        .filter(|path| !path.contains([':', '*', '{', '[']))
        .filter_map(|path| Some((rank(&path)?, path)))
        .min()
        .map(|(_, path)| path)
}

/// Whether a path ends in one of the words.
pub(crate) fn is_health(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    NAMES.contains(&last.as_str())
}

/// Every GET route of a program that may be a health endpoint, with the prefixes under which its routers are mounted.
pub(crate) fn routes(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Vec<String> {
    let may_answer = |call: &Call, path: &str| {
        matches!(call.method(), "get" | "all" | "use" | "route") && may_be_health(path)
    };
    let mut found: Vec<String> =
        route::of(modules, sources, &may_answer).into_iter().map(|route| route.path).collect();
    found.extend(route::nest(modules, sources).into_iter().map(|route| route.path));
    found.extend(sources.iter().flat_map(|module| module.compared_paths.iter().cloned()));
    found
}

/// Whether a route's own path leaves it open that the whole one ends in one of the words: the word may be in the prefix.
fn may_be_health(text: &str) -> bool {
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    last.is_empty() || NAMES.contains(&last.as_str())
}

/// Routes that are files: Next, SvelteKit, Nuxt, Remix, Astro.
pub(crate) fn file_routes(repository: &Repository<'_>, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in repository.under(folder) {
        let Some(relative) = path::relative(&entry.path, folder) else { continue };
        let relative = relative.strip_prefix("src/").unwrap_or(relative);
        found.extend(file_route(relative));
    }
    found
}

fn file_route(relative: &str) -> Option<String> {
    let stem = relative.rsplit_once('.').map_or(relative, |(stem, _)| stem);
    let stem = stem.strip_suffix(".get").unwrap_or(stem);
    let is_code = [".ts", ".js", ".tsx", ".jsx", ".mjs"].iter().any(|end| relative.ends_with(end));
    if !is_code {
        return None;
    }
    let route = if let Some(rest) = stem.strip_prefix("app/").and_then(|rest| rest.strip_suffix("/route")) {
        rest.to_owned()
    } else if let Some(rest) = stem.strip_prefix("pages/") {
        rest.to_owned()
    } else if let Some(rest) = stem.strip_prefix("routes/").and_then(|rest| rest.strip_suffix("/+server")) {
        rest.to_owned()
    } else if let Some(rest) = stem.strip_prefix("server/api/") {
        format!("api/{rest}")
    } else if let Some(rest) = stem.strip_prefix("server/routes/") {
        rest.to_owned()
    } else {
        let rest = stem.strip_prefix("app/routes/").or_else(|| stem.strip_prefix("routes/"))?;
        rest.trim_end_matches("/route").replace('.', "/").replace("[/]", ".")
    };
    let parts: Vec<&str> = route
        .split('/')
        .filter(|part| !part.starts_with('(') && !part.starts_with('@') && *part != "index")
        .collect();
    Some(join_url(&parts))
}
