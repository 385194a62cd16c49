//! Finding the interpreter that a service asks for.

use crate::error::DriverError;
use crate::tool;
use host::environment;
use host::files;
use host::process::Command;
use model::event::FailureKind;
use model::facts::Runtime;
use model::manifest::RuntimeLine;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// An interpreter on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: Runtime,
    /// The program itself, not a shim.
    pub(super) program: PathBuf,
    /// `20.20.2`
    pub(super) version: String,
}

impl Found {
    /// `20.20`: what native modules and caches depend on.
    pub(super) fn line(&self) -> String {
        self.version.split('.').take(2).collect::<Vec<_>>().join(".")
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.program.parent().map(Path::to_owned).unwrap_or_default()
    }
}

/// Interpreters that were asked for, remembered: each question costs a start of the interpreter.
#[derive(Debug, Default)]
pub(super) struct Runtimes {
    known: Mutex<BTreeMap<(Runtime, Option<String>), Found>>,
}

impl Runtimes {
    /// The interpreter of a line.
    ///
    /// # Errors
    /// When there is none, or only of another line; says what was found and how to get the right one.
    pub(super) fn find(&self, line: &RuntimeLine) -> Result<Found, DriverError> {
        let key = (line.name, line.version.clone());
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = known.get(&key).filter(|found| found.program.exists()) {
            return Ok(found.clone());
        }
        let found = search(line)?;
        known.insert(key, found.clone());
        Ok(found)
    }
}

fn search(line: &RuntimeLine) -> Result<Found, DriverError> {
    let wanted = line
        .version
        .as_deref()
        .map(|version| numbers(version, line.name))
        .filter(|wanted| !wanted.is_empty());
    let also: Vec<Vec<u32>> = line.also.iter().map(|version| numbers(version, line.name)).collect();
    let mut others: Vec<String> = Vec::new();
    for candidate in candidates(line.name, wanted.as_deref()) {
        let Some(found) = ask(line.name, &candidate) else { continue };
        let fits = match &wanted {
            Some(wanted) => {
                let numbers = numbers(&found.version, line.name);
                numbers.starts_with(wanted) || also.contains(&numbers)
            }
            None => line.name != Runtime::Python || numbers(&found.version, line.name) >= vec![3, 8],
        };
        if fits {
            return Ok(found);
        }
        let other = format!("{} ({})", found.version, found.program.display());
        if !others.contains(&other) {
            others.push(other);
        }
    }
    Err(missing(line, &others))
}

/// The leading numbers of a version as far as they make a line: the major of Node, major and minor of Python.
fn numbers(version: &str, runtime: Runtime) -> Vec<u32> {
    let depth = if runtime == Runtime::Python { 2 } else { 1 };
    version
        .trim_start_matches(|c: char| !c.is_ascii_digit())
        .split('.')
        .map_while(|part| part.parse().ok())
        .take(depth)
        .collect()
}

/// Programs that may be it, best first: those on the path, then those that version managers keep.
fn candidates(runtime: Runtime, wanted: Option<&[u32]>) -> Vec<PathBuf> {
    let names: Vec<String> = match (runtime, wanted) {
        (Runtime::Python, Some([major, minor])) => {
            vec![format!("python{major}.{minor}"), "python3".into(), "python".into()]
        }
        (Runtime::Python, _) => vec!["python3".into(), "python".into()],
        (Runtime::Node | Runtime::Bun | Runtime::Deno, _) => vec![runtime.as_str().into()],
    };
    let path = environment::search_path();
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(["/usr/local/bin", "/usr/bin"].map(PathBuf::from))
        .chain(managed(runtime, wanted))
        .collect();
    let mut found = Vec::new();
    for name in &names {
        found.extend(folders.iter().map(|folder| folder.join(name)).filter(|file| file.is_file()));
    }
    found
}

