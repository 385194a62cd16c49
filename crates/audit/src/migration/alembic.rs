//! Alembic's operations as the statements they become, as far as the rules ask for them.

use super::source::Source;
use artifact::sql::Statement;

/// The operations of `upgrade`, in order.
pub(super) fn statements(script: &str) -> Vec<Statement> {
    let Some(start) = script.find("def upgrade") else { return Vec::new() };
    let body = &script[start..];
    let body = body.find("\ndef ").map_or(body, |end| &body[..end]);
    let source = Source(script);
    let mut found = Vec::new();
    for (at, _) in body.match_indices("op.") {
        let call = &body[at + 3..];
        let Some(open) = call.find('(') else { continue };
        let (operation, arguments) = (call[..open].trim(), arguments(&call[open..]));
        if operation == "execute" {
            found.extend(source.script(start + at, &texts(arguments).concat()));
        } else if let Some(sql) = as_sql(operation, arguments) {
            found.push(source.statement(start + at, &sql));
        }
    }
    found
}

/// What stands between a call's parentheses.
fn arguments(call: &str) -> &str {
    let mut depth = 0_u32;
    for (at, c) in call.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return &call[..at];
        }
    }
    call
}

fn as_sql(operation: &str, arguments: &str) -> Option<String> {
    let says = |text: &str| arguments.replace(' ', "").contains(text);
    let texts = texts(arguments);
    let text = |at: usize| texts.get(at).map_or("T", String::as_str);
    let alter = |what: &str| Some(format!("ALTER TABLE {} {what}", text(0)));
    match operation {
        "create_table" => Some(format!("CREATE TABLE {}", texts.first()?)),
        "drop_table" => Some(format!("DROP TABLE {}", text(0))),
        "drop_column" => alter("DROP COLUMN C"),
        "rename_table" => alter("RENAME TO U"),
        "alter_column" if says("new_column_name=") => alter("RENAME COLUMN C TO D"),
        "alter_column" if says("nullable=False") => alter("ALTER COLUMN C SET NOT NULL"),
        "alter_column" if says("type_=") => alter("ALTER COLUMN C TYPE X"),
        "create_index" if !says("postgresql_concurrently=True") => {
            Some(format!("CREATE INDEX I ON {}", text(1)))
        }
        "add_column" if says("nullable=False") && !says("server_default=") && !says("Identity(") => {
            alter("ADD COLUMN C NOT NULL")
        }
        _ => None,
    }
}

/// The texts in quotes, in order.
fn texts(arguments: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = arguments;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = ["\"\"\"", "'''"].into_iter().find(|quote| rest[at..].starts_with(quote));
        let quote = quote.unwrap_or(&rest[at..=at]);
        let inner = &rest[at + quote.len()..];
        let Some(end) = inner.find(quote) else { break };
        found.push(inner[..end].to_owned());
        rest = &inner[end + quote.len()..];
    }
    found
}
