//! Database migrations, by the tool that applies them.

use super::package::Package;
use super::prisma;
use super::scope::Scope;
use crate::path;
use crate::repository::Repository;
use model::facts::{MigrationTool, MigrationsFact};

/// The migrations of a package, or else of a package it is linked to.
pub(crate) fn of(scope: &Scope<'_>, package: &Package) -> Option<MigrationsFact> {
    std::iter::once(package).chain(scope.linked(package)).find_map(|owner| in_package(scope, package, owner))
}

/// A tool, its dependency's name and the folders it usually keeps migrations in.
struct Tool {
    tool: MigrationTool,
    dependency: &'static str,
    folders: &'static [&'static str],
    command: &'static str,
}

impl Tool {
    /// The command line; a dependency's program is found by the package manager.
    fn line(&self, scope: &Scope<'_>, owner: &Package) -> String {
        if self.command.starts_with("node ") {
            self.command.to_owned()
        } else {
            scope.installation(owner).exec(self.command)
        }
    }
}

const TOOLS: &[Tool] = &[
    Tool {
        tool: MigrationTool::Drizzle,
        dependency: "drizzle-kit",
        folders: &[
            "drizzle",
            "drizzle/migrations",
            "src/db/migrations",
            "migrations",
            "src/drizzle",
            "src/migrations",
        ],
        command: "drizzle-kit migrate",
    },
    Tool {
        tool: MigrationTool::Knex,
        dependency: "knex",
        folders: &[
            "migrations",
            "db/migrations",
            "src/migrations",
            "src/db/migrations",
            "database/migrations",
            "src/database/migrations",
        ],
        command: "knex migrate:latest",
    },
    Tool {
        tool: MigrationTool::Sequelize,
        dependency: "sequelize",
        folders: &[
            "migrations",
            "db/migrations",
            "src/migrations",
            "src/db/migrations",
            "database/migrations",
            "src/database/migrations",
        ],
        command: "sequelize-cli db:migrate",
    },
    Tool {
        tool: MigrationTool::MikroOrm,
        dependency: "@mikro-orm/migrations",
        folders: &["migrations", "src/migrations", "src/database/migrations"],
        command: "mikro-orm migration:up",
    },
    Tool {
        tool: MigrationTool::NodePgMigrate,
        dependency: "node-pg-migrate",
        folders: &["migrations", "db/migrations", "src/migrations", "database/migrations"],
        command: "node-pg-migrate up",
    },
    Tool {
        tool: MigrationTool::DbMigrate,
        dependency: "db-migrate",
        folders: &["migrations"],
        command: "db-migrate up",
    },
    Tool {
        tool: MigrationTool::Mongo,
        dependency: "migrate-mongo",
        folders: &["migrations"],
        command: "migrate-mongo up",
    },
    Tool {
        tool: MigrationTool::TypeOrm,
        dependency: "typeorm",
        folders: &[
            "src/migrations",
            "migrations",
            "src/migration",
            "src/database/migrations",
            "src/db/migrations",
            "database/migrations",
            "src/typeorm/migrations",
            "src/config/migrations",
            "src/core/database/migrations",
        ],
        command: "",
    },
    Tool {
        tool: MigrationTool::Custom,
        dependency: "@adonisjs/lucid",
        folders: &["database/migrations"],
        command: "node ace migration:run --force",
    },
    Tool {
        tool: MigrationTool::Kysely,
        dependency: "kysely",
        folders: &[
            "migrations",
            "src/migrations",
            "src/db/migrations",
            "db/migrations",
            "database/migrations",
        ],
        command: "",
    },
    Tool {
        tool: MigrationTool::Umzug,
        dependency: "umzug",
        folders: &["migrations", "src/migrations", "src/db/migrations", "db/migrations"],
        command: "",
    },
];

fn in_package(scope: &Scope<'_>, package: &Package, owner: &Package) -> Option<MigrationsFact> {
    let repository = scope.repository;
    if let Some(schema) = prisma::schema(repository, owner)
        && let Some(path) = prisma::migrations(repository, &schema)
    {
        return Some(MigrationsFact {
            tool: MigrationTool::Prisma,
            path,
            command: Some(prisma_command(scope, package, owner, &schema)),
        });
    }
    for tool in TOOLS.iter().filter(|tool| owner.has(tool.dependency)) {
        let configured = configured_folder(repository, owner, tool.tool);
        let usual = || {
            tool.folders
                .iter()
                .map(|folder| owner.at(folder))
                .find(|folder| holds_migrations(repository, folder, tool.tool))
        };
        if let Some(path) = configured.or_else(usual).or_else(|| any_folder(repository, owner, tool.tool)) {
            let command = script(scope, package, owner).or_else(|| {
                (!tool.command.is_empty()).then(|| in_owner(package, owner, &tool.line(scope, owner)))
            });
            return Some(MigrationsFact { tool: tool.tool, path, command });
        }
    }
    // Plain SQL with a script of the project's own.
    let path = [
        "migrations",
        "db/migrations",
        "src/db/migrations",
        "src/migrations",
        "sql/migrations",
        "database/migrations",
    ]
    .iter()
    .map(|folder| owner.at(folder))
    .find(|folder| repository.under(folder).iter().any(|entry| entry.path.ends_with(".sql")))?;
    let command = script(scope, package, owner)?;
    Some(MigrationsFact { tool: MigrationTool::Sql, path, command: Some(command) })
}

