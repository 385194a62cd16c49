//! `system/copied-nothing`

use super::builds::{self, Build};
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use model::{Place, finding::Severity, path};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/copied-nothing",
        demands: "What a Dockerfile copies is in the repository, in the folder that it is built from, and no `.dockerignore` keeps it out: else the build fails.",
        advice: "correct the path, or bring the file back with a line `!path` in the `.dockerignore`",
        severity: Severity::Error,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for build in builds::all(subjects) {
        for (_, instruction) in build.dockerfile.instructions() {
            for source in builds::sources(instruction) {
                let at = path::join(&build.context, &source);
                // A path that leaves the context would be read as one inside of it.
                if at == "." || source.contains("..") || builds::may_be_made(subjects, &at) {
                    continue;
                }
                // A whole folder that is absent may be laid there by what starts the build.
                if !build.is_said && !subjects.has(path::parent(&at)) {
                    continue;
                }
                let place = build.dockerfile.place(instruction);
                if !subjects.has(&at) {
                    let message = format!("`{source}` is not in {}", folder(&build.context));
                    remarks.push(Remark::new(place, message));
                } else if let Some(file) = keeper(subjects, &build, &at) {
                    let message = format!("`{source}` is kept out of the build by {file}");
                    remarks.push(Remark::new(place, message).with(Place::new(file, 1)));
                }
            }
        }
    }
    remarks
}

fn folder(context: &str) -> String {
    if context == "." { "the repository".to_owned() } else { format!("{context}/") }
}

/// The file that keeps all of a path out.
fn keeper<'a>(subjects: &'a Subjects, build: &Build<'a>, at: &str) -> Option<&'a str> {
    let file = build.ignore(subjects)?;
    let inside = subjects.paths.iter().filter(|known| path::is_under(known, at));
    let kept =
        inside.filter_map(|known| path::relative(known, &build.context)).any(|known| file.keeps(known));
    (!kept).then_some(file.path.as_str())
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/copied-nothing", files)
    }

    #[test]
    fn what_is_there_or_may_be_made_passes() {
        let files = [
            (
                "Dockerfile",
                "FROM a AS b\nCOPY a.txt src ./\nCOPY dist d\nCOPY cert.pem .\nCOPY $X x* .\nFROM a\nCOPY --from=b /x /y\nADD https://a.example/b /b\n",
            ),
            ("a.txt", ""),
            ("src/b", ""),
            (".gitignore", "*.pem\n"),
            (".dockerignore", "src/*\n!src/b\n"),
        ];
        assert_eq!(places(&files), [""; 0]);
        // Built from the folder above, as it seems.
        assert_eq!(
            places(&[("api/Dockerfile", "FROM a\nCOPY a.txt other.txt ./\n"), ("a.txt", "")]),
            [""; 0]
        );
        assert_eq!(
            places(&[("a/Dockerfile", "FROM a\nCOPY run.sh laid/there ./\n"), ("a/run.sh", "")]),
            [""; 0]
        );
        let compose = (
            "compose.yml",
            "services:\n  a:\n    build:\n      context: .\n      dockerfile: api/Dockerfile\n",
        );
        assert_eq!(places(&[("api/Dockerfile", "FROM a\nCOPY a.txt .\n"), ("a.txt", ""), compose]), [""; 0]);
    }

    #[test]
    fn what_is_not_does_not() {
        let files = [
            ("Dockerfile", "FROM a\nCOPY a.txt ./\nCOPY --link a.txt b.txt ./\nCOPY [\"c.txt\", \"/\"]\n"),
            ("a.txt", ""),
            ("c.txt", ""),
            (".dockerignore", "*.txt\n!a.txt\n"),
        ];
        assert_eq!(places(&files), ["Dockerfile:3", "Dockerfile:4"]);
    }
}
