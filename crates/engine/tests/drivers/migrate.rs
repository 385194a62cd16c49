//! Migrations against a real database, with shell scripts in place of tools and the tools' real tables.

use crate::datastore::Store;
use crate::fixture::Lines;
use engine::driver::{Launch, MigrationRequest, Migrator, Variables};
use engine::migrator::{OnMachine, ToolMigrator};
use model::Secret;
use model::event::FailureKind;
use model::facts::{DatastoreKind, MigrationTool};
use model::id::Scope;
use model::manifest::Migrations;
use std::cell::Cell;
use std::collections::BTreeMap;

/// What Prisma's table looks like (version 6, from `\d`).
const PRISMA_TABLE: &str = "CREATE TABLE IF NOT EXISTS _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, \
    finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, \
    started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);";

fn migrate(
    store: Option<&Store>,
    tool: MigrationTool,
    script: &str,
    lines: &mut Lines,
) -> Result<String, engine::DriverError> {
    let url = store.map(|store| store.field("url"));
    let env = Variables::from([
        ("DATABASE_URL".to_owned(), url.clone().unwrap_or_else(|| Secret::new("nowhere-at-all"))),
        ("LOG_LEVEL".to_owned(), Secret::new("info")),
        ("PORT".to_owned(), Secret::new("3000")),
    ]);
    let secrets = vec!["DATABASE_URL".to_owned()];
    let migrations = Migrations {
        tool,
        path: "migrations".into(),
        command: "tool up".into(),
        datastore: "db".parse().unwrap(),
    };
    let path = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin:/usr/lib/postgresql/15/bin".to_owned())]);
    let launch = Launch {
        command: vec!["/bin/sh".into(), "-c".into(), script.into()],
        directory: "/".into(),
        env: path,
        image: None,
    };
    let scope = Scope { project: "shop".parse().unwrap(), environment: "dev".parse().unwrap() };
    let request = MigrationRequest {
        scope: &scope,
        migrations: &migrations,
        launch,
        env: &env,
        secrets,
        database: url,
    };
    ToolMigrator(OnMachine).migrate(&request, lines)
}

fn sql(text: &str) -> String {
    format!("psql -q -v ON_ERROR_STOP=1 \"$DATABASE_URL\" <<'END'\n{text}\nEND\n")
}

#[test]
fn what_was_applied_is_read_from_the_tools_table() {
    let store = Store::new(DatastoreKind::Postgres);
    store.up();
    let mut lines = Lines::default();
    let insert = |id: &str, finished: &str| {
        format!(
            "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('{id}', '', '{id}_m', {finished});"
        )
    };
    let first = sql(&format!("{PRISMA_TABLE}{}{}", insert("1", "now()"), insert("2", "now()")));
    let said = migrate(Some(&store), MigrationTool::Prisma, &first, &mut lines).unwrap();
    assert_eq!(said, "applied 2, the last is 2_m");
    assert_eq!(migrate(Some(&store), MigrationTool::Prisma, "true", &mut lines).unwrap(), "nothing to apply");
    // Tools that connect as libpq does give up on a table that is in use.
    let timeout = migrate(Some(&store), MigrationTool::Sql, &sql("SHOW lock_timeout"), &mut lines);
    assert!(timeout.is_ok() && lines.text().contains("10s"), "{}", lines.text());

    let failing = format!(
        "{}echo \"information: 3000 rows, Error: P3018 $DATABASE_URL\"; exit 1",
        sql(&insert("3", "NULL"))
    );
    let error = migrate(Some(&store), MigrationTool::Prisma, &failing, &mut lines).unwrap_err();
    assert_eq!(error.0.kind, FailureKind::Migration);
    assert!(error.to_string().contains("migration 3_m failed"), "{error}");
    let advice = error.0.advice.clone().unwrap();
    assert!(advice.contains("P3009") && advice.contains("--rolled-back 3_m"), "{advice}");
    let shown = format!("{error:?}{}", lines.text());
    assert!(shown.contains("information: 3000 rows"), "plain settings are no secrets: {shown}");
    assert!(shown.contains("P3018") && !shown.contains(store.field("password").expose()), "{shown}");
}

