//! Prisma schemas.

use super::package::Package;
use super::scope::Scope;
use crate::datastore::{self, StoreHint};
use crate::env::{Demand, EnvRead};
use crate::path;
use crate::repository::Repository;
use model::Place;
use model::facts::DatastoreKind;

/// The schema of a package: a file, or a folder of files, from the root.
pub(crate) fn schema(repository: &Repository<'_>, package: &Package) -> Option<String> {
    if let Some(stated) = stated(repository, package) {
        return Some(stated);
    }
    let uses = ["prisma", "@prisma/client"].iter().any(|name| package.has(name));
    let standard = repository.first_in(
        &package.folder,
        &["prisma/schema.prisma", "schema.prisma", "src/prisma/schema.prisma", "db/schema.prisma"],
    );
    let folder = || {
        Some(package.at("prisma/schema"))
            .filter(|folder| repository.under(folder).iter().any(|entry| entry.path.ends_with(".prisma")))
    };
    standard.or_else(folder).or_else(|| one_of_several(repository, package)).filter(|_| uses)
}

/// Of schemas for several databases, one folder each, the one for a database with a server of its own.
fn one_of_several(repository: &Repository<'_>, package: &Package) -> Option<String> {
    let below = package.at("prisma");
    let files = repository.under(&below).iter().map(|entry| entry.path.as_str());
    let schemas = files
        .filter(|path| path::file_name(path) == "schema.prisma" && path::parent(path::parent(path)) == below);
    schemas
        .min_by_key(|schema| {
            let (stores, _) = read(repository, schema);
            let embedded = stores.iter().all(|store| store.kind == DatastoreKind::Sqlite);
            (embedded, (*schema).to_owned())
        })
        .map(str::to_owned)
}

/// The schema that a client without one of its own was generated from: the only one that its workspace has.
pub(crate) fn borrowed(scope: &Scope<'_>, package: &Package) -> Option<String> {
    if !package.has_at_run("@prisma/client") {
        return None;
    }
    let workspace = scope.workspace(package)?;
    let mut schemas = scope
        .packages
        .iter()
        .filter(|other| workspace.owns(&other.folder))
        .filter_map(|other| schema(scope.repository, other));
    schemas.next().filter(|_| schemas.next().is_none())
}

/// Whether the package says where its schema is.
pub(crate) fn is_stated(repository: &Repository<'_>, package: &Package) -> bool {
    stated(repository, package).is_some()
}

/// The settings of a package's Prisma.
pub(crate) fn config(repository: &Repository<'_>, package: &Package) -> Option<String> {
    repository.first_in(
        &package.folder,
        &["prisma.config.ts", "prisma.config.js", "prisma.config.mjs", ".config/prisma.ts"],
    )
}

fn stated(repository: &Repository<'_>, package: &Package) -> Option<String> {
    let by_package = package.text("/prisma/schema").map(|schema| package.at(schema));
    let by_config = || {
        let config = config(repository, package)?;
        let text = repository.text(&config)?;
        let (_, rest) = text.split_once("schema:")?;
        let quoted: Vec<&str> = rest.lines().next()?.split(['"', '\'', '`']).skip(1).step_by(2).collect();
        // `path.join('prisma', 'schema.prisma')`
        (!quoted.is_empty()).then(|| package.at(&quoted.join("/")))
    };
    by_package.or_else(by_config).filter(|schema| repository.has(schema) || repository.has_folder(schema))
}

/// The folder of a schema's migrations, when there are any.
pub(crate) fn migrations(repository: &Repository<'_>, schema: &str) -> Option<String> {
    let folder = if schema.ends_with(".prisma") { path::parent(schema) } else { schema };
    [path::join(folder, "migrations"), path::join(path::parent(folder), "migrations")]
        .into_iter()
        .find(|folder| repository.under(folder).iter().any(|entry| entry.path.ends_with("migration.sql")))
}

/// The database that a schema is for, and the variables that it reads.
pub(crate) fn read(repository: &Repository<'_>, schema: &str) -> (Vec<StoreHint>, Vec<EnvRead>) {
    let files: Vec<String> = if schema.ends_with(".prisma") {
        vec![schema.to_owned()]
    } else {
        repository
            .under(schema)
            .iter()
            .map(|entry| entry.path.clone())
            .filter(|path| path.ends_with(".prisma"))
            .collect()
    };
    let mut stores = Vec::new();
    let mut reads = Vec::new();
    for file in files {
        let Some(text) = repository.text(&file) else { continue };
        for (line, row) in (1u32..).zip(text.lines()) {
            let row = row.split("//").next().unwrap_or(row).trim();
            let place = || Place::new(file.clone(), line);
            if let Some(kind) =
                row.strip_prefix("provider").and_then(|rest| provider(rest.split('"').nth(1)?))
            {
                stores.push(StoreHint::new(kind, place()));
            }
            if let Some(name) = row.split_once("env(").and_then(|(_, rest)| rest.split('"').nth(1)) {
                let mut read = EnvRead::new(name, place());
                let url = row.starts_with("url") || row.starts_with("directUrl");
                read.demand = if url { Demand::Required } else { Demand::Unknown };
                reads.push(read);
            }
        }
    }
    (stores, reads)
}

fn provider(name: &str) -> Option<DatastoreKind> {
    match name {
        "sqlserver" => None,
        "cockroachdb" => Some(DatastoreKind::Postgres),
        name => datastore::of_url(&format!("{name}:")),
    }
}
