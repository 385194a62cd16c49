//! The table of what is needed, and how each is found.

use crate::process::capture;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release of PostgreSQL that the examples are made for.
pub const POSTGRES_MAJOR: u32 = 15;
/// The oldest release of Node the examples run with.
const NODE: Version = Version(20, 19);
/// The oldest release of Python the examples run with.
const PYTHON: Version = Version(3, 11);
/// Where programs of that name may be; the first that is new enough is taken.
const PYTHONS: [&str; 4] = ["python3", "python3.13", "python3.12", "python3.11"];

/// Something that has to be there.
#[derive(Debug)]
pub struct Need {
    pub name: &'static str,
    pub purpose: &'static str,
    /// What was found, or what is wrong.
    pub find: fn() -> Result<String, String>,
    pub packages: Packages,
    /// Only tests need it.
    pub tests_only: bool,
}

impl Need {
    pub fn is_for(&self, whom: Whom) -> bool {
        whom == Whom::Tests || !self.tests_only
    }
}

/// Which packages bring it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packages {
    /// These.
    Always(&'static [&'static str]),
    /// `nodejs` and `npm`, or Node from npm when the distribution's is too old.
    Node,
    /// `postgresql-15` where there is one, else the distribution's own.
    Postgres,
    /// None: an environment of Python's own, made beside what cargo builds.
    Linters,
}

/// Who asks for what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The demo, and whoever tries the other examples after it: plain processes of this machine.
    Demo,
    /// Every test.
    Tests,
}

/// Everything beside Rust.
pub const NEEDS: [Need; 10] = [
    Need {
        name: "Git",
        purpose: "revisions",
        find: git,
        packages: Packages::Always(&["git"]),
        tests_only: false,
    },
    Need {
        name: "Node",
        purpose: "examples in JavaScript and TypeScript",
        find: node,
        packages: Packages::Node,
        tests_only: false,
    },
    Need {
        name: "Python",
        purpose: "examples/procurement",
        find: || python().map(|found| found.1),
        packages: Packages::Always(&["python3", "python3-venv"]),
        tests_only: false,
    },
    Need {
        name: "PostgreSQL",
        purpose: "databases",
        find: || postgres_binaries().map(|folder| folder.display().to_string()),
        packages: Packages::Postgres,
        tests_only: false,
    },
    Need {
        name: "Redis",
        purpose: "caches and queues",
        find: redis,
        packages: Packages::Always(&["redis-server"]),
        tests_only: false,
    },
    Need {
        name: "Docker",
        purpose: "the target `docker`",
        find: docker,
        packages: Packages::Always(&["docker.io", "debootstrap", "debian-archive-keyring"]),
        tests_only: true,
    },
    Need {
        name: "Swarm",
        purpose: "the target `swarm`",
        find: swarm,
        // Where there is an init system the package starts its server: `systemctl disable --now docker-registry` ends it.
        packages: Packages::Always(&["docker-registry", "iproute2", "iptables"]),
        tests_only: true,
    },
    Need {
        name: "Compose",
        purpose: "generated Compose files",
        find: || says("docker-compose"),
        packages: Packages::Always(&["docker-compose"]),
        tests_only: true,
    },
    Need {
        name: "Prometheus",
        purpose: "generated rules and alerts",
        find: promtool,
        // Where there is an init system the package starts its server, like those of PostgreSQL, Redis and Docker.
        // Tests run promtool alone: `systemctl disable --now prometheus` ends it.
        packages: Packages::Always(&["prometheus"]),
        tests_only: true,
    },
    Need {
        name: "Linters",
        purpose: "generated workflows and manifests",
        find: super::linters::find,
        packages: Packages::Linters,
        tests_only: true,
    },
];

/// A release, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// The first number with a dot, or the first number, in what a program says of itself.
    pub fn read(text: &str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let mut numbers = text[start..].split(|c: char| !c.is_ascii_digit());
        let major = numbers.next()?.parse().ok()?;
        Some(Self(major, numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0)))
    }

    /// Whether Node of this release will do.
    pub fn runs_node_examples(self) -> bool {
        self >= NODE
    }
}

