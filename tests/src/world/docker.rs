//! A Docker Engine that belongs to the tests, and what of it belongs to one world.

use std::process::Command;

/// Names the engine; `cargo xtask docker COMMAND` runs a command with one.
const VARIABLE: &str = "MAINSTAY_TEST_DOCKER";

/// The engine, for the things of one project.
#[derive(Debug, Clone)]
pub struct Docker {
    /// As `DOCKER_HOST` has it.
    pub host: String,
    project: String,
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
        let docker = Self { host: host.to_owned(), project: project.to_owned() };
        docker.clear();
        docker
    }

    /// Runs Docker's own client; returns what it wrote.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("docker").env("DOCKER_HOST", &self.host).args(arguments).output();
        let output = output.expect("docker's client is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn of_project(&self) -> String {
        format!("label=dev.mainstay.project={}", self.project)
    }

    /// Things of the project: `container`, `network`, `volume` or `image`.
    #[track_caller]
    pub fn list(&self, kind: &str) -> Vec<String> {
        let filter = self.of_project();
        let mut arguments = vec![kind, "ls", "--quiet", "--filter", &filter];
        match kind {
            "container" => arguments.extend(["--all", "--no-trunc"]),
            "image" | "network" => arguments.push("--no-trunc"),
            _ => {}
        }
        self.run(&arguments).lines().map(str::to_owned).collect()
    }

    /// Ids of the containers that run instances of the service.
    #[track_caller]
    pub fn instances(&self) -> Vec<String> {
        let filter = self.of_project();
        let arguments =
            ["ps", "--quiet", "--no-trunc", "--filter", &filter, "--filter", "label=dev.mainstay.release"];
        self.run(&arguments).lines().map(str::to_owned).collect()
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
