//! Alembic's operations as the statements they become, as far as the rules ask for them.

use artifact::sql::Statement;

/// The operations of `upgrade`, in order.
pub(super) fn statements(script: &str) -> Vec<Statement> {
    let Some(start) = script.find("def upgrade") else { return Vec::new() };
    let body = &script[start..];
    let body = body.find("\ndef ").map_or(body, |end| &body[..end]);
    let mut found = Vec::new();
    for (at, _) in body.match_indices("op.") {
        let call = &body[at + 3..];
        let Some(open) = call.find('(') else { continue };
        let Some(sql) = as_sql(call[..open].trim(), arguments(&call[open..])) else { continue };
        let line = 1 + script[..start + at].matches('\n').count();
        let words = sql.split(' ').map(str::to_owned).collect();
        found.push(Statement { words, line: u32::try_from(line).unwrap_or(u32::MAX) });
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

fn as_sql(operation: &str, arguments: &str) -> Option<&'static str> {
    let says = |text: &str| arguments.replace(' ', "").contains(text);
    match operation {
        "drop_table" => Some("DROP TABLE T"),
        "drop_column" => Some("ALTER TABLE T DROP COLUMN C"),
        "rename_table" => Some("ALTER TABLE T RENAME TO U"),
        "alter_column" if says("new_column_name=") => Some("ALTER TABLE T RENAME COLUMN C TO D"),
        "alter_column" if says("nullable=False") => Some("ALTER TABLE T ALTER COLUMN C SET NOT NULL"),
        "add_column" if says("nullable=False") && !says("server_default=") && !says("Identity(") => {
            Some("ALTER TABLE T ADD COLUMN C NOT NULL")
        }
        _ => None,
    }
}
