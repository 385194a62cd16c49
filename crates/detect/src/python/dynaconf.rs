//! Settings of dynaconf: keys of its files and validators, which the environment overrides under a prefix.

use super::index::{Index, Marks};
use super::module::{Module, elements, literal};
use crate::env::{Demand, EnvRead};
use crate::path;
use model::Place;
use rustpython_ruff_python_ast::{Expr, ExprCall};
use serde_json::Value;

/// Every variable that the settings objects of the given modules read.
pub(crate) fn reads(index: &Index<'_>, files: &[&str]) -> Vec<EnvRead> {
    let marked = files.iter().filter(|file| index.marks(file).any(Marks::ENV));
    let mut found = Vec::new();
    for module in marked.filter_map(|file| index.module(file)) {
        for (_, value, _) in module.assignments() {
            if let Expr::Call(call) = value
                && let Some(prefix) = prefix(&module, call)
            {
                found.extend(stated(index, &module, call, &prefix));
                found.extend(validated(&module, call, &prefix));
            }
        }
    }
    found
}

/// What stands in front of every name, when a call makes a settings object.
fn prefix(module: &Module, call: &ExprCall) -> Option<String> {
    let usual = match module.callee(call)?.as_str() {
        "dynaconf.Dynaconf" | "dynaconf.LazySettings" => "DYNACONF",
        "dynaconf.DjangoDynaconf" => "DJANGO",
        _ => return None,
    };
    let stated = call.arguments.find_keyword("envvar_prefix").map(|keyword| &keyword.value);
    Some(match stated {
        Some(Expr::BooleanLiteral(off)) if !off.value => String::new(),
        Some(value) => module.text_of(value).unwrap_or_else(|| usual.to_owned()).to_ascii_uppercase() + "_",
        None => format!("{usual}_"),
    })
}

/// The keys of the settings files, whose values are defaults.
fn stated(index: &Index<'_>, module: &Module, call: &ExprCall, prefix: &str) -> Vec<EnvRead> {
    let named = ["settings_files", "settings_file"].iter().find_map(|name| call.arguments.find_keyword(name));
    let named: Vec<String> = match named.map(|keyword| &keyword.value) {
        Some(Expr::StringLiteral(text)) => vec![text.value.to_str().to_owned()],
        Some(list) => elements(list).into_iter().filter_map(literal).collect(),
        None => vec!["settings.toml".to_owned(), "config/settings.toml".to_owned()],
    };
    let repository = index.repository;
    let mut found = Vec::new();
    for name in named.iter().filter(|name| name.ends_with(".toml") && !path::file_name(name).starts_with('.'))
    {
        let folders = path::ancestors(path::parent(&module.path));
        let file = folders.map(|folder| path::join(folder, name)).find(|file| repository.has(file));
        let Some((file, document)) = file.and_then(|file| Some((file.clone(), repository.toml(&file)?)))
        else {
            continue;
        };
        let table = document.get("default").or_else(|| document.get("DEFAULT")).unwrap_or(&document);
        for (key, value) in table.as_object().into_iter().flatten() {
            let default = match value {
                Value::String(text) => Some(text.clone()),
                Value::Bool(is) => Some(is.to_string()),
                Value::Number(number) => Some(number.to_string()),
                Value::Null | Value::Array(_) => None,
                // A table of its own, or another environment.
                Value::Object(_) => continue,
            };
            let read = EnvRead::new(variable(prefix, key), repository.place_of(&file, key));
            found.push(EnvRead { demand: Demand::Optional, default, ..read });
        }
    }
    found
}

/// `Validator("SECRET_KEY", must_exist=True)`.
fn validated(module: &Module, call: &ExprCall, prefix: &str) -> Vec<EnvRead> {
    let list = call.arguments.find_keyword("validators").map(|keyword| elements(&keyword.value));
    let mut found = Vec::new();
    for validator in list.unwrap_or_default() {
        let Expr::Call(validator) = validator else { continue };
        let keyword = |name: &str| validator.arguments.find_keyword(name).map(|keyword| &keyword.value);
        let must = ["must_exist", "required"].iter().filter_map(|name| keyword(name));
        let must = must.into_iter().any(|value| matches!(value, Expr::BooleanLiteral(is) if is.value));
        let default = keyword("default").and_then(literal);
        let demand = match (must, keyword("default")) {
            (_, Some(_)) => Demand::Optional,
            (true, None) => Demand::Assumed,
            (false, None) => Demand::Unknown,
        };
        for name in validator.arguments.args.iter().filter_map(literal) {
            let place: Place = module.place(validator);
            let read = EnvRead::new(variable(prefix, &name), place);
            found.push(EnvRead { demand, default: default.clone(), ..read });
        }
    }
    found
}

fn variable(prefix: &str, key: &str) -> String {
    format!("{prefix}{}", key.replace('.', "__").to_ascii_uppercase())
}
