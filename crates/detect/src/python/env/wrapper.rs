//! The author's own functions around `os.environ`.

use super::{is_environ, is_getter};
use crate::env::Demand;
use crate::python::index::Index;
use crate::python::module::Module;
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use rustpython_ruff_python_ast::{Expr, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// The author's own functions that read the variable they are given: which parameter is the name, and the default, and
/// whether it raises without.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrapper {
    /// What a call without a default demands.
    pub(super) demand: Demand,
}

pub(super) type Wrappers = BTreeMap<(String, String), Wrapper>;

pub(super) fn collect_wrappers(module: &Module, wrappers: &mut Wrappers) {
    // Those that call others come after them, whatever their order in the file.
    let mut known = 0;
    loop {
        collect_once(module, wrappers);
        if wrappers.len() == known {
            return;
        }
        known = wrappers.len();
    }
}

fn collect_once(module: &Module, wrappers: &mut Wrappers) {
    for function in module.functions() {
        let parameters = &function.parameters;
        let Some(first) = parameters.args.first().or(parameters.posonlyargs.first()) else { continue };
        let mut finder = ParameterRead {
            module,
            wrappers,
            parameter: first.parameter.name.as_str(),
            found: None,
            raises: false,
        };
        finder.visit_body(&function.body);
        if let Some(demand) = finder.found {
            let demand = if finder.raises { Demand::Required } else { demand };
            wrappers.insert((module.path.clone(), function.name.to_string()), Wrapper { demand });
        }
    }
}

struct ParameterRead<'m> {
    module: &'m Module,
    wrappers: &'m Wrappers,
    parameter: &'m str,
    found: Option<Demand>,
    raises: bool,
}

impl<'a> Visitor<'a> for ParameterRead<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.raises |= matches!(statement, Stmt::Raise(_));
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let read = match expr {
            Expr::Call(call) if is_getter(self.module, call) => {
                call.arguments.find_positional(0).map(|name| (name, Demand::Assumed))
            }
            Expr::Call(call) if let Expr::Name(called) = &*call.func => {
                let wrapper = self.wrappers.get(&(self.module.path.clone(), called.id.to_string()));
                wrapper.and_then(|wrapper| Some((call.arguments.find_positional(0)?, wrapper.demand)))
            }
            Expr::Subscript(subscript) if is_environ(self.module, &subscript.value) => {
                Some((&*subscript.slice, Demand::Required))
            }
            _ => None,
        };
        if let Some((Expr::Name(name), demand)) = read
            && name.id.as_str() == self.parameter
        {
            self.found = Some(demand);
        }
        walk_expr(self, expr);
    }
}

/// Modules without a mark that call a wrapper of another module.
pub(super) fn callers<'a>(
    index: &Index<'a>,
    wrappers: &Wrappers,
    files: &[&'a str],
    known: &[&str],
) -> Vec<&'a str> {
    let names: BTreeSet<&str> =
        wrappers.keys().map(|(_, name)| name.as_str()).filter(|name| name.len() > 3).collect();
    let others = files.iter().copied().filter(|file| !known.contains(file));
    others
        .filter(|file| {
            let text = index.repository.text(file).unwrap_or_default();
            names.iter().any(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some())
        })
        .collect()
}