fn says(program: impl AsRef<std::ffi::OsStr>) -> Result<String, String> {
    let text = capture(Command::new(program).arg("--version")).map_err(|failure| failure.to_string())?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

fn git() -> Result<String, String> {
    says("git")
}

fn redis() -> Result<String, String> {
    let said = says("redis-server")?;
    Ok(said.split(" sha").next().unwrap_or(&said).to_owned())
}

/// The daemon, and what base images are made with.
fn docker() -> Result<String, String> {
    if !crate::process::is_there("debootstrap") {
        return Err("debootstrap is not on this machine".into());
    }
    says("dockerd")
}

/// The registry, and what lays the network between nodes.
fn swarm() -> Result<String, String> {
    for program in ["ip", "iptables"] {
        if !crate::process::is_there(program) {
            return Err(format!("{program} is not on this machine"));
        }
    }
    says("docker-registry")
}

/// "promtool, version 2.42.0+ds (branch: ...": the branch is of no use.
fn promtool() -> Result<String, String> {
    let said = says("promtool")?;
    Ok(said.split(" (").next().unwrap_or(&said).to_owned())
}

fn node() -> Result<String, String> {
    let node = says("node")?;
    if !Version::read(&node).is_some_and(Version::runs_node_examples) {
        return Err(format!("node is {node}, {}.{} is needed", NODE.0, NODE.1));
    }
    Ok(format!("{node}, npm {}", says("npm")?))
}

/// The program and what it says of itself.
pub fn python() -> Result<(&'static str, String), String> {
    let mut why = String::new();
    for program in PYTHONS {
        match says(program) {
            Ok(said) if Version::read(&said).is_none_or(|version| version < PYTHON) => {
                why = format!("{program} is {said}, {}.{} is needed", PYTHON.0, PYTHON.1);
            }
            Ok(said) => match capture(Command::new(program).args(["-c", "import ensurepip, venv"])) {
                Ok(_) => return Ok((program, said)),
                Err(_) => why = format!("{program} has no venv"),
            },
            Err(error) if why.is_empty() => why = error,
            Err(_) => {}
        }
    }
    Err(why)
}

/// The folder with `initdb` and `postgres`: of the wanted release if there is one, else the newest after it.
pub fn postgres_binaries() -> Result<PathBuf, String> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let release = |folder: &Path| Version::read(says(folder.join("postgres")).ok()?.rsplit(' ').next()?);
    let complete = |folder: &PathBuf| ["postgres", "initdb"].iter().all(|name| folder.join(name).is_file());
    let found: Vec<_> = folders
        .into_iter()
        .filter(complete)
        .filter_map(|folder| Some((release(&folder)?.0, folder)))
        .collect();
    let wanted = found.iter().find(|(major, _)| *major == POSTGRES_MAJOR);
    let newer = || found.iter().filter(|(major, _)| *major > POSTGRES_MAJOR).max();
    wanted.or_else(newer).map(|(_, folder)| folder.clone()).ok_or_else(|| match found.iter().max() {
        Some((major, _)) => format!("the server is release {major}, {POSTGRES_MAJOR} is needed"),
        None => "the server's programs are not on this machine".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read() {
        assert_eq!(Version::read("v20.20.2"), Some(Version(20, 20)));
        assert_eq!(Version::read("Python 3.11.2"), Some(Version(3, 11)));
        assert_eq!(Version::read("18.20.4+dfsg-1~deb12u1"), Some(Version(18, 20)));
        assert_eq!(Version::read("17beta1"), Some(Version(17, 0)));
        assert_eq!(Version::read("(none)"), None);
        assert!(Version(20, 19).runs_node_examples() && Version(22, 0).runs_node_examples());
        assert!(!Version(20, 8).runs_node_examples() && !Version(18, 20).runs_node_examples());
    }
}
