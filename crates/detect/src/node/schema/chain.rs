//! From an expression to the chain of calls on a schema library that it comes to, over constants, functions and files.

use crate::node::graph::{Found, Modules};
use crate::node::source::{Maker, Module, Value};
use std::sync::Arc;

/// How deep names are followed.
const DEPTH: u8 = 40;

/// How a library's schemas treat a value that is not there, and how they are told what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A value is needed unless a call says otherwise.
    Demanding,
    /// A value is needed only when a call says so.
    Lenient,
    /// A value is needed, and the options of the call say the rest.
    Validator,
}

/// Calls on a schema library, the innermost first.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub(super) style: Style,
    pub(super) calls: Vec<Link>,
}

/// One call, with the module in which the names of its arguments are known.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) module: Arc<Module>,
    pub(super) name: String,
    pub(super) arguments: Vec<Value>,
}

impl Chain {
    const fn new(style: Style) -> Self {
        Self { style, calls: Vec::new() }
    }

    fn then(mut self, module: &Arc<Module>, name: &str, arguments: &[Value]) -> Self {
        let module = Arc::clone(module);
        self.calls.push(Link { module, name: name.to_owned(), arguments: arguments.to_vec() });
        self
    }

    /// Whether it describes several values at once.
    pub(super) fn is_compound(&self) -> bool {
        const COMPOUND: &[&str] =
            &["object", "strictObject", "looseObject", "array", "tuple", "record", "map", "set"];
        let first = self.calls.first();
        first.is_some_and(|call| COMPOUND.iter().any(|compound| call.name.eq_ignore_ascii_case(compound)))
    }
}

/// Packages that schemas come from, and how theirs are.
const LIBRARIES: &[(&str, Style)] = &[
    ("zod", Style::Demanding),
    ("valibot", Style::Demanding),
    ("@sinclair/typebox", Style::Demanding),
    ("typebox", Style::Demanding),
    ("@fastify/type-provider-typebox", Style::Demanding),
    ("elysia", Style::Demanding),
    ("superstruct", Style::Demanding),
    ("@vinejs/vine", Style::Demanding),
    ("joi", Style::Lenient),
    ("@hapi/joi", Style::Lenient),
    ("yup", Style::Lenient),
    ("envalid", Style::Validator),
];

/// Names under which schema libraries are known where no import tells, and whether nothing else is called so.
const ROOTS: &[(&str, Style, bool)] = &[
    ("z", Style::Demanding, true),
    ("zod", Style::Demanding, true),
    ("Joi", Style::Lenient, true),
    ("joi", Style::Lenient, true),
    ("yup", Style::Lenient, true),
    ("Yup", Style::Lenient, true),
    ("envalid", Style::Validator, true),
    ("vine", Style::Demanding, true),
    ("Env", Style::Demanding, true),
    ("v", Style::Demanding, false),
    ("s", Style::Demanding, false),
    ("t", Style::Demanding, false),
    ("Type", Style::Demanding, false),
];

/// envalid's validators; they are plain functions.
const ENVALID: &[&str] = &["str", "num", "bool", "email", "host", "port", "url", "json", "makeValidator"];

fn library(source: &str) -> Option<Style> {
    let is =
        |name: &str| source.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    LIBRARIES.iter().find(|(name, _)| is(name)).map(|(_, style)| *style)
}

/// The chain that a value of a module comes to.
pub(super) fn of(modules: &Modules<'_>, module: &Arc<Module>, value: &Value) -> Option<Chain> {
    expand(modules, module, value, DEPTH)
}

/// The calls on a name that leads nowhere in the project: `duration.default('15m')`. Its library is not known.
pub(super) fn unknown(module: &Arc<Module>, value: &Value) -> Option<Chain> {
    match value {
        Value::Name(_) => Some(Chain::new(Style::Demanding)),
        Value::Call(callee, arguments) => match &**callee {
            Value::Name(name) => Some(Chain::new(Style::Demanding).then(module, name, arguments)),
            Value::Member(object, name) => Some(unknown(module, object)?.then(module, name, arguments)),
            _ => None,
        },
        Value::Member(object, _) => unknown(module, object),
        _ => None,
    }
}

