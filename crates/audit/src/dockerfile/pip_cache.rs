//! `dockerfile/pip-cache`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::{Dockerfile, assignments};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/pip-cache",
        demands: "pip keeps what it downloaded, which makes what is built larger and serves nobody.",
        advice: "add `--no-cache-dir`, or mount a cache: `RUN --mount=type=cache,target=/root/.cache/pip`",
        severity: Severity::Note,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let commands = dockerfile.commands();
    let kept = commands.iter().filter(|command| {
        let pip = command.program().trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') == "pip"
            || command.words().get(1..3) == Some(&["-m".to_owned(), "pip".to_owned()]);
        let script = command.instruction.script();
        pip && command.arguments().contains(&"install")
            && !command.has(&["--no-cache-dir", "--no-cache"])
            && !command.has_cache()
            && !script.contains("/.cache")
            && !script.contains("cache purge")
            && dockerfile.is_built(command.stage)
            && !is_off(dockerfile, command.stage)
            && !command.invocation.assignments.iter().any(|(name, _)| name == "PIP_NO_CACHE_DIR")
    });
    if dockerfile.is_for_development() {
        return Vec::new();
    }
    kept.map(|command| {
        Remark::new(dockerfile.place(command.instruction), "what pip downloads stays in the image")
    })
    .collect()
}

fn is_off(dockerfile: &Dockerfile, stage: usize) -> bool {
    let line = dockerfile.line_of_descent(stage);
    let set = line.iter().flat_map(|stage| stage.all("ENV").chain(stage.all("ARG")));
    set.flat_map(assignments).any(|(name, _)| name == "PIP_NO_CACHE_DIR")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM python:3.13\nRUN pip install --no-cache-dir -r r.txt\nRUN --mount=type=cache,target=/root/.cache pip install x\n",
            "FROM python:3.13\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM python:3.13\nRUN pip install x\n", &[2][..]),
            ("FROM python:3.13\nRUN python -m pip install x\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(&RULE, "FROM python:3.13\nRUN pip install --no-cache-dir x\nRUN pip3 install y\n"),
            [3]
        );
    }
}
