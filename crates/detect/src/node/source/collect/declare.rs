//! Keeps what schemas of settings are made of.

use super::super::schema::{self, Declared};
use super::super::value::Value;
use super::super::{Maker, read_at};
use super::{Collector, binding_name};
use crate::env::EnvRead;
use oxc_ast::ast::{Argument, CallExpression, Expression, FormalParameters, Function, ObjectExpression};

impl Collector {
    /// Adds the reads of what was declared.
    pub(super) fn declare(&mut self, declared: Vec<Declared>) {
        for item in declared {
            let read = read_at(&self.module.path, &item.key, self.line(item.offset));
            self.module.reads.push(EnvRead {
                demand: item.demand,
                default: item.default,
                check: item.check,
                ..read
            });
        }
    }

    /// Keeps an object that may be a schema.
    pub(super) fn keep_shape(&mut self, object: &ObjectExpression<'_>) {
        let shape = schema::shape(&self.reader, object, |offset| self.line(offset));
        self.module.shapes.extend(shape);
        let declared = schema::described(&self.reader, object);
        self.declare(declared);
    }

    /// Keeps the definition that arktype's `type` is given.
    pub(super) fn keep_definition(&mut self, call: &CallExpression<'_>) {
        if let (Expression::Identifier(name), Some(Argument::ObjectExpression(object))) =
            (&call.callee, call.arguments.first())
            && self.module.imports.get(name.name.as_str()).is_some_and(|import| import.source == "arktype")
        {
            let declared = schema::defined(&self.reader, object);
            self.declare(declared);
        }
    }

    /// Keeps what a variable's function comes out with: `const atLeast = (n) => z.number().min(n)`.
    pub(super) fn keep_arrow(&mut self, name: &str, function: &Expression<'_>) {
        if let Expression::ArrowFunctionExpression(arrow) = function.get_inner_expression() {
            let outcome = self.reader.returned(function);
            self.keep_maker(name, &arrow.params, outcome);
        }
    }

    /// Keeps what a function with a name comes out with.
    pub(super) fn keep_function(&mut self, function: &Function<'_>) {
        if let (Some(id), Some(body)) = (&function.id, &function.body) {
            let outcome = self.reader.outcome(body);
            self.keep_maker(&id.name, &function.params, outcome);
        }
    }

    fn keep_maker(&mut self, name: &str, parameters: &FormalParameters<'_>, outcome: Option<Value>) {
        if let Some(outcome @ Value::Call(..)) = outcome {
            let parameters =
                parameters.items.iter().map(|item| binding_name(&item.pattern).unwrap_or_default()).collect();
            self.module.makers.entry(name.to_owned()).or_insert(Maker { parameters, outcome });
        }
    }
}
