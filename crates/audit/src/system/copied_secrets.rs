//! `system/copied-secrets`

use super::builds::{self, Build};
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use artifact::dockerfile::read::Instruction;
use model::{finding::Severity, path};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/copied-secrets",
        demands: "An image made by copying a whole folder gets neither `.env`, nor `.git`, nor the `node_modules` of whoever builds it: a `.dockerignore` keeps them out. They bring secrets, history and modules for another system into the image.",
        advice: "name them in the `.dockerignore` beside the Dockerfile or in the folder that is built from",
        severity: Severity::Warning,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    builds::all(subjects).iter().filter_map(|build| copied(subjects, build)).collect()
}

fn copied(subjects: &Subjects, build: &Build<'_>) -> Option<Remark> {
    let (_, copy) = build.dockerfile.instructions().find(|(_, instruction)| copies_all(instruction))?;
    let ignore = build.ignore(subjects);
    let kept = |name: &str| ignore.is_none_or(|file| file.keeps(name));
    let found: Vec<&str> = [".env", ".git", "node_modules"]
        .into_iter()
        .filter(|name| kept(name) && is_there(subjects, &build.context, name))
        .collect();
    let message = format!("`{} {}` takes {} into the image", copy.keyword, copy.rest(), found.join(", "));
    (!found.is_empty()).then(|| Remark::new(build.dockerfile.place(copy), message))
}

fn copies_all(instruction: &Instruction) -> bool {
    builds::sources(instruction).iter().any(|source| matches!(source.as_str(), "." | "./"))
}

/// Whether somebody who builds has it, though it is not committed.
fn is_there(subjects: &Subjects, context: &str, name: &str) -> bool {
    let at = path::join(context, name);
    let ignored = || {
        let mut files = subjects.ignores.iter().filter(|file| file.path.ends_with(".gitignore"));
        files.any(|file| path::is_under(context, path::parent(&file.path)) && file.may_name(name))
    };
    match name {
        ".git" => context == ".",
        "node_modules" => subjects.has(&path::join(context, "package.json")) && ignored(),
        _ => subjects.has(&at) || ignored(),
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/copied-secrets", files)
    }

    #[test]
    fn what_stays_out_passes() {
        let all = (".dockerignore", ".git\n.env*\nnode_modules\n");
        assert_eq!(
            places(&[
                ("Dockerfile", "FROM a\nCOPY . .\n"),
                all,
                (".gitignore", ".env\n"),
                ("package.json", "{}")
            ]),
            [""; 0]
        );
        let own = ("api/Dockerfile.dockerignore", "**/.env\n");
        assert_eq!(
            places(&[("api/Dockerfile", "FROM a\nCOPY . .\n"), own, (".gitignore", ".env\n")]),
            [""; 0]
        );
        assert_eq!(places(&[("Dockerfile", "FROM a\nCOPY src src\n"), ("src/a", "")]), [""; 0]);
        assert_eq!(places(&[("Dockerfile", "FROM a AS b\nFROM b\nCOPY --from=b . .\n")]), [""; 0]);
    }

    #[test]
    fn what_comes_along_does_not() {
        let files = [
            ("a/Dockerfile", "FROM a\nCOPY . .\n"),
            ("a/.dockerignore", "node_modules\n.env\n"),
            ("b/Dockerfile", "FROM a\nCOPY package.json ./\nCOPY . /app\n"),
            ("a/package.json", "{}"),
            ("b/package.json", "{}"),
            (".gitignore", "node_modules/\n.env\n"),
        ];
        assert_eq!(places(&files), ["b/Dockerfile:3"]);
        assert_eq!(places(&[("Dockerfile", "FROM a\nCOPY . .\n")]), ["Dockerfile:2"]);
    }
}
