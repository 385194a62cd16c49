//! The variables that a package's modules read.

use super::settings;
use super::source::{Call, Helper, Module, NamedRead, Value};
use crate::env::{Demand, EnvRead};
use model::facts::Phase;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Variables that tools and platforms set themselves and that nobody configures.
const AMBIENT: &[&str] = &[
    "MODE",
    "DEV",
    "PROD",
    "SSR",
    "BASE_URL",
    "CI",
    "PATH",
    "HOME",
    "PWD",
    "USER",
    "SHELL",
    "TERM",
    "HOSTNAME",
    "VITEST",
    "JEST_WORKER_ID",
    "NEXT_RUNTIME",
    "NEXT_PHASE",
    "ANALYZE",
    "INIT_CWD",
    "npm_package_version",
    "FORCE_COLOR",
    "NO_COLOR",
    "TURBO_HASH",
    "NODE_DEBUG",
    "REACT_NATIVE",
    "DEBUG_MIGRATIONS",
];

/// What the names of files begin with that only a build reads.
const CONFIGURATIONS: &[&str] = &[
    "next.config",
    "vite.config",
    "nuxt.config",
    "astro.config",
    "svelte.config",
    "webpack.",
    "rollup.config",
    "rspack.config",
    "rsbuild.config",
    "esbuild.config",
    "craco.config",
    "vue.config",
];

/// Every read, those through the project's own functions and through configuration services included.
pub(crate) fn of(sources: &[Arc<Module>]) -> Vec<EnvRead> {
    let helpers: BTreeMap<&str, &Helper> = sources
        .iter()
        .flat_map(|module| &module.helpers)
        .map(|helper| (helper.name.as_str(), helper))
        .collect();
    let mut found: Vec<EnvRead> = sources.iter().flat_map(|module| module.reads.iter().cloned()).collect();
    for named in sources.iter().flat_map(|module| &module.named_reads) {
        found.extend(by_name(&helpers, named));
    }
    found.extend(sources.iter().flat_map(|module| &module.calls).filter_map(|call| demanded(sources, call)));
    for read in &mut found {
        let name = path_name(&read.place.path);
        if CONFIGURATIONS.iter().any(|stem| name.starts_with(stem)) {
            read.phase = Phase::Build;
        }
    }
    found.retain(|read| !is_ambient(&read.name));
    found
}

/// `config.getOrThrow('db.host')`: the variable that is kept under that key, and nothing else, is needed.
fn demanded(sources: &[Arc<Module>], call: &Call) -> Option<EnvRead> {
    if call.method() != "getOrThrow" {
        return None;
    }
    let (keeper, value) = settings::find(sources, call.arguments.first()?.as_text()?)?;
    let Value::Env(name) = value else { return None };
    let read = keeper.reads.iter().find(|read| read.name == *name)?.clone();
    Some(EnvRead { demand: Demand::Required, ..read })
}

fn path_name(path: &str) -> &str {
    crate::path::file_name(path)
}

/// `BASE_URL` is Vite's own only where Vite gives it; elsewhere it is a setting like any other.
fn is_ambient(name: &str) -> bool {
    name != "BASE_URL" && AMBIENT.contains(&name)
        || name.starts_with("npm_")
        || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// A call with a variable's name, when what it calls reads variables.
fn by_name(helpers: &BTreeMap<&str, &Helper>, named: &NamedRead) -> Option<EnvRead> {
    let mut read = named.read.clone();
    if let Some(helper) = helpers.get(named.function.as_str()) {
        // What stands besides the name is a default only where the function falls back to it.
        if !helper.falls_back && read.demand == Demand::Optional {
            read.default = None;
            read.demand = helper.demand;
        }
        if read.demand == Demand::Unknown {
            read.demand = helper.demand;
        }
        return Some(read);
    }
    let receiver = named.receiver.as_deref().unwrap_or_default().to_ascii_lowercase();
    let function = named.function.as_str();
    let configures = receiver.contains("config")
        || receiver.contains("env")
        || receiver == "nconf"
        || receiver.contains("settings");
    match function {
        "getOrThrow" if configures => read.demand = Demand::Required,
        "get" | "getString" | "getNumber" | "getBoolean" | "getEnv" if configures => {
            if read.demand == Demand::Unknown {
                read.demand = super::source::bare_demand(&read.name);
            }
        }
        // Prisma's configuration, and functions that are named for what they do.
        "env" | "requireEnv" | "requiredEnv" | "mustGetEnv" | "getRequiredEnv" | "assertEnv" => {
            if read.demand == Demand::Unknown {
                read.demand = Demand::Required;
            }
        }
        "getEnv" | "getEnvVar" | "envVar" | "optionalEnv" | "readEnv" => {}
        _ => return None,
    }
    Some(read)
}

/// In a static site nothing is read later than at build time.
pub(crate) fn all_at_build(reads: &mut [EnvRead]) {
    for read in reads {
        read.phase = Phase::Build;
    }
}