#[test]
fn the_last_one_is_the_one_that_was_applied_last() {
    let store = Store::new(DatastoreKind::Postgres);
    store.up();
    let mut lines = Lines::default();
    // What TypeORM's table looks like (version 1, from `\d`); it names migrations by their class.
    let first = sql(
        "CREATE TABLE migrations (id serial PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL);
        INSERT INTO migrations (timestamp, name) VALUES (1, 'Prayers1'), (2, 'Answers2')",
    );
    let said = migrate(Some(&store), MigrationTool::TypeOrm, &first, &mut lines).unwrap();
    assert_eq!(said, "applied 2, the last is Answers2");
    let error = migrate(Some(&store), MigrationTool::TypeOrm, "exit 1", &mut lines).unwrap_err();
    let advice = error.0.advice.unwrap();
    assert!(
        advice.starts_with("nothing was applied") && advice.contains("the last one is Answers2"),
        "{advice}"
    );
}

#[test]
fn of_a_tool_without_a_known_table_nothing_is_claimed() {
    let store = Store::new(DatastoreKind::Postgres);
    store.up();
    let mut lines = Lines::default();
    let other = sql("CREATE TABLE IF NOT EXISTS migrations (file text)");
    assert_eq!(migrate(Some(&store), MigrationTool::Sql, &other, &mut lines).unwrap(), "done");
    let error = migrate(Some(&store), MigrationTool::Custom, "exit 1", &mut lines).unwrap_err();
    assert!(error.0.advice.unwrap().contains("could not be looked at"));
}

#[test]
fn a_failure_says_where_the_database_stands() {
    let store = Store::new(DatastoreKind::Postgres);
    store.up();
    let mut lines = Lines::default();
    let begin = sql(
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('0001')",
    );
    assert_eq!(migrate(Some(&store), MigrationTool::Alembic, &begin, &mut lines).unwrap(), "at 0001");
    let failing = sql("UPDATE alembic_version SET version_num = '0002'; SELECT no_such_column");
    let error = migrate(Some(&store), MigrationTool::Alembic, &failing, &mut lines).unwrap_err();
    let advice = error.0.advice.clone().unwrap();
    assert!(advice.contains("1 migration was (0002)") && advice.contains("at version 0002"), "{advice}");
    assert!(error.0.evidence[0].lines.iter().any(|line| line.contains("no_such_column")), "{error:?}");
    let nothing = migrate(Some(&store), MigrationTool::Alembic, "exit 1", &mut lines).unwrap_err();
    assert!(nothing.0.advice.unwrap().starts_with("nothing was applied"));
}

#[test]
fn two_migrations_never_run_at_once() {
    let store = Store::new(DatastoreKind::Postgres);
    store.up();
    let script = sql("CREATE TABLE IF NOT EXISTS turn (n int); INSERT INTO turn VALUES (1)")
        + &sql("SELECT 'together' WHERE (SELECT count(*) FROM turn) <> 1")
        + "sleep 1\n"
        + &sql("DELETE FROM turn");
    let said: Vec<String> = std::thread::scope(|scope| {
        let run = || {
            let mut lines = Lines::default();
            migrate(Some(&store), MigrationTool::Sql, &script, &mut lines).unwrap();
            lines.text()
        };
        let others: Vec<_> = (0..2).map(|_| scope.spawn(run)).collect();
        others.into_iter().map(|other| other.join().unwrap()).collect()
    });
    assert!(said.iter().all(|text| !text.contains("together")), "{said:?}");
    let waiting: Vec<&String> =
        said.iter().filter(|text| text.contains("waiting for the migration lock")).collect();
    assert_eq!(waiting.len(), 1, "{said:?}");
    assert!(waiting[0].contains("held by mainstay "), "{said:?}");
}

#[test]
fn waiting_for_the_lock_ends_when_it_is_cancelled() {
    let store = Store::new(DatastoreKind::Postgres);
    store.up();
    std::thread::scope(|scope| {
        let holder = scope
            .spawn(|| migrate(Some(&store), MigrationTool::Sql, "echo held; sleep 3", &mut Lines::default()));
        std::thread::sleep(std::time::Duration::from_secs(1));
        let mut impatient = Lines { patience: Some(Cell::new(3)), ..Lines::default() };
        let error = migrate(Some(&store), MigrationTool::Sql, "true", &mut impatient).unwrap_err();
        assert_eq!(error.0.kind, FailureKind::Cancelled);
        holder.join().unwrap().unwrap();
    });
}

#[test]
fn without_an_address_it_runs_and_says_that_nothing_is_locked() {
    let mut lines = Lines::default();
    assert_eq!(migrate(None, MigrationTool::Prisma, "echo ran", &mut lines).unwrap(), "without a lock");
    assert!(lines.text().contains("no lock is held") && lines.text().contains("ran"));
    let error = migrate(None, MigrationTool::Prisma, "exit 7", &mut lines).unwrap_err();
    assert!(error.to_string().contains("`tool up` failed: it exited with code 7"), "{error}");
}
