//! Expressions, as far as detection understands them.

use oxc_ast::ast::{
    Argument, ArrayExpression, ArrayExpressionElement, ArrowFunctionBody, BinaryExpression, BinaryOperator,
    CallExpression, ChainElement, Expression, FunctionBody, ObjectPropertyKind, PropertyKey, Statement,
};
use std::collections::BTreeSet;

/// What an expression is. Conversions (`Number(x)`, `x as T`, `x!`, `await x`) are what they convert.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// true or false.
    Boolean(bool),
    /// A variable of the environment.
    Env(String),
    /// The environment itself.
    Environment,
    /// A name.
    Name(String),
    /// A property.
    Member(Box<Value>, String),
    /// One or the other: `a || b`, `a ?? b`, `c ? a : b`.
    Either(Box<Value>, Box<Value>),
    /// An object's properties; `...` for what is spread into it.
    Object(Vec<(String, Value)>),
    /// A list.
    List(Vec<Value>),
    /// A template's or a concatenation's parts.
    Joined(Vec<Value>),
    /// Numbers that are multiplied, as far as they are not known here.
    Product(Box<Value>, Box<Value>),
    /// A call: what is called and with what.
    Call(Box<Value>, Vec<Value>),
    /// `require(…)` or `import(…)`.
    Module(String),
    /// A function.
    Function,
    /// Anything else.
    Unknown,
}

impl Value {
    /// The last name of a name, a member or a call: `listen` of `app.listen`.
    pub(crate) fn last_name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Member(_, name) => name,
            Self::Call(callee, _) => callee.last_name(),
            _ => "",
        }
    }

    /// A property of an object.
    pub(crate) fn property(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(properties) => {
                properties.iter().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text, when it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As the value of a variable would be written.
    pub(crate) fn as_default(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Boolean(value) => Some(value.to_string()),
            Self::Either(_, last) => last.as_default(),
            Self::List(items) => {
                let items: Option<Vec<String>> = items.iter().map(Self::as_default).collect();
                items.filter(|items| !items.is_empty()).map(|items| items.join(","))
            }
            Self::Joined(parts) => {
                let parts: Option<Vec<&str>> = parts.iter().map(Self::as_text).collect();
                parts.map(|parts| parts.concat())
            }
            _ => None,
        }
    }
}

/// Turns expressions into values; knows which names stand for the environment.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// Names that hold `process.env`.
    pub environments: BTreeSet<String>,
}

/// How deep an expression is followed.
const DEPTH: u8 = 28;

/// Calls that only convert their first argument.
const CONVERSIONS: &[&str] = &[
    "Number",
    "parseInt",
    "String",
    "Boolean",
    "parseFloat",
    "normalizePort",
    "toNumber",
    "toInt",
    "BigInt",
];

/// Methods that only convert what they are called on.
const CONVERTING_METHODS: &[&str] =
    &["trim", "toString", "toLowerCase", "toUpperCase", "split", "replace", "replaceAll", "slice"];

impl Reader {
    /// What an expression is.
    pub(crate) fn value(&self, expression: &Expression<'_>) -> Value {
        self.at(expression, DEPTH)
    }

    /// What an argument is.
    pub(crate) fn argument(&self, argument: &Argument<'_>) -> Value {
        argument.as_expression().map_or(Value::Unknown, |expression| self.value(expression))
    }

    /// What a function comes out with at its end.
    pub(crate) fn returned(&self, function: &Expression<'_>) -> Option<Value> {
        match function.get_inner_expression() {
            Expression::ArrowFunctionExpression(arrow) => match &arrow.body {
                ArrowFunctionBody::FunctionBody(body) => self.outcome(body),
                body => Some(self.value(body.as_expression()?)),
            },
            Expression::FunctionExpression(function) => self.outcome(function.body.as_ref()?),
            _ => None,
        }
    }

    /// What the last statement of a function's body gives.
    pub(crate) fn outcome(&self, body: &FunctionBody<'_>) -> Option<Value> {
        match body.statements.last()? {
            Statement::ReturnStatement(end) => Some(self.value(end.argument.as_ref()?)),
            _ => None,
        }
    }

