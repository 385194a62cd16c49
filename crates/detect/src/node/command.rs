//! npm scripts, unwrapped down to the programs they run.

use super::package::Package;
use crate::path;
use crate::shell;

/// What a command is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Program {
    /// Node runs a file. `options` are Node's own, `arguments` the file's.
    Node { options: Vec<String>, file: String, arguments: Vec<String> },
    /// Something runs TypeScript without a build: tsx, ts-node, bun.
    Direct { words: Vec<String>, file: String },
    /// A framework's production server: `next start`, `remix-serve build/server/index.js`.
    Server { words: Vec<String> },
    /// `nest start` and its relatives, which build on the way: an application's name, if one is given.
    Nest { application: Option<String> },
    /// A server for development only, with the source it runs, if it names one.
    Development { file: Option<String> },
    /// Serves built files: `serve -s dist`, `vite preview`.
    Files,
    /// Emits something: a compiler, a bundler, a framework's build.
    Build { words: Vec<String> },
    /// Changes a database's schema.
    Migration,
    /// Runs scripts of other packages.
    Delegate,
    /// Anything else.
    Other { words: Vec<String> },
}

/// One program of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// What it is.
    pub program: Program,
    /// `NAME=value` in front of it, from `cross-env` too.
    pub assignments: Vec<(String, String)>,
    /// Where it runs, relative to the package; empty for the package itself.
    pub folder: String,
}

/// The programs that a script of a package runs, scripts that it calls included, in order.
pub(crate) fn script(package: &Package, name: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some(text) = package.script(name) {
        expand(package, text, "", &mut steps, 0);
    }
    steps
}

/// The programs that a command line runs in a package.
pub(crate) fn line(package: &Package, text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    expand(package, text, "", &mut steps, 0);
    steps
}

fn expand(package: &Package, text: &str, folder: &str, steps: &mut Vec<Step>, depth: u8) {
    for invocation in shell::invocations(text) {
        let mut assignments = invocation.assignments;
        let words = unwrapped(invocation.words, &mut assignments);
        let at = join_folder(folder, &invocation.folder);
        step(package, words, assignments, &at, steps, depth);
    }
}

fn step(
    package: &Package,
    words: Vec<String>,
    assignments: Vec<(String, String)>,
    folder: &str,
    steps: &mut Vec<Step>,
    depth: u8,
) {
    let here = folder.is_empty() || folder == ".";
    match called_scripts(&words) {
        Called::Here(names) if here && depth < 6 => {
            for name in names {
                if let Some(text) = package.script(&name) {
                    let before = steps.len();
                    expand(package, text, folder, steps, depth + 1);
                    for step in &mut steps[before..] {
                        step.assignments.splice(0..0, assignments.iter().cloned());
                    }
                }
            }
        }
        Called::Lines(lines) if depth < 6 => {
            for text in lines {
                expand(package, &text, folder, steps, depth + 1);
            }
        }
        Called::Here(_) | Called::Elsewhere => {
            steps.push(Step { program: Program::Delegate, assignments, folder: folder.to_owned() });
        }
        Called::Nothing | Called::Lines(_) => {
            if !words.is_empty() {
                steps.push(Step { program: classify(&words), assignments, folder: folder.to_owned() });
            }
        }
    }
}

fn join_folder(outer: &str, inner: &str) -> String {
    match path::join(outer, inner) {
        root if root == "." => String::new(),
        joined => joined,
    }
}

/// Without the programs that only set variables or look up another program.
fn unwrapped(mut words: Vec<String>, assignments: &mut Vec<(String, String)>) -> Vec<String> {
    loop {
        let second = words.get(1).map_or("", String::as_str);
        let drop = match words.first().map_or("", |word| path::file_name(word)) {
            "cross-env" | "cross-env-shell" | "npx" | "bunx" | "exec" | "env" | "NODE_ENV" => 1,
            "pnpm" | "yarn" | "npm" if matches!(second, "exec" | "dlx" | "x") => 2,
            "dotenv" | "env-cmd" | "dotenvx" | "doppler" | "infisical" | "op" | "dotenv-cli" => {
                match words.iter().position(|word| word == "--") {
                    Some(at) => at + 1,
                    None => 1 + usize::from(second == "run"),
                }
            }
            "wait-on" | "wait-port" | "sleep" => words.len(),
            first if first.contains('=') && is_assignment(first) => {
                if let Some((name, value)) = first.split_once('=') {
                    assignments.push((name.to_owned(), value.to_owned()));
                }
                1
            }
            _ => break,
        };
        words.drain(..drop.min(words.len()));
        // Options of the wrapper: `npx --yes`, `env-cmd -f .env`.
        while words.first().is_some_and(|word| word.starts_with('-')) {
            let takes_value = words
                .first()
                .is_some_and(|word| matches!(word.as_str(), "-f" | "-e" | "-p" | "--package" | "-c"));
            words.drain(..(1 + usize::from(takes_value)).min(words.len()));
        }
    }
    words
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    })
}

