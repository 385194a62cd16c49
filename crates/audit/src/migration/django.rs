//! Django's operations as the statements they become, as far as the rules ask for them.

use super::source::Source;
use artifact::sql::Statement;
use rustpython_ruff_python_ast::{Expr, ExprCall, PySourceType, Stmt};
use rustpython_ruff_python_parser::parse_unchecked_source;
use rustpython_ruff_text_size::Ranged;

/// Whether a module is one of Django's migrations.
pub(super) fn is_migration(text: &str) -> bool {
    text.contains("migrations.Migration")
}

/// The operations of a migration, in order.
pub(super) fn statements(text: &str) -> Vec<Statement> {
    let source = Source(text);
    if !source.is_reasonable() {
        return Vec::new();
    }
    let module = parse_unchecked_source(text, PySourceType::Python).into_suite();
    let classes = module.iter().filter_map(|statement| match statement {
        Stmt::ClassDef(class) => Some(class),
        _ => None,
    });
    let mut reader = Reader { source, found: Vec::new() };
    for statement in classes.flat_map(|class| &class.body) {
        if let Stmt::Assign(assign) = statement
            && matches!(assign.targets.first(), Some(Expr::Name(name)) if name.id.as_str() == "operations")
        {
            reader.operations(&assign.value);
        }
    }
    reader.found
}

struct Reader<'t> {
    source: Source<'t>,
    found: Vec<Statement>,
}

impl Reader<'_> {
    fn operations(&mut self, list: &Expr) {
        for expr in elements(list) {
            if let Expr::Call(call) = expr {
                self.operation(call);
            }
        }
    }

    fn operation(&mut self, call: &ExprCall) {
        let text = |name: &str, at: usize| text(call.arguments.find_argument_value(name, at));
        let table = || text("model_name", 0);
        let named = || text("name", 0);
        let sql = match last_name(&call.func) {
            "CreateModel" => format!("CREATE TABLE {}", named()),
            "DeleteModel" => format!("DROP TABLE {}", named()),
            "RenameModel" => format!("ALTER TABLE {} RENAME TO U", text("old_name", 0)),
            "AlterModelTable" => format!("ALTER TABLE {} RENAME TO U", named()),
            "RemoveField" => format!("ALTER TABLE {} DROP COLUMN C", table()),
            "RenameField" => format!("ALTER TABLE {} RENAME COLUMN C TO D", table()),
            "AddField" => match call.arguments.find_argument_value("field", 2).and_then(column) {
                Some(column) => format!("ALTER TABLE {} ADD COLUMN C {column}", table()),
                None => return,
            },
            "AlterField" => format!("ALTER TABLE {} ALTER COLUMN C TYPE X", table()),
            "AddIndex" => format!("CREATE INDEX I ON {}", table()),
            "AlterUniqueTogether" | "AlterIndexTogether" => format!("CREATE INDEX I ON {}", named()),
            "RunPython" if call.arguments.find_argument_value("reverse_code", 1).is_none() => {
                "DO IRREVERSIBLE".to_owned()
            }
            "RunSQL" => return self.script(call),
            "SeparateDatabaseAndState" => {
                let inner = call.arguments.find_argument_value("database_operations", 0);
                return inner.into_iter().for_each(|inner| self.operations(inner));
            }
            _ => return,
        };
        self.found.push(self.source.statement(call.range().start().to_usize(), &sql));
    }

    fn script(&mut self, call: &ExprCall) {
        let at = call.range().start().to_usize();
        let Some(sql) = call.arguments.find_argument_value("sql", 0) else { return };
        let parts = elements(sql);
        let parts = if parts.is_empty() { vec![sql] } else { parts };
        for part in parts {
            // `("… %s", [value])` is a statement with its values.
            let part = elements(part).first().copied().unwrap_or(part);
            if let Expr::StringLiteral(text) = part {
                let begin = part.range().start().to_usize();
                self.found.extend(self.source.script(begin, text.value.to_str()));
            }
        }
        if call.arguments.find_argument_value("reverse_sql", 1).is_none() {
            self.found.push(self.source.statement(at, "DO IRREVERSIBLE"));
        }
    }
}

/// What a field says after the column's name; `None` where no column is added. A default in Python is gone from the database
/// when the migration ends.
fn column(field: &Expr) -> Option<&'static str> {
    let Expr::Call(call) = field else { return Some("") };
    let is = |name: &str, value: bool| {
        call.arguments
            .find_keyword(name)
            .is_some_and(|keyword| matches!(&keyword.value, Expr::BooleanLiteral(is) if is.value == value))
    };
    let has = |name: &str| call.arguments.find_keyword(name).is_some();
    let kind = last_name(&call.func);
    if kind == "ManyToManyField" || kind.ends_with("AutoField") || kind == "GeneratedField" {
        None
    } else if is("null", true) || has("db_default") {
        Some("")
    } else if has("default") {
        Some("NOT NULL DEFAULT IN CODE")
    } else {
        Some("NOT NULL")
    }
}

fn last_name(expr: &Expr) -> &str {
    match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

/// A name, `T` where it is not written out.
fn text(expr: Option<&Expr>) -> String {
    match expr {
        Some(Expr::StringLiteral(text)) => text.value.to_str().to_owned(),
        Some(_) | None => "T".to_owned(),
    }
}

fn elements(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::List(list) => list.elts.iter().collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        _ => Vec::new(),
    }
}