fn prisma_command(scope: &Scope<'_>, package: &Package, owner: &Package, schema: &str) -> String {
    let installation = scope.installation(package);
    let found_alone = owner.folder == package.folder
        && (prisma::is_stated(scope.repository, owner)
            || [owner.at("prisma/schema.prisma"), owner.at("schema.prisma")]
                .iter()
                .any(|path| path == schema));
    let command = if found_alone {
        "prisma migrate deploy".to_owned()
    } else {
        format!("prisma migrate deploy --schema {}", path::join_up(&package.folder, schema))
    };
    installation.exec(&command)
}

fn in_owner(package: &Package, owner: &Package, command: &str) -> String {
    if owner.folder == package.folder {
        command.to_owned()
    } else {
        format!("cd {} && {command}", path::between(&package.folder, &owner.folder))
    }
}

/// The project's own script that applies migrations, told by its name and checked not to make, undo or watch any.
fn script(scope: &Scope<'_>, package: &Package, owner: &Package) -> Option<String> {
    const NAMES: &[&str] = &[
        "migrate:prod",
        "migrate:deploy",
        "db:migrate:prod",
        "db:migrate:deploy",
        "migration:run:prod",
        "migrations:run:prod",
        "migration:run",
        "migrations:run",
        "migrate:run",
        "typeorm:migrate",
        "typeorm:run",
        "typeorm:migration:run",
        "db:migrate",
        "migrate:latest",
        "migrate:up",
        "migration:up",
        "migrations:up",
        "db:migrate:latest",
        "knex:migrate",
        "db:migration:run",
        "schema:migrate",
        "migrate",
    ];
    let name = NAMES.iter().find(|name| {
        owner.script(name).is_some_and(|text| {
            !["prisma migrate dev", "migrate:make", "migration:generate"].iter().any(|bad| text.contains(bad))
        })
    })?;
    Some(in_owner(package, owner, &scope.installation(owner).run(name)))
}

fn holds_migrations(repository: &Repository<'_>, folder: &str, tool: MigrationTool) -> bool {
    repository.under(folder).iter().any(|entry| is_migration(&entry.path, tool))
}

/// Migration files are numbered, by time or in sequence.
fn is_migration(path: &str, tool: MigrationTool) -> bool {
    let name = path::file_name(path);
    let kind = if tool == MigrationTool::Drizzle {
        name.ends_with(".sql")
    } else {
        [".js", ".ts", ".sql", ".cjs", ".mjs"].iter().any(|end| name.ends_with(end))
    };
    let numbered = name.chars().next().is_some_and(|c| c.is_ascii_digit())
        || name.to_ascii_lowercase().starts_with("migration")
        || name.chars().filter(char::is_ascii_digit).count() >= 10;
    kind && numbered && !name.ends_with(".d.ts")
}

/// Any folder of the package that is called migrations and holds some.
fn any_folder(repository: &Repository<'_>, owner: &Package, tool: MigrationTool) -> Option<String> {
    let file = repository.under(&owner.folder).iter().find(|entry| {
        let folder = path::parent(&entry.path);
        matches!(path::file_name(folder), "migrations" | "migration") && is_migration(&entry.path, tool)
    })?;
    Some(path::parent(&file.path).to_owned())
}

/// `out` of drizzle's configuration, `directory` of knex's, `migrations-path` of sequelize's.
fn configured_folder(repository: &Repository<'_>, owner: &Package, tool: MigrationTool) -> Option<String> {
    let (files, keys): (&[&str], &[&str]) = match tool {
        MigrationTool::Drizzle => (
            &["drizzle.config.ts", "drizzle.config.js", "drizzle.config.mjs", "drizzle.config.json"],
            &["out"],
        ),
        MigrationTool::Knex => (
            &["knexfile.js", "knexfile.ts", "knexfile.cjs", "src/knexfile.ts", "knexfile.mjs"],
            &["directory"],
        ),
        MigrationTool::Sequelize => (&[".sequelizerc", ".sequelizerc.js"], &["migrations-path"]),
        _ => return None,
    };
    let file = repository.first_in(&owner.folder, files)?;
    let text = repository.text(&file)?;
    keys.iter().find_map(|key| {
        let row = text.lines().find(|row| {
            let row = row.trim().trim_start_matches(['"', '\'']);
            row.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
        })?;
        let quoted: Vec<&str> = row.split_once(':')?.1.split(['"', '\'', '`']).skip(1).step_by(2).collect();
        let base = path::parent(&file);
        let folder = path::join(base, &quoted.join("/"));
        (!quoted.is_empty() && repository.has_folder(&folder)).then_some(folder)
    })
}
