//! What is audited: the files of a repository that say how it is built, tested, deployed and served, each read once.

pub mod compose;
pub mod dockerfile;
pub mod dotenv;
pub mod ignore;
pub mod image;
pub mod kubernetes;
pub mod nginx;
pub mod package;
pub mod purpose;
pub mod workflow;

use crate::allow::Allow;
use crate::rule::{About, Remark};
use artifact::yaml::read::{self as yaml, Value};
use host::Tree;
use model::finding::{Finding, Severity};
use model::{Place, path};
use std::collections::BTreeSet;

pub(crate) const SYNTAX: About = About {
    name: "file/syntax",
    demands: "A file can be read by the tool that it is for.",
    advice: "mend it at this line; what stands below it may not have been looked at",
    severity: Severity::Error,
};

/// Everything that is audited.
#[derive(Debug, Default)]
pub struct Subjects {
    /// The path of every file of the repository that is not ignored.
    pub paths: BTreeSet<String>,
    /// Dockerfiles.
    pub dockerfiles: Vec<dockerfile::Dockerfile>,
    /// Compose files and files for `docker stack deploy`.
    pub compose: Vec<compose::Compose>,
    /// Those files as they are used: alone, or several together.
    pub stacks: Vec<compose::Stack>,
    /// Workflows of GitHub Actions.
    pub workflows: Vec<workflow::Workflow>,
    /// Configuration of nginx.
    pub nginx: Vec<nginx::Nginx>,
    /// Kubernetes objects, all files together.
    pub kubernetes: kubernetes::Objects,
    /// `package.json` files.
    pub packages: Vec<package::Package>,
    /// `.gitignore` and `.dockerignore` files.
    pub ignores: Vec<ignore::IgnoreFile>,
    /// `.env` files that are not ignored.
    pub dotenvs: Vec<dotenv::Dotenv>,
    /// How many files were read.
    pub files: usize,
    /// Comments that let findings pass.
    pub(crate) allows: Vec<Allow>,
    /// What could not be read.
    pub(crate) problems: Vec<Finding>,
}

/// A YAML document of a file.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file.
    pub path: String,
    /// What stands in it.
    pub root: Value,
}

impl Document {
    /// The place of a line.
    pub fn place(&self, line: u32) -> Place {
        Place::new(&self.path, line)
    }
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dockerfile,
    Compose,
    Workflow,
    Nginx,
    Package,
    Ignore,
    Dotenv,
    /// A YAML file of which only its content can tell.
    Yaml,
}

/// The file's kind, by its path.
fn kind(at: &str) -> Option<Kind> {
    let name = path::file_name(at).to_ascii_lowercase();
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    if dockerfile::is(&name) {
        return Some(Kind::Dockerfile);
    }
    if nginx::is(at) {
        return Some(Kind::Nginx);
    }
    if name == package::FILE {
        return Some(Kind::Package);
    }
    if ignore::is(&name) {
        return Some(Kind::Ignore);
    }
    if dotenv::is(&name) {
        return Some(Kind::Dotenv);
    }
    let stem = stem?;
    Some(match path::parent(at) {
        ".github/workflows" => Kind::Workflow,
        folder if workflow::is_action(folder, stem) => Kind::Workflow,
        _ if compose::is(stem) => Kind::Compose,
        _ => Kind::Yaml,
    })
}

impl Subjects {
    /// Reads what is to be audited. What cannot be read becomes a finding; the rest is audited.
    pub fn read(tree: &dyn Tree) -> Self {
        let mut subjects = Self {
            paths: tree.entries().iter().map(|entry| entry.path.clone()).collect(),
            ..Self::default()
        };
        for entry in tree.entries() {
            let Some(kind) = kind(&entry.path) else { continue };
            match tree.read(&entry.path) {
                Ok(bytes) => subjects.take(kind, &entry.path, &String::from_utf8_lossy(&bytes)),
                Err(error) => {
                    subjects.broken(Place::new(&entry.path, 1), error.to_string());
                }
            }
        }
        subjects.stacks = compose::stacks(&subjects.compose);
        subjects
    }

    fn broken(&mut self, place: Place, message: impl Into<String>) {
        self.problems.push(Remark::new(place, message).finding(&SYNTAX));
    }

    fn take(&mut self, kind: Kind, path: &str, text: &str) {
        // Only a file that is looked at counts, and only its permissions.
        let taken = match kind {
            Kind::Dockerfile => self.dockerfile(path, text),
            Kind::Nginx => self.nginx(path, text),
            Kind::Package => self.package(path, text),
            Kind::Ignore => self.ignore(path, text),
            Kind::Dotenv => self.dotenv(path, text),
            Kind::Workflow | Kind::Compose | Kind::Yaml => self.yaml(kind, path, text),
        };
        if taken {
            self.files += 1;
            self.allows.extend(crate::allow::read(path, text));
        }
    }

    fn dockerfile(&mut self, path: &str, text: &str) -> bool {
        let source = artifact::dockerfile::read::read(text);
        // What follows the first may be its consequence.
        if let Some(problem) = source.problems.into_iter().next() {
            self.broken(Place::new(path, problem.line), problem.message);
        }
        self.dockerfiles.push(dockerfile::Dockerfile::new(path, source.instructions, &self.paths));
        true
    }

    fn nginx(&mut self, path: &str, text: &str) -> bool {
        match artifact::nginx::read::directives(text) {
            Ok(directives) if !nginx::serves(&directives) => return false,
            Ok(directives) => self.nginx.push(nginx::Nginx { path: path.to_owned(), directives }),
            // A `.conf` is nginx's only if it looks so.
            Err(_) if !path.contains("nginx") => return false,
            Err(problem) => self.broken(Place::new(path, problem.line), problem.message),
        }
        true
    }

    fn package(&mut self, path: &str, text: &str) -> bool {
        self.packages.extend(package::Package::read(path, text));
        // It is only looked up.
        false
    }

    fn ignore(&mut self, path: &str, text: &str) -> bool {
        self.ignores.push(ignore::IgnoreFile::read(path, text));
        true
    }

    fn dotenv(&mut self, path: &str, text: &str) -> bool {
        self.dotenvs.push(dotenv::Dotenv::read(path, text));
        true
    }

    fn yaml(&mut self, kind: Kind, path: &str, text: &str) -> bool {
        if kind == Kind::Yaml && !kubernetes::looks(text) && !compose::looks(text) {
            return false;
        }
        let documents = match yaml::documents(text) {
            Ok(documents) => documents,
            Err(problem) => {
                self.broken(Place::new(path, problem.line), problem.message);
                return true;
            }
        };
        for root in documents {
            let document = Document { path: path.to_owned(), root };
            match kind {
                Kind::Workflow => self.workflows.push(workflow::Workflow::new(document)),
                Kind::Compose => self.compose.push(compose::Compose::new(document, text)),
                Kind::Yaml if kubernetes::is(&document.root) => self.kubernetes.all.push(document),
                Kind::Yaml if compose::has_services(&document.root) => {
                    self.compose.push(compose::Compose::new(document, text));
                }
                Kind::Yaml | Kind::Dockerfile | Kind::Nginx | Kind::Package | Kind::Ignore | Kind::Dotenv => {
                }
            }
        }
        true
    }

    /// Whether there is a file or a folder at a path.
    pub fn has(&self, at: &str) -> bool {
        let below = format!("{at}/");
        at == "."
            || self.paths.contains(at)
            || self.paths.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below))
    }
}
