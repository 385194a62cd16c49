//! Rules over migrations that a deploy would apply: while it runs, and after a rollback, the release before works with the
//! schema that they leave. A migration that it cannot work with is refused, unless the file allows it by the comment
//! `mainstay: allow RULE`.

mod alembic;
mod rules;

use artifact::sql::{Statement, statements};
use model::Place;
use model::finding::{Finding, Severity};
use model::observed::MigrationFile;

/// A rule over one statement.
pub struct MigrationRule {
    /// `migration/<what>`.
    pub name: &'static str,
    /// What goes wrong otherwise, in a sentence.
    pub demands: &'static str,
    /// How to get there without.
    pub advice: &'static str,
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
        check: rules::drops_table,
    },
    MigrationRule {
        name: "migration/drop-column",
        demands: "The release before may still read a column that is dropped.",
        advice: "drop it one release after the last one that uses it",
        check: rules::drops_column,
    },
    MigrationRule {
        name: "migration/rename",
        demands: "The release before knows only the old name of what is renamed.",
        advice: "add the new one beside it, write both, and drop the old one a release later",
        check: rules::renames,
    },
    MigrationRule {
        name: "migration/required-column",
        demands: "The release before inserts rows without a new column that is NOT NULL and has no default.",
        advice: "give it a default, or let it be NULL until the next release",
        check: rules::adds_required_column,
    },
    MigrationRule {
        name: "migration/set-not-null",
        demands: "The release before may still write NULL into a column that becomes NOT NULL.",
        advice: "let the new release write a value first, and set NOT NULL one release later",
        check: rules::sets_not_null,
    },
];

/// What the rules say of migrations.
pub fn check_migrations(files: &[MigrationFile]) -> Vec<Finding> {
    files.iter().flat_map(of_file).collect()
}

fn of_file(file: &MigrationFile) -> Vec<Finding> {
    let statements = match file.path.rsplit_once('.') {
        Some((stem, "sql")) if !goes_back(stem) => statements(way_there(&file.text)),
        Some((_, "py")) => alembic::statements(&file.text),
        _ => Vec::new(),
    };
    let allowed = |rule: &MigrationRule| file.text.contains(&rule.permission());
    let broken =
        |rule: &MigrationRule, statement: &Statement| (rule.check)(&statement.words) && !allowed(rule);
    let mut found = Vec::new();
    for statement in &statements {
        for rule in RULES.iter().filter(|rule| broken(rule, statement)) {
            found.push(Finding {
                severity: Severity::Error,
                rule: rule.name.into(),
                place: Some(Place::new(&file.path, statement.line)),
                message: rule.demands.trim_end_matches('.').to_owned(),
                advice: format!(
                    "{}; or write the comment `{}` into the file",
                    rule.advice,
                    rule.permission()
                ),
            });
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
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<(String, u32)> {
        let file = MigrationFile { path: path.into(), text: text.into() };
        check_migrations(&[file]).into_iter().map(|f| (f.rule, f.place.unwrap().line)).collect()
    }

    #[test]
    fn what_the_release_before_cannot_live_with_is_found() {
        for (text, rule) in [
            ("DROP TABLE users;", "migration/drop-table"),
            ("alter table \"User\" drop column \"age\";", "migration/drop-column"),
            ("ALTER TABLE a DROP b;", "migration/drop-column"),
            ("ALTER TABLE a RENAME COLUMN b TO c;", "migration/rename"),
            ("ALTER TABLE a RENAME TO b;", "migration/rename"),
            ("ALTER TABLE a ADD COLUMN b text NOT NULL;", "migration/required-column"),
            ("ALTER TABLE a ALTER COLUMN b SET NOT NULL;", "migration/set-not-null"),
        ] {
            assert_eq!(rules("m.sql", text), [(rule.to_owned(), 1)], "{text}");
        }
    }

    #[test]
    fn what_it_can_live_with_is_not() {
        for text in [
            "CREATE TABLE a (b text NOT NULL);",
            "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '';",
            "ALTER TABLE a ADD COLUMN b text;",
            "ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL);",
            "ALTER TABLE a DROP CONSTRAINT c;",
            "ALTER TABLE a ALTER COLUMN b DROP NOT NULL;",
            "ALTER TABLE a ALTER COLUMN b DROP DEFAULT;",
            "ALTER TABLE a RENAME CONSTRAINT b TO c;",
            "-- DROP TABLE a;\nSELECT 'DROP TABLE a';",
            "DROP INDEX i;",
        ] {
            assert_eq!(rules("m.sql", text), [], "{text}");
        }
    }

    #[test]
    fn the_second_statement_counts_too() {
        let text =
            "CREATE TABLE b (c int);\n\nALTER TABLE a\n  DROP COLUMN b,\n  DROP COLUMN c;\nDROP TABLE d;";
        let found = rules("m.sql", text);
        assert_eq!(found, [("migration/drop-column".to_owned(), 3), ("migration/drop-table".to_owned(), 6)]);
        let second = "ALTER TABLE a ADD COLUMN b int, ADD COLUMN c int NOT NULL;";
        assert_eq!(rules("m.sql", second).len(), 1);
    }

    #[test]
    fn the_way_back_is_not_applied() {
        for path in ["m/2_a.down.sql", "m/2_a/down.sql", "m/sqls/2-a-down.sql"] {
            assert_eq!(rules(path, "DROP TABLE a;"), [], "{path}");
        }
        for path in ["m/2_a.up.sql", "m/2_a/up.sql", "m/2_shut_down.sql", "m/down/2.sql"] {
            assert_eq!(rules(path, "DROP TABLE a;"), [("migration/drop-table".to_owned(), 1)], "{path}");
        }
        for marker in ["-- migrate:down", "-- +goose Down", "-- Down Migration", "--down"] {
            let text = format!("ALTER TABLE a DROP b;\n{marker}\nDROP TABLE a;\n");
            assert_eq!(rules("2.sql", &text), [("migration/drop-column".to_owned(), 1)], "{marker}");
        }
        assert_eq!(rules("2.sql", "-- going down the list\nDROP TABLE a;").len(), 1);
    }

    #[test]
    fn a_comment_allows_one_rule() {
        let text = "-- mainstay: allow drop-table\nDROP TABLE a;\nALTER TABLE b DROP COLUMN c;";
        assert_eq!(rules("m.sql", text), [("migration/drop-column".to_owned(), 3)]);
    }

    #[test]
    fn alembic_is_read_as_far_as_it_upgrades() {
        let text = "def upgrade() -> None:\n    op.add_column('a', sa.Column('b', sa.Text(), nullable=True))\n    \
                    op.drop_column('a', 'old')\n\n\ndef downgrade() -> None:\n    op.drop_table('x')\n";
        assert_eq!(rules("versions/1.py", text), [("migration/drop-column".to_owned(), 3)]);
        let required = "def upgrade():\n    op.add_column(\n        'a',\n        sa.Column('b', sa.Text(), nullable=False),\n    )\n";
        assert_eq!(rules("versions/2.py", required), [("migration/required-column".to_owned(), 2)]);
        let fine = "def upgrade():\n    op.add_column('a', sa.Column('b', sa.Text(), nullable=False, server_default=''))\n    op.alter_column('a', 'b', nullable=True)\n";
        assert_eq!(rules("versions/3.py", fine), []);
    }
}