enum Called {
    /// Scripts of the same package.
    Here(Vec<String>),
    /// Command lines run side by side.
    Lines(Vec<String>),
    /// Scripts of other packages.
    Elsewhere,
    /// None.
    Nothing,
}

/// Which scripts a package manager's or a runner's call runs.
fn called_scripts(words: &[String]) -> Called {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let manager = path::file_name(word(0));
    let plain = |from: usize| {
        words[from.min(words.len())..]
            .iter()
            .filter(|word| !word.starts_with('-'))
            .cloned()
            .collect::<Vec<_>>()
    };
    match manager {
        "npm" | "pnpm" | "yarn" | "bun" => {
            let elsewhere = |word: &String| {
                [
                    "--prefix",
                    "-C",
                    "--cwd",
                    "--filter",
                    "-F",
                    "--workspace",
                    "-w",
                    "--workspaces",
                    "-ws",
                    "-r",
                    "--recursive",
                    "--dir",
                ]
                .iter()
                .any(|option| {
                    word == option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
                })
            };
            if words.iter().any(elsewhere) || matches!(word(1), "workspace" | "workspaces" | "-r") {
                return Called::Elsewhere;
            }
            let names = plain(1);
            match names.first().map(String::as_str) {
                Some("run" | "run-script" | "rum") => {
                    Called::Here(names.into_iter().skip(1).take(1).collect())
                }
                Some("start" | "stop" | "restart" | "test") => {
                    Called::Here(names.into_iter().take(1).collect())
                }
                Some("install" | "ci" | "i" | "add" | "dedupe" | "prune" | "audit" | "pack" | "publish")
                | None => Called::Here(Vec::new()),
                // A program of a dependency, or a file that bun runs.
                Some(first) if manager == "bun" && first.contains('.') => Called::Nothing,
                Some(_) if manager == "npm" => Called::Here(Vec::new()),
                Some(_) => Called::Here(names.into_iter().take(1).collect()),
            }
        }
        "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => Called::Here(plain(1)),
        "concurrently" | "conc" => {
            let lines = plain(1).into_iter().map(|line| match line.split_once(':') {
                Some(("npm" | "pnpm" | "yarn" | "bun", name)) => format!("npm run {name}"),
                _ => line,
            });
            Called::Lines(lines.collect())
        }
        "turbo" | "lerna" | "nx" | "wireit" | "rush" | "moon" => Called::Elsewhere,
        _ => Called::Nothing,
    }
}

/// Options of Node that take the next word as their value.
const NODE_VALUES: &[&str] = &[
    "-r",
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "--env-file",
    "--env-file-if-exists",
    "-C",
    "--conditions",
];

/// What a program is for.
pub(crate) fn classify(words: &[String]) -> Program {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let program = path::file_name(word(0));
    let second = word(1);
    let file_after = |from: usize| {
        words[from.min(words.len())..]
            .iter()
            .find(|word| !word.starts_with('-') && looks_like_file(word))
            .cloned()
    };
    let development = |from: usize| Program::Development { file: file_after(from) };
    let owned = || words.to_vec();
    let has = |option: &str| words.iter().any(|word| word == option);
    match program {
        "node" | "nodejs" => node(words),
        "nodemon" | "ts-node-dev" | "tsnd" | "node-dev" | "supervisor" | "tsc-watch" => development(1),
        "tsx" | "ts-node" | "ts-node-esm" | "esno" | "esr" | "vite-node" | "jiti" | "babel-node"
        | "swc-node" => match file_after(1) {
            _ if second == "watch" || has("--watch") => development(1),
            Some(file) => Program::Direct { words: owned(), file },
            None => Program::Other { words: owned() },
        },
        "bun" => match file_after(1) {
            _ if has("--watch") || has("--hot") => development(1),
            _ if second == "build" => Program::Build { words: owned() },
            Some(file) => Program::Direct { words: owned(), file },
            None => Program::Other { words: owned() },
        },
        "pm2" | "pm2-runtime" | "forever" | "pm2-docker" => match file_after(1) {
            Some(file) => Program::Node { options: Vec::new(), file, arguments: Vec::new() },
            None => Program::Other { words: owned() },
        },
        "nest" => match second {
            "start" => {
                let application = words.get(2).filter(|word| !word.starts_with('-')).cloned();
                Program::Nest { application }
            }
            _ => Program::Build { words: owned() },
        },
        "remix-serve" | "react-router-serve" => Program::Server { words: owned() },
        "serve" | "http-server" | "live-server" | "sirv" => Program::Files,
        "prisma"
        | "typeorm"
        | "knex"
        | "sequelize"
        | "sequelize-cli"
        | "drizzle-kit"
        | "mikro-orm"
        | "node-pg-migrate"
        | "db-migrate"
        | "migrate-mongo"
        | "typeorm-ts-node-commonjs"
        | "typeorm-ts-node-esm" => {
            if second == "generate" && program == "prisma" {
                Program::Build { words: owned() }
            } else {
                Program::Migration
            }
        }
        "tsc" | "tsup" | "esbuild" | "swc" | "babel" | "ncc" | "rollup" | "tsdown" | "unbuild"
        | "pkgroll" | "tspc" | "ttsc" | "tsc-alias" | "microbundle" | "bunchee" => {
            let watches = has("--watch") || has("-w");
            if watches { development(words.len()) } else { Program::Build { words: owned() } }
        }
        _ => tool(words, program, second),
    }
}

