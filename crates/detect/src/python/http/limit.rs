//! The largest request body that the code accepts: what frameworks are told, and constants of one's own that a refusal is
//! made with.

use crate::python::index::{Index, Marks};
use crate::python::module::{Module, assignment, literal};
use rustpython_ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use rustpython_ruff_python_ast::{Expr, ExprCall, Number, Operator, Stmt};

/// What Django, Flask, Quart and Sanic call it.
const SETTINGS: &[&str] = &[
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "FILE_UPLOAD_MAX_MEMORY_SIZE",
    "MAX_CONTENT_LENGTH",
    "REQUEST_MAX_SIZE",
    "client_max_size",
    "request_max_body_size",
    "max_body_size",
];

/// Words in a module that refuses bodies for their size.
const REFUSALS: &[&str] = &["413", "ENTITY_TOO_LARGE", "CONTENT_TOO_LARGE", "content-length", "UploadFile"];

/// The largest of what the modules state, in bytes.
pub(super) fn largest(index: &Index<'_>, files: &[&str]) -> Option<u64> {
    let marked: Vec<&str> =
        files.iter().copied().filter(|file| index.marks(file).any(Marks::LIMIT)).collect();
    let mut stated = Vec::new();
    let mut own = Vec::new();
    for module in marked.iter().filter_map(|file| index.module(file)) {
        let mut finder = Finder { module: &module, found: Vec::new() };
        finder.visit_body(&module.body);
        for (name, bytes) in finder.found {
            if SETTINGS.contains(&name.as_str()) {
                stated.push(bytes);
            } else if is_compared(index, &marked, &module.path, &name) {
                own.push(bytes);
            }
        }
    }
    stated.into_iter().chain(own).max()
}

/// Whether a module that refuses bodies uses the constant of a file.
fn is_compared(index: &Index<'_>, files: &[&str], defined: &str, name: &str) -> bool {
    files.iter().any(|file| {
        let text = index.repository.text(file).unwrap_or_default();
        let itself = usize::from(*file == defined);
        text.matches(name).count() > itself && REFUSALS.iter().any(|word| text.contains(word))
    })
}

/// The bytes of a unit that the name of a constant says it is in; `None` when the name is not about a body's size.
fn unit(name: &str) -> Option<u64> {
    const ABOUT: &[&str] =
        &["UPLOAD", "BODY", "FILE", "CONTENT", "REQUEST", "PAYLOAD", "ATTACHMENT", "IMAGE"];
    const OTHER: &[&str] = &[
        "LOG", "COUNT", "FILES", "NAME", "AGE", "TOKENS", "CHARS", "LINES", "WIDTH", "HEIGHT", "PIXELS",
        "TIME", "SECONDS", "RETRIES", "UPLOADS", "REQUESTS", "RATE", "RESPONSE",
    ];
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split('_').collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if SETTINGS.contains(&name) {
        return Some(1);
    }
    if !has(&["MAX", "MAXIMUM", "LIMIT"]) || !has(ABOUT) || has(OTHER) {
        return None;
    }
    Some(if has(&["KB", "KIB"]) {
        1 << 10
    } else if has(&["MB", "MIB", "MEGABYTES"]) {
        1 << 20
    } else if has(&["GB", "GIB"]) {
        1 << 30
    } else {
        1
    })
}

struct Finder<'m> {
    module: &'m Module,
    found: Vec<(String, u64)>,
}

impl Finder<'_> {
    fn add(&mut self, name: &str, value: &Expr) {
        /// Less is a number of something else.
        const LEAST: u64 = 1024;
        let Some(unit) = unit(name) else { return };
        let bytes = amount(self.module, value, 0).and_then(|amount| amount.checked_mul(unit));
        self.found.extend(bytes.filter(|bytes| *bytes >= LEAST).map(|bytes| (name.to_owned(), bytes)));
    }
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Some((name, value, _)) = assignment(statement) {
            self.add(name, value);
        }
        // `app.config["MAX_CONTENT_LENGTH"] = …`
        if let Stmt::Assign(assign) = statement
            && let Some(Expr::Subscript(subscript)) = assign.targets.first()
            && let Some(name) = literal(&subscript.slice).filter(|name| SETTINGS.contains(&name.as_str()))
        {
            self.add(&name, &assign.value);
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            for keyword in &call.arguments.keywords {
                if let Some(name) = keyword.arg.as_ref().filter(|name| SETTINGS.contains(&name.as_str())) {
                    self.add(name.as_str(), &keyword.value);
                }
            }
        }
        walk_expr(self, expr);
    }
}

/// The number that an expression is, as far as it can be known: products, powers, defaults of settings.
fn amount(module: &Module, expr: &Expr, depth: u8) -> Option<u64> {
    if depth > 6 {
        return None;
    }
    let inner = |expr: &Expr| amount(module, expr, depth + 1);
    match expr {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(int) => int.as_u64(),
            // `2.5e6` is a whole number of bytes.
            Number::Float(float) if *float >= 0.0 && *float < 1e15 => Some(*float as u64),
            Number::Float(_) | Number::Complex { .. } => None,
        },
        Expr::StringLiteral(text) => text.value.to_str().trim().parse().ok(),
        Expr::BinOp(pair) => {
            let (left, right) = (inner(&pair.left)?, inner(&pair.right)?);
            let power = || u32::try_from(right).ok();
            match pair.op {
                Operator::Mult => left.checked_mul(right),
                Operator::Add => left.checked_add(right),
                Operator::Pow => left.checked_pow(power()?),
                Operator::LShift => power().filter(|by| *by < 40).and_then(|by| left.checked_mul(1 << by)),
                _ => None,
            }
        }
        Expr::BoolOp(either) => either.values.last().and_then(inner),
        Expr::Name(name) => {
            let name = name.id.as_str();
            let value = module.assignments().into_iter().find(|(assigned, ..)| *assigned == name)?.1;
            inner(value)
        }
        Expr::Call(call) => of_call(module, call).and_then(inner),
        _ => None,
    }
}

/// What a call answers when nothing is set: `int("10")`, `os.getenv("X", "10")`, `Field(default=10)`, `env.int("X", 10)`.
fn of_call<'e>(module: &Module, call: &'e ExprCall) -> Option<&'e Expr> {
    let keyword = call.arguments.find_keyword("default").map(|keyword| &keyword.value);
    if keyword.is_some() {
        return keyword;
    }
    let callee = module.callee(call)?;
    match callee.rsplit('.').next()? {
        "int" | "float" | "Field" if call.arguments.args.len() == 1 || !callee.contains("env") => {
            call.arguments.find_positional(0)
        }
        _ => call.arguments.find_positional(1),
    }
}
