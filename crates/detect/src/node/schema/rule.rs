//! What each call on a schema adds.

use super::chain::{Chain, Link, Style};
use super::{Declared, of_value};
use crate::env::Demand;
use crate::node::graph::Modules;
use crate::node::source::Value;
use model::facts::{RequiredWhen, ValueCheck};

/// Whether a call gives what was read, and no schema any more.
pub(super) fn ends(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "parse",
        "safeParse",
        "parseAsync",
        "safeParseAsync",
        "validate",
        "validateSync",
        "validateAsync",
        "attempt",
        "cast",
        "cleanEnv",
        "createEnv",
        "customCleanEnv",
        "listen",
    ];
    ENDS.contains(&name)
}

/// What a chain says all in all, of a field of which a value is needed as `demand` says.
pub(super) fn applied(modules: &Modules<'_>, chain: &Chain, demand: Demand) -> Declared {
    let mut declared = Declared { demand, default: None, check: None, required_when: None };
    for link in &chain.calls {
        apply(modules, &mut declared, link);
    }
    if let (Style::Validator, Some(last)) = (chain.style, chain.calls.last()) {
        options(modules, &mut declared, last);
    }
    declared
}

/// What an argument is, wherever the names in it lead.
fn argument(modules: &Modules<'_>, link: &Link, at: usize) -> Value {
    link.arguments.get(at).map_or(Value::Unknown, |value| match value {
        // A text that looks like a variable's name is no read here.
        Value::Call(..) | Value::Text(_) => value.clone(),
        value => modules.evaluate(&link.module, value).value,
    })
}

fn apply(modules: &Modules<'_>, declared: &mut Declared, link: &Link) {
    let first = || argument(modules, link, 0);
    match link.name.as_str() {
        "default" | "catch" | "prefault" | "fallback" => {
            declared.demand = Demand::Optional;
            declared.default = first().as_default();
        }
        "optional" | "nullish" | "notRequired" | "Optional" => {
            inner(modules, declared, link);
            let default = argument(modules, link, 1).as_default();
            declared.default = default.or_else(|| declared.default.take());
            declared.demand = Demand::Optional;
        }
        "pipe" | "preprocess" | "nullable" => inner(modules, declared, link),
        "union" | "Union" => {
            if let Some(values) = literals(&first()) {
                declared.check = Some(ValueCheck::OneOf { values });
            }
        }
        "when" | "conditional" => declared.required_when = condition(modules, link),
        "required" | "exist" => declared.demand = Demand::Required,
        "number" | "port" | "num" | "int" | "integer" | "Number" | "Integer" => {
            declared.check = Some(ValueCheck::Number);
            typed(&first(), declared);
        }
        "boolean" | "bool" | "stringbool" | "Boolean" => {
            declared.check = Some(ValueCheck::Boolean);
            typed(&first(), declared);
        }
        "String" => typed(&first(), declared),
        "url" | "uri" => declared.check = Some(ValueCheck::Url),
        "min" | "minLength" | "length" => at_least(&first(), declared),
        "nonempty" | "nonEmpty" => {
            declared.check = declared.check.take().or(Some(ValueCheck::Text { min_length: 1 }));
        }
        "enum" | "picklist" | "nativeEnum" | "valid" | "oneOf" | "literal" | "Literal" => {
            let items = match first() {
                Value::List(items) => items,
                Value::Object(items) => items.into_iter().map(|(_, value)| value).collect(),
                _ => (0..link.arguments.len()).map(|at| argument(modules, link, at)).collect(),
            };
            one_of(&items, declared);
        }
        _ => {}
    }
}

fn at_least(length: &Value, declared: &mut Declared) {
    if let (Value::Number(length), None) = (length, &declared.check) {
        // A schema's length is a small whole number; a larger one is no length.
        let length = if (1.0..10_000.0).contains(length) { *length as u32 } else { 1 };
        declared.check = Some(ValueCheck::Text { min_length: length });
    }
}

fn one_of(items: &[Value], declared: &mut Declared) {
    let values: Vec<String> = items.iter().filter_map(Value::as_default).collect();
    if !values.is_empty() && values.len() == items.len() {
        declared.check = Some(ValueCheck::OneOf { values });
    }
}

/// The words of `[z.literal('a'), z.literal('b')]`.
fn literals(list: &Value) -> Option<Vec<String>> {
    let Value::List(items) = list else { return None };
    let literal = |item: &Value| match item {
        Value::Call(callee, arguments) if callee.last_name().eq_ignore_ascii_case("literal") => {
            arguments.first()?.as_default()
        }
        _ => None,
    };
    items.iter().map(literal).collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())
}

/// Schemas given as arguments: `v.pipe(v.string(), v.minLength(32))`.
fn inner(modules: &Modules<'_>, declared: &mut Declared, link: &Link) {
    for inner in link.arguments.iter().filter_map(|argument| of_value(modules, &link.module, argument)) {
        declared.check = inner.check.or_else(|| declared.check.take());
        declared.default = inner.default.or_else(|| declared.default.take());
        if inner.demand == Demand::Optional {
            declared.demand = Demand::Optional;
        }
    }
}

/// joi: `.when('ENABLE', { is: true, then: Joi.required() })`.
fn condition(modules: &Modules<'_>, link: &Link) -> Option<RequiredWhen> {
    let [flag, options, ..] = link.arguments.as_slice() else { return None };
    let name = match flag {
        Value::Call(reference, of) if reference.last_name() == "ref" => of.first()?.as_text()?,
        flag => flag.as_text()?,
    };
    let value = match options.property("is")? {
        Value::Call(valid, values) if matches!(valid.last_name(), "valid" | "equal") => {
            values.first()?.as_default()?
        }
        Value::Call(..) => return None,
        value => modules.evaluate(&link.module, value).value.as_default()?,
    };
    let then = of_value(modules, &link.module, options.property("then")?)?;
    (then.demand == Demand::Required).then(|| RequiredWhen { name: name.to_owned(), value })
}

/// typebox: `Type.String({ default: 'a', minLength: 3, format: 'uri' })`.
fn typed(options: &Value, declared: &mut Declared) {
    if let Some(default) = options.property("default") {
        declared.demand = Demand::Optional;
        declared.default = default.as_default();
    }
    if let Some("uri" | "url") = options.property("format").and_then(Value::as_text) {
        declared.check = Some(ValueCheck::Url);
    }
    if let Some(length) = options.property("minLength") {
        at_least(length, declared);
    }
}

/// envalid: `port({ default: 3000, choices: [...] })`. `devDefault` holds in development only.
fn options(modules: &Modules<'_>, declared: &mut Declared, link: &Link) {
    let options = argument(modules, link, 0);
    let known = |name: &str| Some(modules.evaluate(&link.module, options.property(name)?).value);
    if let Some(default) = known("default") {
        declared.demand = Demand::Optional;
        declared.default = default.as_default();
    }
    if let Some(Value::List(items)) = known("choices") {
        declared.check =
            Some(ValueCheck::OneOf { values: items.iter().filter_map(Value::as_default).collect() });
    }
}
