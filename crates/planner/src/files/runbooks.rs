//! Runbooks for this very project: its names, ports and commands, for whoever is called at night.

mod data;
mod ship;
mod trouble;

use super::blueprint::{Store, Unit};
use super::{Blueprint, GeneratedFile};
use model::facts::DatastoreKind;

/// Their folder.
pub const FOLDER: &str = "docs/runbooks";

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    let pages: [(&str, &str, String); 7] = [
        ("deploy", "Deploy", ship::deploy(blueprint)),
        ("roll-back", "Roll back", ship::roll_back(blueprint)),
        ("migrate", "Migrate the database", data::migrate(blueprint)),
        ("restore", "Back up and restore", data::restore(blueprint)),
        ("rotate-a-secret", "Rotate a secret", ship::rotate(blueprint)),
        ("incident", "An incident", trouble::incident(blueprint)),
        ("troubleshooting", "Troubleshooting", trouble::shooting(blueprint)),
    ];
    let mut files: Vec<GeneratedFile> = pages
        .iter()
        .map(|(name, title, body)| GeneratedFile::new(format!("{FOLDER}/{name}.md"), page(title, body)))
        .collect();
    let list: String = pages.iter().map(|(name, title, _)| format!("- [{title}]({name}.md)\n")).collect();
    let body = format!("{}\n{list}", system(blueprint));
    files.push(GeneratedFile::new(format!("{FOLDER}/README.md"), page("Runbooks", &body)));
    files
}

fn page(title: &str, body: &str) -> String {
    format!(
        "# {title}\n\n<!-- Written by `mainstay generate`, which keeps what you change here. -->\n\n{body}"
    )
}

/// The parts of the system at a glance.
pub(super) fn system(blueprint: &Blueprint<'_>) -> String {
    let mut out = format!(
        "{} consists of:\n\n| Part | What | Port | Health |\n|---|---|---|---|\n",
        blueprint.project()
    );
    for unit in &blueprint.units {
        let what = match unit.service.framework {
            Some(framework) => format!("{framework}, `{}`", unit.service.path),
            None => format!("`{}`", unit.service.path),
        };
        let port = unit.port.map(|port| port.to_string()).unwrap_or_default();
        let health = unit.health().map(|path| format!("`{path}`")).unwrap_or_default();
        out.push_str(&format!("| {} | {what} | {port} | {health} |\n", unit.name));
    }
    for store in &blueprint.stores {
        let what = match &store.image {
            Some(image) => format!("`{image}`"),
            None => format!("{}, elsewhere", store.about.kind),
        };
        out.push_str(&format!("| {} | {what} | {} | |\n", store.name, store.port));
    }
    let routes = blueprint.routes();
    if !routes.is_empty() {
        out.push_str("\nRequests come in at one address: ");
        let all: Vec<String> =
            routes.iter().map(|(prefix, unit)| format!("`{prefix}` goes to {}", unit.name)).collect();
        out.push_str(&all.join(", "));
        out.push_str(".\n");
    }
    out
}

/// The first relational database, which most of these pages are about.
fn database<'b, 'a>(blueprint: &'b Blueprint<'a>) -> Option<&'b Store<'a>> {
    let relational = |store: &&Store<'a>| {
        matches!(store.about.kind, DatastoreKind::Postgres | DatastoreKind::MySql | DatastoreKind::MariaDb)
    };
    blueprint.stores.iter().find(relational)
}

/// The services that have migrations.
fn migrating<'b, 'a>(blueprint: &'b Blueprint<'a>) -> impl Iterator<Item = &'b Unit<'a>> {
    blueprint.units.iter().filter(|unit| unit.service.migrations.is_some())
}

/// Commands in a block.
fn commands<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    let lines: String = lines.into_iter().map(|line| format!("{}\n", line.as_ref())).collect();
    format!("\n```sh\n{lines}```\n\n")
}

/// Statements in a block.
fn statements<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    commands(lines).replacen("```sh", "```sql", 1).trim_start().to_owned()
}

/// A shell of a database's own client, in its container.
fn client(store: &Store<'_>) -> String {
    let (name, account) = (store.name, &store.account);
    match store.about.kind {
        DatastoreKind::MySql | DatastoreKind::MariaDb => {
            format!("docker-compose exec {name} mysql --user={account} --password {account}")
        }
        _ => format!("docker-compose exec {name} psql --username={account} {account}"),
    }
}
