//! `dockerfile/copy-before-install`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use crate::subject::dockerfile::{Command, Stage};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/copy-before-install",
        demands: "What says the dependencies is copied alone, and the sources after the install: else every change of a line installs everything again.",
        advice: "copy the manifest and the lock file, install, and only then `COPY . .`",
        severity: Severity::Note,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    if dockerfile.is_for_development() {
        return Vec::new();
    }
    let commands = dockerfile.commands();
    let stages = dockerfile.stages.iter().enumerate();
    stages
        .filter_map(|(at, stage)| {
            early(dockerfile, stage, commands.iter().filter(|command| command.stage == at))
        })
        .collect()
}

fn early<'a>(
    dockerfile: &Dockerfile,
    stage: &Stage,
    mut commands: impl Iterator<Item = &'a Command<'a>>,
) -> Option<Remark> {
    let install = commands.find(|command| installs(command))?;
    let before = stage
        .all("COPY")
        .filter(|copy| copy.line < install.instruction.line && copy.option("from").is_none());
    let mut copies = before.map(|copy| (copy, copy.words()));
    let (copy, words) = copies.next()?;
    let (_, sources) = words.split_last()?;
    let whole = sources.len() == 1 && matches!(sources[0].as_str(), "." | "./");
    let message = "everything is copied before dependencies are installed";
    (whole && !install.has_cache())
        .then(|| Remark::new(dockerfile.place(copy), message).with(dockerfile.place(install.instruction)))
}

fn installs(command: &Command<'_>) -> bool {
    let first = command.arguments().first().copied().unwrap_or_default();
    let alone = command.arguments().len() == 1;
    match command.program() {
        "npm" => matches!(first, "ci" | "install" | "i") && alone,
        "pnpm" => matches!(first, "install" | "i") && alone,
        "yarn" => command.arguments().is_empty() || first == "install",
        "pip" | "pip3" => first == "install" && command.has(&["-r", "--requirement"]),
        "poetry" => first == "install",
        "uv" => first == "sync",
        "bundle" => first == "install",
        "composer" => first == "install",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM node:22-slim\nCOPY package.json .\nRUN npm ci\nCOPY . .\n",
            "FROM node:22-slim\nCOPY . .\nRUN --mount=type=cache,target=/root/.npm npm ci\n",
            "FROM node:22-slim\nCOPY . .\nRUN npm run build\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nCOPY . .\nRUN npm ci\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "FROM a:1\nCOPY package.json .\nRUN npm ci\nCOPY . .\nFROM python:3.13\nCOPY . /app\nRUN pip install -r r.txt\n"
            ),
            [6]
        );
    }
}
