//! Schemas of settings: zod, joi, valibot, yup, envalid, env-var, convict and JSON schemas.

use super::is_variable_name;
use super::value::{Reader, Value, key_text};
use crate::env::Demand;
use model::facts::ValueCheck;
use oxc_ast::ast::{Argument, Expression, ObjectExpression, ObjectPropertyKind};

/// What a schema says of one variable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Declared {
    /// The variable, or the property that holds it.
    pub key: String,
    /// Where the key stands.
    pub offset: u32,
    /// Whether a value is needed.
    pub demand: Demand,
    /// The default.
    pub default: Option<String>,
    /// What the value must be.
    pub check: Option<ValueCheck>,
}

/// What the properties of an object declare, when it is the body of a schema.
pub(crate) fn declared(reader: &Reader, object: &ObjectExpression<'_>) -> Vec<Declared> {
    let properties = || {
        object.properties.iter().filter_map(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) => Some((key_text(&property.key)?, property)),
            ObjectPropertyKind::SpreadProperty(_) => None,
        })
    };
    let named =
        |key: &str, offset: u32, declared: Declared| Declared { key: key.to_owned(), offset, ..declared };
    let mut found: Vec<Declared> = properties()
        .filter_map(|(key, property)| {
            Some(named(&key, property.span.start, of_expression(reader, &property.value)?))
        })
        .collect();
    // Beside members that are schemas, one that begins with a name of the file's own is a schema kept in a variable.
    if !found.is_empty() && found.len() * 2 >= properties().count() {
        let demand = found[0].demand;
        let known: Vec<String> = found.iter().map(|declared| declared.key.clone()).collect();
        found.extend(
            properties().filter(|(key, _)| is_variable_name(key) && !known.contains(key)).filter_map(
                |(key, property)| {
                    Some(named(&key, property.span.start, of_variable(reader, &property.value, demand)?))
                },
            ),
        );
    }
    found
}

/// `duration.default('15m')`, where `duration` is a schema: its calls tell, and for the rest it demands what its
/// neighbours' library does.
fn of_variable(reader: &Reader, expression: &Expression<'_>, neighbour: Demand) -> Option<Declared> {
    let chain = chain(expression)?;
    let demand = if chain.calls.is_empty() { neighbour } else { Demand::Optional };
    let mut declared = Declared { key: String::new(), offset: 0, demand, default: None, check: None };
    for (name, arguments) in &chain.calls {
        apply(reader, &mut declared, name, arguments);
    }
    Some(declared)
}

