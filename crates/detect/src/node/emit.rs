//! Which file a build makes of which source.

use super::bundler::{self, Bundle};
use super::command::{Program, Step};
use super::package::Package;
use super::tsconfig::{self, TsConfig, emitted_name};
use crate::path;
use crate::repository::Repository;

/// What the build steps of a package emit. Paths are from the root.
#[derive(Debug, Clone, Default)]
pub(crate) struct Emission {
    /// Whole folders: what is below `from` goes below `to`, with the extension a compiler gives it.
    folders: Vec<(String, String)>,
    /// Single bundles: a source and the file it becomes.
    files: Vec<(String, String)>,
    /// Folders that something fills with names we cannot tell.
    opaque: Vec<String>,
}

const EXTENSIONS: &[&str] = &["ts", "tsx", "js", "jsx", "mts", "mjs", "cts", "cjs"];

impl Emission {
    /// What `steps` emit when they run in `package`. `imported` lists who imports what from above its own folder, which
    /// the compiler compiles too.
    pub(crate) fn of(
        repository: &Repository<'_>,
        package: &Package,
        steps: &[Step],
        imported: &[(String, String)],
    ) -> Self {
        let mut emission = Self::default();
        for step in steps {
            if let Program::Build { words } = &step.program {
                let folder = path::join(&package.folder, &step.folder);
                emission.add(repository, package, &folder, words, imported);
            }
        }
        emission
    }

    /// Whether anything is emitted.
    pub(crate) fn is_empty(&self) -> bool {
        self.folders.is_empty() && self.files.is_empty() && self.opaque.is_empty()
    }

    /// The file that a source becomes.
    pub(crate) fn emitted(&self, source: &str) -> Option<String> {
        let file = self.files.iter().find(|(from, _)| without_extension(from) == without_extension(source));
        file.map(|(_, to)| to.clone()).or_else(|| {
            let (from, to) = self
                .folders
                .iter()
                .filter(|(from, _)| path::is_under(source, from))
                .max_by_key(|(from, _)| from.len())?;
            Some(path::join(to, &emitted_name(path::relative(source, from)?)))
        })
    }

    /// The source that becomes `target`, when there is one.
    pub(crate) fn source_of(&self, repository: &Repository<'_>, target: &str) -> Option<String> {
        if let Some((source, _)) = self.files.iter().find(|(_, to)| same_module(to, target)) {
            return Some(source.clone());
        }
        self.folders.iter().find_map(|(from, to)| {
            let relative = path::relative(target, to)?;
            let stem = path::join(from, without_extension(relative));
            let found = EXTENSIONS
                .iter()
                .map(|extension| format!("{stem}.{extension}"))
                .find(|file| repository.has(file));
            found.or_else(|| {
                let indexes = EXTENSIONS.iter().map(|extension| format!("{stem}/index.{extension}"));
                indexes.into_iter().find(|file| repository.has(file))
            })
        })
    }

    /// Whether something may emit `target`, though we cannot tell from what.
    pub(crate) fn may_emit(&self, target: &str) -> bool {
        self.opaque.iter().any(|folder| path::is_under(target, folder))
    }

    fn add(
        &mut self,
        repository: &Repository<'_>,
        package: &Package,
        folder: &str,
        words: &[String],
        imported: &[(String, String)],
    ) {
        let program = words.first().map_or("", |word| path::file_name(word));
        match program {
            "tsc" | "tspc" | "ttsc" => self.add_tsc(repository, folder, words, imported),
            "nest" => self.add_nest(repository, folder, words, imported),
            "esbuild" | "bun" => self.add_bundler(repository, folder, words),
            "tsup" | "tsdown" => self.add_tsup(repository, package, folder, words),
            "swc" | "babel" => self.add_copier(folder, words, program == "swc"),
            "ncc" => {
                let out = option(words, &["-o", "--out"]).unwrap_or_else(|| "dist".to_owned());
                let out = path::join(folder, &format!("{out}/index.js"));
                self.files.extend(
                    sources(repository, folder, words).into_iter().map(|source| (source, out.clone())),
                );
            }
            "webpack" | "webpack-cli" | "rspack" => {
                let out = option(words, &["-o", "--output-path"]);
                self.add_bundle(folder, out, bundler::webpack(repository, folder, words));
            }
            "rollup" => {
                let out = option(words, &["-d", "--dir"]);
                self.add_bundle(folder, out, bundler::rollup(repository, folder, words));
            }
            "unbuild" | "pkgroll" | "microbundle" | "bunchee" | "vite" | "parcel" | "rsbuild" => {
                let out = option(words, &["-d", "--dir", "--outDir", "--dist-dir"])
                    .unwrap_or_else(|| "dist".to_owned());
                self.opaque.push(path::join(folder, &out));
            }
            // `node ace build`: everything, below `build`.
            "node" => self.folders.push((folder.to_owned(), path::join(folder, "build"))),
            _ => {}
        }
    }

