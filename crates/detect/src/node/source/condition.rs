//! What a condition says of variables: which of them have which value when it is true.

use super::is_variable_name;
use super::value::Reader;
use model::facts::RequiredWhen;
use oxc_ast::ast::{BinaryOperator, Expression, LogicalOperator, Statement};

/// What holds where `test` is true: `env.A === 'x' && env.B` is A being `x` and B being true.
pub(crate) fn when_true(reader: &Reader, test: &Expression<'_>, found: &mut Vec<RequiredWhen>) {
    match test.get_inner_expression() {
        Expression::LogicalExpression(both) if both.operator == LogicalOperator::And => {
            when_true(reader, &both.left, found);
            when_true(reader, &both.right, found);
        }
        Expression::UnaryExpression(not) if not.operator.is_not() => when_false(reader, &not.argument, found),
        Expression::BinaryExpression(comparison) if is_equal(comparison.operator) == Some(true) => {
            found.extend(compared(reader, &comparison.left, &comparison.right));
        }
        other => found.extend(truthy(reader, other)),
    }
}

/// What holds where `test` is false: `!env.A || env.B !== 'x'` leaves A being true and B being `x`.
pub(crate) fn when_false(reader: &Reader, test: &Expression<'_>, found: &mut Vec<RequiredWhen>) {
    match test.get_inner_expression() {
        Expression::LogicalExpression(either) if either.operator == LogicalOperator::Or => {
            when_false(reader, &either.left, found);
            when_false(reader, &either.right, found);
        }
        Expression::UnaryExpression(not) if not.operator.is_not() => when_true(reader, &not.argument, found),
        Expression::BinaryExpression(comparison) if is_equal(comparison.operator) == Some(false) => {
            found.extend(compared(reader, &comparison.left, &comparison.right));
        }
        Expression::BinaryExpression(comparison) if is_equal(comparison.operator) == Some(true) => {
            // Of two words, not the one is the other.
            let when = compared(reader, &comparison.left, &comparison.right);
            found.extend(when.filter(|when| when.value == "false").map(|when| when_on(when.name)));
        }
        _ => {}
    }
}

fn when_on(name: String) -> RequiredWhen {
    RequiredWhen { name, value: "true".to_owned() }
}

fn truthy(reader: &Reader, test: &Expression<'_>) -> Option<RequiredWhen> {
    variable(reader, test).map(when_on)
}

fn compared(reader: &Reader, left: &Expression<'_>, right: &Expression<'_>) -> Option<RequiredWhen> {
    let (name, value) = match variable(reader, left) {
        Some(name) => (name, right),
        None => (variable(reader, right)?, left),
    };
    // What is not set is no value that a flag could have.
    let value = literal(value).filter(|value| !value.is_empty())?;
    Some(RequiredWhen { name, value })
}

/// A text, or true or false, as a variable would have it.
pub(crate) fn literal(value: &Expression<'_>) -> Option<String> {
    match value.get_inner_expression() {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        Expression::BooleanLiteral(value) => Some(value.value.to_string()),
        _ => None,
    }
}

/// Whether a comparison is for equality, or for the contrary.
pub(crate) fn is_equal(operator: BinaryOperator) -> Option<bool> {
    match operator {
        BinaryOperator::Equality | BinaryOperator::StrictEquality => Some(true),
        BinaryOperator::Inequality | BinaryOperator::StrictInequality => Some(false),
        _ => None,
    }
}

/// The variable that an expression stands for, in the environment or in what was made of it.
pub(crate) fn variable(reader: &Reader, expression: &Expression<'_>) -> Option<String> {
    let name = reader.env_name(expression).or_else(|| match expression.get_inner_expression() {
        Expression::StaticMemberExpression(member) => Some(member.property.name.to_string()),
        Expression::ComputedMemberExpression(member) => match &member.expression {
            Expression::StringLiteral(name) => Some(name.value.to_string()),
            _ => None,
        },
        Expression::Identifier(name) => Some(name.name.to_string()),
        _ => None,
    });
    name.filter(|name| is_variable_name(name))
}

/// Whether a branch does nothing but leave its function.
pub(crate) fn leaves(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::ReturnStatement(_) | Statement::ContinueStatement(_) => true,
        Statement::BlockStatement(block) => block.body.len() == 1 && block.body.iter().all(leaves),
        _ => false,
    }
}