    fn at(&self, expression: &Expression<'_>, depth: u8) -> Value {
        let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
        let boxed = |expression: &Expression<'_>| Box::new(self.at(expression, depth));
        if let Some(name) = self.env_name(expression) {
            return Value::Env(name);
        }
        if self.is_environment(expression) {
            return Value::Environment;
        }
        match expression.get_inner_expression() {
            Expression::StringLiteral(text) => Value::Text(text.value.to_string()),
            Expression::NumericLiteral(number) => Value::Number(number.value),
            Expression::BooleanLiteral(value) => Value::Boolean(value.value),
            Expression::Identifier(name) => Value::Name(name.name.to_string()),
            Expression::ThisExpression(_) => Value::Name("this".to_owned()),
            Expression::StaticMemberExpression(member) => {
                Value::Member(boxed(&member.object), member.property.name.to_string())
            }
            Expression::ComputedMemberExpression(member) => match &member.expression {
                Expression::StringLiteral(key) => Value::Member(boxed(&member.object), key.value.to_string()),
                _ => Value::Unknown,
            },
            Expression::LogicalExpression(either) => Value::Either(boxed(&either.left), boxed(&either.right)),
            Expression::ConditionalExpression(either) => {
                Value::Either(boxed(&either.consequent), boxed(&either.alternate))
            }
            Expression::AwaitExpression(inner) => self.at(&inner.argument, depth),
            Expression::UnaryExpression(inner) if inner.operator.is_arithmetic() => {
                self.at(&inner.argument, depth)
            }
            Expression::BinaryExpression(binary) => self.binary(binary, depth),
            Expression::TemplateLiteral(template) => self.template(template, depth),
            Expression::ObjectExpression(object) => self.object(object, depth),
            Expression::ArrayExpression(list) => self.list(list, depth),
            Expression::ImportExpression(import) => match &import.source {
                Expression::StringLiteral(source) => Value::Module(source.value.to_string()),
                _ => Value::Unknown,
            },
            Expression::CallExpression(call) => self.call(&call.callee, &call.arguments, depth),
            Expression::NewExpression(call) => {
                Value::Call(boxed(&call.callee), self.arguments(&call.arguments, depth))
            }
            Expression::ChainExpression(chain) => self.chain(&chain.expression, depth),
            Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_) => Value::Function,
            _ => Value::Unknown,
        }
    }

    /// A concatenation, or a number that is calculated.
    fn binary(&self, binary: &BinaryExpression<'_>, depth: u8) -> Value {
        let (left, right) = (self.at(&binary.left, depth), self.at(&binary.right, depth));
        match (binary.operator, left, right) {
            (BinaryOperator::Multiplication, Value::Number(left), Value::Number(right)) => {
                Value::Number(left * right)
            }
            (BinaryOperator::Multiplication, left, right) => Value::Product(Box::new(left), Box::new(right)),
            (BinaryOperator::Exponential, Value::Number(left), Value::Number(right)) => {
                Value::Number(left.powf(right))
            }
            (BinaryOperator::ShiftLeft, Value::Number(left), Value::Number(right)) => {
                Value::Number(left * right.exp2())
            }
            (BinaryOperator::Addition, left, right) => Value::Joined(vec![left, right]),
            _ => Value::Unknown,
        }
    }

    fn list(&self, list: &ArrayExpression<'_>, depth: u8) -> Value {
        let items = list.elements.iter().map(|element| match element {
            ArrayExpressionElement::SpreadElement(_) | ArrayExpressionElement::Elision(_) => Value::Unknown,
            other => other.as_expression().map_or(Value::Unknown, |item| self.at(item, depth)),
        });
        Value::List(items.collect())
    }

    fn chain(&self, chain: &ChainElement<'_>, depth: u8) -> Value {
        match chain {
            ChainElement::CallExpression(call) => self.call(&call.callee, &call.arguments, depth),
            ChainElement::StaticMemberExpression(member) => {
                Value::Member(Box::new(self.at(&member.object, depth)), member.property.name.to_string())
            }
            _ => Value::Unknown,
        }
    }

    fn call(&self, callee: &Expression<'_>, arguments: &[Argument<'_>], depth: u8) -> Value {
        let first = || arguments.first().and_then(Argument::as_expression);
        match callee.get_inner_expression() {
            Expression::Identifier(name) if name.name == "require" => {
                if let Some(Expression::StringLiteral(source)) = first() {
                    return Value::Module(source.value.to_string());
                }
            }
            Expression::Identifier(name) if CONVERSIONS.contains(&name.name.as_str()) => {
                if let Some(inner) = first() {
                    return self.at(inner, depth);
                }
            }
            Expression::StaticMemberExpression(member) => {
                let object = member.object.get_inner_expression();
                if CONVERTING_METHODS.contains(&member.property.name.as_str()) {
                    return self.at(object, depth);
                }
                let number = matches!(object, Expression::Identifier(name) if name.name == "Number");
                if let (true, Some(inner)) = (number, first()) {
                    return self.at(inner, depth);
                }
            }
            _ => {}
        }
        Value::Call(Box::new(self.at(callee, depth)), self.arguments(arguments, depth))
    }

    fn arguments(&self, arguments: &[Argument<'_>], depth: u8) -> Vec<Value> {
        let value = |argument: &Argument<'_>| {
            argument.as_expression().map_or(Value::Unknown, |inner| self.at(inner, depth))
        };
        arguments.iter().map(value).collect()
    }

    fn template(&self, template: &oxc_ast::ast::TemplateLiteral<'_>, depth: u8) -> Value {
        let mut parts = Vec::new();
        for (at, quasi) in template.quasis.iter().enumerate() {
            let text = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw).to_string();
            if !text.is_empty() {
                parts.push(Value::Text(text));
            }
            parts.extend(template.expressions.get(at).map(|inner| self.at(inner, depth)));
        }
        match parts.pop() {
            None => Value::Text(String::new()),
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Value::Joined(parts)
            }
        }
    }

    fn object(&self, object: &oxc_ast::ast::ObjectExpression<'_>, depth: u8) -> Value {
        let properties = object.properties.iter().filter_map(|property| match property {
            ObjectPropertyKind::ObjectProperty(property) => {
                Some((key_text(&property.key)?.to_owned(), self.at(&property.value, depth)))
            }
            ObjectPropertyKind::SpreadProperty(spread) => {
                Some(("...".to_owned(), self.at(&spread.argument, depth)))
            }
        });
        Value::Object(properties.collect())
    }

    /// The variable that an expression reads directly.
    pub(crate) fn env_name(&self, expression: &Expression<'_>) -> Option<String> {
        match expression.get_inner_expression() {
            Expression::StaticMemberExpression(member) if self.is_environment(&member.object) => {
                Some(member.property.name.to_string())
            }
            Expression::ComputedMemberExpression(member) if self.is_environment(&member.object) => {
                match &member.expression {
                    Expression::StringLiteral(name) => Some(name.value.to_string()),
                    _ => None,
                }
            }
            Expression::ChainExpression(chain) => match &chain.expression {
                oxc_ast::ast::ChainElement::StaticMemberExpression(member)
                    if self.is_environment(&member.object) =>
                {
                    Some(member.property.name.to_string())
                }
                _ => None,
            },
            Expression::CallExpression(call) if self.env_name_of_call(call) => match call.arguments.first() {
                Some(Argument::StringLiteral(name)) => Some(name.value.to_string()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a call is `Deno.env.get(…)`.
    pub(crate) fn env_name_of_call(&self, call: &CallExpression<'_>) -> bool {
        matches!(&call.callee, Expression::StaticMemberExpression(get)
            if get.property.name == "get" && is_member(&get.object, "Deno", "env"))
    }

    /// Whether an expression is `process.env` or a name for it.
    pub(crate) fn is_environment(&self, expression: &Expression<'_>) -> bool {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => self.environments.contains(name.name.as_str()),
            Expression::StaticMemberExpression(member) if member.property.name == "env" => {
                match member.object.get_inner_expression() {
                    Expression::Identifier(name) => matches!(name.name.as_str(), "process" | "Bun"),
                    Expression::ImportMeta(_) => true,
                    Expression::StaticMemberExpression(outer) => {
                        outer.property.name == "process"
                            && matches!(&outer.object, Expression::Identifier(name) if name.name == "globalThis")
                    }
                    _ => false,
                }
            }
            Expression::ChainExpression(chain) => match &chain.expression {
                oxc_ast::ast::ChainElement::StaticMemberExpression(member) => {
                    member.property.name == "env"
                        && matches!(&member.object, Expression::Identifier(name) if name.name == "process")
                }
                _ => false,
            },
            _ => false,
        }
    }
}

fn is_member(expression: &Expression<'_>, object: &str, property: &str) -> bool {
    matches!(expression.get_inner_expression(), Expression::StaticMemberExpression(member)
        if member.property.name == property && matches!(&member.object, Expression::Identifier(name) if name.name == object))
}

/// The name of a property.
pub(crate) fn key_text<'k>(key: &'k PropertyKey<'_>) -> Option<&'k str> {
    match key {
        PropertyKey::StaticIdentifier(name) => Some(name.name.as_str()),
        PropertyKey::StringLiteral(text) => Some(text.value.as_str()),
        _ => None,
    }
}
