//! Health endpoints: routes in code and in folders that are routes.

use super::graph::Modules;
use super::source::{Module, Value};
use crate::path;
use crate::repository::Repository;
use std::collections::{BTreeMap, BTreeSet};
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

/// Joins parts of a URL's path: one slash between them, one in front, none at the end.
fn join_url(parts: &[&str]) -> String {
    let parts: Vec<&str> =
        parts.iter().flat_map(|part| part.split('/')).filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

/// Every GET route of a program, with the prefixes under which its routers are mounted.
pub(crate) fn routes(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Vec<String> {
    let mounts = Mounts::of(modules, sources);
    let mut found = Vec::new();
    for module in sources {
        for call in &module.calls {
            let get = matches!(call.method(), "get" | "all" | "use" | "route");
            let Some(object) = call.object() else { continue };
            let (object, paths) = match (call.arguments.as_slice(), object) {
                // `router.route('/health').get(handler)`
                ([..], Value::Call(inner, arguments))
                    if inner.last_name() == "route" && call.method() == "get" =>
                {
                    (inner_object(inner), texts(arguments.first()))
                }
                ([first, _, ..], object) if get && call.method() != "route" => {
                    (object_name(object), texts(Some(first)))
                }
                // Fastify: `route({ method: 'GET', url: '/health' })`
                ([options @ Value::Object(_), ..], object) if call.method() == "route" => {
                    (object_name(object), texts(options.property("url").or_else(|| options.property("path"))))
                }
                _ => continue,
            };
            for text in paths.into_iter().filter(|text| may_be_health(text)) {
                let own = constructed_prefix(module, object);
                for prefix in mounts.prefixes(&module.path, object, 6) {
                    found.push(join_url(&[&prefix, &own, &text]));
                }
            }
        }
    }
    found.extend(nest(sources));
    found.extend(sources.iter().flat_map(|module| module.compared_paths.iter().cloned()));
    found
}

/// Whether a route's own path leaves it open that the whole one ends in one of the words: the word may be in the prefix.
fn may_be_health(text: &str) -> bool {
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    last.is_empty() || NAMES.contains(&last.as_str())
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Text(text)) => vec![text.clone()],
        Some(Value::List(items)) => {
            items.iter().filter_map(|item| item.as_text().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

fn object_name(object: &Value) -> &str {
    match object {
        Value::Name(name) => name,
        Value::Member(_, name) => name,
        // Chained: `new Hono().get(…).get(…)`
        Value::Call(callee, _) => inner_object(callee),
        _ => "",
    }
}

fn inner_object(callee: &Value) -> &str {
    match callee {
        Value::Member(object, _) => object_name(object),
        _ => "",
    }
}

/// `new Elysia({ prefix })`, `new Hono().basePath(…)`, `new Router({ prefix })`.
fn constructed_prefix(module: &Module, object: &str) -> String {
    let mut at = module.constants.get(object);
    while let Some(Value::Call(callee, arguments)) = at {
        if let Some(prefix) = arguments.first().and_then(|options| options.property("prefix")?.as_text()) {
            return prefix.to_owned();
        }
        if callee.last_name() == "basePath" {
            return arguments.first().and_then(Value::as_text).unwrap_or_default().to_owned();
        }
        at = match callee.as_ref() {
            Value::Member(object, _) => Some(object),
            _ => None,
        };
    }
    let set = module
        .calls
        .iter()
        .find(|call| call.method() == "prefix" && call.object().is_some_and(|o| object_name(o) == object));
    set.and_then(|call| call.arguments.first()?.as_text().map(str::to_owned)).unwrap_or_default()
}

/// One router under a prefix of another.
struct Mount {
    outer: (String, String),
    prefix: String,
    /// The mounted router's module, and its name when it is in the same one.
    inner: (String, Option<String>),
}

fn mounts(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Vec<Mount> {
    let mut found = Vec::new();
    for module in sources {
        for call in &module.calls {
            let Some(object) = call.object() else { continue };
            let (prefix, routers) = match (call.method(), call.arguments.as_slice()) {
                ("use" | "route" | "group" | "mount", [Value::Text(prefix), rest @ ..]) => {
                    (prefix.clone(), rest)
                }
                ("use", rest) => (String::new(), rest),
                ("register", [plugin, options @ ..]) => {
                    let prefix = options.first().and_then(|options| options.property("prefix")?.as_text());
                    (prefix.unwrap_or_default().to_owned(), std::slice::from_ref(plugin))
                }
                _ => continue,
            };
            for router in routers {
                if let Some(inner) = mounted(modules, module, router) {
                    let outer = (module.path.clone(), object_name(object).to_owned());
                    found.push(Mount { outer, prefix: prefix.clone(), inner });
                }
            }
        }
    }
    found
}

/// The router that an argument of `use` is.
fn mounted(modules: &Modules<'_>, module: &Arc<Module>, router: &Value) -> Option<(String, Option<String>)> {
    let target = |source: &str| modules.resolve(&module.path, source);
    match router {
        Value::Module(source) => Some((target(source)?, None)),
        Value::Name(name) | Value::Member(_, name) => {
            let first = match router {
                Value::Member(object, _) => object_name(object),
                _ => name,
            };
            match module.imports.get(first) {
                Some(import) => {
                    let path = target(&import.source)?;
                    // A barrel passes it on from elsewhere.
                    let wanted = if first == name { import.name.clone() } else { name.clone() };
                    let holder = holder(modules, &path, &wanted, 4).unwrap_or(path);
                    Some((holder, None))
                }
                None if module.constants.contains_key(name) => match module.constants.get(name) {
                    Some(Value::Module(source)) => Some((target(source)?, None)),
                    _ => Some((module.path.clone(), Some(name.clone()))),
                },
                None => None,
            }
        }
        // `routes(app)`, `router.routes()`, `require('./x')(deps)`
        Value::Call(callee, _) => match callee.as_ref() {
            Value::Member(object, method) if method == "routes" || method == "middleware" => {
                mounted(modules, module, object)
            }
            inner @ (Value::Name(_) | Value::Module(_)) => mounted(modules, module, inner),
            _ => None,
        },
        _ => None,
    }
}

/// The module that really holds what a module exports under a name.
fn holder(modules: &Modules<'_>, path: &str, name: &str, depth: u8) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let module = modules.get(path)?;
    let name = if name == "*" { "default" } else { name };
    if let Some(Value::Name(local)) = module.exports.get(name) {
        return match module.imports.get(local) {
            Some(import) => holder(modules, &modules.resolve(path, &import.source)?, &import.name, depth),
            None => Some(path.to_owned()),
        };
    }
    if module.exports.contains_key(name) || module.constants.contains_key(name) {
        return Some(path.to_owned());
    }
    let starred =
        module.stars.iter().find_map(|source| holder(modules, &modules.resolve(path, source)?, name, depth));
    starred.or_else(|| Some(path.to_owned()).filter(|_| depth < 3 || module.stars.is_empty()))
}

/// All mounts, by the module whose router is mounted.
struct Mounts(BTreeMap<String, Vec<Mount>>);

impl Mounts {
    fn of(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Self {
        let mut by_module: BTreeMap<String, Vec<Mount>> = BTreeMap::new();
        for mount in mounts(modules, sources) {
            by_module.entry(mount.inner.0.clone()).or_default().push(mount);
        }
        Self(by_module)
    }

    /// The prefixes under which a router is reached; itself is the root when nothing mounts it.
    fn prefixes(&self, module: &str, object: &str, depth: u8) -> BTreeSet<String> {
        let root = || BTreeSet::from([String::new()]);
        let (Some(depth), Some(mounts)) = (depth.checked_sub(1), self.0.get(module)) else { return root() };
        let mut matching: Vec<&Mount> =
            mounts.iter().filter(|mount| mount.inner.1.as_deref() == Some(object)).collect();
        if matching.is_empty() {
            matching =
                mounts.iter().filter(|mount| mount.inner.1.is_none() && mount.outer.0 != module).collect();
        }
        if matching.is_empty() {
            return root();
        }
        let mut found = BTreeSet::new();
        for mount in matching {
            for outer in self.prefixes(&mount.outer.0, &mount.outer.1, depth) {
                found.insert(join_url(&[&outer, &mount.prefix]));
            }
        }
        found
    }
}

/// Routes of Nest controllers, with the global prefix and its exceptions.
fn nest(sources: &[Arc<Module>]) -> Vec<String> {
    let calls = || sources.iter().flat_map(|module| module.calls.iter());
    let global = calls().find(|call| call.method() == "setGlobalPrefix");
    let prefix = global.and_then(|call| call.arguments.first()?.as_default()).unwrap_or_default();
    let excluded: Vec<String> = global
        .and_then(|call| match call.arguments.get(1)?.property("exclude")? {
            Value::List(items) => Some(
                items.iter().flat_map(|item| texts(Some(item.property("path").unwrap_or(item)))).collect(),
            ),
            _ => None,
        })
        .unwrap_or_default();
    let versioning = calls().find(|call| call.method() == "enableVersioning");
    let by_path = versioning.is_some_and(|call| {
        call.arguments
            .first()
            .is_none_or(|options| options.property("type").is_none_or(|kind| kind.last_name() == "URI"))
    });
    let default_version = versioning
        .and_then(|call| call.arguments.first()?.property("defaultVersion")?.as_text().map(str::to_owned));
    let mut found = Vec::new();
    for controller in sources.iter().flat_map(|module| &module.controllers) {
        for (base, get) in
            controller.prefixes.iter().flat_map(|base| controller.gets.iter().map(move |get| (base, get)))
        {
            let route = join_url(&[base, get]);
            let bare = route.trim_start_matches('/');
            let skips = excluded.iter().any(|path| {
                let path = path.trim_start_matches('/');
                path == bare
                    || path
                        .split_once(['(', '*', ':'])
                        .is_some_and(|(head, _)| bare.starts_with(head.trim_end_matches('/')))
            });
            let version = controller.version.as_ref().or(default_version.as_ref()).filter(|_| by_path);
            let version = version.map(|version| format!("v{version}")).unwrap_or_default();
            let prefix = if skips { "" } else { prefix.as_str() };
            found.push(join_url(&[prefix, &version, &route]));
        }
    }
    found
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
