//! Routes in code, with the prefixes under which their routers are mounted.

use super::graph::Modules;
use super::settings;
use super::source::{Call, Module, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One route.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// Its full path.
    pub path: String,
    /// The part of the path that is mounted around it.
    pub mounted: String,
    /// The module that holds it.
    pub module: Arc<Module>,
    /// The call that makes it; absent where a class does.
    pub call: Option<Call>,
}

/// Joins parts of a URL's path: one slash between them, one in front, none at the end.
pub(crate) fn join_url(parts: &[&str]) -> String {
    let parts: Vec<&str> =
        parts.iter().flat_map(|part| part.split('/')).filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

/// Whether a method makes a route, or mounts something at a path.
fn routes(method: &str) -> bool {
    matches!(method, "get" | "all" | "use" | "route" | "post" | "put" | "patch" | "delete" | "del")
}

/// Every route that a call makes and that `wanted` wants, by the call and its own path.
pub(crate) fn of(
    modules: &Modules<'_>,
    sources: &[Arc<Module>],
    wanted: &dyn Fn(&Call, &str) -> bool,
) -> Vec<Route> {
    let mounts = Mounts::of(modules, sources);
    let mut found = Vec::new();
    for module in sources {
        for call in &module.calls {
            let Some((object, paths)) = own_paths(call) else { continue };
            for text in paths.into_iter().filter(|text| wanted(call, text)) {
                let own = join_url(&[&constructed_prefix(module, object), &prefix_around(module, call)]);
                for prefix in mounts.prefixes(&module.path, object, 6) {
                    found.push(Route {
                        path: join_url(&[&prefix, &own, &text]),
                        mounted: join_url(&[&prefix, &own]),
                        module: Arc::clone(module),
                        call: Some(call.clone()),
                    });
                }
            }
        }
    }
    found
}

/// The prefixes of the calls whose functions a route is made in: `app.register(async (one) => { one.get(…) }, { prefix })`,
/// `app.group('/v1', (one) => one.get(…))`.
fn prefix_around(module: &Module, route: &Call) -> String {
    let around = module.calls.iter().filter(|call| call.holds(route) && call.span != route.span);
    let mut prefixes: Vec<(u32, &str)> = around
        .filter_map(|call| match (call.method(), call.arguments.as_slice()) {
            ("register", [Value::Function, options, ..]) => {
                Some((call.span.0, options.property("prefix")?.as_text()?))
            }
            ("group", [Value::Text(prefix), .., Value::Function]) => Some((call.span.0, prefix)),
            _ => None,
        })
        .collect();
    prefixes.sort_unstable();
    join_url(&prefixes.into_iter().map(|(_, prefix)| prefix).collect::<Vec<_>>())
}

/// The router that a call makes routes of, and their paths as far as the call tells.
fn own_paths(call: &Call) -> Option<(&str, Vec<String>)> {
    let object = call.object()?;
    match (call.arguments.as_slice(), object) {
        // `router.route('/health').get(handler)`
        ([..], Value::Call(inner, arguments))
            if inner.last_name() == "route" && routes(call.method()) && call.method() != "route" =>
        {
            Some((inner_object(inner), texts(arguments.first())))
        }
        ([first, _, ..], object) if routes(call.method()) && call.method() != "route" => {
            Some((object_name(object), texts(Some(first))))
        }
        // Fastify: `route({ method: 'GET', url: '/health' })`
        ([options @ Value::Object(_), ..], object) if call.method() == "route" => {
            Some((object_name(object), texts(options.property("url").or_else(|| options.property("path")))))
        }
        _ => None,
    }
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
            let outer = (module.path.clone(), object_name(object).to_owned());
            found.extend(modules.loaded(module, call).into_iter().map(|plugin| {
                // A plugin may say itself where it belongs.
                let loaded = modules.get(&plugin.file);
                let own =
                    loaded.and_then(|loaded| loaded.exports.get("autoPrefix")?.as_text().map(str::to_owned));
                let prefix = own.unwrap_or(plugin.prefix);
                Mount { outer: outer.clone(), prefix, inner: (plugin.file, None) }
            }));
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
                    found.push(Mount { outer: outer.clone(), prefix: prefix.clone(), inner });
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

/// The prefix that Nest puts before every route, when it is set.
pub(crate) fn global_prefix(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Option<String> {
    let (module, call) = set_prefix(sources)?;
    let found = modules.evaluate(module, call.arguments.first()?);
    let kept = settings::asked(sources, &found.value).map(|(_, value)| value);
    kept.unwrap_or(&found.value).as_default().filter(|prefix| !prefix.trim_matches('/').is_empty())
}

fn set_prefix(sources: &[Arc<Module>]) -> Option<(&Arc<Module>, &Call)> {
    sources.iter().find_map(|module| {
        Some((module, module.calls.iter().find(|call| call.method() == "setGlobalPrefix")?))
    })
}

/// The prefix of one of Nest's routes: the global one, unless the route is an exception from it.
pub(crate) fn prefixed(modules: &Modules<'_>, sources: &[Arc<Module>], route: &str) -> String {
    let prefix = global_prefix(modules, sources).unwrap_or_default();
    let excluded: Vec<String> = set_prefix(sources)
        .and_then(|(_, call)| match call.arguments.get(1)?.property("exclude")? {
            Value::List(items) => Some(
                items.iter().flat_map(|item| texts(Some(item.property("path").unwrap_or(item)))).collect(),
            ),
            _ => None,
        })
        .unwrap_or_default();
    let bare = route.trim_start_matches('/');
    let skips = excluded.iter().any(|path| {
        let path = path.trim_start_matches('/');
        path == bare
            || path
                .split_once(['(', '*', ':'])
                .is_some_and(|(head, _)| bare.starts_with(head.trim_end_matches('/')))
    });
    if skips { String::new() } else { prefix }
}

/// Routes of Nest controllers, with the global prefix and its exceptions.
pub(crate) fn nest(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Vec<Route> {
    let calls = || sources.iter().flat_map(|module| module.calls.iter());
    let versioning = calls().find(|call| call.method() == "enableVersioning");
    let by_path = versioning.is_some_and(|call| {
        call.arguments
            .first()
            .is_none_or(|options| options.property("type").is_none_or(|kind| kind.last_name() == "URI"))
    });
    let default_version = versioning
        .and_then(|call| call.arguments.first()?.property("defaultVersion")?.as_text().map(str::to_owned));
    let mut found = Vec::new();
    for (module, controller) in sources
        .iter()
        .flat_map(|module| module.controllers.iter().map(move |controller| (module, controller)))
    {
        for (base, get) in
            controller.prefixes.iter().flat_map(|base| controller.gets.iter().map(move |get| (base, get)))
        {
            let route = join_url(&[base, get]);
            let version = controller.version.as_ref().or(default_version.as_ref()).filter(|_| by_path);
            let version = version.map(|version| format!("v{version}")).unwrap_or_default();
            let prefix = prefixed(modules, sources, &route);
            found.push(Route {
                path: join_url(&[&prefix, &version, &route]),
                mounted: join_url(&[&prefix, &version]),
                module: Arc::clone(module),
                call: None,
            });
        }
    }
    found
}
