//! What runs a program or a site for development: started again, or exchanged in place, when a file changes.

use super::command::{self, Command, Program, Reach};
use super::package::Package;
use super::scope::Scope;
use super::{entry, version};
use crate::path;
use model::facts::{Framework, PackageManager};

/// What is to be run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Running<'a> {
    /// The name of the process among those of the package; absent for its main one.
    pub process: Option<&'a str>,
    /// The source it starts from, from the root.
    pub source: Option<&'a str>,
    /// Its framework.
    pub framework: Option<Framework>,
}

/// Scripts that run the main program for development, the usual ones first.
const SCRIPTS: &[&str] = &[
    "dev",
    "start:dev",
    "develop",
    "dev:server",
    "server:dev",
    "dev:api",
    "serve:dev",
    "start:watch",
    "watch",
    "serve",
    "start",
    "server",
];

/// Scripts that run pages for development. Beside a program `dev` runs both, or none of them.
const PAGES: &[&str] = &[
    "dev",
    "start:dev",
    "develop",
    "dev:client",
    "dev:web",
    "dev:frontend",
    "dev:ui",
    "client",
    "serve",
    "start",
];

/// The command line, run in the package's folder; `None` where nothing is known that notices changes.
pub(crate) fn of(scope: &Scope<'_>, package: &Package, running: Running<'_>) -> Option<String> {
    let installation = scope.installation(package);
    let names: Vec<&str> = match running.process {
        None => {
            let pages = running.framework.is_some_and(|framework| tool(framework).is_some());
            let names = if pages { PAGES } else { SCRIPTS };
            names.iter().copied().filter(|name| package.script(name).is_some()).collect()
        }
        Some(process) => {
            let about = |name: &str| name.split([':', '-', '.']).any(|part| part == process);
            package.scripts().map(|(name, _)| name).filter(|name| about(name)).collect()
        }
    };
    let hot = |name: &&&str| command::commands(package, name).iter().any(notices_changes);
    if let Some(name) = names.iter().find(hot) {
        return Some(installation.run(name));
    }
    if running.process.is_none() {
        let tool = match running.framework {
            Some(Framework::NestJs) if package.has("@nestjs/cli") => Some("nest start --watch"),
            Some(framework) => tool(framework),
            None => None,
        };
        if let Some(tool) = tool {
            return Some(installation.exec(tool));
        }
    }
    let derived = running.source.and_then(|source| derived(scope, package, source));
    derived.or_else(|| names.first().filter(|name| **name != "start").map(|name| installation.run(name)))
}

/// Whether a command runs something anew when its files change. A compiler that watches runs nothing.
fn notices_changes(command: &Command) -> bool {
    let program = command.words.first().map_or("", |word| path::file_name(word));
    let has = |option: &str| command.words.iter().any(|word| word == option);
    match command.reach {
        Reach::Installation => false,
        Reach::Elsewhere => command.words.iter().any(|word| word == "dev" || word.starts_with("dev:")),
        Reach::Program => match command::program(&command.words) {
            Program::Development { file: None } => {
                let compiles = matches!(
                    program,
                    "tsc" | "swc" | "babel" | "rollup" | "tspc" | "tsup" | "tsdown" | "esbuild"
                );
                !compiles || command.words.iter().any(|word| word.starts_with("--on"))
            }
            Program::Development { file: Some(_) } => true,
            Program::Nest { .. } => has("--watch") || has("-w"),
            Program::Node { .. }
            | Program::Direct { .. }
            | Program::Server { .. }
            | Program::Files
            | Program::Build { .. }
            | Program::Migration
            | Program::Delegate
            | Program::Other { .. } => false,
        },
    }
}

/// The development server that a framework brings.
fn tool(framework: Framework) -> Option<&'static str> {
    Some(match framework {
        Framework::NextJs => "next dev",
        Framework::Vite | Framework::SvelteKit | Framework::TanStackStart => "vite",
        Framework::Nuxt => "nuxt dev",
        Framework::Astro => "astro dev",
        Framework::Remix => "remix vite:dev",
        Framework::ReactRouter => "react-router dev",
        Framework::Gatsby => "gatsby develop",
        Framework::Docusaurus => "docusaurus start",
        Framework::CreateReactApp => "react-scripts start",
        Framework::Angular => "ng serve",
        Framework::VueCli => "vue-cli-service serve",
        Framework::Eleventy => "eleventy --serve",
        Framework::VitePress => "vitepress dev",
        Framework::SolidStart => "vinxi dev",
        _ => return None,
    })
}

/// What runs a source and looks out for changes.
fn derived(scope: &Scope<'_>, package: &Package, source: &str) -> Option<String> {
    let installation = scope.installation(package);
    let has = |name: &str| package.has(name) || scope.root(package).is_some_and(|root| root.has(name));
    let file = path::join_up(&package.folder, source);
    if installation.manager == PackageManager::Bun {
        return Some(format!("bun --watch {file}"));
    }
    if has("tsx") && entry::is_typescript(source) {
        return Some(installation.exec(&format!("tsx watch {file}")));
    }
    if has("ts-node-dev") && entry::is_typescript(source) {
        return Some(installation.exec(&format!("ts-node-dev --respawn {file}")));
    }
    if has("nodemon") && (!entry::is_typescript(source) || has("ts-node")) {
        return Some(installation.exec(&format!("nodemon {file}")));
    }
    let runtime = version::of(scope.repository, package, scope.root(package));
    let line = runtime.and_then(|claim| claim.value.version?.parse::<u32>().ok());
    // Before that, `--watch` was not there, or an experiment.
    let watches = line.is_none_or(|line| line >= 20);
    (watches && !entry::is_typescript(source)).then(|| format!("node --watch {file}"))
}
