//! `dockerfile/apt-lists`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use crate::subject::image::Image;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/apt-lists",
        demands: "The lists of packages do not stay in what is built: they are tens of megabytes that nothing reads.",
        advice: "end the same `RUN` with `rm -rf /var/lib/apt/lists/*`, or mount a cache at /var/lib/apt",
        severity: Severity::Note,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (at, instruction) in dockerfile.instructions().filter(|(_, found)| found.keyword == "RUN") {
        let script = instruction.script();
        let updates = script.contains("apt-get update") || script.contains("apt update");
        let kept = instruction.options().iter().any(|(_, value)| value.contains("/var/lib/apt"));
        let removed = script.contains("/var/lib/apt") || script.contains("dist-clean");
        let image = dockerfile.root_image(at).unwrap_or_default();
        let slims = Image::read(&image).short().contains("bitnami");
        if updates
            && script.contains("install")
            && !kept
            && !removed
            && !slims
            && dockerfile.is_built(at)
            && !dockerfile.is_for_development()
        {
            remarks
                .push(Remark::new(dockerfile.place(instruction), "the lists of packages stay in the image"));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM node:22-slim\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN --mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y b\n",
            "FROM debian:12 AS b\nRUN apt-get update && apt-get install -y a\nFROM a:1\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN apt-get update && apt-get install -y a\n"), [2]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22-slim\nRUN apt-get update && apt-get install -y a; rm -r /var/lib/apt/lists\nRUN apt-get update \\\n && apt-get install -y b\n"
            ),
            [3]
        );
    }
}
