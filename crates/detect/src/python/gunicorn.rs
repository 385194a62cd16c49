//! What a configuration file of Gunicorn says, said on the command line as well.

use super::index::Index;
use super::module::{Module, literal};
use crate::launch::{Launch, Run};
use crate::path;
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr};
use rustpython_ruff_python_ast::{Expr, ExprCall};

/// Adds to Gunicorn's commands the application and the port that their configuration files state.
pub(crate) fn say_all(index: &Index<'_>, launches: &mut [Launch]) {
    for run in launches.iter_mut().flat_map(|launch| &mut launch.runs) {
        if run.words.first().is_some_and(|word| path::file_name(word) == "gunicorn") {
            say(index, run);
        }
    }
}

fn say(index: &Index<'_>, run: &mut Run) {
    let Some(module) = configuration(run).and_then(|file| index.module(&file)) else { return };
    let assigned = |name: &str| module.assignments().into_iter().rfind(|found| found.0 == name);
    let has = |names: &[&str]| run.words.iter().any(|word| names.iter().any(|name| word.starts_with(name)));
    let mut more = Vec::new();
    let names_object = run.words.iter().skip(1).any(|word| !word.starts_with('-') && word.contains(':'));
    if let Some((_, value, _)) = assigned("wsgi_app")
        && let (Some(target), false) = (literal(value), names_object)
    {
        more.push(target);
    }
    if let Some((_, value, _)) = assigned("bind")
        && let (Some(port), false) = (port(index, &run.folder, &module, value, 0), has(&["-b", "--bind"]))
    {
        more.extend(["--bind".to_owned(), format!("0.0.0.0:{port}")]);
    }
    run.words.splice(1..1, more);
}

/// The configuration file of a command: the one it names, else the one Gunicorn looks for.
fn configuration(run: &Run) -> Option<String> {
    let named = run.words.iter().enumerate().find_map(|(at, word)| match word.as_str() {
        "-c" | "--config" => run.words.get(at + 1).cloned(),
        word => word.strip_prefix("--config=").map(str::to_owned),
    });
    let name = named.unwrap_or_else(|| "gunicorn.conf.py".to_owned());
    Some(path::join(&run.folder, name.trim_start_matches("python:").trim_start_matches("./")))
}

/// The port in an address: its last number that is known, or that a variable falls back to.
fn port(index: &Index<'_>, root: &str, module: &Module, value: &Expr, depth: u8) -> Option<u16> {
    let mut numbers = Numbers { index, root, module, depth, found: None };
    numbers.visit_expr(value);
    numbers.found
}

struct Numbers<'m> {
    index: &'m Index<'m>,
    root: &'m str,
    module: &'m Module,
    depth: u8,
    found: Option<u16>,
}

impl Numbers<'_> {
    /// What a name stands for, here or where it is imported from.
    fn named(&mut self, name: &str) -> Option<u16> {
        if self.depth > 3 {
            return None;
        }
        let here = self.module.assignments().into_iter().rfind(|found| found.0 == name).map(|found| found.1);
        if let Some(value) = here {
            return port(self.index, self.root, self.module, value, self.depth + 1);
        }
        let (file, name) = self.index.locate(self.root, self.module.imports.get(name)?)?;
        let module = self.index.module(&file)?;
        let value = module.assignments().into_iter().rfind(|found| found.0 == name)?.1;
        port(self.index, self.root, &module, value, self.depth + 1)
    }

    /// The default of `os.getenv("PORT", "8000")`; the name is no number.
    fn call(&mut self, call: &ExprCall) {
        call.arguments.args.iter().for_each(|argument| self.visit_expr(argument));
    }
}

impl<'a> Visitor<'a> for Numbers<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => self.call(call),
            Expr::Name(name) => self.found = self.named(name.id.as_str()).or(self.found),
            _ => {
                let number = literal(expr).and_then(|text| text.rsplit(':').next()?.parse().ok());
                self.found = number.or(self.found);
                walk_expr(self, expr);
            }
        }
    }
}
