//! Which Python modules a repository has, which of them matter, and where dotted names lead.

pub(crate) use super::marks::Marks;
use super::marks::marks_in;
use super::module::Module;
use crate::path;
use crate::repository::Repository;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// The Python modules of a repository, without tests and examples.
pub(crate) struct Index<'a> {
    /// Where they are read.
    pub(crate) repository: &'a Repository<'a>,
    marks: BTreeMap<&'a str, Marks>,
    modules: RefCell<HashMap<String, Option<Rc<Module>>>>,
}

impl<'a> Index<'a> {
    /// Lists the modules and looks at their words.
    pub(crate) fn new(repository: &'a Repository<'a>) -> Self {
        let paths: Vec<&str> = repository
            .under(".")
            .iter()
            .map(|entry| entry.path.as_str())
            .filter(|path| path.ends_with(".py") && !is_aside(path))
            .collect();
        let marks = marks_of_all(repository, &paths);
        Self { repository, marks, modules: RefCell::default() }
    }

    /// Whether there is any module.
    pub(crate) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The modules in or below a folder that have one of the marks, sorted by path.
    pub(crate) fn marked(&self, folder: &str, marks: Marks) -> Vec<&'a str> {
        self.marks
            .iter()
            .filter(|(path, found)| found.any(marks) && path::is_under(path, folder))
            .map(|(path, _)| *path)
            .collect()
    }

    /// The marks of a module.
    pub(crate) fn marks(&self, path: &str) -> Marks {
        self.marks.get(path).copied().unwrap_or_default()
    }

    /// Every module in or below a folder, sorted by path.
    pub(crate) fn under(&self, folder: &str) -> Vec<&'a str> {
        self.marks.keys().filter(|path| path::is_under(path, folder)).copied().collect()
    }

    /// A parsed module.
    pub(crate) fn module(&self, path: &str) -> Option<Rc<Module>> {
        if let Some(module) = self.modules.borrow().get(path) {
            return module.clone();
        }
        let module = self.repository.text(path).map(|text| Rc::new(Module::parse(path, text)));
        self.modules.borrow_mut().insert(path.to_owned(), module.clone());
        module
    }

    /// The file that a dotted module name is, seen from an import root.
    pub(crate) fn file(&self, root: &str, dotted: &str) -> Option<String> {
        let (root, dotted) = dotted.strip_prefix('.').map_or((root, dotted), |from_root| (".", from_root));
        let base = path::join(root, &dotted.replace('.', "/"));
        [format!("{base}.py"), format!("{base}/__init__.py")]
            .into_iter()
            .find(|path| self.repository.has(path))
    }

    /// The file and the name in it that a dotted name leads to, seen from an import root; re-exports of packages are followed.
    pub(crate) fn locate(&self, root: &str, dotted: &str) -> Option<(String, String)> {
        let mut target = dotted.to_owned();
        for _ in 0..4 {
            let (module, name) = target.rsplit_once('.')?;
            let file = self.file(root, module)?;
            match self.module(&file)?.imports.get(name) {
                Some(next) if *next != target => target.clone_from(next),
                _ => return Some((file, name.to_owned())),
            }
        }
        None
    }

    /// The folder from which the module's own imports lead somewhere: what must be on Python's path. `project` where they
    /// say nothing.
    pub(crate) fn import_root(&self, file: &str, project: &str) -> String {
        let folder = path::parent(file);
        let mut lowest = folder;
        while lowest != "." && self.repository.has(&path::join(lowest, "__init__.py")) {
            lowest = path::parent(lowest);
        }
        let closure = self.closure(file);
        let relative = closure.iter().any(|module| {
            module.path == file && module.imports.values().any(|dotted| dotted.starts_with('.'))
        });
        if relative && lowest == folder && folder != "." {
            lowest = path::parent(folder);
        }
        let mut votes: BTreeMap<&str, u32> = BTreeMap::new();
        for module in &closure {
            for dotted in module.imports.values().filter(|dotted| !dotted.starts_with('.')) {
                for root in path::ancestors(lowest) {
                    *votes.entry(root).or_default() += u32::from(self.leads(root, dotted, &module.path));
                }
            }
        }
        let most = votes.values().copied().max().unwrap_or(0);
        if most > 0 {
            // The deepest of the best: `ancestors` begins there.
            return path::ancestors(lowest)
                .find(|root| votes.get(root) == Some(&most))
                .unwrap_or(lowest)
                .to_owned();
        }
        let source = path::join(project, "src");
        if path::is_under(lowest, &source) {
            source
        } else if path::is_under(lowest, project) {
            project.to_owned()
        } else {
            lowest.to_owned()
        }
    }

    /// Whether a dotted name leads from a root to a module other than the one that names it.
    fn leads(&self, root: &str, dotted: &str, from: &str) -> bool {
        let module = dotted.rsplit_once('.').map_or(dotted, |(module, _)| module);
        let first = dotted.split('.').next().unwrap_or(dotted);
        [dotted, module, first].iter().filter_map(|name| self.file(root, name)).any(|file| file != from)
    }

    /// The module and those of its folder that it may import: enough to see how imports are written.
    fn closure(&self, file: &str) -> Vec<Rc<Module>> {
        let mut found: Vec<Rc<Module>> = self.module(file).into_iter().collect();
        let siblings =
            self.marks.keys().filter(|path| path::parent(path) == path::parent(file) && **path != file);
        found.extend(siblings.take(6).filter_map(|path| self.module(path)));
        found
    }
}

