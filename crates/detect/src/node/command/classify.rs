//! What a program is for, by its name and its words.

use super::Program;
use crate::path;

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
pub(super) fn classify(words: &[String]) -> Program {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let program = path::file_name(word(0));
    let second = word(1);
    let development = |from: usize| Program::Development { file: file_after(words, from) };
    let owned = || words.to_vec();
    let has = |option: &str| words.iter().any(|word| word == option);
    match program {
        "node" | "nodejs" => node(words),
        "nodemon" | "ts-node-dev" | "tsnd" | "node-dev" | "supervisor" | "tsc-watch" => development(1),
        "tsx" | "ts-node" | "ts-node-esm" | "esno" | "esr" | "vite-node" | "jiti" | "babel-node"
        | "swc-node" => match file_after(words, 1) {
            _ if second == "watch" || has("--watch") => development(1),
            Some(file) => Program::Direct { words: owned(), file },
            None => Program::Other { words: owned() },
        },
        "bun" => match file_after(words, 1) {
            _ if has("--watch") || has("--hot") => development(1),
            _ if second == "build" => Program::Build { words: owned() },
            Some(file) => Program::Direct { words: owned(), file },
            None => Program::Other { words: owned() },
        },
        _ => plain(words, program, second),
    }
}

/// Programs that are told by their name and one option at most.
fn plain(words: &[String], program: &str, second: &str) -> Program {
    let owned = || words.to_vec();
    let has = |option: &str| words.iter().any(|word| word == option);
    match program {
        "pm2" | "pm2-runtime" | "forever" | "pm2-docker" => match file_after(words, 1) {
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
            if watches { Program::Development { file: None } } else { Program::Build { words: owned() } }
        }
        _ => tool(words, program, second),
    }
}

/// The first word from a position on that may be a source file.
fn file_after(words: &[String], from: usize) -> Option<String> {
    let rest = words.get(from..).unwrap_or_default();
    rest.iter().find(|word| !word.starts_with('-') && looks_like_file(word)).cloned()
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
