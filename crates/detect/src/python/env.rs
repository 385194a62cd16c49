//! Variables that Python code reads: `os.environ` in its forms, the author's own wrappers around it, django-environ,
//! environs, python-decouple and Starlette's `Config`.

mod tested;
mod wrapper;

use super::index::{Index, Marks};
use super::module::{Module, literal};
use super::settings;
use crate::env::{Demand, EnvRead};
use model::facts::ValueCheck;
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use rustpython_ruff_python_ast::{
    BoolOp, Expr, ExprBoolOp, ExprCall, ExprCompare, ExprContext, Stmt, UnaryOp,
};
use std::collections::BTreeMap;
use tested::Tested;
use wrapper::{Wrapper, Wrappers, callers, collect_wrappers};

/// Variables of the machine and the interpreter, which no one sets for a service.
const NOT_SETTINGS: &[&str] = &[
    "PATH",
    "HOME",
    "PWD",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "LANG",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "CI",
    "HOSTNAME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "PYTEST_CURRENT_TEST",
    "APPDATA",
    "LOCALAPPDATA",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "DISPLAY",
    "COLUMNS",
    "EDITOR",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "GITHUB_ACTIONS",
    "RUN_MAIN",
    "WERKZEUG_RUN_MAIN",
];

/// Every read in the given modules.
pub(crate) fn reads(index: &Index<'_>, root: &str, files: &[&str]) -> Vec<EnvRead> {
    let marked: Vec<&str> = files.iter().copied().filter(|file| index.marks(file).any(Marks::ENV)).collect();
    let mut wrappers = BTreeMap::new();
    for file in &marked {
        if let Some(module) = index.module(file) {
            collect_wrappers(&module, &mut wrappers);
        }
    }
    let mut found = Vec::new();
    let mut files = marked.clone();
    if !wrappers.is_empty() {
        files.extend(callers(index, &wrappers, index.under(root).as_slice(), &marked));
    }
    for file in files {
        if let Some(module) = index.module(file) {
            let mut reader = Reader::new(index, root, &module, &wrappers);
            reader.visit_body(&module.body);
            found.append(&mut reader.found);
        }
    }
    found.extend(settings::reads(index, root, &marked));
    found.extend(super::dynaconf::reads(index, &marked));
    for read in &mut found {
        if read.demand == Demand::Assumed && is_extra(&read.name) {
            read.demand = Demand::Unknown;
        }
    }
    kept(found)
}

/// Those reads that someone sets for a service.
pub(crate) fn kept(mut reads: Vec<EnvRead>) -> Vec<EnvRead> {
    reads.retain(|read| is_name(&read.name) && !NOT_SETTINGS.contains(&read.name.as_str()));
    reads
}

/// Variables that switch something on and are missing without harm.
fn is_extra(name: &str) -> bool {
    let first = name.split('_').next().unwrap_or(name);
    ["SENTRY", "LOG", "LOGGING", "DEBUG", "OTEL", "NEWRELIC", "DD", "ENABLE", "DISABLE", "USE", "WEB"]
        .contains(&first)
        || name.starts_with("NEW_RELIC")
        || ["_ENABLED", "_PROXY", "_DEBUG"].iter().any(|end| name.ends_with(end))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn is_environ(module: &Module, expr: &Expr) -> bool {
    matches!(module.dotted(expr).as_deref(), Some("os.environ" | "environ" | "os.environb"))
        && module
            .dotted(expr)
            .is_some_and(|name| name != "environ" || !module.imports.contains_key("environ"))
}

fn is_getter(module: &Module, call: &ExprCall) -> bool {
    match module.callee(call).as_deref() {
        Some("os.getenv" | "os.environ.get" | "os.environ.pop") => true,
        Some("getenv") => module.text.contains("import getenv"),
        _ => false,
    }
}

/// How the value of an expression is used by what is around it.
#[derive(Debug, Clone, Default)]
struct Use {
    /// It is tested, or something else is taken in its place.
    optional: bool,
    /// What is taken in its place.
    default: Option<String>,
    check: Option<ValueCheck>,
}

struct Reader<'m> {
    index: &'m Index<'m>,
    root: &'m str,
    module: &'m Module,
    wrappers: &'m Wrappers,
    /// Names of the module that are tested, with whether the code ends without them.
    tested: BTreeMap<String, bool>,
    /// What declared an `Env` object's variables have as defaults.
    scheme: BTreeMap<String, Option<String>>,
    prefix: String,
    context: Use,
    found: Vec<EnvRead>,
}