/// The dotted name of a file, seen from an import root.
pub(crate) fn dotted_name(root: &str, file: &str) -> Option<String> {
    let inside = path::relative(file, root)?;
    let bare = inside.strip_suffix(".py")?;
    let bare = bare.strip_suffix("/__init__").unwrap_or(bare);
    Some(bare.replace('/', "."))
}

/// Whether a module is no part of what is deployed: tests, examples, documentation, generated migrations.
pub(crate) fn is_aside(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "tests",
        "test",
        "testing",
        "e2e",
        "examples",
        "example",
        "docs",
        "doc",
        "docs_src",
        "samples",
        "benchmarks",
        "benchmark",
        "notebooks",
        "fixtures",
        "site-packages",
        "node_modules",
        ".venv",
        "venv",
        "stubs",
        "__pycache__",
        "cookiecutter",
        "vendor",
        "third_party",
    ];
    let name = path::file_name(path);
    if name.starts_with("test_")
        || name.ends_with("_test.py")
        || matches!(name, "conftest.py" | "tests.py" | "noxfile.py" | "fabfile.py")
    {
        return true;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    parts.iter().any(|part| FOLDERS.contains(part) || part.starts_with('{'))
        || parts.ends_with(&["versions"])
        || parts.ends_with(&["migrations"])
}

fn marks_of_all<'a>(repository: &Repository<'a>, paths: &[&'a str]) -> BTreeMap<&'a str, Marks> {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(4));
    let look = |chunk: &[&'a str]| -> Vec<(&'a str, Marks)> {
        chunk
            .iter()
            .map(|path| {
                (*path, repository.text(path).map_or(Marks::default(), |text| marks_in(text.as_bytes())))
            })
            .collect()
    };
    if threads == 1 || paths.len() < 64 {
        return look(paths).into_iter().collect();
    }
    let look = &look;
    std::thread::scope(|scope| {
        let size = paths.len().div_ceil(threads);
        let workers: Vec<_> = paths.chunks(size).map(|chunk| scope.spawn(move || look(chunk))).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_examples_are_left_out() {
        assert!(is_aside("app/tests/x.py") && is_aside("conftest.py") && is_aside("alembic/versions/1_a.py"));
        assert!(!is_aside("app/main.py") && !is_aside("src/contest.py"));
    }

    #[test]
    fn files_have_dotted_names() {
        assert_eq!(dotted_name("backend", "backend/app/main.py").as_deref(), Some("app.main"));
        assert_eq!(dotted_name(".", "app/__init__.py").as_deref(), Some("app"));
    }
}
