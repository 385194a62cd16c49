//! Debian's and Ubuntu's packages.

use super::need::{Need, POSTGRES_MAJOR, Packages, Version};
use crate::process::capture;
use std::fs;
use std::process::Command;

/// Node from npm, for distributions whose own is too old. It goes to /usr/local, before the distribution's.
const NODE_FROM_NPM: [&str; 4] = ["npm", "install", "--global", "node@20"];

/// Without lists nothing is known of any package.
pub fn lists_are_empty() -> bool {
    let entries = fs::read_dir("/var/lib/apt/lists").into_iter().flatten().flatten();
    !entries.into_iter().any(|entry| entry.file_name().to_string_lossy().contains("Packages"))
}

/// What installs the packages, in order.
pub fn commands(missing: &[&Need]) -> Vec<Vec<String>> {
    plan(missing, &candidate)
}

/// One line for a person with the rights.
pub fn by_hand(missing: &[&Need]) -> String {
    let update = lists_are_empty().then(|| "sudo apt-get update".to_owned());
    let rest = commands(missing).into_iter().map(|words| format!("sudo {}", words.join(" ")));
    update.into_iter().chain(rest).collect::<Vec<_>>().join(" && ")
}

fn plan(missing: &[&Need], candidate: &dyn Fn(&str) -> Option<Version>) -> Vec<Vec<String>> {
    let mut install: Vec<String> =
        ["apt-get", "install", "--yes", "--no-install-recommends"].map(String::from).into();
    let mut node_from_npm = false;
    for need in missing {
        match need.packages {
            Packages::Always(names) => install.extend(names.iter().map(|name| (*name).to_owned())),
            Packages::Node => {
                install.extend(["nodejs", "npm"].map(String::from));
                node_from_npm = candidate("nodejs").is_some_and(|version| !version.runs_node_examples());
            }
            Packages::Postgres => {
                let wanted = format!("postgresql-{POSTGRES_MAJOR}");
                let there = candidate(&wanted).is_some();
                install.push(if there { wanted } else { "postgresql".into() });
            }
            Packages::Linters => {}
        }
    }
    let mut commands = vec![install];
    if node_from_npm {
        commands.push(NODE_FROM_NPM.map(String::from).into());
    }
    commands
}

/// The release that apt would install.
fn candidate(package: &str) -> Option<Version> {
    let policy = capture(Command::new("apt-cache").args(["policy", package])).ok()?;
    let line = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: ").map(str::to_owned))?;
    // An epoch is no part of the release.
    Version::read(line.rsplit(':').next().unwrap_or(&line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::NEEDS;

    fn planned(candidates: &'static [(&str, Version)]) -> Vec<String> {
        let missing: Vec<&Need> = NEEDS.iter().collect();
        let candidate =
            |name: &str| candidates.iter().find(|(other, _)| *other == name).map(|(_, version)| *version);
        plan(&missing, &candidate).into_iter().map(|words| words.join(" ")).collect()
    }

    #[test]
    fn an_old_node_is_replaced_from_npm() {
        let bookworm = planned(&[("nodejs", Version(18, 20)), ("postgresql-15", Version(15, 14))]);
        assert_eq!(
            bookworm,
            [
                "apt-get install --yes --no-install-recommends git nodejs npm python3 python3-venv postgresql-15 redis-server docker.io debootstrap debian-archive-keyring docker-registry iproute2 iptables docker-compose prometheus",
                "npm install --global node@20"
            ]
        );
    }

    #[test]
    fn a_distribution_with_newer_releases_gives_its_own() {
        let trixie = planned(&[("nodejs", Version(20, 19)), ("postgresql", Version(17, 0))]);
        assert_eq!(
            trixie,
            [
                "apt-get install --yes --no-install-recommends git nodejs npm python3 python3-venv postgresql redis-server docker.io debootstrap debian-archive-keyring docker-registry iproute2 iptables docker-compose prometheus"
            ]
        );
    }
}
