//! A Docker Engine that belongs to the tests, and what of it belongs to one world.

use super::Client;
use std::ops::Deref;

/// Names the engine; `cargo xtask docker COMMAND` runs a command with one.
const VARIABLE: &str = "MAINSTAY_TEST_DOCKER";

/// The engine, for the things of one project.
#[derive(Debug, Clone)]
pub struct Docker {
    client: Client,
    project: String,
}

impl Deref for Docker {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Docker {
    /// The engine, cleared of what an earlier run of the same test left; `None` when there is none, which it says.
    #[allow(clippy::print_stdout)]
    pub(super) fn find(project: &str) -> Option<Self> {
        let Some(host) = std::env::var(VARIABLE).ok().filter(|host| !host.is_empty()) else {
            println!(
                "skipped: no Docker Engine for tests; `cargo xtask docker cargo nextest run docker` starts one"
            );
            return None;
        };
        Some(Self::at(&host, project))
    }

    /// A certain engine, cleared in the same way.
    pub(super) fn at(host: &str, project: &str) -> Self {
        let docker = Self { client: Client { host: host.to_owned() }, project: project.to_owned() };
        docker.clear();
        docker
    }

    fn label(&self) -> String {
        format!("dev.mainstay.project={}", self.project)
    }

    /// Things of the project: `container`, `network`, `volume` or `image`.
    #[track_caller]
    pub fn list(&self, kind: &str) -> Vec<String> {
        let filter = format!("label={}", self.label());
        let mut arguments = vec![kind, "ls", "--quiet", "--filter", &filter];
        match kind {
            "container" => arguments.extend(["--all", "--no-trunc"]),
            "image" | "network" => arguments.push("--no-trunc"),
            _ => {}
        }
        self.lines(&arguments)
    }

    /// Ids of the containers that run instances of the service.
    #[track_caller]
    pub fn instances(&self) -> Vec<String> {
        self.running(&[&self.label(), "dev.mainstay.release"])
    }

    /// Takes everything of the project away.
    pub(super) fn clear(&self) {
        for (kind, remove) in [
            ("container", &["rm", "--force", "--volumes"][..]),
            ("network", &["network", "rm"]),
            ("volume", &["volume", "rm"]),
            ("image", &["image", "rm", "--force"]),
        ] {
            let mut found = self.list(kind);
            found.dedup();
            if !found.is_empty() {
                let words: Vec<&str> =
                    remove.iter().copied().chain(found.iter().map(String::as_str)).collect();
                self.run(&words);
            }
        }
    }
}
