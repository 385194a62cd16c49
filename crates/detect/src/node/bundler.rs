//! Where webpack and Rollup put what they make, by their configurations.

use super::place;
use super::source::{self, Module, Value};
use crate::path;
use crate::repository::Repository;

/// What a configuration makes. Paths are from the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bundle {
    /// The folder that is filled.
    pub folder: String,
    /// Sources and the files they become, as far as the names can be told.
    pub files: Vec<(String, String)>,
}

/// Names of webpack's and its relatives' configurations, those for production first.
const WEBPACK: &[&str] = &[
    "webpack.prod",
    "webpack.config.prod",
    "webpack.production",
    "webpack.config",
    "rspack.config",
    "webpack/webpack.prod",
    "webpack/webpack.config",
    "config/webpack.prod",
    "config/webpack.config",
];

/// What webpack makes when it is called in `folder` with these words.
pub(crate) fn webpack(repository: &Repository<'_>, folder: &str, words: &[String]) -> Option<Bundle> {
    let module = configuration(repository, folder, words, WEBPACK)?;
    let objects = objects(repository, &module, 3);
    let find =
        |key: &str| objects.iter().find_map(|(module, object)| Some((module, object.property(key)?.clone())));
    let output = find("output");
    let stated = |key: &str| {
        objects.iter().find_map(|(module, object)| Some((module, object.property("output")?.property(key)?)))
    };
    let out = stated("path").and_then(|(module, value)| place::of(module, value, folder));
    let out = out.unwrap_or_else(|| path::join(folder, "dist"));
    let name = stated("filename").and_then(|(_, value)| value.as_text()).unwrap_or("[name].js").to_owned();
    let entries: Vec<(String, String)> = match find("entry") {
        Some((_, Value::Object(entries))) => {
            entries.into_iter().filter_map(|(name, value)| Some((name, text_of(&value)?))).collect()
        }
        Some((_, value)) => text_of(&value).map(|entry| ("main".to_owned(), entry)).into_iter().collect(),
        None => vec![("main".to_owned(), "src/index.js".to_owned())],
    };
    let told = output.is_some() && !name.replace("[name]", "").contains('[');
    let files = entries.into_iter().filter(|_| told).filter_map(|(entry, source)| {
        let file = path::join(&out, &name.replace("[name]", &entry));
        Some((source_of(repository, &path::join(folder, &source))?, file))
    });
    Some(Bundle { files: files.collect(), folder: out })
}

/// What Rollup makes.
pub(crate) fn rollup(repository: &Repository<'_>, folder: &str, words: &[String]) -> Option<Bundle> {
    let module = configuration(repository, folder, words, &["rollup.config"])?;
    let mut bundle = Bundle { folder: path::join(folder, "dist"), files: Vec::new() };
    let mut found = false;
    for (module, object) in objects(repository, &module, 3) {
        let outputs = match object.property("output") {
            Some(Value::List(items)) => items.clone(),
            Some(one) => vec![one.clone()],
            None => continue,
        };
        let input = object.property("input").and_then(text_of);
        let input = input.and_then(|input| source_of(repository, &path::join(folder, &input)));
        for output in outputs {
            let file = output.property("file").and_then(|file| place::of(&module, file, folder));
            let out = output.property("dir").and_then(|dir| place::of(&module, dir, folder));
            let Some(out) = out.or_else(|| file.as_deref().map(|file| path::parent(file).to_owned())) else {
                continue;
            };
            if let Some(source) = &input {
                let stem = super::emit::without_extension(path::file_name(source));
                let file = file.unwrap_or_else(|| path::join(&out, &format!("{stem}.js")));
                bundle.files.push((source.clone(), file));
            }
            if !found {
                bundle.folder = out;
                found = true;
            }
        }
    }
    found.then_some(bundle)
}

fn configuration(
    repository: &Repository<'_>,
    folder: &str,
    words: &[String],
    stems: &[&str],
) -> Option<Module> {
    let at = words.iter().position(|word| word == "-c" || word == "--config");
    let stated = at.and_then(|at| words.get(at + 1)).filter(|word| !word.starts_with('-'));
    let file =
        stated.map(|name| path::join(folder, name)).filter(|file| repository.has(file)).or_else(|| {
            let names =
                stems.iter().flat_map(|stem| ["js", "ts", "mjs", "cjs"].map(|end| format!("{stem}.{end}")));
            names.map(|name| path::join(folder, &name)).find(|file| repository.has(file))
        })?;
    Some(source::parse(&file, &repository.text(&file)?))
}

/// The objects that a configuration consists of: several in a list, what a function returns, what is merged from other files.
fn objects(repository: &Repository<'_>, module: &Module, depth: u8) -> Vec<(Module, Value)> {
    let mut found = Vec::new();
    let exported = module.exports.get("default").or_else(|| module.settings.get(""));
    let exported = match exported {
        Some(Value::Function) => module.settings.get(""),
        other => other,
    };
    if let Some(value) = exported {
        collect(repository, module, value, depth, &mut found);
    }
    found
}

fn collect(
    repository: &Repository<'_>,
    module: &Module,
    value: &Value,
    depth: u8,
    found: &mut Vec<(Module, Value)>,
) {
    match value {
        Value::Object(_) => found.push((module.clone(), value.clone())),
        Value::List(items) => items.iter().for_each(|item| collect(repository, module, item, depth, found)),
        // `merge(common, { … })`: what comes last holds.
        Value::Call(_, arguments) => {
            arguments.iter().rev().for_each(|item| collect(repository, module, item, depth, found));
        }
        Value::Name(name) if depth > 0 => {
            if let Some(import) = module.imports.get(name) {
                let file = path::join(path::parent(&module.path), &import.source);
                let text =
                    source_of(repository, &file).and_then(|file| Some((repository.text(&file)?, file)));
                if let Some((text, file)) = text {
                    found.extend(objects(repository, &source::parse(&file, &text), depth - 1));
                }
            } else if let Some(value) = module.constants.get(name) {
                collect(repository, module, value, depth - 1, found);
            }
        }
        _ => {}
    }
}

/// A text, or the first that a list or a named entry holds.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        // What comes last is what the others prepare for.
        Value::List(items) => items.iter().rev().find_map(text_of),
        Value::Object(items) => items.first().and_then(|(_, value)| text_of(value)),
        Value::Call(_, arguments) => arguments.iter().rev().find_map(text_of),
        _ => None,
    }
}

/// The file that a specifier without extension means.
fn source_of(repository: &Repository<'_>, file: &str) -> Option<String> {
    let ends = ["", ".js", ".ts", ".tsx", ".jsx", ".mjs", ".cjs", "/index.js", "/index.ts"];
    ends.iter().map(|end| format!("{file}{end}")).find(|file| repository.has(file))
}
