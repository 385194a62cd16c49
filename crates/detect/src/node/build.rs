//! What builds a package, and all that it depends on in its workspace.

use super::command::{self, Program, Step};
use super::package::Package;
use super::prisma;
use super::scope::Scope;
use super::workspace::TaskRunner;
use crate::path;
use model::facts::PackageManager;

/// How a package is built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Build {
    /// The command line, run in the package's folder.
    pub command: Option<String>,
    /// The programs that it comes to.
    pub steps: Vec<Step>,
}

/// Names of the script that builds for production, the first that is there counts.
const SCRIPTS: &[&str] =
    &["build", "build:prod", "build:production", "compile", "build:server", "build:api", "build:ts", "tsc"];

/// Scripts that a package manager runs around others or after an installation.
const AROUND: &[&str] = &["postinstall", "prebuild", "postbuild", "prepare"];

impl Build {
    /// How `package` is built. `fallback` is a tool's own build command, for packages without a script.
    pub(crate) fn of(scope: &Scope<'_>, package: &Package, fallback: Option<&str>) -> Self {
        let script = SCRIPTS.iter().find(|name| {
            package.script(name).is_some()
                && !(**name != "build" && command::script(package, name).iter().all(|step| !emits(step)))
        });
        let steps = match (script, fallback) {
            (Some(name), _) => command::script(package, name),
            (None, Some(command)) => command::line(package, command),
            (None, None) => Vec::new(),
        };
        let installation = scope.installation(package);
        let mut parts: Vec<String> = generate(scope, package, &steps);
        let first = dependencies_first(scope, package);
        match script {
            Some(name) if *name == "build" && first.is_some() => parts.extend(first),
            Some(name) => parts.push(installation.run(name)),
            None => {
                parts.extend(before(scope, package));
                parts.extend(fallback.map(|command| installation.exec(command)));
            }
        }
        Self { command: (!parts.is_empty()).then(|| parts.join(" && ")), steps }
    }

    /// By one script of the package, which does all that is needed.
    pub(crate) fn by_script(scope: &Scope<'_>, package: &Package, name: &str) -> Self {
        let command = scope.installation(package).run(name);
        Self { command: Some(command), steps: command::script(package, name) }
    }

    /// With the clients in front that a program is generated from its schemas.
    pub(crate) fn after_generating(self, scope: &Scope<'_>, package: &Package) -> Self {
        let parts: Vec<String> =
            generate(scope, package, &self.steps).into_iter().chain(self.command).collect();
        Self { command: (!parts.is_empty()).then(|| parts.join(" && ")), steps: self.steps }
    }
}

fn emits(step: &Step) -> bool {
    matches!(step.program, Program::Build { .. } | Program::Delegate)
}

/// `prisma generate` for every schema in use whose package does not do it by itself.
pub(crate) fn generate(scope: &Scope<'_>, package: &Package, steps: &[Step]) -> Vec<String> {
    let installation = scope.installation(package);
    let mut found = Vec::new();
    for owner in std::iter::once(package).chain(scope.linked(package)) {
        let Some(schema) = prisma::schema(scope.repository, owner) else { continue };
        let mentioned = |text: &str| {
            text.contains("prisma generate")
                || text.contains("prisma:generate")
                || text.contains("db:generate")
        };
        let around = AROUND.iter().any(|name| {
            owner.script(name).is_some_and(mentioned) || package.script(name).is_some_and(mentioned)
        });
        let root = scope.root(package);
        let at_root =
            root.is_some_and(|root| AROUND.iter().any(|name| root.script(name).is_some_and(mentioned)));
        let by_build = owner.script("build").is_some_and(mentioned)
            && (owner.folder == package.folder || !linked_builds(scope, package).is_empty());
        let by_steps = steps.iter().any(|step| {
            matches!(&step.program, Program::Build { words } if words.first().is_some_and(|word| path::file_name(word) == "prisma"))
        });
        if around || at_root || by_build || by_steps {
            continue;
        }
        let standard =
            [package.at("prisma/schema.prisma"), package.at("schema.prisma"), package.at("prisma/schema")];
        let command = if standard.contains(&schema)
            || owner.folder == package.folder && prisma::is_stated(scope.repository, owner)
        {
            "prisma generate".to_owned()
        } else {
            format!("prisma generate --schema {}", path::join_up(&package.folder, &schema))
        };
        found.push(installation.exec(&command));
    }
    found
}

/// The linked packages that have to be built before others can use them.
fn linked_builds<'s>(scope: &'s Scope<'_>, package: &Package) -> Vec<&'s Package> {
    scope.linked(package).into_iter().filter(|linked| linked.script("build").is_some()).collect()
}

/// Builds the package after what it depends on, in one command.
fn dependencies_first(scope: &Scope<'_>, package: &Package) -> Option<String> {
    let name = package.name()?;
    if linked_builds(scope, package).is_empty() {
        return None;
    }
    let installation = scope.installation(package);
    match scope.runner(package) {
        Some(TaskRunner::Turbo) => Some(installation.exec(&format!("turbo run build --filter={name}"))),
        Some(TaskRunner::Nx) => Some(installation.exec(&format!("nx run {name}:build"))),
        Some(TaskRunner::Lerna) => {
            Some(installation.exec(&format!("lerna run build --scope={name} --include-dependencies")))
        }
        None => match installation.manager {
            PackageManager::Pnpm => Some(format!("pnpm --filter {name}... run build")),
            PackageManager::YarnBerry => Some(format!("yarn workspaces foreach -Rt --from {name} run build")),
            _ => {
                let before = before(scope, package)?;
                Some(format!("{before} && {}", installation.run("build")))
            }
        },
    }
}

/// Builds what the package depends on, without a task runner: one after the other, dependencies before dependents.
fn before(scope: &Scope<'_>, package: &Package) -> Option<String> {
    let root = scope.root(package)?;
    let installation = scope.installation(package);
    let mut linked = linked_builds(scope, package);
    // A package comes after those that it is linked to itself.
    linked.sort_by_key(|linked| (scope.linked(linked).len(), linked.folder.clone()));
    let up = path::between(&package.folder, &root.folder);
    let one = |linked: &Package| {
        let name = linked.name().unwrap_or_default();
        match installation.manager {
            PackageManager::Pnpm => format!("pnpm --filter {name} run build"),
            PackageManager::Yarn | PackageManager::YarnBerry => format!("yarn workspace {name} run build"),
            PackageManager::Bun => format!("bun run --filter {name} build"),
            _ => format!("npm run build --prefix {up} --workspace={name}"),
        }
    };
    let commands: Vec<String> = linked.into_iter().map(one).collect();
    (!commands.is_empty()).then(|| commands.join(" && "))
}
