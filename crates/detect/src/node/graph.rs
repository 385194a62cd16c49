//! The modules of the repository: read in parallel, resolved to each other, evaluated across files.

mod declare;
mod export;

use super::autoload::{self, Plugin};
use super::package::{Package, is_set_aside};
use super::source::{self, Call, Import, Module, Value};
use super::tsconfig::{self, TsConfig};
use crate::path;
use crate::repository::Repository;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The extensions of files that hold JavaScript or TypeScript.
const EXTENSIONS: &[&str] = &["ts", "js", "tsx", "jsx", "mts", "mjs", "cts", "cjs", "vue", "svelte", "astro"];

/// Larger files are bundles that somebody committed.
const SIZE_LIMIT: u64 = 512 * 1024;

/// A file that has none of these says nothing that is looked for without being imported.
const SIGNS: &[&str] = &[
    "process.env",
    "Env.schema",
    "express",
    "fastify",
    "Router(",
    "bullmq",
    ".env.",
    "env }",
    "Deno.env",
    "$env/",
    ".listen(",
    "listen(",
    "serve(",
    "health",
    "/ping",
    "/status",
    "livez",
    "readyz",
    "new Worker",
    "setGlobalPrefix",
    "@Controller(",
    "schedule(",
    "CronJob",
    "z.object",
    "Joi.object",
    "joi.object",
    "cleanEnv",
    "Config.get",
    "onfig.get",
    "onfigService",
    "getOrThrow",
    "env(",
    "Env(",
    "required(",
    "app.use(",
    "outer.use(",
    ".register(",
    ".route(",
    ".consume(",
    "new Client(",
    ".login(",
    "Telegraf",
    "convict",
    ".process(",
    "../package.json",
    "sizeLimit",
    "bodySizeLimit",
    "EnvironmentPlugin",
];

/// Room for walking deeply nested sources. Only what is touched of it becomes memory.
pub(crate) const STACK: usize = 256 * 1024 * 1024;

/// Every module, parsed when first asked for.
pub(crate) struct Modules<'r> {
    repository: &'r Repository<'r>,
    packages: BTreeMap<String, Package>,
    parsed: Mutex<HashMap<String, Arc<Module>>>,
    configs: Mutex<HashMap<String, Option<Arc<TsConfig>>>>,
}

/// A value with the module in which its names are to be looked up.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The module.
    pub module: Arc<Module>,
    /// The value.
    pub value: Value,
}

/// Whether a file is there for tests, stories or the developers' own tools.
pub(crate) fn is_tooling(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "scripts",
        "tools",
        "tooling",
        "seeds",
        "seeders",
        "bench",
        "benchmarks",
        "stories",
        "playwright",
        "mocks",
        "storybook",
    ];
    const MARKS: &[&str] =
        &["test", "tests", "spec", "e2e", "stories", "story", "cy", "bench", "mock", "e2e-spec", "setup"];
    const CONFIGS: &[&str] = &[
        "jest",
        "vitest",
        "playwright",
        "cypress",
        "eslint",
        "commitlint",
        "karma",
        "babel",
        "tailwind",
        "postcss",
        "wdio",
        "codegen",
    ];
    let name = path::file_name(path);
    let parts: Vec<&str> = name.split('.').collect();
    let middle = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
    is_set_aside(path::parent(path))
        || path::parent(path).split('/').any(|part| FOLDERS.contains(&part))
        || middle.iter().any(|part| MARKS.contains(part))
        || (middle.contains(&"config") || middle.contains(&"setup")) && CONFIGS.contains(&parts[0])
        || matches!(parts[0], "seed" | "setupTests" | "gulpfile" | "Gruntfile" | "seeder" | ".eslintrc")
}

fn is_source(path: &str, size: u64) -> bool {
    let name = path::file_name(path);
    let extension = name.rsplit('.').next().unwrap_or("");
    EXTENSIONS.contains(&extension) && size <= SIZE_LIMIT && !name.contains(".min.") && !name.contains(".d.")
}

