//! Classes with decorators: Nest controllers and classes that validate the environment.

use super::is_variable_name;
use super::schema::Declared;
use super::value::{Reader, Value, key_text};
use crate::env::Demand;
use model::facts::ValueCheck;
use oxc_ast::ast::{Class, ClassElement, Decorator, Expression};

/// A Nest controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Controller {
    /// Its paths.
    pub prefixes: Vec<String>,
    /// Its version, where controllers have versions in their paths.
    pub version: Option<String>,
    /// The paths of its `@Get`s.
    pub gets: Vec<String>,
}

fn decorator<'b, 'a>(
    decorators: &'b [Decorator<'a>],
    name: &str,
) -> Option<&'b [oxc_ast::ast::Argument<'a>]> {
    decorators.iter().find_map(|decorator| match &decorator.expression {
        Expression::CallExpression(call) => match &call.callee {
            Expression::Identifier(callee) if callee.name == name => Some(call.arguments.as_slice()),
            _ => None,
        },
        _ => None,
    })
}

/// The texts that a decorator's argument names: `'a'`, `['a', 'b']`, `{ path: 'a' }`; nothing is the empty path.
fn paths(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Text(text)) => vec![text.clone()],
        Some(Value::List(items)) => {
            items.iter().filter_map(|item| item.as_text().map(str::to_owned)).collect()
        }
        Some(object @ Value::Object(_)) => paths(object.property("path")),
        _ => vec![String::new()],
    }
}

/// A class as a controller.
pub(crate) fn controller(reader: &Reader, class: &Class<'_>) -> Option<Controller> {
    let arguments = decorator(&class.decorators, "Controller")?;
    let argument = arguments.first().map(|argument| reader.argument(argument));
    let version = argument.as_ref().and_then(|value| value.property("version")?.as_text().map(str::to_owned));
    let mut gets = Vec::new();
    for element in &class.body.body {
        if let ClassElement::MethodDefinition(method) = element
            && let Some(arguments) =
                decorator(&method.decorators, "Get").or_else(|| decorator(&method.decorators, "All"))
        {
            let argument = arguments.first().map(|argument| reader.argument(argument));
            gets.extend(paths(argument.as_ref()));
        }
    }
    Some(Controller { prefixes: paths(argument.as_ref()), version, gets })
}

/// What a class of class-validator rules declares, when its properties are named like variables.
pub(crate) fn declared(reader: &Reader, class: &Class<'_>) -> Vec<Declared> {
    let mut found = Vec::new();
    for element in &class.body.body {
        let ClassElement::PropertyDefinition(property) = element else { continue };
        let Some(key) = key_text(&property.key).filter(|key| is_variable_name(key)) else { continue };
        if property.decorators.is_empty() || property.r#static {
            continue;
        }
        let has = |name: &str| decorator(&property.decorators, name).is_some();
        let default = property.value.as_ref().map(|value| reader.value(value));
        let optional = has("IsOptional") || property.optional || default.is_some();
        let check = if has("IsNumber") || has("IsInt") || has("IsPort") || has("IsNumberString") {
            Some(ValueCheck::Number)
        } else if has("IsBoolean") {
            Some(ValueCheck::Boolean)
        } else if has("IsUrl") {
            Some(ValueCheck::Url)
        } else {
            None
        };
        found.push(Declared {
            key: key.to_owned(),
            offset: property.span.start,
            demand: if optional { Demand::Optional } else { Demand::Required },
            default: default.and_then(|value| value.as_default()),
            check,
        });
    }
    found
}
