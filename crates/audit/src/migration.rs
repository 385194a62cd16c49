//! Rules over migrations that a deploy would apply: while it runs, and after a rollback, the release before works with the
//! schema that they leave. A migration that it cannot work with is refused, unless the file allows it by the comment
//! `mainstay: allow RULE`.

mod alembic;
mod builder;
mod django;
mod javascript;
mod rules;
mod source;

use artifact::sql::{Statement, statements};
use model::Place;
use model::finding::{Finding, Severity};
use model::observed::MigrationFile;
use std::collections::BTreeSet;

/// A rule over one statement.
pub struct MigrationRule {
    /// `migration/<what>`.
    pub name: &'static str,
    /// What goes wrong otherwise, in a sentence.
    pub demands: &'static str,
    /// How to get there without.
    pub advice: &'static str,
    /// How bad it is.
    pub severity: Severity,
    check: fn(&[String]) -> bool,
}

impl MigrationRule {
    /// The comment by which a file lets the rule pass.
    fn permission(&self) -> String {
        format!("mainstay: allow {}", self.name.rsplit('/').next().unwrap_or(self.name))
    }
}

/// Every rule, in the order in which they are documented.
pub const RULES: &[MigrationRule] = &[
    MigrationRule {
        name: "migration/drop-table",
        demands: "The release before may still read a table that is dropped.",
        advice: "drop it one release after the last one that uses it",
        severity: Severity::Error,
        check: rules::drops_table,
    },
    MigrationRule {
        name: "migration/drop-column",
        demands: "The release before may still read a column that is dropped.",
        advice: "drop it one release after the last one that uses it",
        severity: Severity::Error,
        check: rules::drops_column,
    },
    MigrationRule {
        name: "migration/rename",
        demands: "The release before knows only the old name of what is renamed.",
        advice: "add the new one beside it, write both, and drop the old one a release later",
        severity: Severity::Error,
        check: rules::renames,
    },
    MigrationRule {
        name: "migration/required-column",
        demands: "The release before inserts rows without a new column that is NOT NULL and has no default.",
        advice: "give it a default, or let it be NULL until the next release",
        severity: Severity::Error,
        check: rules::adds_required_column,
    },
    MigrationRule {
        name: "migration/set-not-null",
        demands: "The release before may still write NULL into a column that becomes NOT NULL.",
        advice: "let the new release write a value first, and set NOT NULL one release later",
        severity: Severity::Error,
        check: rules::sets_not_null,
    },
    MigrationRule {
        name: "migration/default-in-code",
        demands: "The release before inserts rows without a new column whose default only the code knows.",
        advice: "state it as db_default, or let the column be NULL until the next release",
        severity: Severity::Error,
        check: rules::defaults_in_code,
    },
    MigrationRule {
        name: "migration/change-type",
        demands: "A column whose type changes may be written anew under a lock, and the release before knows the old type.",
        advice: "add a column of the new type beside it, write both, and drop the old one a release later",
        severity: Severity::Warning,
        check: rules::changes_type,
    },
    MigrationRule {
        name: "migration/blocking-index",
        demands: "An index that is built without CONCURRENTLY keeps writers off its table meanwhile.",
        advice: "build it concurrently, in a migration without a transaction",
        severity: Severity::Warning,
        check: rules::blocks_writes,
    },
    MigrationRule {
        name: "migration/no-way-back",
        demands: "An operation that cannot be undone leaves a backup as the only way back.",
        advice: "give it a reverse, be it one that does nothing",
        severity: Severity::Warning,
        check: rules::has_no_way_back,
    },
];

/// What the rules say of migrations.
pub fn check_migrations(files: &[MigrationFile]) -> Vec<Finding> {
    files.iter().flat_map(of_file).collect()
}

fn of_file(file: &MigrationFile) -> Vec<Finding> {
    let statements = match file.path.rsplit_once('.') {
        Some((stem, "sql")) if !goes_back(stem) => statements(way_there(&file.text)),
        Some((_, "py")) if django::is_migration(&file.text) => django::statements(&file.text),
        Some((_, "py")) => alembic::statements(&file.text),
        Some((stem, "ts" | "js" | "mts" | "mjs" | "cts" | "cjs")) if !goes_back(stem) => {
            javascript::statements(&file.path, &file.text)
        }
        _ => Vec::new(),
    };
    let allowed = |rule: &MigrationRule| file.text.contains(&rule.permission());
    let broken =
        |rule: &MigrationRule, statement: &Statement| (rule.check)(&statement.words) && !allowed(rule);
    // What no release knows yet can break none.
    let mut made = BTreeSet::new();
    let mut found = Vec::new();
    for statement in &statements {
        made.extend(rules::makes(&statement.words));
        if rules::subject(&statement.words).is_some_and(|table| made.contains(table)) {
            continue;
        }
        for rule in RULES.iter().filter(|rule| broken(rule, statement)) {
            let advice =
                format!("{}; or write the comment `{}` into the file", rule.advice, rule.permission());
            let finding = Finding::new(rule.severity, rule.name, rule.demands.trim_end_matches('.'), advice);
            found.push(finding.at(Some(Place::new(&file.path, statement.line))));
        }
    }
    found
}

/// Whether a file undoes a migration, as `0002_users.down` does: no deploy applies it.
fn goes_back(stem: &str) -> bool {
    let stem = stem.to_ascii_lowercase();
    stem.rsplit(['.', '-', '/']).next() == Some("down")
}

/// What is applied of a file with a section for each direction: all before the comment that begins the way back, as dbmate,
/// goose and node-pg-migrate write it.
fn way_there(text: &str) -> &str {
    let begins = |line: &str| {
        let comment = line.trim().strip_prefix("--").map(|comment| comment.trim().to_ascii_lowercase());
        comment.is_some_and(|comment| {
            ["migrate:down", "+goose down", "down migration", "down"].contains(&comment.as_str())
        })
    };
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if begins(line) {
            break;
        }
        end += line.len();
    }
    &text[..end]
}

#[cfg(test)]
mod tests;
