//! `tsconfig.json`: where the compiler puts what it emits.

use super::workspace::glob_matches;
use crate::path;
use crate::repository::Repository;
use serde_json::Value;
use std::collections::HashSet;

/// What of a configuration decides where files go. Folders are from the root.
#[derive(Debug, Clone, Default)]
pub(crate) struct TsConfig {
    /// The folder of the file.
    pub folder: String,
    /// Where output goes; absent is next to the sources.
    pub out_dir: Option<String>,
    /// The folder whose layout is kept, when it is stated.
    pub root_dir: Option<String>,
    /// Nothing is emitted.
    pub no_emit: bool,
    /// `paths`: pattern to targets, the targets from the root.
    pub paths: Vec<(String, Vec<String>)>,
    /// What `baseUrl` points at.
    pub base_url: Option<String>,
    /// `files`, from the root.
    pub files: Option<Vec<String>>,
    /// `include`, from the root.
    pub include: Option<Vec<String>>,
    /// `exclude`, from the root.
    pub exclude: Option<Vec<String>>,
    /// Built as part of others: the layout below its own folder is kept.
    pub composite: bool,
}

/// Reads a configuration with all that it extends. `None` when there is no such file.
pub(crate) fn load(repository: &Repository<'_>, file: &str) -> Option<TsConfig> {
    let mut config = TsConfig::default();
    apply(repository, file, &mut config, 0)?;
    config.folder = path::parent(file).to_owned();
    Some(config)
}

fn apply(repository: &Repository<'_>, file: &str, config: &mut TsConfig, depth: u8) -> Option<()> {
    let document = repository.json(file)?;
    let folder = path::parent(file);
    if depth < 8 {
        let extends = match document.get("extends") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for base in extends {
            if let Some(base) = extended(repository, folder, base) {
                apply(repository, &base, config, depth + 1);
            }
        }
    }
    let options = document.get("compilerOptions");
    let option = |name: &str| options.and_then(|options| options.get(name));
    let place = |value: &Value| value.as_str().map(|text| path::join(folder, text));
    if let Some(value) = option("outDir") {
        config.out_dir = place(value);
    }
    if let Some(value) = option("rootDir") {
        config.root_dir = place(value);
    }
    if let Some(value) = option("baseUrl") {
        config.base_url = place(value);
    }
    if let Some(value) = option("noEmit").or_else(|| option("emitDeclarationOnly")).and_then(Value::as_bool) {
        config.no_emit = value;
    }
    if let Some(value) = option("composite").and_then(Value::as_bool) {
        config.composite = value;
    }
    if let Some(paths) = option("paths").and_then(Value::as_object) {
        let base = config.base_url.clone().unwrap_or_else(|| folder.to_owned());
        config.paths = paths
            .iter()
            .map(|(pattern, targets)| {
                let targets = targets.as_array().into_iter().flatten().filter_map(Value::as_str);
                (pattern.clone(), targets.map(|target| path::join(&base, target)).collect())
            })
            .collect();
    }
    let list = |name: &str| -> Option<Vec<String>> {
        let items = document.get(name)?.as_array()?.iter().filter_map(Value::as_str);
        Some(items.map(|item| path::join(folder, item)).collect())
    };
    config.files = list("files").or_else(|| config.files.take());
    config.include = list("include").or_else(|| config.include.take());
    config.exclude = list("exclude").or_else(|| config.exclude.take());
    Some(())
}

/// The file that `extends` names: a path, or a package of the workspace.
fn extended(repository: &Repository<'_>, folder: &str, base: &str) -> Option<String> {
    if base.starts_with('.') || base.starts_with('/') {
        let at = path::join(folder, base);
        return [at.clone(), format!("{at}.json"), format!("{at}/tsconfig.json")]
            .into_iter()
            .find(|path| repository.has(path));
    }
    let parts = if base.starts_with('@') { 2 } else { 1 };
    let split = base.match_indices('/').nth(parts - 1).map_or(base.len(), |(at, _)| at);
    let (name, rest) = base.split_at(split);
    let rest = if rest.is_empty() { "tsconfig.json" } else { rest };
    repository.named("package.json").iter().find_map(|manifest| {
        let document = repository.json(manifest)?;
        let named = document.get("name").and_then(Value::as_str) == Some(name);
        let at = path::join(path::parent(manifest), rest.trim_start_matches('/'));
        named.then(|| [at.clone(), format!("{at}.json")].into_iter().find(|path| repository.has(path)))?
    })
}

