//! The port that a program listens on.

use super::graph::Modules;
use super::settings;
use super::source::{Call, Module, Value};
use crate::proposal::Claim;
use model::facts::PortFact;
use std::sync::Arc;

/// The modules of a program, for looking up what its values come to.
#[derive(Clone, Copy)]
struct Code<'a, 'r> {
    modules: &'a Modules<'r>,
    sources: &'a [Arc<Module>],
}

/// The port that one of `modules` listens on, nearest to the entry first.
pub(crate) fn of(modules: &Modules<'_>, sources: &[Arc<Module>]) -> Option<Claim<PortFact>> {
    let code = Code { modules, sources };
    let mut best: Option<PortFact> = None;
    for module in sources {
        for call in &module.calls {
            for argument in arguments(call) {
                let mut port = PortFact { number: None, env: None };
                collect(code, module, argument, &mut port, 8);
                let better = match &best {
                    None => port.number.is_some() || port.env.is_some(),
                    // A second one that names a variable explains more than a bare number, which may be a metrics port.
                    Some(before) => before.env.is_none() && port.env.is_some(),
                };
                if better {
                    best = Some(port);
                }
            }
        }
    }
    best.map(|mut port| {
        port.env = port.env.filter(|name| !name.ends_with("HOST"));
        if port.number.is_none() {
            port.number = port.env.as_deref().and_then(|name| default_of(sources, name));
        }
        Claim::certain(port)
    })
}

/// Whether a call starts listening.
pub(crate) fn listens(call: &Call) -> bool {
    match call.method() {
        // Browsers' histories are listened to with a function, servers are told where to.
        "listen" => {
            let told = !matches!(call.arguments.first(), Some(Value::Function));
            told && call.object().map_or(!call.arguments.is_empty(), |object| object.last_name() != "history")
        }
        "serve" => {
            matches!(call.callee, Value::Name(_))
                || call.object().is_some_and(|object| object.last_name() == "Bun")
        }
        "startStandaloneServer" => true,
        _ => false,
    }
}

/// What may hold the port in a call that listens.
fn arguments(call: &Call) -> Vec<&Value> {
    if !listens(call) {
        return match (call.method(), call.arguments.as_slice()) {
            ("set", [Value::Text(name), value]) if name == "port" => vec![value],
            _ => Vec::new(),
        };
    }
    match (call.method(), call.arguments.as_slice()) {
        ("startStandaloneServer", [_, options, ..]) => options.property("listen").into_iter().collect(),
        (_, [first, ..]) => vec![first],
        (_, []) => Vec::new(),
    }
}

fn collect(code: Code<'_, '_>, module: &Arc<Module>, value: &Value, port: &mut PortFact, depth: u8) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let found = code.modules.evaluate(module, value);
    match &found.value {
        Value::Env(name) => {
            port.env.get_or_insert_with(|| name.clone());
        }
        Value::Number(number) if (1.0..65536.0).contains(number) && number.fract() == 0.0 => {
            // Within the range of ports, as just tested.
            port.number.get_or_insert(*number as u16);
        }
        Value::Text(text) => {
            if let Ok(number) = text.parse() {
                port.number.get_or_insert(number);
            }
        }
        Value::Either(a, b) => {
            collect(code, &found.module, a, port, depth);
            collect(code, &found.module, b, port, depth);
        }
        Value::Object(_) => {
            if let Some(inner) = found.value.property("port") {
                collect(code, &found.module, inner, port, depth);
            }
        }
        Value::Call(_, arguments) => {
            // `app.get('port')`, `config.get('port')`: whatever the variable is called, it holds the port.
            if let Some(Value::Text(key)) = arguments.first()
                && key.to_ascii_lowercase().ends_with("port")
            {
                by_key(code, module, key, port, depth);
                if let Some(default) = arguments.get(1) {
                    collect(code, module, default, port, depth);
                }
            }
        }
        _ => {}
    }
}

/// A port that is kept under a key: by `app.set('port', …)`, or in settings that some module registers.
fn by_key(code: Code<'_, '_>, module: &Arc<Module>, key: &str, port: &mut PortFact, depth: u8) {
    let set = module
        .calls
        .iter()
        .find(|call| call.method() == "set" && call.arguments.first().and_then(Value::as_text) == Some(key));
    if let Some(value) = set.and_then(|call| call.arguments.get(1)) {
        collect(code, module, value, port, depth);
    } else if let Some((keeper, value)) = settings::find(code.sources, key) {
        collect(code, keeper, value, port, depth);
    }
}

/// The default that some read of a variable has, as a port.
pub(crate) fn default_of(sources: &[Arc<Module>], name: &str) -> Option<u16> {
    let reads = sources
        .iter()
        .flat_map(|module| module.reads.iter().chain(module.named_reads.iter().map(|named| &named.read)));
    reads.filter(|read| read.name == name).find_map(|read| read.default.as_deref()?.parse().ok())
}

/// Without a call that tells: a variable that is called like a port.
pub(crate) fn by_name(sources: &[Arc<Module>]) -> Option<Claim<PortFact>> {
    let reads = || {
        sources
            .iter()
            .flat_map(|module| module.reads.iter().chain(module.named_reads.iter().map(|named| &named.read)))
    };
    let name = ["PORT", "APP_PORT", "API_PORT", "SERVER_PORT", "HTTP_PORT", "BACKEND_PORT", "PORT_API"]
        .into_iter()
        .find(|name| reads().any(|read| read.name == *name))?;
    Some(Claim::likely(PortFact { number: default_of(sources, name), env: Some(name.to_owned()) }))
}
