//! A parsed Python module: its syntax tree, what its names stand for, and the values that can be known without running it.

use model::Place;
use rustpython_ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use rustpython_ruff_python_ast::{
    Alias, ExceptHandler, Expr, ExprCall, Stmt, StmtFunctionDef, StmtImportFrom,
};
use rustpython_ruff_python_ast::{Number, Operator, PySourceType, UnaryOp};
use rustpython_ruff_python_parser::parse_unchecked_source;
use rustpython_ruff_text_size::Ranged;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A module of the repository.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its path from the root.
    pub(crate) path: String,
    /// What its author wrote.
    pub(crate) text: Arc<str>,
    /// Its statements, as far as they could be parsed.
    pub(crate) body: Vec<Stmt>,
    /// What imported names stand for: dotted names, those of this repository with a leading dot and the path from the root.
    pub(crate) imports: BTreeMap<String, String>,
    /// The modules whose names are all imported, written as in `imports`.
    pub(crate) starred: Vec<String>,
    /// The offset of each line's end.
    line_ends: Vec<usize>,
}

impl Module {
    /// Parses a module; what cannot be parsed is left out.
    pub(crate) fn parse(path: &str, text: Arc<str>) -> Self {
        let body = if is_reasonable(text.as_bytes()) {
            parse_unchecked_source(&text, PySourceType::Python).into_suite()
        } else {
            Vec::new()
        };
        let mut imports = BTreeMap::new();
        let mut starred = Vec::new();
        for statement in flatten(&body) {
            collect_imports(path, statement, &mut imports);
            if let Stmt::ImportFrom(import) = statement
                && import.names.iter().any(|alias| alias.name.as_str() == "*")
            {
                starred.push(import_base(path, import));
            }
        }
        // Those inside functions come second: they are written there to avoid circles.
        let mut nested = NestedImports { path, imports: &mut imports };
        nested.visit_body(&body);
        let line_ends = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
        Self { path: path.to_owned(), text, body, imports, starred, line_ends }
    }

    /// The place of a node.
    pub(crate) fn place(&self, node: &impl Ranged) -> Place {
        let offset = node.range().start().to_usize();
        let line = self.line_ends.partition_point(|end| *end < offset) + 1;
        Place::new(&self.path, u32::try_from(line).unwrap_or(u32::MAX))
    }

    /// Statements at module level, those inside `if`, `try` and `with` included.
    pub(crate) fn top_level(&self) -> Vec<&Stmt> {
        flatten(&self.body)
    }

    /// Names that are assigned at module level with what they are assigned, in order.
    pub(crate) fn assignments(&self) -> Vec<(&str, &Expr, Option<&Expr>)> {
        self.top_level().into_iter().filter_map(assignment).collect()
    }

    /// The functions at module level.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &StmtFunctionDef> {
        self.top_level().into_iter().filter_map(|statement| match statement {
            Stmt::FunctionDef(function) => Some(function),
            _ => None,
        })
    }

    /// The dotted name that an expression stands for, imports resolved: `FastAPI` after `from fastapi import FastAPI` is
    /// `fastapi.FastAPI`. A name that is not imported stands for itself.
    pub(crate) fn dotted(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Name(name) => {
                Some(self.imports.get(name.id.as_str()).cloned().unwrap_or_else(|| name.id.to_string()))
            }
            Expr::Attribute(attribute) => {
                Some(format!("{}.{}", self.dotted(&attribute.value)?, attribute.attr.as_str()))
            }
            _ => None,
        }
    }

    /// The dotted name of what a call calls.
    pub(crate) fn callee(&self, call: &ExprCall) -> Option<String> {
        self.dotted(&call.func)
    }

    /// The text that an expression is known to be, following constants of this module.
    pub(crate) fn text_of(&self, expr: &Expr) -> Option<String> {
        self.constant(expr, 0)
    }

    fn constant(&self, expr: &Expr, depth: u8) -> Option<String> {
        if let Expr::Name(name) = expr {
            let name = name.id.as_str();
            let value = self.assignments().into_iter().find(|(assigned, ..)| *assigned == name)?.1;
            return if depth < 3 { self.constant(value, depth + 1) } else { None };
        }
        if let Expr::BinOp(sum) = expr
            && sum.op == Operator::Add
        {
            return Some(self.constant(&sum.left, depth)? + &self.constant(&sum.right, depth)?);
        }
        literal(expr)
    }
}

