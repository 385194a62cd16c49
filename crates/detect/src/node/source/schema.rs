//! Schemas of settings: objects whose members may be calls, convict's and JSON schemas, arktype's definitions.

use super::is_variable_name;
use super::value::{Reader, Value, key_text};
use crate::env::Demand;
use model::facts::ValueCheck;
use oxc_ast::ast::{Expression, ObjectExpression, ObjectProperty, ObjectPropertyKind};

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

/// A member of an object that may be a schema of settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    /// Its key.
    pub key: String,
    /// Where the key stands.
    pub line: u32,
    /// What it is.
    pub value: Value,
}

/// The members of an object, when one of them is called like a variable; `line` tells the line of an offset.
pub(crate) fn shape(
    reader: &Reader,
    object: &ObjectExpression<'_>,
    line: impl Fn(u32) -> u32,
) -> Option<Vec<Field>> {
    let properties = || {
        object.properties.iter().filter_map(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) => {
                Some((key_text(&property.key)?.to_owned(), property))
            }
            ObjectPropertyKind::SpreadProperty(_) => None,
        })
    };
    // What is neither called nor named is no schema.
    let may_be = |value: &Expression<'_>| {
        matches!(
            value.get_inner_expression(),
            Expression::CallExpression(_) | Expression::Identifier(_) | Expression::StaticMemberExpression(_)
        )
    };
    properties().find(|(key, property)| is_variable_name(key) && may_be(&property.value))?;
    let field = |(key, property): (String, &oxc_allocator::Box<'_, ObjectProperty<'_>>)| Field {
        key,
        line: line(property.span.start),
        value: if may_be(&property.value) { reader.value(&property.value) } else { Value::Unknown },
    };
    Some(properties().map(field).collect())
}

/// convict (`{ env: 'PORT', default: 3000 }`) and JSON schemas (`{ required: ['A'], properties: { A: { type, default } } }`).
pub(crate) fn described(reader: &Reader, object: &ObjectExpression<'_>) -> Vec<Declared> {
    let value = |name: &str| {
        object.properties.iter().find_map(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) if key_text(&property.key) == Some(name) => {
                Some((property.span.start, reader.value(&property.value)))
            }
            _ => None,
        })
    };
    if let Some((offset, Value::Text(env))) = value("env")
        && let Some((_, default)) = value("default")
        && is_variable_name(&env)
    {
        let default = default.as_default();
        let demand = Demand::Optional;
        return vec![Declared { key: env, offset, demand, default, check: None }];
    }
    let Some((offset, Value::Object(properties))) = value("properties") else { return Vec::new() };
    let Some((_, required)) = value("required") else { return Vec::new() };
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

/// arktype: `type({ PORT: 'string.integer.parse', 'SENTRY_DSN?': 'string', MODE: "'dev' | 'prod' = 'dev'" })`.
pub(crate) fn defined(reader: &Reader, object: &ObjectExpression<'_>) -> Vec<Declared> {
    let properties = object.properties.iter().filter_map(|property| match property {
        ObjectPropertyKind::ObjectProperty(property) => {
            let Value::Text(definition) = reader.value(&property.value) else { return None };
            Some((key_text(&property.key)?.to_owned(), property.span.start, definition))
        }
        ObjectPropertyKind::SpreadProperty(_) => None,
    });
    properties
        .filter_map(|(key, offset, definition)| {
            let name = key.trim_end_matches('?');
            let (kind, default) = match definition.split_once(" = ") {
                Some((kind, default)) => (kind, Some(default.trim().trim_matches(['\'', '"']).to_owned())),
                None => (definition.as_str(), None),
            };
            let optional = default.is_some() || name.len() < key.len();
            let demand = if optional { Demand::Optional } else { Demand::Required };
            let check = definition_check(kind.trim());
            is_variable_name(name).then(|| Declared { key: name.to_owned(), offset, demand, default, check })
        })
        .collect()
}

fn definition_check(kind: &str) -> Option<ValueCheck> {
    let word = |text: &str| Some(text.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
    if let Some(values) = kind.split('|').map(word).collect() {
        return Some(ValueCheck::OneOf { values });
    }
    match kind {
        "string.url" | "string.url.parse" => Some(ValueCheck::Url),
        "number" | "boolean" => None,
        _ if ["string.integer", "string.numeric"].iter().any(|start| kind.starts_with(start)) => {
            Some(ValueCheck::Number)
        }
        _ => {
            let length: u32 = kind.strip_prefix("string")?.trim().strip_prefix(">=")?.trim().parse().ok()?;
            Some(ValueCheck::Text { min_length: length })
        }
    }
}
