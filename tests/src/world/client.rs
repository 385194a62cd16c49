//! Docker's own client, for one engine.

use std::path::Path;
use std::process::Command;

/// See above.
#[derive(Debug, Clone)]
pub struct Client {
    /// As `DOCKER_HOST` has it.
    pub host: String,
}

impl Client {
    /// A command of Debian's client where it is: that is the oldest, and speaks with BuildKit without a plugin.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let debian = Path::new("/usr/bin/docker");
        let mut command = Command::new(if debian.exists() { debian } else { Path::new("docker") });
        command.env("DOCKER_HOST", &self.host).args(arguments);
        command
    }

    /// Runs it to its end; returns what it wrote.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("docker's client is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// What it wrote, line by line.
    #[track_caller]
    pub fn lines(&self, arguments: &[&str]) -> Vec<String> {
        self.run(arguments).lines().map(str::to_owned).collect()
    }

    /// Ids of the containers that run with all of these labels.
    #[track_caller]
    pub fn running(&self, labels: &[&str]) -> Vec<String> {
        let filters: Vec<String> = labels.iter().map(|label| format!("--filter=label={label}")).collect();
        let mut arguments = vec!["ps", "--quiet", "--no-trunc"];
        arguments.extend(filters.iter().map(String::as_str));
        self.lines(&arguments)
    }

    /// Removes what a list names, if it names anything.
    #[track_caller]
    pub fn remove_all(&self, list: &[&str], remove: &[&str]) {
        let mut found = self.lines(list);
        found.dedup();
        if !found.is_empty() {
            self.run(&[remove, &found.iter().map(String::as_str).collect::<Vec<_>>()].concat());
        }
    }
}
