//! `system/missing-lock`

use super::builds;
use super::commands::{self, Folder};
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use model::{finding::Severity, path};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/missing-lock",
        demands: "An installation that insists on a lock file finds the one of its own package manager: `npm ci` fails without `package-lock.json`, however many other lock files there are.",
        advice: "install with the package manager whose lock file is in the repository, or commit the lock file",
        severity: Severity::Error,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for run in commands::all(subjects) {
        let words: Vec<&str> = run.invocation.words.iter().map(String::as_str).collect();
        let Some(locks) = needed(&words) else { continue };
        let has = match &run.folder {
            Folder::At(folder) => {
                path::ancestors(folder).any(|at| locks.iter().any(|lock| subjects.has(&path::join(at, lock))))
            }
            Folder::Within(context) => {
                let inside =
                    |at: &&String| path::is_under(at, context) && locks.contains(&path::file_name(at));
                subjects.paths.iter().find(inside).is_some()
                    || locks.iter().any(|lock| builds::may_be_made(subjects, lock))
            }
        };
        if !has {
            let (Folder::At(folder) | Folder::Within(folder)) = &run.folder;
            let place = if folder == "." { "the repository".to_owned() } else { format!("{folder}/") };
            let message = format!("`{} {}` needs {}, which is not in {place}", words[0], words[1], locks[0]);
            remarks.push(Remark::new(run.place, message));
        }
    }
    remarks
}

/// The lock files of which a command needs one.
fn needed(words: &[&str]) -> Option<&'static [&'static str]> {
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    let elsewhere = ["--prefix", "-C", "--dir", "--cwd", "--directory", "--project", "--prefix=", "--dir="];
    if words.iter().any(|word| {
        elsewhere.iter().any(|option| word == option || (option.ends_with('=') && word.starts_with(option)))
    }) {
        return None;
    }
    match words.get(..2)? {
        ["npm", "ci" | "clean-install"] => Some(&["package-lock.json", "npm-shrinkwrap.json"]),
        ["pnpm", "install" | "i"] if has(&["--frozen-lockfile"]) => Some(&["pnpm-lock.yaml"]),
        ["yarn", "install" | "--immutable"] if has(&["--immutable"]) => Some(&["yarn.lock"]),
        ["uv", "sync"] if has(&["--frozen", "--locked"]) => Some(&["uv.lock"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/missing-lock", files)
    }

    #[test]
    fn the_right_lock_file_passes() {
        let workflow = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci\n        working-directory: web\n      - run: cd web && npm ci\n      - run: npm install\n      - run: npm ci --prefix api\n";
        let files =
            [(".github/workflows/ci.yml", workflow), ("web/package.json", "{}"), ("package-lock.json", "{}")];
        assert_eq!(places(&files), [""; 0]);
        let docker = "FROM node\nRUN --mount=type=cache,target=/x npm ci\nRUN pnpm install\n";
        assert_eq!(places(&[("web/Dockerfile", docker), ("web/package-lock.json", "{}")]), [""; 0]);
        let elsewhere = workflow.replace("checkout@v4", "checkout@v4\n        with: {path: x}");
        assert_eq!(places(&[(".github/workflows/ci.yml", &elsewhere), ("web/package.json", "{}")]), [""; 0]);
    }

    #[test]
    fn another_does_not() {
        let workflow = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci\n        working-directory: web\n      - run: |\n          echo\n          cd api\n          npm ci\n";
        let files = [
            (".github/workflows/ci.yml", workflow),
            ("web/package-lock.json", "{}"),
            ("api/yarn.lock", ""),
            (
                "Dockerfile",
                "FROM node\nRUN yarn install --immutable && x\nRUN pnpm install --frozen-lockfile\n",
            ),
        ];
        assert_eq!(places(&files), [".github/workflows/ci.yml:10", "Dockerfile:3"]);
    }
}
