//! `system/missing-path`

use super::commands::{self, Folder, uses};
use super::{builds, missing_mount::leaves};
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Job, Workflow};
use artifact::yaml::read::Value;
use model::{finding::Severity, path};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/missing-path",
        demands: "Folders, Dockerfiles, Compose files, lock files and actions that a workflow names are in the repository.",
        advice: "correct the path; it is counted from the root of the repository",
        severity: Severity::Error,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    // What is in a submodule cannot be seen from here.
    if subjects.has(".gitmodules") {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    for workflow in &subjects.workflows {
        for job in workflow.jobs() {
            let called =
                job.value.get("uses").into_iter().chain(job.steps().filter_map(|step| step.get("uses")));
            let checked_out = commands::is_of_this_repository(job) || job.value.get("uses").is_some();
            for named in called.filter(|_| checked_out).chain(named(workflow, job)) {
                let Some(at) = named.text().filter(|at| !at.contains('\n')) else { continue };
                let local = at.starts_with("./") || !at.contains('@');
                if local && is_missing(subjects, ".", at) && !is_made(job, at) {
                    remarks.push(Remark::new(
                        workflow.place(named.line),
                        format!("`{at}` is not in the repository"),
                    ));
                }
            }
        }
    }
    for run in commands::all(subjects) {
        let Folder::At(folder) = &run.folder else { continue };
        let words: Vec<&str> = run.invocation.words.iter().map(String::as_str).collect();
        for at in files(&words) {
            let by_job =
                subjects.workflows.iter().filter(|workflow| workflow.document.path == run.place.path);
            let made = by_job.into_iter().flat_map(Workflow::jobs).any(|job| is_made(job, at));
            if is_missing(subjects, folder, at) && !made {
                let whole = path::join(folder, at);
                remarks.push(Remark::new(run.place.clone(), format!("`{whole}` is not in the repository")));
            }
        }
    }
    remarks
}

/// The values of a job that name paths.
fn named<'a>(workflow: &'a Workflow, job: Job<'a>) -> Vec<&'a Value> {
    if !commands::is_of_this_repository(job) {
        return Vec::new();
    }
    let mut found: Vec<&Value> = Vec::new();
    for step in job.steps() {
        let scripts = step.get("run").and_then(|_| commands::working_directory(workflow, job, step));
        let said = scripts.filter(|folder| !found.iter().any(|known| std::ptr::eq(*known, *folder)));
        found.extend(said.into_iter().collect::<Vec<_>>());
        let action = uses(step).split('@').next().unwrap_or_default();
        let keys: &[&str] = match action {
            "docker/build-push-action" => &["context", "file"],
            "actions/setup-node" | "actions/setup-python" | "actions/setup-go" => &["cache-dependency-path"],
            _ => &[],
        };
        found.extend(keys.iter().filter_map(|key| step.at(&["with", key])));
    }
    found
}

/// The files that a command of Docker reads.
fn files<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let reads = match words {
        ["docker-compose", ..] | ["docker", "compose" | "build" | "buildx" | "stack", ..] => true,
        [..] => false,
    };
    let after = |option: &str| {
        words.windows(2).filter(move |pair| pair[0] == option).map(|pair| pair[1]).collect::<Vec<_>>()
    };
    let options = ["-f", "--file", "-c", "--compose-file"];
    if reads { options.iter().flat_map(|option| after(option)).collect() } else { Vec::new() }
}

fn is_missing(subjects: &Subjects, folder: &str, at: &str) -> bool {
    let whole = path::join(folder, at);
    builds::is_plain(at)
        && at != "-"
        && !leaves(folder, at)
        && !subjects.has(&whole)
        && !builds::may_be_made(subjects, &whole)
}

/// Whether a job may make or fetch a path before it is used.
fn is_made(job: Job<'_>, at: &str) -> bool {
    let name = path::file_name(at.trim_end_matches('/'));
    job.steps().any(|step| {
        let script = step.get("run").and_then(Value::text).unwrap_or_default();
        let written =
            script.lines().any(|line| line.contains(name) && !line.trim_start().starts_with("docker"));
        let with = step.get("with").map_or(&[][..], Value::entries).iter();
        let fetched = uses(step).contains("download-artifact")
            || with.into_iter().any(|(key, value)| {
                key.text == "path" && value.text().is_some_and(|text| text.contains(name))
            });
        written || fetched
    })
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(steps: &str, files: &[(&str, &str)]) -> Vec<String> {
        let text = format!("jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n{steps}");
        let mut all = vec![(".github/workflows/ci.yml", text.as_str())];
        all.extend(files);
        found("system/missing-path", &all)
    }

    #[test]
    fn what_is_there_or_made_passes() {
        for steps in [
            "      - run: x\n        working-directory: ./web\n",
            "      - run: mkdir new\n      - run: x\n        working-directory: new\n",
            "      - run: x\n        working-directory: dist/x\n",
            "      - run: x\n        working-directory: ${{ matrix.a }}\n",
            "      - uses: actions/setup-node@v4\n        with: {cache-dependency-path: '**/package-lock.json'}\n",
            "      - uses: docker/build-push-action@v6\n        with: {context: web, file: web/Dockerfile}\n",
            "      - run: docker compose -f web/Dockerfile up\n      - run: docker compose -f $F up\n",
            "      - run: ssh host docker compose -f there.yml up\n",
            "      - uses: actions/download-artifact@v4\n      - run: x\n        working-directory: new\n",
            "      - uses: ./web\n      - uses: o/r/x@v1\n",
        ] {
            assert_eq!(
                places(steps, &[("web/Dockerfile", "FROM a\n"), ("web/package-lock.json", "")]),
                [""; 0],
                "{steps}"
            );
        }
    }

    #[test]
    fn what_is_not_does_not() {
        let steps = "      - run: x\n        working-directory: web\n      - run: x\n        working-directory: wbe\n      - uses: ./.github/actions/none\n      - uses: docker/build-push-action@v6\n        with:\n          context: web\n          file: web/Dockerfil\n      - run: |\n          docker compose -f web/Dockerfile -f prod.yml up\n";
        let at = |line: u32| format!(".github/workflows/ci.yml:{line}");
        assert_eq!(places(steps, &[("web/Dockerfile", "FROM a\n")]), [at(8), at(9), at(13), at(15)]);
    }
}