/// Command lines of frameworks: what their first word means.
fn tool(words: &[String], program: &str, second: &str) -> Program {
    let owned = || words.to_vec();
    let development = Program::Development { file: None };
    match (program, second) {
        ("fastify", "start") => {
            let watches = words.iter().any(|word| word == "-w" || word == "--watch");
            if watches { development } else { Program::Server { words: owned() } }
        }
        (
            "next" | "strapi" | "medusa" | "keystone" | "directus" | "vinxi" | "blitz" | "redwood"
            | "payload",
            "start",
        ) => Program::Server { words: owned() },
        ("nuxt" | "nuxi", "start") => Program::Server { words: owned() },
        ("vite" | "astro" | "nuxt" | "nuxi" | "gatsby" | "docusaurus", "preview" | "serve")
            if !(program == "vite" && second == "serve") =>
        {
            Program::Files
        }
        (
            "next" | "vite" | "nuxt" | "nuxi" | "remix" | "react-router" | "astro" | "svelte-kit"
            | "react-scripts" | "craco" | "react-app-rewired" | "ng" | "vue-cli-service" | "gatsby"
            | "docusaurus" | "vinxi" | "solid-start" | "parcel" | "rsbuild" | "rspack" | "webpack" | "strapi"
            | "medusa" | "keystone" | "eleventy" | "vitepress" | "farm" | "umi" | "max" | "expo",
            second,
        ) => match second {
            "build" | "generate" | "export" | "vite:build" | "sync" | "prerender" | "typegen" => {
                Program::Build { words: owned() }
            }
            "" | "serve" | "dev" | "start" | "develop" | "watch" | "vite:dev"
                if !matches!((program, second), ("webpack" | "eleventy", "")) =>
            {
                development
            }
            _ if matches!(program, "webpack" | "eleventy" | "rspack") => Program::Build { words: owned() },
            _ => development,
        },
        ("webpack-cli", _) => Program::Build { words: owned() },
        (
            "webpack-dev-server" | "storybook" | "start-storybook" | "json-server" | "wrangler" | "firebase"
            | "serverless" | "sls" | "netlify" | "vercel" | "electron" | "electron-forge" | "tauri" | "wxt"
            | "plasmo",
            _,
        ) => development,
        _ => Program::Other { words: owned() },
    }
}

/// `node …`: options, file and arguments.
fn node(words: &[String]) -> Program {
    let mut options = Vec::new();
    let mut at = 1;
    let mut direct = false;
    let mut watches = false;
    while let Some(option) = words.get(at).filter(|word| word.starts_with('-')) {
        let value = NODE_VALUES.contains(&option.as_str()).then(|| words.get(at + 1)).flatten();
        let whole = value.map_or_else(|| option.clone(), |value| format!("{option} {value}"));
        at += 1 + usize::from(value.is_some());
        watches |= option.starts_with("--watch") || option.starts_with("--inspect");
        direct |= [
            "ts-node",
            "tsx",
            "esbuild-register",
            "@swc-node",
            "@babel/register",
            "strip-types",
            "transform-types",
        ]
        .iter()
        .any(|runner| whole.contains(runner));
        if matches!(option.as_str(), "-e" | "--eval" | "-p" | "--print" | "--test" | "--run") {
            return Program::Other { words: words.to_vec() };
        }
        // Settings are given as variables; the file is not part of a release.
        if !option.starts_with("--env-file") {
            options.push(whole);
        }
    }
    let Some(file) = words.get(at).cloned() else { return Program::Other { words: words.to_vec() } };
    let arguments = words[at + 1..].to_vec();
    if let Some((_, tool)) = file.split_once("node_modules/") {
        let tool = tool.strip_prefix(".bin/").unwrap_or(tool).split('/').next().unwrap_or(tool);
        let mut rest = vec![tool.to_owned()];
        rest.extend(arguments);
        return classify(&rest);
    }
    if file == "ace" || file == "ace.js" {
        return match arguments.first().map(String::as_str) {
            Some("build") => Program::Build { words: words.to_vec() },
            Some("serve") => Program::Development { file: None },
            _ => Program::Other { words: words.to_vec() },
        };
    }
    if watches {
        Program::Development { file: Some(file) }
    } else if direct || file.ends_with(".ts") || file.ends_with(".mts") {
        Program::Direct { words: words.to_vec(), file }
    } else {
        Program::Node { options, file, arguments }
    }
}

/// Whether a word may be a source file rather than an option's value or a subcommand.
fn looks_like_file(word: &str) -> bool {
    let extension = word.rsplit('.').next().unwrap_or("");
    matches!(extension, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "tsx" | "jsx")
        && !word.contains("config.")
        || (word.contains('/')
            && !word.contains(['*', ',', '='])
            && !word.ends_with(".json")
            && !word.starts_with('@'))
}
