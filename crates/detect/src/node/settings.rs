//! Settings that modules keep under keys: Nest's `registerAs('db', () => ({ … }))` and configuration functions.

use super::source::{Module, Value};
use std::sync::Arc;

/// What is kept under a key like `db.host`, with the module that keeps it.
pub(crate) fn find<'m>(sources: &'m [Arc<Module>], key: &str) -> Option<(&'m Arc<Module>, &'m Value)> {
    sources.iter().find_map(|module| {
        let found = module.settings.iter().find_map(|(space, settings)| {
            let rest = match space.as_str() {
                "" => key,
                space => key.strip_prefix(space)?.strip_prefix('.')?,
            };
            rest.split('.').try_fold(settings, |at, part| at.property(part))
        })?;
        Some((module, found))
    })
}

/// What a call like `config.get('db.host')` asks for.
pub(crate) fn asked<'m>(sources: &'m [Arc<Module>], call: &Value) -> Option<(&'m Arc<Module>, &'m Value)> {
    match call {
        Value::Call(callee, arguments) if matches!(callee.last_name(), "get" | "getOrThrow") => {
            find(sources, arguments.first()?.as_text()?)
        }
        _ => None,
    }
}
