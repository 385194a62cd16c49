//! Libraries that read variables: django-environ, environs, python-decouple and Starlette's `Config`.

use super::index::Index;
use super::module::{Module, elements, literal};
use crate::env::Demand;
use model::facts::ValueCheck;
use rustpython_ruff_python_ast::{Expr, ExprCall};
use std::collections::BTreeMap;

/// A variable that a call of a library reads.
pub(crate) struct LibraryRead {
    /// Its name.
    pub(crate) name: String,
    /// Whether a value is needed.
    pub(crate) demand: Demand,
    /// The value it falls back to.
    pub(crate) default: Option<String>,
    /// What the value must be.
    pub(crate) check: Option<ValueCheck>,
}

/// What an object that is called to read variables is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Library {
    /// django-environ and environs: `env("X")`, `env.bool("X")`.
    Environ,
    /// python-decouple and Starlette: `config("X", cast=bool)`.
    Config,
}

/// Methods of django-environ that read a fixed variable when none is named.
const FIXED: &[(&str, &str)] = &[
    ("db", "DATABASE_URL"),
    ("db_url", "DATABASE_URL"),
    ("dj_db_url", "DATABASE_URL"),
    ("cache", "CACHE_URL"),
    ("cache_url", "CACHE_URL"),
    ("dj_cache_url", "CACHE_URL"),
    ("email", "EMAIL_URL"),
    ("email_url", "EMAIL_URL"),
    ("dj_email_url", "EMAIL_URL"),
    ("search_url", "SEARCH_URL"),
    ("channels_url", "CHANNELS_URL"),
    ("channels", "CHANNELS_URL"),
];

/// The defaults that `environ.Env(DEBUG=(bool, False))` declares.
pub(crate) fn scheme(module: &Module) -> BTreeMap<String, Option<String>> {
    let mut declared = BTreeMap::new();
    for (_, value, _) in module.assignments() {
        let Expr::Call(call) = value else { continue };
        if library_of(module, call) != Some(Library::Environ) {
            continue;
        }
        for keyword in &call.arguments.keywords {
            let default = elements(&keyword.value).get(1).copied();
            if let (Some(name), Some(default)) = (&keyword.arg, default) {
                declared.insert(name.to_string(), literal(default));
            }
        }
    }
    declared
}

fn library_of(module: &Module, call: &ExprCall) -> Option<Library> {
    match module.callee(call)?.as_str() {
        "environ.Env" | "environ.FileAwareEnv" | "environs.Env" | "environs.FileAwareEnv" => {
            Some(Library::Environ)
        }
        "decouple.AutoConfig" | "decouple.Config" | "starlette.config.Config" => Some(Library::Config),
        _ => None,
    }
}

/// What the name of an object stands for.
fn library(index: &Index<'_>, root: &str, module: &Module, name: &str) -> Option<Library> {
    let made = |module: &Module, name: &str| {
        let (_, value, _) = module.assignments().into_iter().rfind(|found| found.0 == name)?;
        match value {
            Expr::Call(call) => library_of(module, call),
            _ => None,
        }
    };
    let Some(dotted) = module.imports.get(name) else {
        // `from .base import *` brings the base's object.
        let starred =
            module.text.contains("import *") && module.assignments().iter().all(|found| found.0 != name);
        return made(module, name).or(if starred && name == "env" { Some(Library::Environ) } else { None });
    };
    match dotted.as_str() {
        "decouple.config" => Some(Library::Config),
        "environs.env" => Some(Library::Environ),
        dotted => {
            let (file, name) = index.locate(root, dotted)?;
            made(&*index.module(&file)?, &name)
        }
    }
}

/// What a call reads, when it is one of a library's.
pub(crate) fn read(
    index: &Index<'_>,
    root: &str,
    module: &Module,
    call: &ExprCall,
    scheme: &BTreeMap<String, Option<String>>,
) -> Option<LibraryRead> {
    let (object, method) = match &*call.func {
        Expr::Name(name) => (name.id.as_str(), None),
        Expr::Attribute(attribute) => match &*attribute.value {
            Expr::Name(name) => (name.id.as_str(), Some(attribute.attr.as_str())),
            _ => return None,
        },
        _ => return None,
    };
    let library = library(index, root, module, object)?;
    let arguments = &call.arguments;
    let named = arguments
        .find_positional(0)
        .or_else(|| arguments.find_keyword("var").map(|keyword| &keyword.value))
        .map(|name| module.text_of(name));
    let name = match named {
        Some(name) => name?,
        None => FIXED.iter().find(|(fixed, _)| method == Some(fixed)).map(|(_, name)| (*name).to_owned())?,
    };
    if library == Library::Config && method.is_some()
        || matches!(method, Some("read_env" | "prefixed" | "seal" | "parser_for" | "add_parser"))
    {
        return None;
    }
    let keyword = |name: &str| arguments.find_keyword(name).map(|keyword| &keyword.value);
    // The second argument of `env("X", …)` is the cast for django-environ and the default for environs: types are names.
    let positional = arguments
        .args
        .get(1)
        .filter(|value| library == Library::Environ && (method.is_some() || !matches!(value, Expr::Name(_))));
    let default = keyword("default").or(positional);
    let declared = scheme.get(&name);
    let cast = keyword("cast")
        .or_else(|| arguments.args.get(1).filter(|_| method.is_none() && library == Library::Config))
        .and_then(|cast| module.dotted(cast));
    let demand = if default.is_some() || declared.is_some() { Demand::Optional } else { Demand::Required };
    let default = default.and_then(|default| module.text_of(default)).or_else(|| declared.cloned().flatten());
    Some(LibraryRead { name, demand, default, check: check(method.or(cast.as_deref())) })
}

fn check(kind: Option<&str>) -> Option<ValueCheck> {
    Some(match kind?.rsplit('.').next()? {
        "bool" => ValueCheck::Boolean,
        "int" | "float" | "decimal" | "Decimal" => ValueCheck::Number,
        "url" | "db" | "db_url" | "dj_db_url" | "cache_url" | "dj_cache_url" | "email_url"
        | "dj_email_url" | "URL" => ValueCheck::Url,
        _ => return None,
    })
}

/// The prefix of `with env.prefixed("APP_")`.
pub(crate) fn prefixed(expr: &Expr) -> Option<String> {
    let Expr::Call(call) = expr else { return None };
    let Expr::Attribute(attribute) = &*call.func else { return None };
    (attribute.attr.as_str() == "prefixed")
        .then(|| call.arguments.find_positional(0).and_then(literal))
        .flatten()
}