impl<'m> Reader<'m> {
    fn new(index: &'m Index<'m>, root: &'m str, module: &'m Module, wrappers: &'m Wrappers) -> Self {
        let mut tested = Tested::default();
        tested.visit_body(&module.body);
        let scheme = super::envlib::scheme(module);
        Self {
            index,
            root,
            module,
            wrappers,
            tested: tested.names,
            scheme,
            prefix: String::new(),
            context: Use::default(),
            found: Vec::new(),
        }
    }

    fn add(
        &mut self,
        name: String,
        demand: Demand,
        default: Option<String>,
        check: Option<ValueCheck>,
        at: &Expr,
    ) {
        let context = self.context.clone();
        let default = default.or(context.default);
        let demand = if context.optional && demand != Demand::Required { Demand::Optional } else { demand };
        let place = self.module.place(at);
        self.found.push(EnvRead {
            demand,
            default,
            check: check.or(context.check),
            ..EnvRead::new(name, place)
        });
    }

    fn within(&mut self, context: Use, expr: &Expr) {
        let outer = std::mem::replace(&mut self.context, context);
        self.visit_expr(expr);
        self.context = outer;
    }

    /// A read by a call, when it is one.
    fn call(&mut self, call: &ExprCall, expr: &Expr) -> bool {
        let module = self.module;
        let name = call
            .arguments
            .find_positional(0)
            .or_else(|| call.arguments.find_keyword("key").map(|keyword| &keyword.value));
        let name = name.and_then(|name| module.text_of(name));
        if is_getter(module, call) {
            let Some(name) = name else { return false };
            let default = call.arguments.find_argument_value("default", 1);
            let demand = if default.is_some() { Demand::Optional } else { Demand::Assumed };
            self.add(name, demand, default.and_then(|default| module.text_of(default)), None, expr);
            return true;
        }
        if let Some(wrapper) = self.wrapper(call) {
            let Some(name) = name else { return false };
            let default = call
                .arguments
                .args
                .get(1)
                .or_else(|| call.arguments.find_keyword("default").map(|keyword| &keyword.value));
            let demand = if default.is_some() { Demand::Optional } else { wrapper.demand };
            self.add(name, demand, default.and_then(|default| module.text_of(default)), None, expr);
            return true;
        }
        match super::envlib::read(self.index, self.root, module, call, &self.scheme) {
            Some(read) => {
                let name = format!("{}{}", self.prefix, read.name);
                self.add(name, read.demand, read.default, read.check, expr);
                true
            }
            None => false,
        }
    }

    fn wrapper(&self, call: &ExprCall) -> Option<Wrapper> {
        let callee = self.module.callee(call)?;
        if let Some(wrapper) = self.wrappers.get(&(self.module.path.clone(), callee.clone())) {
            return Some(*wrapper);
        }
        let last = callee.rsplit('.').next()?;
        if !callee.contains('.') || !self.wrappers.keys().any(|(_, name)| name == last) {
            return None;
        }
        self.wrappers.get(&self.index.locate(self.root, &callee)?).copied()
    }

    /// `a or b`: the last is what the others fall back to.
    fn choice(&mut self, choice: &ExprBoolOp) {
        let default = if choice.op == BoolOp::Or { choice.values.last().and_then(literal) } else { None };
        for (at, value) in choice.values.iter().enumerate() {
            let last = at + 1 == choice.values.len() && choice.op == BoolOp::Or;
            let context = Use {
                optional: !last || self.context.optional,
                default: default.clone(),
                check: self.context.check.clone(),
            };
            self.within(context, value);
        }
    }

