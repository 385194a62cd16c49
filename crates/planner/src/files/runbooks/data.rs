//! Migrations, backups and restores.

use super::commands;
use crate::files::Blueprint;
use crate::files::blueprint::Store;
use crate::files::compose;
use model::facts::{DatastoreKind, MigrationTool};

pub(super) fn migrate(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::new();
    for unit in super::migrating(blueprint) {
        let Some(migrations) = &unit.service.migrations else { continue };
        out.push_str(&format!(
            "{} migrates {} with {}; its migrations lie in `{}`.\n",
            unit.name, migrations.datastore, migrations.tool, migrations.path
        ));
        out.push_str("\nA deploy applies them by itself, once, under a lock, before the new release takes requests. By hand:\n");
        let by_compose = compose::migration(unit).map(|name| format!("docker-compose run --rm {name}"));
        out.push_str(&commands(by_compose.into_iter().chain([match unit.service.path.as_str() {
            "." => migrations.command.clone(),
            path => format!("(cd {path} && {})", migrations.command),
        }])));
        if let Some(lines) = tool_words(migrations.tool) {
            out.push_str(lines);
            out.push('\n');
        }
    }
    if out.is_empty() {
        return "No service of this project has migrations.\n".to_owned();
    }
    out.push_str(
        "\nRules that keep the release before working while the new one starts:\n\n\
         - add first, remove a release later; never rename in one step,\n\
         - a new column has a default or may be null,\n\
         - an index on a large table is made concurrently,\n\
         - a long change of data is a job of its own, not a migration.\n\n\
         When one fails: nothing of the new release takes requests. Read its output (`mainstay releases`, `mainstay logs`), find out\n\
         what was applied, and either take that back or finish it; then deploy again.\n",
    );
    out
}

fn tool_words(tool: MigrationTool) -> Option<&'static str> {
    Some(match tool {
        MigrationTool::Prisma => {
            "Status: `npx prisma migrate status`. One that failed half-way blocks the next deploy: clean up what it did, then \
             `npx prisma migrate resolve --rolled-back NAME`, or `--applied NAME` when you finished it by hand."
        }
        MigrationTool::Alembic => {
            "Status: `alembic current` and `alembic heads`. Back by one: `alembic downgrade -1`. Two heads: `alembic merge heads`."
        }
        MigrationTool::TypeOrm => "Status: `migration:show`. Back by one: `migration:revert`.",
        MigrationTool::Django => {
            "Status: `python manage.py showmigrations`. Back to one: `python manage.py migrate APP NAME`."
        }
        MigrationTool::Knex => "Status: `knex migrate:status`. Back by one batch: `knex migrate:rollback`.",
        _ => return None,
    })
}

pub(super) fn restore(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::new();
    for store in blueprint.stores.iter() {
        out.push_str(&format!("## {}\n\n", store.name));
        if store.image.is_none() {
            out.push_str(&format!(
                "It runs elsewhere: backups and restores are its provider's. Know today where the button is, and try it once \
                 on a copy. Kind: {}.\n\n",
                store.about.kind
            ));
            continue;
        }
        out.push_str(&part(store));
    }
    if out.is_empty() {
        return "This project keeps no data of its own.\n".to_owned();
    }
    out.push_str(
        "## Prove it\n\nA backup counts when it has been restored. Once a month, restore the newest one into an empty database beside the \
         real one, compare the number of rows of the largest tables, start a service against it, and write the date down here.\n",
    );
    out
}

fn part(store: &Store<'_>) -> String {
    let (name, account) = (store.name, &store.account);
    match store.about.kind {
        DatastoreKind::Postgres => {
            let mut out = String::from("Back up:\n");
            out.push_str(&commands([
                "umask 077".to_owned(),
                format!(
                    "docker-compose exec -T {name} pg_dump --username={account} --format=custom {account} > {account}-$(date +%F-%H%M).dump"
                ),
            ]));
            out.push_str("Restore beside it, look, and only then switch:\n");
            out.push_str(&commands([
                format!("docker-compose exec {name} createdb --username={account} restored"),
                format!("docker-compose exec -T {name} pg_restore --username={account} --exit-on-error --no-owner --dbname=restored < THE.dump"),
                format!("docker-compose exec {name} psql --username={account} restored -c '\\dt+'"),
            ]));
            out.push_str("Switch: stop the services, rename both databases, start the services.\n");
            out.push_str(&commands([format!(
                "docker-compose exec {name} psql --username={account} postgres -c 'ALTER DATABASE {account} RENAME TO broken' -c 'ALTER DATABASE restored RENAME TO {account}'"
            )]));
            out
        }
        DatastoreKind::MySql | DatastoreKind::MariaDb => {
            let mut out = String::from("Back up, then restore into an empty database:\n");
            out.push_str(&commands([
                "umask 077".to_owned(),
                format!("docker-compose exec -T {name} mysqldump --single-transaction --user={account} --password {account} > {account}.sql"),
                format!("docker-compose exec -T {name} mysql --user={account} --password {account} < {account}.sql"),
            ]));
            out
        }
        DatastoreKind::Redis => format!(
            "It keeps its data in the volume `{}` (append-only file). What must survive its loss belongs into a database.\n\n",
            compose::store::volume(store)
        ),
        _ => format!(
            "Its data lies in the volume `{}`: stop it, copy the volume, start it.\n\n",
            compose::store::volume(store)
        ),
    }
}