/// A chain of calls: its root's name and each call with its arguments, the innermost first.
struct Chain<'b, 'a> {
    root: &'b str,
    calls: Vec<(&'b str, &'b [Argument<'a>])>,
}

fn chain<'b, 'a>(expression: &'b Expression<'a>) -> Option<Chain<'b, 'a>> {
    let mut calls: Vec<(&str, &[Argument<'a>])> = Vec::new();
    let mut at = expression.get_inner_expression();
    loop {
        match at {
            Expression::CallExpression(call) => match call.callee.get_inner_expression() {
                Expression::StaticMemberExpression(member) => {
                    calls.push((member.property.name.as_str(), &call.arguments));
                    at = member.object.get_inner_expression();
                }
                Expression::Identifier(name) => {
                    calls.push((name.name.as_str(), &call.arguments));
                    calls.reverse();
                    return Some(Chain { root: name.name.as_str(), calls });
                }
                _ => return None,
            },
            // `z.coerce.number()`.
            Expression::StaticMemberExpression(member) => at = member.object.get_inner_expression(),
            Expression::Identifier(name) => {
                calls.reverse();
                return Some(Chain { root: name.name.as_str(), calls });
            }
            _ => return None,
        }
    }
}

/// envalid's validators; they are plain functions.
const ENVALID: &[&str] = &["str", "num", "bool", "email", "host", "port", "url", "json", "makeValidator"];

/// Names under which schema libraries are imported.
const ROOTS: &[&str] =
    &["z", "zod", "Joi", "joi", "v", "yup", "Yup", "s", "t", "Type", "vine", "envalid", "Env"];

fn of_expression(reader: &Reader, expression: &Expression<'_>) -> Option<Declared> {
    let chain = chain(expression)?;
    let root = chain.root;
    let validator = ENVALID.contains(&root) || root == "envalid";
    if chain.calls.is_empty() || !(ROOTS.contains(&root) || validator) {
        return None;
    }
    let joi = matches!(root, "Joi" | "joi" | "yup" | "Yup");
    let mut declared = Declared {
        key: String::new(),
        offset: 0,
        demand: if joi { Demand::Optional } else { Demand::Required },
        default: None,
        check: None,
    };
    for (name, arguments) in &chain.calls {
        apply(reader, &mut declared, name, arguments);
    }
    if validator {
        apply_options(reader, &mut declared, chain.calls.last()?.1);
    }
    Some(declared)
}

/// What one call of a chain adds.
fn apply(reader: &Reader, declared: &mut Declared, name: &str, arguments: &[Argument<'_>]) {
    let first = arguments.first().map_or(Value::Unknown, |argument| reader.argument(argument));
    match name {
        "default" | "catch" | "prefault" | "fallback" => {
            declared.demand = Demand::Optional;
            declared.default = first.as_default();
        }
        "optional" | "nullish" | "notRequired" | "Optional" => {
            declared.demand = Demand::Optional;
            inner(reader, declared, arguments);
            let default = arguments.get(1).and_then(|argument| reader.argument(argument).as_default());
            declared.default = default.or_else(|| declared.default.take());
            declared.demand = Demand::Optional;
        }
        "pipe" | "union" | "preprocess" | "nullable" => inner(reader, declared, arguments),
        "required" | "exist" => declared.demand = Demand::Required,
        "number" | "port" | "num" | "int" | "integer" | "Number" => declared.check = Some(ValueCheck::Number),
        "boolean" | "bool" | "stringbool" => declared.check = Some(ValueCheck::Boolean),
        "url" | "uri" => declared.check = Some(ValueCheck::Url),
        "min" | "minLength" | "length" => {
            if let (Value::Number(length), None) = (&first, &declared.check) {
                // A schema's length is a small whole number; a larger one is no length.
                let length = if (1.0..10_000.0).contains(length) { *length as u32 } else { 1 };
                declared.check = Some(ValueCheck::Text { min_length: length });
            }
        }
        "nonempty" => declared.check = declared.check.take().or(Some(ValueCheck::Text { min_length: 1 })),
        "enum" | "picklist" | "nativeEnum" | "valid" | "oneOf" => {
            let items = match first {
                Value::List(items) => items,
                _ => arguments.iter().map(|argument| reader.argument(argument)).collect(),
            };
            let values: Vec<String> = items.iter().filter_map(Value::as_default).collect();
            if !values.is_empty() && values.len() == items.len() {
                declared.check = Some(ValueCheck::OneOf { values });
            }
        }
        _ => {}
    }
}

/// Schemas given as arguments: `v.pipe(v.string(), v.minLength(32))`.
fn inner(reader: &Reader, declared: &mut Declared, arguments: &[Argument<'_>]) {
    for argument in arguments.iter().filter_map(Argument::as_expression) {
        if let Some(inner) = of_expression(reader, argument) {
            declared.check = inner.check.or_else(|| declared.check.take());
            declared.default = inner.default.or_else(|| declared.default.take());
            if inner.demand == Demand::Optional {
                declared.demand = Demand::Optional;
            }
        }
    }
}

/// envalid: `port({ default: 3000, choices: [...] })`. `devDefault` holds in development only.
fn apply_options(reader: &Reader, declared: &mut Declared, arguments: &[Argument<'_>]) {
    let Some(options) = arguments.first().map(|argument| reader.argument(argument)) else { return };
    if let Some(default) = options.property("default") {
        declared.demand = Demand::Optional;
        declared.default = default.as_default();
    }
    if let Some(Value::List(items)) = options.property("choices") {
        declared.check =
            Some(ValueCheck::OneOf { values: items.iter().filter_map(Value::as_default).collect() });
    }
}

/// convict (`{ env: 'PORT', default: 3000 }`) and JSON schemas (`{ required: ['A'], properties: { A: { type, default } } }`).
pub(crate) fn described(reader: &Reader, object: &ObjectExpression<'_>) -> Vec<Declared> {
    let value = |name: &str| {
        object.properties.iter().find_map(|property| match property {
            ObjectPropertyKind::ObjectProperty(property)
                if key_text(&property.key).as_deref() == Some(name) =>
            {
                Some((property.span.start, reader.value(&property.value)))
            }
            _ => None,
        })
    };
    if let (Some((offset, Value::Text(env))), Some((_, default))) = (value("env"), value("default"))
        && is_variable_name(&env)
    {
        let default = default.as_default();
        let demand = Demand::Optional;
        return vec![Declared { key: env, offset, demand, default, check: None }];
    }
    let (Some((offset, Value::Object(properties))), Some((_, required))) =
        (value("properties"), value("required"))
    else {
        return Vec::new();
    };
    let required: Vec<&str> = match &required {
        Value::List(items) => items.iter().filter_map(Value::as_text).collect(),
        _ => Vec::new(),
    };
    properties
        .iter()
        .filter(|(key, _)| is_variable_name(key))
        .map(|(key, schema)| {
            let default = schema.property("default").and_then(Value::as_default);
            let needed = required.contains(&key.as_str()) && default.is_none();
            let demand = if needed { Demand::Required } else { Demand::Optional };
            let check = match schema.property("type").and_then(Value::as_text) {
                Some("number" | "integer") => Some(ValueCheck::Number),
                Some("boolean") => Some(ValueCheck::Boolean),
                _ => None,
            };
            Declared { key: key.clone(), offset, demand, default, check }
        })
        .collect()
}
