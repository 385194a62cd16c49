//! Names that are tested, and what happens where they are missing.

use crate::python::module::{flatten, literal};
use rustpython_ruff_python_ast::visitor::{Visitor, walk_stmt};
use rustpython_ruff_python_ast::{Expr, Stmt, UnaryOp};
use std::collections::BTreeMap;

/// Names that are tested in `if`, with whether the code raises or exits where they are missing.
#[derive(Default)]
pub(super) struct Tested {
    /// By name: whether the code ends without it.
    pub(super) names: BTreeMap<String, bool>,
}

impl<'a> Visitor<'a> for Tested {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::If(branch) = statement {
            let raises = flatten(&branch.body).into_iter().any(ends);
            let mut names = Vec::new();
            let negative = negated(&branch.test, &mut names);
            for name in names {
                let ended = self.names.entry(name).or_default();
                *ended |= raises && negative;
            }
        }
        walk_stmt(self, statement);
    }
}

fn ends(statement: &Stmt) -> bool {
    match statement {
        Stmt::Raise(_) => true,
        Stmt::Expr(expr) => {
            matches!(&*expr.value, Expr::Call(call) if matches!(&*call.func, Expr::Attribute(attribute) if attribute.attr.as_str() == "exit") || matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "exit"))
        }
        _ => false,
    }
}

/// Collects the names of a test; true when it holds where they are missing.
fn negated(test: &Expr, names: &mut Vec<String>) -> bool {
    match test {
        Expr::Name(name) => {
            names.push(name.id.to_string());
            false
        }
        Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => {
            negated(&unary.operand, names);
            true
        }
        Expr::BoolOp(choice) => {
            let found: Vec<bool> = choice.values.iter().map(|value| negated(value, names)).collect();
            found.contains(&true)
        }
        Expr::Compare(compare) => {
            negated(&compare.left, names);
            compare
                .comparators
                .iter()
                .any(|right| matches!(right, Expr::NoneLiteral(_)) || literal(right).as_deref() == Some(""))
        }
        _ => false,
    }
}