    /// What a bundler makes: by its configuration, unless the command line says where to.
    fn add_bundle(&mut self, folder: &str, stated: Option<String>, bundle: Option<Bundle>) {
        match (stated, bundle) {
            (None, Some(bundle)) => {
                self.files.extend(bundle.files);
                self.opaque.push(bundle.folder);
            }
            (stated, _) => self.opaque.push(path::join(folder, stated.as_deref().unwrap_or("dist"))),
        }
    }

    fn add_tsc(
        &mut self,
        repository: &Repository<'_>,
        folder: &str,
        words: &[String],
        imported: &[(String, String)],
    ) {
        if words.iter().any(|word| word == "--noEmit") {
            return;
        }
        let listed = sources(repository, folder, words);
        if let (Some(out), Some(first)) = (option(words, &["--outDir"]), listed.first()) {
            self.folders.push((path::parent(first).to_owned(), path::join(folder, &out)));
            return;
        }
        let named =
            option(words, &["-p", "--project", "-b", "--build"]).filter(|value| !value.starts_with('-'));
        let file =
            named.map_or_else(|| path::join(folder, "tsconfig.json"), |name| path::join(folder, &name));
        let file = if repository.has(&file) { file } else { path::join(&file, "tsconfig.json") };
        if let Some(mut config) = tsconfig::load(repository, &file) {
            if let Some(out) = option(words, &["--outDir"]) {
                config.out_dir = Some(path::join(folder, &out));
            }
            if let Some(root) = option(words, &["--rootDir"]) {
                config.root_dir = Some(path::join(folder, &root));
            }
            self.add_config(repository, &config, imported);
        }
    }

    fn add_config(&mut self, repository: &Repository<'_>, config: &TsConfig, imported: &[(String, String)]) {
        if config.no_emit {
            return;
        }
        let root = config.effective_root(repository, imported);
        let out = config.out_dir.clone().unwrap_or_else(|| root.clone());
        self.folders.push((root, out));
    }

    fn add_nest(
        &mut self,
        repository: &Repository<'_>,
        folder: &str,
        words: &[String],
        imported: &[(String, String)],
    ) {
        let cli = repository.json(&path::join(folder, "nest-cli.json"));
        let option_of = |name: &str| cli.as_ref()?.pointer(&format!("/compilerOptions/{name}")).cloned();
        let text_of = |name: &str| option_of(name)?.as_str().map(str::to_owned);
        let source_root = cli.as_ref().and_then(|cli| cli.get("sourceRoot")?.as_str().map(str::to_owned));
        let source_root = path::join(folder, source_root.as_deref().unwrap_or("src"));
        let stated = text_of("tsConfigPath").map(|name| path::join(folder, &name));
        let file = stated.or_else(|| repository.first_in(folder, &["tsconfig.build.json", "tsconfig.json"]));
        let config = file.and_then(|file| tsconfig::load(repository, &file)).unwrap_or_default();
        let out = config.out_dir.clone().unwrap_or_else(|| path::join(folder, "dist"));
        let builder = option(words, &["-b", "--builder"]).or_else(|| text_of("builder"));
        let builder = builder.or_else(|| option_of("builder")?.get("type")?.as_str().map(str::to_owned));
        let webpack = words.iter().any(|word| word == "--webpack")
            || option_of("webpack").is_some_and(|value| value == true)
            || builder.as_deref() == Some("webpack");
        if webpack {
            let entry = cli.as_ref().and_then(|cli| cli.get("entryFile")?.as_str().map(str::to_owned));
            let entry = entry.unwrap_or_else(|| "main".to_owned());
            self.files.push((
                path::join(&source_root, &format!("{entry}.ts")),
                path::join(&out, &format!("{entry}.js")),
            ));
        } else if builder.as_deref() == Some("swc") {
            self.folders.push((source_root, out));
        } else {
            let config = TsConfig { out_dir: Some(out), ..config };
            self.add_config(repository, &config, imported);
        }
    }

    fn add_bundler(&mut self, repository: &Repository<'_>, folder: &str, words: &[String]) {
        let entries = sources(repository, folder, words);
        if let Some(out) = option(words, &["--outfile"]) {
            let out = path::join(folder, &out);
            self.files.extend(entries.into_iter().map(|source| (source, out.clone())));
        } else if let Some(out) = option(words, &["--outdir"]) {
            let base = option(words, &["--outbase", "--root"]).map(|base| path::join(folder, &base));
            let common = entries
                .iter()
                .map(|entry| path::parent(entry))
                .min_by_key(|folder| folder.len())
                .unwrap_or(folder);
            let from = base.unwrap_or_else(|| common.to_owned());
            let extension =
                words.iter().find_map(|word| word.strip_prefix("--out-extension:.js=").map(str::to_owned));
            for source in entries {
                let emitted = path::relative(&source, &from)
                    .map_or_else(|| path::file_name(&source).to_owned(), emitted_name);
                let emitted = match &extension {
                    Some(extension) => format!("{}{extension}", without_extension(&emitted)),
                    None => emitted_js(&emitted),
                };
                self.files.push((source, path::join(folder, &format!("{out}/{emitted}"))));
            }
        }
    }

