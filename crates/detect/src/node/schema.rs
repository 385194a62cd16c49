//! Schemas of settings whose fields are calls: zod, joi, valibot, yup, typebox, envalid, vine. A field may be made in place, by
//! a constant or by a function, of its own file or of another one of the project.

mod chain;
mod rule;

use super::graph::Modules;
use super::source::{Field, Module, Value, is_variable_name};
use crate::env::{Demand, EnvRead};
use chain::Style;
use model::Place;
use model::facts::{RequiredWhen, ValueCheck};
use std::sync::Arc;

/// What a schema says of one variable.
#[derive(Debug, Clone, PartialEq)]
struct Declared {
    demand: Demand,
    default: Option<String>,
    check: Option<ValueCheck>,
    required_when: Option<RequiredWhen>,
}

/// The variables that a module's schemas declare.
pub(crate) fn reads(modules: &Modules<'_>, module: &Arc<Module>) -> Vec<EnvRead> {
    module.shapes.iter().flat_map(|shape| of_shape(modules, module, shape)).collect()
}

fn of_shape(modules: &Modules<'_>, module: &Arc<Module>, shape: &[Field]) -> Vec<EnvRead> {
    let read = |field: &Field, declared: Declared| {
        let bare = EnvRead::new(field.key.clone(), Place::new(&module.path, field.line));
        let when = declared.required_when.map(|when| EnvRead { required_when: Some(when), ..bare.clone() });
        let Declared { demand, default, check, .. } = declared;
        std::iter::once(EnvRead { demand, default, check, ..bare }).chain(when)
    };
    let (mut found, mut others, mut demand) = (Vec::new(), Vec::new(), None);
    let mut fields = 0;
    for field in shape {
        match of_value(modules, module, &field.value) {
            Some(declared) => {
                demand.get_or_insert(declared.demand);
                fields += 1;
                found.extend(read(field, declared));
            }
            None => others.push(field),
        }
    }
    // Beside members that are schemas, one that begins with a name that leads nowhere is a schema of a library's own.
    if let (Some(demand), true) = (demand, fields * 2 >= shape.len()) {
        let unknown = others.into_iter().filter_map(|field| {
            let chain = chain::unknown(module, &field.value)?;
            let demand = if chain.calls.is_empty() { demand } else { Demand::Optional };
            Some(read(field, rule::applied(modules, &chain, demand)))
        });
        found.extend(unknown.flatten());
    }
    found.retain(|read| is_variable_name(&read.name));
    found
}

/// A field's value as a schema, when it is one.
fn of_value(modules: &Modules<'_>, module: &Arc<Module>, value: &Value) -> Option<Declared> {
    let chain = chain::of(modules, module, value)?;
    // A variable holds one text, which joi alone would take apart; what parses is no schema any more.
    let compound =
        chain.is_compound() && (chain.style == Style::Demanding || !matches!(value, Value::Call(..)));
    if compound || chain.calls.iter().any(|call| rule::ends(&call.name)) {
        return None;
    }
    let demand = match chain.style {
        Style::Demanding | Style::Validator => Demand::Required,
        Style::Lenient => Demand::Optional,
    };
    (!chain.calls.is_empty()).then(|| rule::applied(modules, &chain, demand))
}
