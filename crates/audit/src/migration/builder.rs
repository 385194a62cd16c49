//! The schema builders of TypeORM, Knex, Sequelize, Kysely and node-pg-migrate: their methods as the statements they become, as
//! far as the rules ask for them. They share most names.

use super::javascript::Link;
use super::source::Source;
use artifact::sql::Statement;

/// Whether a call makes a table.
pub(super) fn creates(link: &Link<'_>) -> bool {
    matches!(link.name.as_str(), "createTable" | "createTableIfNotExists")
}

/// The table that a call's callback changes: Knex's `alterTable("users", (table) => …)`.
pub(super) fn changes<'l>(link: &'l Link<'_>) -> Option<&'l str> {
    let by_callback = matches!(link.name.as_str(), "alterTable" | "table") && link.arguments.len() > 1;
    link.text(0).filter(|_| by_callback)
}

/// What a chain of calls does; `table` is what a callback around it changes.
pub(super) fn statements(source: &Source<'_>, links: &[Link<'_>], table: Option<&str>) -> Vec<Statement> {
    let mut found = Vec::new();
    for link in links {
        if matches!(link.name.as_str(), "query" | "raw" | "sql" | "addSql") {
            found.extend(link.text(0).into_iter().flat_map(|sql| source.script(link.inside, sql)));
        } else {
            // Kysely's `alterTable("users").dropColumn("age")`.
            let before =
                links.iter().find(|other| other.name == "alterTable").and_then(|other| other.text(0));
            let sql = operation(link, table.or(before));
            found.extend(sql.into_iter().map(|sql| source.statement(link.offset, &sql)));
        }
    }
    if let (Some(table), Some(first)) = (table, links.first()) {
        let sql = column(links).map(|what| format!("ALTER TABLE {table} {what}"));
        found.extend(sql.map(|sql| source.statement(first.offset, &sql)));
    }
    found
}

fn operation(link: &Link<'_>, around: Option<&str>) -> Vec<String> {
    let first = link.text(0).unwrap_or("T");
    let table = around.unwrap_or(first);
    let squeezed: String = link.arguments.concat().split_whitespace().collect();
    let alter = |what: &str| vec![format!("ALTER TABLE {table} {what}")];
    match link.name.as_str() {
        "createTable" | "createTableIfNotExists" => {
            let named = link.text(0).or_else(|| named(&squeezed));
            named.map(|name| format!("CREATE TABLE {name}")).into_iter().collect()
        }
        "dropTable" | "dropTableIfExists" => vec![format!("DROP TABLE {first}")],
        "renameTable" => vec![format!("ALTER TABLE {first} RENAME TO U")],
        "dropColumn" | "dropColumns" | "removeColumn" | "dropTimestamps" => alter("DROP COLUMN C"),
        "renameColumn" => alter("RENAME COLUMN C TO D"),
        "addColumn" | "addColumns" if is_required(&squeezed) => alter("ADD COLUMN C NOT NULL"),
        "changeColumn" | "changeColumns" | "alterColumn" => {
            let strict = ["allowNull:false", "notNull:true", "setNotNull("];
            let strict = strict.iter().any(|text| squeezed.contains(text));
            alter(if strict { "ALTER COLUMN C SET NOT NULL" } else { "ALTER COLUMN C TYPE X" })
        }
        "dropNullable" => alter("ALTER COLUMN C SET NOT NULL"),
        "createIndex" | "createIndices" | "addIndex" => {
            let beside =
                ["isConcurrent:true", "concurrently:true"].iter().any(|text| squeezed.contains(text));
            let how = if beside { "CONCURRENTLY " } else { "" };
            vec![format!("CREATE INDEX {how}I ON {table}")]
        }
        _ => Vec::new(),
    }
}

/// The `name` of an object that is written out.
fn named(squeezed: &str) -> Option<&str> {
    let rest = squeezed.split_once("name:")?.1;
    rest.split(['"', '\'', '`']).nth(1)
}

/// Whether new columns need a value that nobody gives them. TypeORM's do unless they say otherwise.
fn is_required(squeezed: &str) -> bool {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    const FILLED: &[&str] = &["default:", "isGenerated:true", "generatedType:", "asExpression:"];
    if squeezed.contains("newTableColumn(") {
        let columns = squeezed.split("newTableColumn(").skip(1);
        return columns.into_iter().any(|column| !has(column, &["isNullable:true"]) && !has(column, FILLED));
    }
    has(squeezed, &["allowNull:false", "notNull:true", ".notNull()"])
        && !has(squeezed, &["defaultValue:", "default:", ".defaultTo("])
}

/// What Knex's `table.string("name").notNullable()` does to a column.
fn column(links: &[Link<'_>]) -> Option<&'static str> {
    const OTHERS: &[&str] = &["increments", "bigIncrements", "index", "unique", "foreign", "primary"];
    let has = |name: &str| links.iter().any(|link| link.name == name);
    if OTHERS.contains(&links.first()?.name.as_str()) {
        return None;
    }
    match (has("alter"), has("notNullable"), has("defaultTo")) {
        (true, true, _) => Some("ALTER COLUMN C SET NOT NULL"),
        (true, false, _) => Some("ALTER COLUMN C TYPE X"),
        (false, true, false) => Some("ADD COLUMN C NOT NULL"),
        (false, ..) => None,
    }
}
