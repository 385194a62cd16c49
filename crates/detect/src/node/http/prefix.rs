//! The prefix under which all routes of a program lie.

use super::super::graph::Modules;
use super::super::route::{self, Route};
use super::super::source::{Call, Module, Value};
use std::sync::Arc;

/// The prefix, like `/api`, when there is one. Routes that `is_outside` names may lie outside.
pub(super) fn of(
    modules: &Modules<'_>,
    sources: &[Arc<Module>],
    is_outside: impl Fn(&str) -> bool,
) -> Option<String> {
    let everything = |_: &Call, _: &str| true;
    let routes = route::of(modules, sources, &everything);
    if serves_pages(modules, sources, &routes) {
        return None;
    }
    if let Some(prefix) = route::global_prefix(modules, sources) {
        return Some(route::join_url(&[&prefix])).filter(|_| !escapes(modules, sources));
    }
    let own: Vec<&Route> = routes
        .iter()
        .filter(|route| route.call.as_ref().is_some_and(answers))
        .filter(|route| !is_outside(&route.path) && !is_aside(&route.path))
        .collect();
    let whole = shared(own.iter().map(|route| route.path.as_str()))?;
    let parts: Vec<&str> = whole.split('/').filter(|part| !part.is_empty()).collect();
    // Room for routes to come: `/api` and its version, not the only resource that there is.
    let versions = parts.iter().skip(1).take_while(|part| is_version(part)).count();
    if parts.first() == Some(&"api") {
        return Some(route::join_url(&parts[..=versions]));
    }
    shared(own.iter().map(|route| route.mounted.as_str())).filter(|prefix| prefix != "/")
}

/// Whether a call answers requests, rather than doing something with those that others answer.
fn answers(call: &Call) -> bool {
    call.method() != "use"
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Greetings, documentation and what answers where nothing else does.
fn is_aside(path: &str) -> bool {
    const ASIDE: &[&str] =
        &["docs", "api-docs", "swagger", "documentation", "openapi.json", "favicon.ico", "robots.txt"];
    let first = path.split('/').find(|part| !part.is_empty()).unwrap_or_default();
    first.is_empty() || first.starts_with(['*', '(', '{']) || ASIDE.contains(&first)
}

/// The whole parts that all paths begin with; parameters are no part of it.
fn shared<'p>(mut paths: impl Iterator<Item = &'p str>) -> Option<String> {
    let parts = |path: &'p str| path.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let first: Vec<&str> =
        parts(paths.next()?).into_iter().take_while(|part| !part.starts_with([':', '*', '{'])).collect();
    let all = paths.fold(first, |shared, path| {
        let same = shared.iter().zip(parts(path)).take_while(|(a, b)| **a == *b).count();
        shared[..same].to_vec()
    });
    (!all.is_empty()).then(|| route::join_url(&all))
}

/// Whether the program answers with files or pages outside any prefix: at its root, or wherever nothing else answers.
fn serves_pages(modules: &Modules<'_>, sources: &[Arc<Module>], routes: &[Route]) -> bool {
    const PLUGINS: &[&str] = &["@fastify/static", "@nestjs/serve-static", "@fastify/vite", "vite-express"];
    let at_root = sources.iter().any(|module| {
        module.calls.iter().any(|call| match (call.method(), call.arguments.as_slice()) {
            ("use", [only]) => is_static(only) || is_static(&modules.evaluate(module, only).value),
            ("use", [Value::Text(path), rest @ ..]) => path == "/" && rest.iter().any(is_static),
            ("register", [plugin, options @ ..]) => {
                let import = module.imports.get(plugin.last_name());
                let stated = options.first().and_then(|options| options.property("prefix")?.as_text());
                import.is_some_and(|import| PLUGINS.contains(&import.source.as_str()))
                    && stated.is_none_or(|prefix| prefix == "/")
            }
            ("forRoot", [options, ..]) => {
                let of_pages = call.object().is_some_and(|object| object.last_name() == "ServeStaticModule");
                of_pages && options.property("serveRoot").is_none()
            }
            _ => false,
        })
    });
    at_root
        || routes.iter().any(|route| {
            let catches = route.path.trim_start_matches('/').starts_with(['*', '(', '{']);
            catches && route.call.as_ref().is_some_and(|call| call.method() == "get")
        })
}

/// `express.static(…)`, `serveStatic(…)`.
fn is_static(value: &Value) -> bool {
    match value {
        Value::Call(callee, _) => matches!(callee.last_name(), "static" | "serveStatic" | "sirv"),
        _ => false,
    }
}

/// Whether Nest answers outside its global prefix: GraphQL does unless it is told not to.
fn escapes(modules: &Modules<'_>, sources: &[Arc<Module>]) -> bool {
    sources.iter().any(|module| {
        module.calls.iter().any(|call| {
            let graphql = call.object().is_some_and(|object| object.last_name() == "GraphQLModule");
            let options = call.arguments.first().map(|options| modules.evaluate(module, options).value);
            let told = options
                .is_some_and(|options| options.property("useGlobalPrefix") == Some(&Value::Boolean(true)));
            graphql && !told
        })
    })
}
