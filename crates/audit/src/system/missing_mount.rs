//! `system/missing-mount`

use super::{builds, neighbours};
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use artifact::yaml::read::Value;
use model::{finding::Severity, path};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/missing-mount",
        demands: "A file that Compose mounts is in the repository: Docker makes a folder where it finds none, and the program that should read the file fails.",
        advice: "correct the path, counted from the folder of the Compose file",
        severity: Severity::Error,
    },
    check,
};

/// Files that somebody wrote, and that no program makes.
const WRITTEN: [&str; 11] =
    ["conf", "cfg", "ini", "yml", "yaml", "toml", "sql", "sh", "template", "cnf", "js"];

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for compose in &subjects.compose {
        let folder = path::parent(&compose.document.path);
        for service in compose.services() {
            for volume in service.value.get("volumes").map_or(&[][..], Value::items) {
                let Some(source) = neighbours::source(volume) else { continue };
                let at = path::join(folder, source);
                let ending = path::file_name(source).rsplit_once('.').map_or("", |(_, ending)| ending);
                let written = WRITTEN.contains(&ending) && !builds::may_be_made(subjects, &at);
                if written && !subjects.has(&at) && !leaves(folder, source) {
                    let message = format!(
                        "`{source}` is not in the repository, so `{}` gets an empty folder",
                        service.key.text
                    );
                    remarks.push(Remark::new(compose.place(volume.line), message));
                }
            }
        }
    }
    remarks
}

/// Whether a path goes up further than the repository does.
pub(super) fn leaves(folder: &str, source: &str) -> bool {
    let depth = folder.split('/').filter(|part| !part.is_empty() && *part != ".").count();
    source.split('/').filter(|part| *part == "..").count() > depth
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/missing-mount", files)
    }

    #[test]
    fn what_is_there_or_made_passes() {
        let compose = "services:\n  a:\n    image: a\n    volumes:\n      - ./a.conf:/a.conf\n      - data:/data\n      - ./data:/data\n      - ../x.conf:/x\n      - ./local.yml:/l.yml\n      - ${C:-./c.conf}:/c.conf\n";
        assert_eq!(
            places(&[("compose.yml", compose), ("a.conf", ""), (".gitignore", "local.yml\n")]),
            [""; 0]
        );
    }

    #[test]
    fn what_is_not_does_not() {
        let compose = "services:\n  a:\n    image: a\n    volumes:\n      - ./a.conf:/a.conf\n      - ../conf/b.conf:/b.conf:ro\n";
        assert_eq!(places(&[("d/compose.yml", compose), ("d/a.conf", "")]), ["d/compose.yml:6"]);
    }
}