    /// A comparison tests the value; with words for yes it makes it a boolean.
    fn comparison(&mut self, compare: &ExprCompare, expr: &Expr) {
        let words: Vec<String> = compare.comparators.iter().filter_map(literal).collect();
        let is_yes = |word: &str| ["true", "1", "yes", "on"].contains(&word.to_ascii_lowercase().as_str());
        let check = words.iter().flat_map(|word| word.split(',')).any(is_yes).then_some(ValueCheck::Boolean);
        if compare.comparators.iter().any(|right| is_environ(self.module, right))
            && let Some(name) = self.module.text_of(&compare.left)
        {
            self.add(name, Demand::Optional, None, None, expr);
        }
        self.within(Use { optional: true, default: None, check }, &compare.left);
        for right in &compare.comparators {
            self.within(Use { optional: true, ..Use::default() }, right);
        }
    }

    /// What the surrounding call makes of the value.
    fn conversion(&self, call: &ExprCall) -> Option<ValueCheck> {
        match self.module.callee(call)?.rsplit('.').next()? {
            "int" | "float" | "Decimal" => Some(ValueCheck::Number),
            "strtobool" | "str2bool" | "str_to_bool" | "parse_bool" | "to_bool" => Some(ValueCheck::Boolean),
            _ => None,
        }
    }
}

impl<'a> Visitor<'a> for Reader<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let outer = std::mem::take(&mut self.context);
        match statement {
            Stmt::If(branch) => {
                self.within(Use { optional: true, ..Use::default() }, &branch.test);
                self.visit_body(&branch.body);
                for clause in &branch.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.within(Use { optional: true, ..Use::default() }, test);
                    }
                    self.visit_body(&clause.body);
                }
            }
            Stmt::With(with) => {
                let length = self.prefix.len();
                for item in &with.items {
                    if let Some(prefix) = super::envlib::prefixed(&item.context_expr) {
                        self.prefix.push_str(&prefix);
                    }
                }
                walk_stmt(self, statement);
                self.prefix.truncate(length);
            }
            _ => {
                if let Some((name, ..)) = super::module::assignment(statement)
                    && let Some(ends) = self.tested.get(name).copied()
                {
                    let before = self.found.len();
                    walk_stmt(self, statement);
                    let demand = if ends { Demand::Required } else { Demand::Optional };
                    for read in &mut self.found[before..] {
                        let empty = read.default.as_deref() == Some("");
                        if read.demand == Demand::Assumed || (ends && empty) {
                            read.demand = demand;
                        }
                    }
                } else {
                    walk_stmt(self, statement);
                }
            }
        }
        self.context = outer;
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Subscript(subscript) if is_environ(self.module, &subscript.value) => {
                if subscript.ctx == ExprContext::Load
                    && let Some(name) = self.module.text_of(&subscript.slice)
                {
                    self.add(name, Demand::Required, None, None, expr);
                }
            }
            Expr::BoolOp(choice) => self.choice(choice),
            Expr::Compare(compare) => self.comparison(compare, expr),
            Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => {
                self.within(Use { optional: true, ..Use::default() }, &unary.operand)
            }
            Expr::If(choice) => {
                self.within(Use { optional: true, ..Use::default() }, &choice.test);
                self.visit_expr(&choice.body);
                self.visit_expr(&choice.orelse);
            }
            Expr::Call(call) => {
                if self.call(call, expr) {
                    let rest = call
                        .arguments
                        .args
                        .iter()
                        .skip(1)
                        .chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
                    for argument in rest {
                        self.within(Use { optional: true, ..Use::default() }, argument);
                    }
                    return;
                }
                let check = self.conversion(call).or_else(|| self.context.check.clone());
                let through = matches!(&*call.func, Expr::Attribute(_)) || check.is_some();
                let context = if through { Use { check, ..self.context.clone() } } else { Use::default() };
                let outer = std::mem::replace(&mut self.context, context);
                walk_expr(self, expr);
                self.context = outer;
            }
            _ => walk_expr(self, expr),
        }
    }
}
