//! What a program does with HTTP beyond answering: WebSockets, the largest body, metrics, the prefix of its routes.

mod limit;
mod prefix;
mod series;

use super::graph::Modules;
use super::health::is_health;
use super::route;
use super::source::{Call, Module, Value};
use model::facts::HttpFact;
use std::sync::Arc;

/// What a program of these modules does.
pub(crate) fn of(modules: &Modules<'_>, sources: &[Arc<Module>]) -> HttpFact {
    let metrics = metrics(modules, sources);
    HttpFact {
        websocket: sources.iter().any(|module| takes_upgrades(module)),
        series: if metrics.is_some() { series::of(modules, sources) } else { Vec::new() },
        body_limit: limit::of(modules, sources),
        prefix: prefix::of(modules, sources, |path| is_health(path) || Some(path) == metrics.as_deref()),
        metrics,
    }
}

/// What a site's server does: `reached` is a program of its own around it, `sources` are the package's.
pub(crate) fn of_site(modules: &Modules<'_>, reached: &[Arc<Module>], sources: &[Arc<Module>]) -> HttpFact {
    HttpFact { body_limit: limit::of_pages(modules, sources), prefix: None, ..of(modules, reached) }
}

/// Libraries that are there for a server's WebSockets and for nothing else.
const SOCKETS: &[&str] = &[
    "socket.io",
    "express-ws",
    "@fastify/websocket",
    "fastify-websocket",
    "fastify-socket.io",
    "koa-websocket",
    "@hono/node-ws",
    "uWebSockets.js",
    "sockjs",
    "graphql-ws/use/ws",
    "graphql-ws/lib/use/ws",
    "@trpc/server/adapters/ws",
    "@hocuspocus/server",
    "@nestjs/platform-ws",
    "@nestjs/platform-socket.io",
    "subscriptions-transport-ws",
];

/// Whether a module takes WebSocket upgrades.
fn takes_upgrades(module: &Module) -> bool {
    if module.sources.iter().any(|source| SOCKETS.contains(&source.as_str())) {
        return true;
    }
    let loads = |name: &str| module.sources.iter().any(|source| source == name);
    module.calls.iter().any(|call| match call.method() {
        "WebSocketGateway" | "upgradeWebSocket" => true,
        "WebSocketServer" => call.constructs,
        // `new WebSocket.Server(…)`; the package is a client as well.
        "Server" => call.constructs && loads("ws"),
        "ws" => call.object().is_some(),
        "on" => call.arguments.first().and_then(Value::as_text) == Some("upgrade"),
        "serve" => call.arguments.first().is_some_and(|options| options.property("websocket").is_some()),
        _ => false,
    })
}

/// Libraries that answer with metrics by themselves: the option with the path.
const EXPORTERS: &[(&str, &str)] = &[
    ("express-prom-bundle", "metricsPath"),
    ("express-prometheus-middleware", "metricsPath"),
    ("prometheus-api-metrics", "metricsPath"),
    ("fastify-metrics", "endpoint"),
    ("@willsoto/nestjs-prometheus", "path"),
];

/// Where a program answers with metrics.
fn metrics(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Option<String> {
    by_library(modules, sources).or_else(|| by_route(modules, sources))
}

fn by_library(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Option<String> {
    sources.iter().find_map(|module| {
        let (library, option) =
            EXPORTERS.iter().find(|(library, _)| module.sources.iter().any(|source| source == library))?;
        let is_of = |value: &Value| {
            let root = match value {
                Value::Member(object, _) => object.last_name(),
                other => other.last_name(),
            };
            module.imports.get(root).is_some_and(|import| import.source == *library)
        };
        let options = module.calls.iter().find_map(|call| {
            // `app.register(metrics, { endpoint })` gets the library, `promBundle({ metricsPath })` is of it.
            let given = call.arguments.first().is_some_and(is_of);
            match given {
                true => Some(call.arguments.get(1)),
                false => is_of(&call.callee).then(|| call.arguments.first()),
            }
        })?;
        let options = options.map(|options| modules.evaluate(module, options).value);
        let stated = options.as_ref().and_then(|options| options.property(option));
        let stated = stated.and_then(|value| value.as_text().or_else(|| value.property("url")?.as_text()));
        let path = route::join_url(&[stated.unwrap_or("/metrics")]);
        let nest = *library == "@willsoto/nestjs-prometheus";
        let prefix = if nest { route::prefixed(modules, sources, &path) } else { String::new() };
        Some(route::join_url(&[&prefix, &path]))
    })
}

/// The route whose handler asks prom-client for its metrics: it stands around that call, or is called so.
fn by_route(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Option<String> {
    let asks = |call: &Call| call.method() == "metrics" && call.object().is_some();
    let asking: Vec<(&Arc<Module>, &Call)> = sources
        .iter()
        .flat_map(|module| module.calls.iter().filter(|call| asks(call)).map(move |call| (module, call)))
        .collect();
    let known = ["prom-client", "@hono/prometheus", "@opentelemetry/exporter-prometheus"];
    let loads =
        sources.iter().any(|module| module.sources.iter().any(|source| known.contains(&source.as_str())));
    if !loads {
        return None;
    }
    let answers = |call: &Call, _: &str| matches!(call.method(), "get" | "all" | "use" | "route");
    let routes = route::of(modules, sources, &answers);
    let around = routes.iter().find(|route| {
        asking.iter().any(|(module, ask)| {
            module.path == route.module.path && route.call.as_ref().is_some_and(|call| call.holds(ask))
        })
    });
    if let Some(route) = around {
        return Some(route.path.clone());
    }
    let called_so = |path: &str| matches!(path.rsplit('/').next(), Some("metrics" | "prometheus" | "prom"));
    let of_classes = route::nest(modules, sources);
    let in_class =
        of_classes.iter().filter(|route| asking.iter().any(|(module, _)| module.path == route.module.path));
    let mut paths: Vec<&str> = in_class.map(|route| route.path.as_str()).collect();
    if paths.len() != 1 {
        let compared = sources.iter().flat_map(|module| module.compared_paths.iter());
        let all = routes.iter().chain(&of_classes).map(|route| &route.path).chain(compared);
        paths = all.map(String::as_str).filter(|path| called_so(path)).collect();
    }
    paths.into_iter().min().map(str::to_owned)
}
