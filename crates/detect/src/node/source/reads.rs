//! What the surroundings of a read say about whether a value is needed.

use super::is_variable_name;
use super::value::Reader;
use crate::env::{self, Demand};
use model::facts::ValueCheck;
use oxc_ast::ast::{Argument, BinaryOperator, ChainElement, Expression, LogicalOperator, Statement};
use oxc_span::GetSpan;
use std::collections::HashMap;

/// What is known of a read before it is reached.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    /// Whether a value is needed.
    pub demand: Option<Demand>,
    /// What the code falls back to.
    pub default: Option<String>,
    /// What the value is converted to.
    pub check: Option<ValueCheck>,
}

/// Contexts by the position at which the reading expression starts and ends.
pub(crate) type Contexts = HashMap<(u32, u32), Context>;

/// Notes `context` for the read that `expression` comes down to, if it is one.
pub(crate) fn annotate(
    reader: &Reader,
    contexts: &mut Contexts,
    expression: &Expression<'_>,
    context: &Context,
) {
    let mut check = context.check.clone();
    let Some(read) = core(reader, expression, &mut check, 8) else { return };
    let span = read.get_inner_expression().span();
    let known = contexts.entry((span.start, span.end)).or_default();
    known.demand = known.demand.max(context.demand);
    known.default = known.default.take().or_else(|| context.default.clone());
    known.check = known.check.take().or(check);
}

/// The reading expression inside conversions, `!`, parentheses and the left side of further alternatives.
fn core<'b, 'a>(
    reader: &Reader,
    expression: &'b Expression<'a>,
    check: &mut Option<ValueCheck>,
    depth: u8,
) -> Option<&'b Expression<'a>> {
    let depth = depth.checked_sub(1)?;
    if reader.env_name(expression).is_some() {
        return Some(expression);
    }
    match expression.get_inner_expression() {
        Expression::CallExpression(call) if matches!(call.arguments.first(), Some(Argument::StringLiteral(name)) if is_variable_name(&name.value)) => {
            Some(expression)
        }
        Expression::LogicalExpression(either) if either.operator != LogicalOperator::And => {
            core(reader, &either.left, check, depth)
        }
        Expression::UnaryExpression(unary) => {
            if unary.operator.is_arithmetic() {
                *check = Some(ValueCheck::Number);
            }
            core(reader, &unary.argument, check, depth)
        }
        Expression::CallExpression(call) => core_of_call(reader, &call.callee, &call.arguments, check, depth),
        Expression::ChainExpression(chain) => match &chain.expression {
            ChainElement::CallExpression(call) => {
                core_of_call(reader, &call.callee, &call.arguments, check, depth)
            }
            _ => None,
        },
        _ => None,
    }
}

fn core_of_call<'b, 'a>(
    reader: &Reader,
    callee: &'b Expression<'a>,
    arguments: &'b [Argument<'a>],
    check: &mut Option<ValueCheck>,
    depth: u8,
) -> Option<&'b Expression<'a>> {
    let first = arguments.first().and_then(Argument::as_expression);
    match callee.get_inner_expression() {
        Expression::Identifier(name) => match name.name.as_str() {
            "Number" | "parseInt" | "parseFloat" => {
                *check = Some(ValueCheck::Number);
                core(reader, first?, check, depth)
            }
            "String" | "Boolean" => core(reader, first?, check, depth),
            _ => None,
        },
        Expression::StaticMemberExpression(member) => match &member.object {
            Expression::Identifier(name) if name.name == "Number" || name.name == "JSON" => {
                core(reader, first?, check, depth)
            }
            object => core(reader, object, check, depth),
        },
        _ => None,
    }
}

/// Notes for every read that a condition tests that the code has thought of its absence.
pub(crate) fn annotate_test(reader: &Reader, contexts: &mut Contexts, test: &Expression<'_>, demand: Demand) {
    let context = Context { demand: Some(demand), ..Context::default() };
    match test.get_inner_expression() {
        Expression::LogicalExpression(both) => {
            annotate_test(reader, contexts, &both.left, demand);
            annotate_test(reader, contexts, &both.right, demand);
        }
        Expression::BinaryExpression(comparison) => {
            annotate(reader, contexts, &comparison.left, &context);
            annotate(reader, contexts, &comparison.right, &context);
        }
        Expression::UnaryExpression(not) => annotate_test(reader, contexts, &not.argument, demand),
        other => annotate(reader, contexts, other, &context),
    }
}

/// The names and variables that a condition finds to be missing: `!x`, `x === undefined`, either of several.
pub(crate) fn missing<'b, 'a>(test: &'b Expression<'a>, found: &mut Vec<&'b Expression<'a>>) {
    match test.get_inner_expression() {
        Expression::LogicalExpression(either) => {
            missing(&either.left, found);
            missing(&either.right, found);
        }
        Expression::UnaryExpression(not) if not.operator.is_not() => found.push(&not.argument),
        Expression::BinaryExpression(comparison)
            if matches!(comparison.operator, BinaryOperator::Equality | BinaryOperator::StrictEquality) =>
        {
            let right = comparison.right.get_inner_expression();
            if right.is_null()
                || right.is_undefined()
                || matches!(right, Expression::StringLiteral(text) if text.value.is_empty())
            {
                found.push(&comparison.left);
            }
        }
        Expression::BinaryExpression(comparison)
            if matches!(comparison.operator, BinaryOperator::LessThan | BinaryOperator::LessEqualThan) =>
        {
            if let Expression::StaticMemberExpression(member) = comparison.left.get_inner_expression()
                && member.property.name == "length"
            {
                found.push(&member.object);
            }
        }
        _ => {}
    }
}

/// Whether a branch ends the program: it throws or calls `process.exit`.
pub(crate) fn ends(statement: &Statement<'_>) -> bool {
    match statement {
        Statement::ThrowStatement(_) => true,
        Statement::BlockStatement(block) => block.body.iter().any(ends),
        Statement::ExpressionStatement(expression) => match expression.expression.get_inner_expression() {
            Expression::CallExpression(call) => is_exit(&call.callee),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a callee is `process.exit`.
pub(crate) fn is_exit(callee: &Expression<'_>) -> bool {
    matches!(callee.get_inner_expression(), Expression::StaticMemberExpression(member)
        if member.property.name == "exit" && matches!(&member.object, Expression::Identifier(name) if name.name == "process"))
}

/// What a bare read says: connection strings, the parts of a connection to a database, and signing secrets are needed, of others
/// nothing is known.
pub(crate) fn bare_demand(name: &str) -> Demand {
    const SIGNING: &[&str] =
        &["JWT", "SESSION", "COOKIE", "AUTH", "NEXTAUTH", "ACCESS_TOKEN", "REFRESH_TOKEN", "ENCRYPTION"];
    let signs = SIGNING.iter().any(|word| name.starts_with(word))
        && (name.ends_with("SECRET") || name.ends_with("SECRET_KEY"));
    let connects = ["DB_", "DATABASE_", "POSTGRES_", "MYSQL_", "MONGO_"].iter().any(|store| {
        name.strip_prefix(store).is_some_and(|part| {
            matches!(part, "HOST" | "USER" | "USERNAME" | "PASSWORD" | "PASS" | "NAME" | "DATABASE" | "DB")
        })
    });
    if env::is_connection(name) || signs || connects { Demand::Assumed } else { Demand::Unknown }
}