/// Whether a text is shaped like a program that someone wrote: the parser and everything after it goes down as deep as the
/// text is nested, so what is nested beyond all sense is not parsed.
fn is_reasonable(text: &[u8]) -> bool {
    const LARGEST: usize = 1 << 20;
    const DEEPEST: usize = 200;
    const LONGEST_RUN: usize = 2_000;
    let (mut depth, mut run) = (0_usize, 0_usize);
    text.len() <= LARGEST
        && text.iter().all(|byte| {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            // Chains of operators nest too, without a bracket.
            run = match byte {
                b',' => 0,
                b'\n' if depth == 0 => 0,
                b'+' | b'-' | b'*' | b'~' | b'.' | b'|' | b'/' => run + 1,
                _ => run,
            };
            depth <= DEEPEST && run <= LONGEST_RUN
        })
}

/// The text of a literal: strings, numbers, booleans, products of numbers, lists of strings joined by commas.
pub(crate) fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        Expr::BooleanLiteral(boolean) => Some(if boolean.value { "true" } else { "false" }.to_owned()),
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(int) => Some(int.to_string()),
            Number::Float(float) => Some(float.to_string()),
            Number::Complex { .. } => None,
        },
        Expr::UnaryOp(unary) if unary.op == UnaryOp::USub => Some(format!("-{}", literal(&unary.operand)?)),
        Expr::BinOp(product) if product.op == Operator::Mult => {
            let (left, right) =
                (literal(&product.left)?.parse::<i64>().ok()?, literal(&product.right)?.parse::<i64>().ok()?);
            Some(left.checked_mul(right)?.to_string())
        }
        Expr::List(list) => joined(&list.elts),
        Expr::Tuple(tuple) => joined(&tuple.elts),
        _ => None,
    }
}

fn joined(elements: &[Expr]) -> Option<String> {
    let texts = elements.iter().map(literal).collect::<Option<Vec<_>>>()?;
    (!texts.is_empty()).then(|| texts.join(","))
}

/// A list or tuple's elements, and those of a sum of lists.
pub(crate) fn elements(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::List(list) => list.elts.iter().collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        Expr::BinOp(sum) if sum.op == Operator::Add => {
            elements(&sum.left).into_iter().chain(elements(&sum.right)).collect()
        }
        _ => Vec::new(),
    }
}

/// `name = value` and `name: annotation = value`.
pub(crate) fn assignment(statement: &Stmt) -> Option<(&str, &Expr, Option<&Expr>)> {
    match statement {
        Stmt::Assign(assign) => match assign.targets.first()? {
            Expr::Name(name) => Some((name.id.as_str(), &*assign.value, None)),
            // `app, rt = fast_app()` is remembered by its first name.
            Expr::Tuple(tuple) => match tuple.elts.first()? {
                Expr::Name(name) => Some((name.id.as_str(), &*assign.value, None)),
                _ => None,
            },
            _ => None,
        },
        Stmt::AnnAssign(assign) => match &*assign.target {
            Expr::Name(name) => Some((name.id.as_str(), assign.value.as_deref()?, Some(&*assign.annotation))),
            _ => None,
        },
        _ => None,
    }
}

/// A body with the statements of its `if`, `try` and `with` blocks, in order.
pub(crate) fn flatten(body: &[Stmt]) -> Vec<&Stmt> {
    let mut out = Vec::with_capacity(body.len());
    flatten_into(body, &mut out, 0);
    out
}

