//! `dockerfile/unlocked-install`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/unlocked-install",
        demands: "Dependencies are installed as the lock file says them: else a build next week has versions that nobody tested.",
        advice: "write `npm ci`, `yarn install --frozen-lockfile` (`--immutable` from yarn 2) or `pnpm install --frozen-lockfile`",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    if dockerfile.is_for_development() {
        return Vec::new();
    }
    let commands = dockerfile.commands();
    let loose = commands.iter().filter(|command| {
        let arguments = command.arguments();
        let whole = matches!(arguments[..], ["install"] | ["i"]);
        let locked = |names: &[&str]| names.iter().any(|name| dockerfile.beside.contains(*name));
        let free = match command.program() {
            "npm" => whole && locked(&["package-lock.json", "npm-shrinkwrap.json"]),
            "pnpm" => whole && locked(&["pnpm-lock.yaml"]) && command.has(&["--no-frozen-lockfile"]),
            "yarn" => {
                let frozen = ["--frozen-lockfile", "--immutable", "--immutable-cache", "--pure-lockfile"];
                (whole || arguments.is_empty())
                    && locked(&["yarn.lock"])
                    && !command.has(&frozen)
                    && !command.has(&["--version", "-v"])
            }
            _ => false,
        };
        free && !command.has(&["-g", "--global"])
    });
    loose
        .map(|command| {
            let message =
                format!("`{} install` may take other versions than the lock file says", command.program());
            Remark::new(dockerfile.place(command.instruction), message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::{beside, lines};

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN npm install\n"), [0; 0]);
    }

    #[test]
    fn beside_a_lock_file_it_is_kept() {
        let of = |run: &str, lock: &str| {
            beside(&RULE, "Dockerfile", &format!("FROM node:22\nRUN npm ci\nRUN {run}\n"), &[lock])
        };
        for run in ["npm ci", "npm install -g x", "npm install x", "npm i -g"] {
            assert_eq!(of(run, "package-lock.json"), [0; 0], "{run}");
        }
        assert_eq!(of("npm install --omit=dev", "package-lock.json"), [3]);
        assert_eq!(of("yarn --production", "yarn.lock"), [3]);
        assert_eq!(of("yarn install --frozen-lockfile", "yarn.lock"), [0; 0]);
        assert_eq!(of("pnpm install", "pnpm-lock.yaml"), [0; 0]);
    }
}