/// Folders of programs under version managers, as far as their names fit.
fn managed(runtime: Runtime, wanted: Option<&[u32]>) -> Vec<PathBuf> {
    let Some(home) = environment::variable("HOME").map(PathBuf::from) else { return Vec::new() };
    let keeps: &[(&str, &str)] = match runtime {
        Runtime::Node => &[
            (".nvm/versions/node", "bin"),
            (".local/share/fnm/node-versions", "installation/bin"),
            (".nodenv/versions", "bin"),
        ],
        Runtime::Python => &[(".pyenv/versions", "bin"), (".local/share/uv/python", "bin")],
        Runtime::Bun => &[(".bun", "bin")],
        Runtime::Deno => &[(".deno", "bin")],
    };
    let mut found: Vec<(Vec<u32>, PathBuf)> = Vec::new();
    for (keep, inner) in keeps {
        let keep = home.join(keep);
        if keep.join(inner).is_dir() {
            found.push((Vec::new(), keep.join(inner)));
        }
        for name in files::names(&keep).unwrap_or_default() {
            let version = numbers(&name, runtime);
            if !version.is_empty() && wanted.is_none_or(|wanted| version.starts_with(wanted)) {
                found.push((version, keep.join(name).join(inner)));
            }
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// Asks a program for its version and where it really is; `None` when it does not work.
fn ask(runtime: Runtime, program: &Path) -> Option<Found> {
    let args: &[&str] = match runtime {
        Runtime::Node => &["-p", "process.versions.node + ' ' + process.execPath"],
        Runtime::Python => &[
            "-I",
            "-c",
            "import sys; print('%d.%d.%d' % sys.version_info[:3], getattr(sys, '_base_executable', '') or sys.executable)",
        ],
        Runtime::Bun | Runtime::Deno => &["--version"],
    };
    // Shims choose by the folder they run in, so the question is asked where no project is.
    let mut command = Command::new(program.to_string_lossy(), "/").args(args.iter().copied());
    command.env = tool::base_environment();
    let answer = tool::ask(&command).ok().filter(|answer| answer.exit.success())?;
    let line = answer.out.first()?.trim();
    let (version, place) = match runtime {
        Runtime::Node | Runtime::Python => line.split_once(' ')?,
        Runtime::Bun => (line, ""),
        Runtime::Deno => (line.split(' ').nth(1)?, ""),
    };
    let program = if place.is_empty() { program.to_owned() } else { PathBuf::from(place) };
    Some(Found { name: runtime, program, version: version.to_owned() })
}

fn missing(line: &RuntimeLine, others: &[String]) -> DriverError {
    let version = line.version.as_deref().unwrap_or_default();
    let wanted = format!("{} {version}", title(line.name));
    let wanted = wanted.trim();
    let message = if others.is_empty() {
        format!("{wanted} is not on this machine")
    } else {
        format!("{wanted} is wanted, this machine has {}", others.join(", "))
    };
    let get = match line.name {
        Runtime::Node => format!(
            "install it (Debian, Ubuntu: `apt-get install nodejs npm` for the distribution's version, nodesource.com or \
             `nvm install {version}` for others)"
        ),
        Runtime::Python if version.is_empty() => "install it: `apt-get install python3 python3-venv`".into(),
        Runtime::Python => format!(
            "install it (Debian, Ubuntu: `apt-get install python{version} python{version}-venv` where the distribution \
             carries it, `pyenv install {version}` or `uv python install {version}` elsewhere)"
        ),
        Runtime::Bun => "install it: `npm install -g bun`".into(),
        Runtime::Deno => "install it from deno.com".into(),
    };
    DriverError::new(FailureKind::Build, message)
        .advise(format!("{get}, or set `runtime` for the service in mainstay.toml"))
}

fn title(runtime: Runtime) -> &'static str {
    match runtime {
        Runtime::Node => "Node",
        Runtime::Bun => "Bun",
        Runtime::Deno => "Deno",
        Runtime::Python => "Python",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_much_as_compatibility_hangs_on() {
        assert_eq!(numbers("v20.20.2", Runtime::Node), [20]);
        assert_eq!(numbers("3.11.7", Runtime::Python), [3, 11]);
        assert_eq!(numbers("3", Runtime::Python), [3]);
        assert!(numbers("lts/*", Runtime::Node).is_empty());
    }

    #[test]
    fn what_is_missing_is_named_with_what_is_there() {
        let error =
            search(&RuntimeLine { name: Runtime::Python, version: Some("3.99".into()), also: Vec::new() })
                .unwrap_err();
        assert!(error.to_string().starts_with("Python 3.99 is wanted, this machine has 3."), "{error}");
        assert!(error.0.advice.unwrap().contains("python3.99-venv"));
    }
}
