//! What a file is for, as far as its name says so.

use model::finding::Severity;
use model::path;

/// What runs by a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// What others rely on.
    Production,
    /// Nobody says.
    Unsaid,
    /// Work on it, and its tests.
    Development,
}

const PRODUCTION: [&str; 11] = [
    "prod",
    "production",
    "live",
    "vps",
    "deploy",
    "deployment",
    "release",
    "stage",
    "staging",
    "swarm",
    "stack",
];
const DEVELOPMENT: [&str; 21] = [
    "dev",
    "develop",
    "development",
    "local",
    "test",
    "tests",
    "testing",
    "ci",
    "e2e",
    "override",
    "debug",
    "devcontainer",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "fixtures",
    "playground",
    "debugger",
    "sandbox",
];

impl Purpose {
    /// What the name of a file says, else the nearest folder that says something.
    pub fn of(at: &str) -> Self {
        let folders = path::ancestors(path::parent(at)).map(path::file_name);
        let mut said = std::iter::once(path::file_name(at)).chain(folders).map(Self::said);
        said.find(|purpose| *purpose != Self::Unsaid).unwrap_or(Self::Unsaid)
    }

    /// What a name says.
    pub fn said(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        let said = words.find_map(|word| {
            let one = |words: &[&str]| words.contains(&word);
            let development = one(&DEVELOPMENT).then_some(Self::Development);
            development.or_else(|| one(&PRODUCTION).then_some(Self::Production))
        });
        said.unwrap_or(Self::Unsaid)
    }

    /// How bad something is here that is so bad in production.
    pub fn grade(self, severity: Severity) -> Severity {
        match (self, severity) {
            (Self::Production, severity) => severity,
            (Self::Unsaid, Severity::Error) => Severity::Warning,
            (Self::Unsaid, Severity::Warning | Severity::Note) | (Self::Development, _) => Severity::Note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Purpose::{self, Development, Production, Unsaid};

    #[test]
    fn the_nearest_word_tells() {
        for (path, purpose) in [
            ("docker-compose.yml", Unsaid),
            ("docker-compose.prod.yml", Production),
            ("Dockerfile.dev", Development),
            ("deploy/dev/compose.yml", Development),
            (".devcontainer/Dockerfile", Development),
            ("deploy/swarm/stack.yml", Production),
            ("tests/docker-compose.prod.yml", Production),
            ("latest/compose.yml", Unsaid),
        ] {
            assert_eq!(Purpose::of(path), purpose, "{path}");
        }
    }
}