    /// tsup and tsdown: the entries' names in `dist`, `.js` for the package's own module kind.
    fn add_tsup(&mut self, repository: &Repository<'_>, package: &Package, folder: &str, words: &[String]) {
        let tool = words.first().map_or("tsup", String::as_str);
        let config = ["ts", "js", "mts", "mjs", "cjs"]
            .iter()
            .map(|extension| path::join(folder, &format!("{tool}.config.{extension}")));
        let text = config.into_iter().find_map(|path| repository.text(&path)).unwrap_or_default();
        let mut entries = sources(repository, folder, words);
        if entries.is_empty() {
            entries = quoted(&text)
                .filter(|word| EXTENSIONS.iter().any(|extension| word.ends_with(&format!(".{extension}"))))
                .map(|word| path::join(folder, word))
                .filter(|path| repository.has(path))
                .collect();
        }
        if entries.is_empty() {
            entries.extend(
                repository.first_in(folder, &["src/index.ts", "src/server.ts", "src/main.ts", "index.ts"]),
            );
        }
        let stated = option(words, &["-d", "--out-dir"]);
        let configured = || {
            let rest = text.split_once("outDir")?.1;
            quoted(rest).next().map(str::to_owned)
        };
        let out = stated.or_else(configured).unwrap_or_else(|| "dist".to_owned());
        let format = option(words, &["--format"])
            .or_else(|| Some(quoted(text.split_once("format")?.1).next()?.to_owned()));
        let module = format.as_deref().is_some_and(|format| format.starts_with("esm"))
            || (format.is_none() && tool == "tsdown");
        let extension = match (module, package.is_module()) {
            (true, false) => ".mjs",
            (false, true) => ".cjs",
            (true, true) | (false, false) => ".js",
        };
        let common = entries
            .iter()
            .map(|entry| path::parent(entry))
            .min_by_key(|folder| folder.len())
            .unwrap_or(folder)
            .to_owned();
        for source in entries {
            let name = path::relative(&source, &common).unwrap_or(&source);
            let emitted = format!("{}{extension}", without_extension(name));
            self.files.push((source.clone(), path::join(folder, &format!("{out}/{emitted}"))));
        }
    }

    /// swc and babel: folders file by file. swc keeps the source folder's name unless told to strip it.
    fn add_copier(&mut self, folder: &str, words: &[String], swc: bool) {
        let Some(out) = option(words, &["-d", "--out-dir"]) else { return };
        let Some(source) = words.iter().skip(1).find(|word| !word.starts_with('-') && **word != out) else {
            return;
        };
        let to = path::join(folder, &out);
        let from = path::join(folder, source);
        let strips = words.iter().any(|word| word == "--strip-leading-paths");
        if swc && !strips {
            self.folders.push((folder.to_owned(), to.clone()));
        }
        self.folders.insert(0, (from, to));
    }
}

/// The value of an option, `--out x` and `--out=x` alike.
fn option(words: &[String], names: &[&str]) -> Option<String> {
    words.iter().enumerate().find_map(|(at, word)| {
        names.iter().find_map(|name| match word.strip_prefix(name)? {
            "" => words.get(at + 1).cloned(),
            rest => rest.strip_prefix('=').map(str::to_owned),
        })
    })
}

/// The words that are sources of the package.
fn sources(repository: &Repository<'_>, folder: &str, words: &[String]) -> Vec<String> {
    let words = words.iter().skip(1).filter(|word| !word.starts_with('-'));
    let paths = words.map(|word| path::join(folder, word));
    paths
        .filter(|path| {
            EXTENSIONS.iter().any(|extension| path.ends_with(&format!(".{extension}")))
                && repository.has(path)
        })
        .collect()
}

/// The quoted texts of a configuration file.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\'', '"', '`']).skip(1).step_by(2)
}

fn emitted_js(name: &str) -> String {
    format!("{}.js", without_extension(name))
}

/// A path without the extension of its last part.
pub(crate) fn without_extension(path: &str) -> &str {
    let name_at = path.rfind('/').map_or(0, |at| at + 1);
    path[name_at..].rfind('.').filter(|at| *at > 0).map_or(path, |at| &path[..name_at + at])
}

/// Whether two paths are one module to Node, which adds `.js` and `/index.js`.
fn same_module(a: &str, b: &str) -> bool {
    let bare = |path: &str| {
        let path = EXTENSIONS
            .iter()
            .find_map(|extension| path.strip_suffix(&format!(".{extension}")))
            .unwrap_or(path)
            .to_owned();
        path.strip_suffix("/index").map(str::to_owned).unwrap_or(path)
    };
    a == b || bare(a) == bare(b)
}