impl TsConfig {
    /// The sources that it compiles by its own lists: TypeScript in `include`, without declarations and `exclude`.
    fn inputs(&self, repository: &Repository<'_>) -> Vec<String> {
        let compiled = |path: &str| {
            let source = [".ts", ".tsx", ".mts", ".cts"].iter().any(|end| path.ends_with(end));
            source && ![".d.ts", ".d.mts", ".d.cts"].iter().any(|end| path.ends_with(end))
        };
        if let (Some(files), None) = (&self.files, &self.include)
            && !files.is_empty()
        {
            return files.iter().filter(|path| compiled(path)).cloned().collect();
        }
        let include = self.include.clone().unwrap_or_else(|| vec![path::join(&self.folder, "**/*")]);
        let exclude = self.exclude.as_deref().unwrap_or_default();
        let under = |pattern: &str, file: &str| path::is_under(file, pattern) || glob_matches(pattern, file);
        repository
            .under(&self.folder)
            .iter()
            .map(|entry| entry.path.as_str())
            .filter(|file| compiled(file))
            .filter(|file| include.iter().any(|pattern| under(pattern, file)))
            .filter(|file| !exclude.iter().any(|pattern| under(pattern, file)))
            .filter(|file| self.out_dir.as_deref().is_none_or(|out| out == "." || !path::is_under(file, out)))
            .map(str::to_owned)
            .collect()
    }

    /// The folder whose layout the output keeps: the stated one, else the longest common folder of all inputs. `imported`
    /// are files that inputs import from elsewhere: they count as well, JSON included.
    pub(crate) fn effective_root(
        &self,
        repository: &Repository<'_>,
        imported: &[(String, String)],
    ) -> String {
        if let Some(root) = &self.root_dir {
            return root.clone();
        }
        if self.composite {
            return self.folder.clone();
        }
        let inputs = self.inputs(repository);
        let compiled: HashSet<&str> = inputs.iter().map(String::as_str).collect();
        let drawn_in = imported.iter().filter(|(importer, _)| compiled.contains(importer.as_str()));
        let drawn_in = drawn_in.map(|(_, file)| file);
        let mut folders = inputs.iter().chain(drawn_in).map(|file| path::parent(file));
        let Some(first) = folders.next() else { return self.folder.clone() };
        folders.fold(first.to_owned(), |common, folder| common_folder(&common, folder))
    }

    /// The sources that a specifier may mean by `paths` or `baseUrl`, without extensions.
    pub(crate) fn resolve(&self, specifier: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (pattern, targets) in &self.paths {
            let rest = match pattern.split_once('*') {
                Some((before, after)) => {
                    specifier.strip_prefix(before).and_then(|rest| rest.strip_suffix(after))
                }
                None => (pattern == specifier).then_some(""),
            };
            if let Some(rest) = rest {
                found.extend(targets.iter().map(|target| target.replacen('*', rest, 1)));
            }
        }
        found.extend(self.base_url.as_ref().map(|base| path::join(base, specifier)));
        found
    }
}

fn common_folder(a: &str, b: &str) -> String {
    path::ancestors(a).find(|folder| path::is_under(b, folder)).unwrap_or(".").to_owned()
}

/// The file a compiler emits for a source: `.ts` becomes `.js`.
pub(crate) fn emitted_name(source: &str) -> String {
    for (from, to) in [(".tsx", ".js"), (".jsx", ".js"), (".mts", ".mjs"), (".cts", ".cjs"), (".ts", ".js")] {
        if let Some(stem) = source.strip_suffix(from) {
            return format!("{stem}{to}");
        }
    }
    source.to_owned()
}
