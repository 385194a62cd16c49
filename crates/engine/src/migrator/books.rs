//! The tables in which migration tools write down what they applied.

use model::facts::MigrationTool;
use postgres::Client;

/// How one tool keeps its books.
#[derive(Debug, Clone, Copy)]
pub(super) struct Book {
    table: &'static str,
    /// SQL for a migration's name.
    name: &'static str,
    /// The column by which they stand in the order in which they were applied.
    order: &'static str,
    /// SQL that holds for what is applied.
    applied: &'static str,
    /// SQL for failed ones: their names' condition and the tool's own words on them.
    failed: Option<(&'static str, &'static str)>,
    /// Whether the table holds only where the database stands, not how it came there.
    position: bool,
}

impl Book {
    const fn list(table: &'static str, name: &'static str, order: &'static str) -> Self {
        Self { table, name, order, applied: "true", failed: None, position: false }
    }

    /// A tool's book; `None` when it has none that is known.
    pub(super) const fn of(tool: MigrationTool) -> Option<Self> {
        match tool {
            MigrationTool::Prisma => Some(Self {
                table: "_prisma_migrations",
                name: "migration_name",
                order: "migration_name",
                applied: "finished_at IS NOT NULL AND rolled_back_at IS NULL",
                failed: Some(("finished_at IS NULL AND rolled_back_at IS NULL", "coalesce(logs, '')")),
                position: false,
            }),
            MigrationTool::Alembic | MigrationTool::FlaskMigrate => {
                let order = "version_num";
                Some(Self { position: true, ..Self::list("alembic_version", "version_num", order) })
            }
            MigrationTool::Django => Some(Self::list("django_migrations", "app || '.' || name", "id")),
            MigrationTool::Aerich => Some(Self::list("aerich", "version", "id")),
            MigrationTool::TypeOrm | MigrationTool::DbMigrate => Some(Self::list("migrations", "name", "id")),
            MigrationTool::Knex => Some(Self::list("knex_migrations", "name", "id")),
            MigrationTool::Drizzle => Some(Self::list("__drizzle_migrations", "left(hash, 12)", "id")),
            MigrationTool::Sequelize | MigrationTool::Umzug => {
                Some(Self::list("SequelizeMeta", "name", "name"))
            }
            MigrationTool::MikroOrm => Some(Self::list("mikro_orm_migrations", "name", "id")),
            MigrationTool::Kysely => Some(Self::list("kysely_migration", "name", "name")),
            MigrationTool::NodePgMigrate => Some(Self::list("pgmigrations", "name", "id")),
            // What most scripts of a project's own call it.
            MigrationTool::Sql => Some(Self::list("migrations", "name", "name")),
            MigrationTool::Mongo | MigrationTool::Custom => None,
        }
    }

    /// What it says now; nothing when the table is not there yet.
    pub(super) fn read(self, client: &mut Client) -> Result<State, postgres::Error> {
        let mut state = State { position: self.position, ..State::default() };
        let place = client.query_opt(
            "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped
             WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%'
             ORDER BY n.nspname <> 'public', n.nspname LIMIT 1",
            &[&self.table, &self.order],
        )?;
        let Some(place) = place else { return Ok(state) };
        state.known = true;
        let table: String = place.try_get(0)?;
        let mut names = |condition: &str, what: &str| -> Result<Vec<String>, postgres::Error> {
            let sql = format!("SELECT ({what})::text FROM {table} WHERE {condition} ORDER BY {}", self.order);
            client.query(&sql, &[])?.iter().map(|row| row.try_get(0)).collect()
        };
        state.applied = names(self.applied, self.name)?;
        if let Some((condition, logs)) = self.failed {
            state.failed = names(condition, self.name)?;
            let said = names(condition, logs)?;
            state.logs = said.iter().flat_map(|text| text.lines()).take(20).map(str::to_owned).collect();
        }
        Ok(state)
    }
}

/// What a book says at one time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct State {
    /// Whether the book is there to be read.
    pub(super) known: bool,
    /// Names of applied migrations, or where the database stands.
    pub(super) applied: Vec<String>,
    /// Names of those that began and did not end.
    pub(super) failed: Vec<String>,
    /// The tool's words on those.
    pub(super) logs: Vec<String>,
    position: bool,
}

impl State {
    /// What is applied now and was not before.
    pub(super) fn new_since(&self, before: &Self) -> Vec<String> {
        self.applied.iter().filter(|name| !before.applied.contains(name)).cloned().collect()
    }

    /// The difference in a few words.
    pub(super) fn since(&self, before: &Self) -> String {
        let new = self.new_since(before);
        match (self.position, new.as_slice()) {
            (_, []) if !self.known => "done".into(),
            (_, []) => "nothing to apply".into(),
            (true, _) if before.applied.is_empty() => format!("at {}", self.applied.join(", ")),
            (true, _) => format!("from {} to {}", before.applied.join(", "), self.applied.join(", ")),
            (false, [one]) => format!("applied {one}"),
            (false, [.., last]) => format!("applied {}, the last is {last}", new.len()),
        }
    }

    /// `, at version x`, when that is known.
    pub(super) fn at(&self) -> String {
        match self.applied.last() {
            Some(last) if self.position => format!(", at version {last}"),
            Some(last) => format!(", the last one is {last}"),
            None => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(applied: &[&str], position: bool) -> State {
        State {
            applied: applied.iter().map(|name| (*name).to_owned()).collect(),
            known: true,
            position,
            ..State::default()
        }
    }

    #[test]
    fn without_a_book_nothing_is_said_of_it() {
        assert_eq!(State::default().since(&State::default()), "done");
    }

    #[test]
    fn the_difference_is_said_in_the_tools_own_terms() {
        for (before, after, position, words) in [
            (&["a"][..], &["a"][..], false, "nothing to apply"),
            (&["a"], &["a", "b"], false, "applied b"),
            (&[], &["a", "b"], false, "applied 2, the last is b"),
            (&[], &["0002"], true, "at 0002"),
            (&["0001"], &["0003"], true, "from 0001 to 0003"),
        ] {
            assert_eq!(state(after, position).since(&state(before, position)), words);
        }
    }
}
