//! `system/unknown-script`

use super::commands::{self, Folder};
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use crate::subject::package::Package;
use model::{finding::Severity, path};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/unknown-script",
        demands: "A script that a workflow or a Dockerfile runs by `npm run` stands in the `package.json` of the folder that it runs in.",
        advice: "correct the name, or add the script to `package.json`",
        severity: Severity::Error,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for run in commands::all(subjects) {
        let words: Vec<&str> = run.invocation.words.iter().map(String::as_str).collect();
        let Some(script) = script(&words) else { continue };
        let packages: Vec<&Package> = match &run.folder {
            Folder::At(folder) => {
                let of = |at: &str| subjects.packages.iter().find(|package| package.folder == at);
                path::ancestors(folder).find_map(of).into_iter().collect()
            }
            // Where in the image it runs is not known; that none has it is enough.
            Folder::Within(_) => subjects.packages.iter().collect(),
        };
        let known = |package: &&Package| package.scripts.iter().any(|name| name == script);
        if !packages.is_empty() && !packages.iter().any(known) {
            let place = match packages.as_slice() {
                [one] => path::join(&one.folder, "package.json"),
                _ => "any package.json".to_owned(),
            };
            remarks.push(Remark::new(run.place, format!("no script `{script}` stands in {place}")));
        }
    }
    remarks
}

/// The script that a command runs, if it is one of the folder that it runs in.
fn script<'a>(words: &[&'a str]) -> Option<&'a str> {
    let [program @ ("npm" | "pnpm"), rest @ ..] = words else { return None };
    let own: Vec<&str> = rest.iter().copied().take_while(|word| *word != "--").collect();
    // Any option may say that it is about another package, or that nothing is wrong without the script.
    let quiet = ["--silent", "-s"];
    if own.iter().take(3).any(|word| word.starts_with('-') && !quiet.contains(word)) {
        return None;
    }
    let mut named = own.into_iter().filter(|word| !word.starts_with('-'));
    let script = match (named.next()?, *program) {
        ("run" | "run-script", _) => named.next()?,
        ("test" | "t", "npm") => "test",
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c);
    script.chars().all(plain).then_some(script)
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/unknown-script", files)
    }

    const PACKAGE: &str = "{\n\t\"scripts\": {\"build\": \"x\", \"test:unit\": \"y\"}\n}";

    #[test]
    fn scripts_that_are_there_pass() {
        let workflow = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm run build -- --mode x\n        working-directory: web/src\n      - run: npm run nothing\n      - run: npm run nothing --workspace web\n        working-directory: web\n      - run: npm run ${{ matrix.script }}\n        working-directory: web\n";
        let files =
            [(".github/workflows/ci.yml", workflow), ("web/package.json", PACKAGE), ("web/src/a", "")];
        assert_eq!(places(&files), [""; 0]);
        let docker = "FROM node\nRUN npm run test:unit && npm run build\n";
        assert_eq!(places(&[("Dockerfile", docker), ("web/package.json", PACKAGE)]), [""; 0]);
    }

    #[test]
    fn others_do_not() {
        let workflow = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          npm run build\n          npm test\n";
        let files = [
            (".github/workflows/ci.yml", workflow),
            ("package.json", PACKAGE),
            ("Dockerfile", "FROM node\nRUN npm run build\nRUN pnpm run compile\n"),
        ];
        assert_eq!(places(&files), [".github/workflows/ci.yml:7", "Dockerfile:3"]);
    }
}
