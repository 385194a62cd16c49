//! `system/health-tool`

use super::{builds, tools};
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Compose;
use crate::subject::dockerfile::Dockerfile;
use artifact::shell;
use artifact::yaml::read::Value;
use model::{finding::Severity, path};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/health-tool",
        demands: "The program that a health check runs is in the image that it runs in: else the container is never healthy, and whatever waits for it waits for ever.",
        advice: "ask with what the image has, as `node -e \"fetch(…)\"` or BusyBox's `wget`, or install the program in the last stage",
        severity: Severity::Error,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for dockerfile in &subjects.dockerfiles {
        for (stage, instruction) in
            dockerfile.instructions().filter(|(_, found)| found.keyword == "HEALTHCHECK")
        {
            let words = instruction.rest().strip_prefix("CMD").unwrap_or("").trim();
            let list: Option<Vec<String>> = exec_form(words);
            let programs = list.map_or_else(|| programs(words), |words| of_words(&words));
            if let Some((tool, image)) = tools::missing(&tools::of_stage(dockerfile, stage), &programs) {
                remarks.push(Remark::new(dockerfile.place(instruction), message(tool, &image)));
            }
        }
    }
    for compose in &subjects.compose {
        for service in compose.services() {
            let Some(test) = service.value.at(&["healthcheck", "test"]) else { continue };
            let Some(image) = image_of(subjects, compose, &service.key.text, service.value) else { continue };
            if let Some((tool, name)) = tools::missing(&image, &programs_of(test)) {
                remarks.push(Remark::new(compose.place(test.line), message(tool, &name)));
            }
        }
    }
    remarks
}

fn message(tool: &str, image: &str) -> String {
    format!("the health check runs `{tool}`, which {image} does not have")
}

/// The words of the exec form.
fn exec_form(text: &str) -> Option<Vec<String>> {
    let documents = artifact::yaml::read::documents(text).ok().filter(|_| text.starts_with('['))?;
    Some(documents.first()?.items().iter().filter_map(Value::text).map(str::to_owned).collect())
}

/// The programs of a `test`, as Compose has it.
fn programs_of(test: &Value) -> Vec<String> {
    if let Some(line) = test.text() {
        return programs(line);
    }
    let words: Vec<String> = test.items().iter().filter_map(Value::text).map(str::to_owned).collect();
    match words.split_first() {
        Some((first, rest)) if first == "CMD" => of_words(rest),
        Some((first, rest)) if first == "CMD-SHELL" => programs(&rest.join(" ")),
        Some(_) | None => Vec::new(),
    }
}

fn programs(line: &str) -> Vec<String> {
    names(shell::invocations(&line.replace("$$", "$")))
}

fn of_words(words: &[String]) -> Vec<String> {
    names(shell::of_words(words))
}

fn names(invocations: Vec<shell::Invocation>) -> Vec<String> {
    let firsts = invocations.into_iter().filter_map(|invocation| invocation.words.into_iter().next());
    firsts.map(|word| path::file_name(&word).to_owned()).collect()
}

/// What a service runs: the image that it names, or the stage that is built for it. An overlay says neither; the file beside it does.
fn image_of(subjects: &Subjects, compose: &Compose, name: &str, service: &Value) -> Option<tools::Contents> {
    let folder = path::parent(&compose.document.path);
    let beside = subjects.compose.iter().filter(|other| path::parent(&other.document.path) == folder);
    let others = beside
        .flat_map(|other| other.services().filter(|other| other.key.text == name).map(|found| found.value));
    let says = |value: &&Value| value.get("build").is_some() || value.get("image").is_some();
    let said = std::iter::once(service).chain(others).find(says)?;
    let Some(build) = said.get("build") else {
        return Some(tools::of_image(said.get("image")?.text()?));
    };
    let (context, file) = builds::said(build)?;
    let at = path::join(&path::join(folder, context), file);
    let dockerfile = subjects.dockerfiles.iter().find(|known| known.path == at)?;
    Some(tools::of_stage(dockerfile, target(dockerfile, build)?))
}

/// The number of the stage that is built.
fn target(dockerfile: &Dockerfile, build: &Value) -> Option<usize> {
    match build.get("target") {
        Some(target) => dockerfile.earlier(dockerfile.stages.len(), target.text()?),
        None => dockerfile.stages.len().checked_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/health-tool", files)
    }

    const CURL: &str = "HEALTHCHECK --interval=5s CMD curl -f http://localhost:3000 || exit 1\n";

    #[test]
    fn what_is_there_passes() {
        for text in [
            format!("FROM node:22\n{CURL}"),
            format!("FROM node:22-slim\nRUN apt-get update && apt-get install -y curl\n{CURL}"),
            format!("FROM node:22-slim AS b\nRUN apt-get install -y curl\nFROM b\n{CURL}"),
            format!("FROM my/image:1\n{CURL}"),
            format!("FROM nginx:1.27-alpine\n{CURL}"),
            format!("ARG B\nFROM $B\n{CURL}"),
            format!("FROM node:22-slim\nCOPY setup.sh /\nRUN ./setup.sh\n{CURL}"),
            "FROM node:22-alpine\nHEALTHCHECK CMD [\"wget\", \"-q\", \"http://localhost\"]\n".to_owned(),
            "FROM node:22-slim\nHEALTHCHECK CMD curl x || wget x || node x\n".to_owned(),
            "FROM node:22-slim\nHEALTHCHECK NONE\n".to_owned(),
        ] {
            assert_eq!(places(&[("Dockerfile", &text)]), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_not_does_not() {
        let text = format!("FROM node:22 AS a\n{CURL}\nFROM node:22-slim\n{CURL}");
        assert_eq!(places(&[("Dockerfile", &text)]), ["Dockerfile:5"]);
        let text = "FROM gcr.io/distroless/nodejs22\nHEALTHCHECK CMD [\"wget\", \"http://localhost\"]\n";
        assert_eq!(places(&[("Dockerfile", text)]), ["Dockerfile:2"]);
    }

    #[test]
    fn compose_is_joined_with_what_it_builds() {
        let compose = "services:\n  a:\n    build: ./a\n    healthcheck:\n      test: [\"CMD\", \"wget\", \"x\"]\n  b:\n    build: {context: b}\n    healthcheck:\n      test: curl -f x\n  db:\n    image: postgres:17\n    healthcheck:\n      test: [\"CMD-SHELL\", \"pg_isready\"]\n";
        let overlay = "services:\n  a:\n    healthcheck:\n      test: [\"CMD\", \"curl\", \"x\"]\n";
        let files = [
            ("compose.yml", compose),
            ("compose.prod.yml", overlay),
            ("a/Dockerfile", "FROM python:3.12-alpine\n"),
            ("b/Dockerfile", "FROM python:3.12-slim\n"),
        ];
        assert_eq!(places(&files), ["compose.prod.yml:4", "compose.yml:9"]);
    }
}
