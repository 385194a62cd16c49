//! Applications that share one `package.json`: Nest's monorepo mode and Nx with integrated projects.

use super::package::Package;
use super::scope::Scope;
use super::tsconfig;
use crate::path;
use serde_json::Value;

/// One application. Paths are from the root.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// Its name in the configuration that lists it.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// The file that lists it.
    pub listed_in: String,
    /// What it starts from.
    pub source: Option<String>,
    /// What its build makes.
    pub output: Output,
    /// Builds it, in the folder of the package.
    pub build: String,
    /// Runs it for development, in the folder of the package.
    pub dev: Option<String>,
}

/// What a project's build makes, from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    /// A program.
    Program(String),
    /// A folder of files.
    Files(String),
}

/// Every application of a package, sorted by folder.
pub(crate) fn all(scope: &Scope<'_>, package: &Package) -> Vec<Project> {
    let mut found = nest(scope, package);
    found.extend(nx(scope, package));
    found.sort_by(|a, b| a.folder.cmp(&b.folder));
    found
}

fn nest(scope: &Scope<'_>, package: &Package) -> Vec<Project> {
    let listed_in = package.at("nest-cli.json");
    let Some(cli) = scope.repository.json(&listed_in) else { return Vec::new() };
    let projects = cli.get("projects").and_then(Value::as_object);
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let bundles = |project: &Value| {
        let stated =
            project.pointer("/compilerOptions/webpack").or_else(|| cli.pointer("/compilerOptions/webpack"));
        let builder =
            project.pointer("/compilerOptions/builder").or_else(|| cli.pointer("/compilerOptions/builder"));
        let builder = builder.and_then(|builder| builder.as_str().or_else(|| builder.get("type")?.as_str()));
        match (stated.and_then(Value::as_bool), builder) {
            (Some(stated), _) => stated,
            (None, Some(builder)) => builder == "webpack",
            // What Nest does in this mode when nothing is said.
            (None, None) => true,
        }
    };
    let applications = projects
        .into_iter()
        .flatten()
        .filter(|(_, project)| text(project, "type").as_deref() != Some("library"));
    applications
        .filter_map(|(name, project)| {
            let root = text(project, "root").filter(|root| !root.is_empty() && root != ".")?;
            let entry = text(project, "entryFile").unwrap_or_else(|| "main".to_owned());
            let source_root = text(project, "sourceRoot").unwrap_or_else(|| format!("{root}/src"));
            let source = scope.modules.file(&package.at(&format!("{source_root}/{entry}")))?;
            let stated = project.pointer("/compilerOptions/tsConfigPath").and_then(Value::as_str);
            let file = stated
                .map_or_else(|| package.at(&format!("{root}/tsconfig.app.json")), |file| package.at(file));
            let config = tsconfig::load(scope.repository, &file);
            let out = config.as_ref().and_then(|config| config.out_dir.clone());
            let out = out.filter(|_| config.is_some()).unwrap_or_else(|| package.at(&format!("dist/{root}")));
            let emitted = match config.filter(|_| !bundles(project)) {
                Some(config) => {
                    let reached = scope.modules.reachable(&source);
                    let imported: Vec<_> =
                        reached.iter().map(|module| (source.clone(), module.path.clone())).collect();
                    let base = config.effective_root(scope.repository, &imported);
                    path::join(&out, &tsconfig::emitted_name(path::relative(&source, &base)?))
                }
                None => path::join(&out, &format!("{entry}.js")),
            };
            Some(Project {
                name: name.clone(),
                folder: package.at(&root),
                listed_in: listed_in.clone(),
                source: Some(source),
                output: Output::Program(emitted),
                build: format!("nest build {name}"),
                dev: Some(format!("nest start {name} --watch")),
            })
        })
        .collect()
}

/// `project.json` files below an Nx workspace, of projects without a manifest of their own.
fn nx(scope: &Scope<'_>, package: &Package) -> Vec<Project> {
    if !scope.repository.has(&package.at("nx.json")) {
        return Vec::new();
    }
    let files = scope.repository.named("project.json").iter().filter(|file| {
        let folder = path::parent(file);
        path::is_under(folder, &package.folder)
            && folder != package.folder
            && !super::package::is_set_aside(folder)
    });
    files
        .filter(|file| scope.package(path::parent(file)).is_none_or(|own| own.scripts().next().is_none()))
        .filter_map(|file| nx_project(scope, package, file))
        .collect()
}

fn nx_project(scope: &Scope<'_>, package: &Package, file: &str) -> Option<Project> {
    let folder = path::parent(file);
    let document = scope.repository.json(file)?;
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    let name = text("/name").unwrap_or_else(|| path::file_name(folder)).to_owned();
    if text("/projectType") == Some("library") || name.ends_with("-e2e") || name == "e2e" {
        return None;
    }
    let executor = text("/targets/build/executor").or_else(|| text("/targets/build/builder"))?;
    let out = text("/targets/build/options/outputPath")
        .map(|out| out.replace("{workspaceRoot}/", "").replace("{projectRoot}", folder));
    let relative = path::relative(folder, &package.folder).unwrap_or(folder);
    let out = package.at(&out.unwrap_or_else(|| format!("dist/{relative}")));
    let main = text("/targets/build/options/main")
        .or_else(|| text("/targets/build/options/browser"))
        .map(|main| package.at(main));
    let usual = || {
        ["src/main", "src/index", "src/server"]
            .iter()
            .find_map(|stem| scope.modules.file(&path::join(folder, stem)))
    };
    let source = main.and_then(|main| scope.modules.file(&main)).or_else(usual);
    let serves = text("/targets/serve/executor").unwrap_or_default();
    let has = |name: &str| scope.repository.has(&path::join(folder, name));
    let page = has("index.html") || has("src/index.html");
    let program = serves.contains("node")
        || text("/targets/build/options/target") == Some("node")
        || executor.contains("esbuild");
    let output = if program {
        let name = source
            .as_deref()
            .map_or("main", |source| super::emit::without_extension(path::file_name(source)));
        let nested = executor.ends_with(":tsc") || executor.ends_with(":swc");
        Output::Program(path::join(
            &out,
            &if nested { format!("src/{name}.js") } else { format!("{name}.js") },
        ))
    } else if page {
        let application = executor.ends_with(":application");
        Output::Files(if application { path::join(&out, "browser") } else { out })
    } else {
        return None;
    };
    Some(Project {
        name: name.clone(),
        folder: folder.to_owned(),
        listed_in: file.to_owned(),
        source,
        output,
        build: format!("nx build {name}"),
        dev: (!serves.is_empty()).then(|| format!("nx serve {name}")),
    })
}