impl<'r> Modules<'r> {
    /// Reads every source file and parses those that may say something.
    pub(crate) fn load(repository: &'r Repository<'r>, packages: &[Package]) -> Self {
        let wanted: Vec<&str> = repository
            .under(".")
            .iter()
            .filter(|entry| is_source(&entry.path, entry.size) && !is_tooling(&entry.path))
            .filter(|entry| packages.iter().any(|package| path::is_under(&entry.path, &package.folder)))
            .map(|entry| entry.path.as_str())
            .collect();
        // Only with leftmost matches it compares several bytes at once.
        let leftmost = aho_corasick::MatchKind::LeftmostFirst;
        let signs = aho_corasick::AhoCorasick::builder().match_kind(leftmost).build(SIGNS).ok();
        let speaks = |text: &str| signs.as_ref().is_none_or(|signs| signs.is_match(text));
        let read = |path: &&str| {
            let text = repository.text(path).filter(|text| speaks(text))?;
            Some(((*path).to_owned(), Arc::new(source::parse(path, &text))))
        };
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8);
        let share = wanted.len().div_ceil(threads).max(1);
        let parsed: HashMap<String, Arc<Module>> = std::thread::scope(|scope| {
            let workers: Vec<_> = wanted
                .chunks(share)
                .filter_map(|chunk| {
                    let work = move || chunk.iter().filter_map(read).collect::<Vec<_>>();
                    std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()
                })
                .collect();
            // A thread that panicked on one file takes its share with it, not the whole detection.
            workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
        });
        let packages = packages
            .iter()
            .filter_map(|package| Some((package.name()?.to_owned(), package.clone())))
            .collect();
        let found = Self { repository, packages, parsed: Mutex::new(parsed), configs: Mutex::default() };
        found.declare_all();
        found
    }

    /// A module by its path.
    pub(crate) fn get(&self, path: &str) -> Option<Arc<Module>> {
        if let Some(module) = lock(&self.parsed).get(path) {
            return Some(Arc::clone(module));
        }
        if !is_source(path, 0) {
            return None;
        }
        let text = self.repository.text(path)?;
        let module = Arc::new(source::parse(path, &text));
        lock(&self.parsed).entry(path.to_owned()).or_insert(module);
        self.declare(path)
    }

    /// The modules that were found to say something, in any of `folders` and in none of `but`, sorted by path.
    pub(crate) fn within(&self, folders: &[&str], but: &[&str]) -> Vec<Arc<Module>> {
        let parsed = lock(&self.parsed);
        let inside = |path: &str| {
            folders.iter().any(|folder| path::is_under(path, folder))
                && !but.iter().any(|folder| path::is_under(path, folder))
                && !is_tooling(path)
        };
        let mut found: Vec<_> = parsed.values().filter(|module| inside(&module.path)).cloned().collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    /// The file that a specifier means in a module.
    pub(crate) fn resolve(&self, from: &str, specifier: &str) -> Option<String> {
        let folder = path::parent(from);
        if specifier.starts_with('.') {
            return self.file(&path::join(folder, specifier));
        }
        let config = self.config(folder);
        let by_paths = config
            .as_deref()
            .and_then(|config| config.resolve(specifier).iter().find_map(|path| self.file(path)));
        by_paths.or_else(|| self.by_alias(folder, specifier)).or_else(|| self.in_package(specifier))
    }

    /// `@/x` and `~/x`, as frameworks and bundlers define them without a tsconfig.
    fn by_alias(&self, folder: &str, specifier: &str) -> Option<String> {
        let rest = ["@/", "~/", "#/", "src/"].iter().find_map(|alias| specifier.strip_prefix(alias))?;
        path::ancestors(folder)
            .flat_map(|folder| [path::join(folder, "src"), folder.to_owned()])
            .find_map(|folder| self.file(&path::join(&folder, rest)))
    }

    /// A module of another package of the workspace.
    fn in_package(&self, specifier: &str) -> Option<String> {
        let parts = if specifier.starts_with('@') { 2 } else { 1 };
        let end = specifier.match_indices('/').nth(parts - 1).map_or(specifier.len(), |(at, _)| at);
        let package = self.packages.get(&specifier[..end])?;
        let rest = specifier[end..].trim_start_matches('/');
        let candidates = if rest.is_empty() {
            vec!["src/index".to_owned(), "index".to_owned(), "src/main".to_owned(), "lib/index".to_owned()]
        } else {
            vec![format!("src/{rest}"), rest.to_owned()]
        };
        let stated = package
            .text("/exports/./import")
            .or_else(|| package.text("/exports/."))
            .or_else(|| package.text("/main"));
        let stated = stated.filter(|_| rest.is_empty()).map(str::to_owned);
        stated.into_iter().chain(candidates).find_map(|candidate| self.file(&package.at(&candidate)))
    }

    /// The file that a path without extension, with a compiled one, or of a folder means.
    pub(crate) fn file(&self, path: &str) -> Option<String> {
        if is_source(path, 0) && self.repository.has(path) {
            return Some(path.to_owned());
        }
        // `./x.js` is how TypeScript names `./x.ts`.
        let stem = [".js", ".mjs", ".cjs", ".jsx"].iter().find_map(|end| path.strip_suffix(end));
        let beside = stem
            .into_iter()
            .chain([path])
            .flat_map(|stem| EXTENSIONS.iter().map(move |extension| format!("{stem}.{extension}")));
        let inside = EXTENSIONS.iter().map(|extension| path::join(path, &format!("index.{extension}")));
        // Most paths that are tried lead nowhere, and often their folder is not even there.
        let holds = |folder: &str| !self.repository.files_in(folder).is_empty();
        let beside = holds(path::parent(path)).then_some(beside).into_iter().flatten();
        let inside = holds(&path::join(path, ".")).then_some(inside).into_iter().flatten();
        beside.chain(inside).find(|path| self.repository.has(path))
    }

    /// The compiler configuration that holds in a folder.
    fn config(&self, folder: &str) -> Option<Arc<TsConfig>> {
        if let Some(known) = lock(&self.configs).get(folder) {
            return known.clone();
        }
        let found = path::ancestors(folder)
            .find_map(|folder| self.repository.first_in(folder, &["tsconfig.json", "jsconfig.json"]))
            .and_then(|file| tsconfig::load(self.repository, &file))
            .map(Arc::new);
        lock(&self.configs).insert(folder.to_owned(), found.clone());
        found
    }

    /// The modules that a module loads, itself first, without those that are there for tests.
    pub(crate) fn reachable(&self, entry: &str) -> Vec<Arc<Module>> {
        let mut seen: BTreeSet<String> = BTreeSet::from([entry.to_owned()]);
        let mut queue: VecDeque<String> = VecDeque::from([entry.to_owned()]);
        let mut found = Vec::new();
        while let Some(path) = queue.pop_front() {
            let Some(module) = self.get(&path) else { continue };
            let imported = module.sources.iter().filter_map(|source| self.resolve(&path, source));
            let loaded = module.calls.iter().flat_map(|call| self.loaded(&module, call));
            for next in imported.chain(loaded.map(|plugin| plugin.file)) {
                if seen.insert(next.clone()) {
                    queue.push_back(next);
                }
            }
            found.push(module);
        }
        found
    }

    /// The files that a call loads as plugins.
    pub(crate) fn loaded(&self, module: &Module, call: &Call) -> Vec<Plugin> {
        autoload::of(self.repository, module, call, |path| is_source(path, 0) && !is_tooling(path))
    }

    /// What a value comes to, following names, imports and properties.
    pub(crate) fn evaluate(&self, module: &Arc<Module>, value: &Value) -> Found {
        self.follow(module, value, 12)
    }

    fn follow(&self, module: &Arc<Module>, value: &Value, depth: u8) -> Found {
        let here = |value: Value| Found { module: Arc::clone(module), value };
        let Some(depth) = depth.checked_sub(1) else { return here(Value::Unknown) };
        match value {
            Value::Name(name) => {
                if let Some(import) = module.imports.get(name) {
                    let target = self.import(module, import, depth);
                    return target.unwrap_or_else(|| here(value.clone()));
                }
                match module.constants.get(name) {
                    Some(inner) if inner != value => self.follow(module, inner, depth),
                    _ => here(value.clone()),
                }
            }
            Value::Member(object, property) => self.member(module, object, property, depth),
            Value::Either(a, b) => {
                let (a, b) = (self.follow(module, a, depth).value, self.follow(module, b, depth).value);
                here(Value::Either(Box::new(a), Box::new(b)))
            }
            Value::Call(callee, arguments) => {
                if let Some(Value::Text(name)) = arguments.first()
                    && source::is_variable_name(name)
                {
                    let default = arguments.get(1).cloned().unwrap_or(Value::Unknown);
                    return here(Value::Either(Box::new(Value::Env(name.clone())), Box::new(default)));
                }
                // `Object.freeze({…})`, `defineConfig({…})`, `registerAs('app', () => …)`.
                match (callee.last_name(), arguments.first()) {
                    ("freeze" | "defineConfig", Some(first)) => self.follow(module, first, depth),
                    _ => here(value.clone()),
                }
            }
            other => here(other.clone()),
        }
    }

    fn member(&self, module: &Arc<Module>, object: &Value, property: &str, depth: u8) -> Found {
        let whole = Value::Member(Box::new(object.clone()), property.to_owned());
        let unknown = || Found { module: Arc::clone(module), value: whole.clone() };
        if let Value::Name(name) = object
            && let Some(import) = module.imports.get(name)
            && import.name == "*"
        {
            let import = Import { source: import.source.clone(), name: property.to_owned() };
            if let Some(found) = self.import(module, &import, depth) {
                return found;
            }
        }
        let held = self.follow(module, object, depth);
        match &held.value {
            Value::Environment => Found { module: held.module, value: Value::Env(property.to_owned()) },
            Value::Object(_) => match held.value.property(property) {
                Some(inner) => self.follow(&held.module, inner, depth),
                None => match held.value.property("...") {
                    Some(spread) => self.member(&held.module, spread, property, depth),
                    None => unknown(),
                },
            },
            // The result of a schema or of a library, with properties named like the variables.
            _ if source::is_variable_name(property) => {
                Found { module: Arc::clone(module), value: Value::Env(property.to_owned()) }
            }
            _ => unknown(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