fn flatten_into<'a>(body: &'a [Stmt], out: &mut Vec<&'a Stmt>, depth: u8) {
    for statement in body {
        out.push(statement);
        if depth > 8 {
            continue;
        }
        match statement {
            Stmt::If(branch) => {
                flatten_into(&branch.body, out, depth + 1);
                for clause in &branch.elif_else_clauses {
                    flatten_into(&clause.body, out, depth + 1);
                }
            }
            Stmt::Try(attempt) => {
                flatten_into(&attempt.body, out, depth + 1);
                for handler in &attempt.handlers {
                    let ExceptHandler::ExceptHandler(handler) = handler;
                    flatten_into(&handler.body, out, depth + 1);
                }
                flatten_into(&attempt.orelse, out, depth + 1);
                flatten_into(&attempt.finalbody, out, depth + 1);
            }
            Stmt::With(with) => flatten_into(&with.body, out, depth + 1),
            _ => {}
        }
    }
}

struct NestedImports<'m> {
    path: &'m str,
    imports: &'m mut BTreeMap<String, String>,
}

impl<'a> StatementVisitor<'a> for NestedImports<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if matches!(statement, Stmt::ImportFrom(_)) {
            collect_imports(self.path, statement, self.imports);
        }
        walk_stmt(self, statement);
    }
}

fn collect_imports(path: &str, statement: &Stmt, imports: &mut BTreeMap<String, String>) {
    let local = |alias: &Alias| alias.asname.as_ref().unwrap_or(&alias.name).to_string();
    match statement {
        Stmt::Import(import) => {
            for alias in &import.names {
                match &alias.asname {
                    Some(name) => imports.insert(name.to_string(), alias.name.to_string()),
                    None => {
                        let first = alias.name.split('.').next().unwrap_or_default().to_owned();
                        imports.insert(first.clone(), first)
                    }
                };
            }
        }
        Stmt::ImportFrom(import) => {
            let base = import_base(path, import);
            for alias in import.names.iter().filter(|alias| alias.name.as_str() != "*") {
                imports.entry(local(alias)).or_insert_with(|| format!("{base}.{}", alias.name.as_str()));
            }
        }
        _ => {}
    }
}

/// The dotted name of what `from … import` imports from.
pub(crate) fn import_base(path: &str, import: &StmtImportFrom) -> String {
    let module = import.module.as_ref().map_or("", |module| module.as_str());
    if import.level == 0 {
        return module.to_owned();
    }
    let mut folder: Vec<&str> = path.split('/').collect();
    folder.truncate(folder.len().saturating_sub(import.level as usize));
    let mut dotted = String::new();
    for part in folder.into_iter().chain(module.split('.').filter(|part| !part.is_empty())) {
        dotted.push('.');
        dotted.push_str(part);
    }
    dotted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_resolved_through_imports() {
        let module = Module::parse(
            "app/api/main.py",
            Arc::from(
                "import os\nimport a.b as c\nfrom fastapi import FastAPI as F\nfrom ..core.config import settings\nfrom . import routes\nx = F()\ny = c.d()\n",
            ),
        );
        let calls: Vec<_> = module
            .assignments()
            .into_iter()
            .filter_map(|(_, value, _)| match value {
                Expr::Call(call) => module.callee(call),
                _ => None,
            })
            .collect();
        assert_eq!(calls, ["fastapi.FastAPI", "a.b.d"]);
        assert_eq!(module.imports["settings"], ".app.core.config.settings");
        assert_eq!(module.imports["routes"], ".app.api.routes");
    }

    #[test]
    fn a_broken_module_keeps_what_parses() {
        let module = Module::parse("a.py", Arc::from("x = 1\ndef (:\ny = 'z'\n"));
        assert!(module.assignments().iter().any(|(name, ..)| *name == "x"));
    }
}