fn expand(modules: &Modules<'_>, module: &Arc<Module>, value: &Value, depth: u8) -> Option<Chain> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Call(callee, arguments) => called(modules, module, callee, arguments, depth),
        Value::Module(source) => library(source).map(Chain::new),
        Value::Name(name) => {
            let found = modules.named(module, name);
            let expanded = found.as_ref().and_then(|found| match &found.value {
                // A function that nobody calls.
                Value::Name(same) if found.module.makers.contains_key(same) => None,
                inner => expand(modules, &found.module, inner, depth),
            });
            let imported = || library(&module.imports.get(name)?.source).map(Chain::new);
            expanded.or_else(imported).or_else(|| {
                let (_, style, alone) = ROOTS.iter().find(|(root, ..)| root == name)?;
                (*alone || found.is_none()).then_some(Chain::new(*style))
            })
        }
        Value::Member(object, property) => {
            if let Some(found) = modules.held_in(module, object, property) {
                return expand(modules, &found.module, &found.value, depth);
            }
            // `z.coerce` is as good as `z`; a property of a schema is none.
            expand(modules, module, object, depth).filter(|chain| chain.calls.is_empty())
        }
        _ => None,
    }
}

fn called(
    modules: &Modules<'_>,
    module: &Arc<Module>,
    callee: &Value,
    arguments: &[Value],
    depth: u8,
) -> Option<Chain> {
    let depth = depth.checked_sub(1)?;
    let passed = |found: &Found| {
        let arguments: Vec<Value> =
            arguments.iter().map(|argument| modules.evaluate(module, argument).value).collect();
        match &found.value {
            Value::Name(name) if let Some(maker) = found.module.makers.get(name) => {
                expand(modules, &found.module, &filled(maker, &arguments), depth)
            }
            inner => called(modules, &found.module, inner, &arguments, depth),
        }
    };
    match callee {
        Value::Name(name) => {
            if let Some(found) = modules.named(module, name) {
                return passed(&found);
            }
            let import = module.imports.get(name);
            let (style, name) = match import {
                Some(import) => (library(&import.source)?, import.name.as_str()),
                None => (Style::Validator, ENVALID.iter().copied().find(|known| known == name)?),
            };
            Some(Chain::new(style).then(module, name, arguments))
        }
        Value::Member(object, method) => match modules.held_in(module, object, method) {
            Some(found) => passed(&found),
            None => Some(expand(modules, module, object, depth)?.then(module, method, arguments)),
        },
        // `makeValidator(…)({ default: 1 })`
        Value::Call(..) => Some(expand(modules, module, callee, depth)?.then(module, "", arguments)),
        _ => None,
    }
}

/// What a function comes out with for arguments.
fn filled(maker: &Maker, arguments: &[Value]) -> Value {
    let parameters: Vec<(&str, &Value)> =
        maker.parameters.iter().map(String::as_str).zip(arguments).collect();
    replaced(&maker.outcome, &parameters)
}

fn replaced(value: &Value, with: &[(&str, &Value)]) -> Value {
    let all = |values: &[Value]| values.iter().map(|value| replaced(value, with)).collect();
    match value {
        Value::Name(name) => with
            .iter()
            .find(|(parameter, _)| parameter == name)
            .map_or_else(|| value.clone(), |(_, to)| (*to).clone()),
        Value::Call(callee, arguments) => Value::Call(Box::new(replaced(callee, with)), all(arguments)),
        Value::Member(object, name) => Value::Member(Box::new(replaced(object, with)), name.clone()),
        Value::List(items) => Value::List(all(items)),
        Value::Object(properties) => Value::Object(
            properties.iter().map(|(key, value)| (key.clone(), replaced(value, with))).collect(),
        ),
        other => other.clone(),
    }
}
