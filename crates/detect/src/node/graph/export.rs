//! What names stand for in other modules.

use super::{Found, Modules};
use crate::node::source::{Import, Module, Value};
use std::sync::Arc;

/// How many modules a name is followed through.
const DEPTH: u8 = 12;

impl Modules<'_> {
    /// What an import stands for.
    pub(crate) fn import(&self, module: &Module, import: &Import, depth: u8) -> Option<Found> {
        let depth = depth.checked_sub(1)?;
        let found = self.held_by_import(module, import, depth)?;
        Some(self.follow(&found.module, &found.value, depth))
    }

    /// What a name of a module is, as it stands where it is defined: the name itself there when it is a function. `None` for
    /// what comes from outside of the project.
    pub(crate) fn named(&self, module: &Arc<Module>, name: &str) -> Option<Found> {
        if let Some(import) = module.imports.get(name) {
            return self.held_by_import(module, import, DEPTH);
        }
        let here = |value: Value| Some(Found { module: Arc::clone(module), value });
        if module.makers.contains_key(name) {
            return here(Value::Name(name.to_owned()));
        }
        here(module.constants.get(name).filter(|value| !is_name(value, name))?.clone())
    }

    /// What is kept under a name of an object or of a whole module: `fields.url`.
    pub(crate) fn held_in(&self, module: &Arc<Module>, object: &Value, property: &str) -> Option<Found> {
        let Value::Name(name) = object else { return None };
        if let Some(import) = module.imports.get(name)
            && import.name == "*"
        {
            let import = Import { source: import.source.clone(), name: property.to_owned() };
            return self.held_by_import(module, &import, DEPTH);
        }
        let held = self.named(module, name)?;
        let value = held.value.property(property)?.clone();
        Some(Found { module: held.module, value })
    }

    fn held_by_import(&self, module: &Module, import: &Import, depth: u8) -> Option<Found> {
        let target = self.get(&self.resolve(&module.path, &import.source)?)?;
        let found = self.held(&target, &import.name, depth)?;
        // One name for another: `export { a as b }`, `export default a`.
        match &found.value {
            Value::Name(name) if !found.module.makers.contains_key(name) => {
                let next = found.module.imports.get(name).filter(|_| depth > 0);
                match next {
                    Some(import) => self.held_by_import(&found.module, import, depth - 1).or(Some(found)),
                    None => Some(found),
                }
            }
            _ => Some(found),
        }
    }

    /// An export as it stands in the module that defines it.
    fn held(&self, target: &Arc<Module>, name: &str, depth: u8) -> Option<Found> {
        let depth = depth.checked_sub(1)?;
        let wanted = if name == "*" { "default" } else { name };
        let here = |value: Value| Some(Found { module: Arc::clone(target), value });
        if let Some(value) = target.exports.get(wanted) {
            return here(value.clone());
        }
        if target.constants.contains_key(wanted) || target.makers.contains_key(wanted) {
            return here(Value::Name(wanted.to_owned()));
        }
        // `module.exports = { router }`.
        if let Some(whole @ Value::Object(_)) = target.exports.get("default")
            && let Some(value) = whole.property(wanted)
        {
            return here(value.clone());
        }
        target.stars.iter().find_map(|source| {
            let next = self.get(&self.resolve(&target.path, source)?)?;
            self.held(&next, name, depth)
        })
    }
}

fn is_name(value: &Value, name: &str) -> bool {
    matches!(value, Value::Name(same) if same == name)
}
