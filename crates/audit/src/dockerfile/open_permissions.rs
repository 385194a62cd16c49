//! `dockerfile/open-permissions`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/open-permissions",
        demands: "Nobody but the program's own user writes to its files: with 777 whoever gets in by any way can change what runs next.",
        advice: "give the folder to its user with `chown` or `COPY --chown`, and leave the mode",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    if dockerfile.is_for_development() {
        return Vec::new();
    }
    let commands = dockerfile.commands();
    let run = commands.iter().filter(|command| {
        let arguments = command.arguments();
        let opens = arguments.first().is_some_and(|mode| opens(mode)) && !arguments.contains(&"/tmp");
        command.program() == "chmod" && opens && dockerfile.is_built(command.stage)
    });
    let copied = dockerfile
        .instructions()
        .filter(|(at, found)| dockerfile.is_built(*at) && found.option("chmod").is_some_and(opens));
    let found = run.map(|command| command.instruction).chain(copied.map(|(_, found)| found));
    found.map(|found| Remark::new(dockerfile.place(found), "everybody may change these files")).collect()
}

fn opens(mode: &str) -> bool {
    matches!(mode.trim_start_matches('0'), "777" | "666")
        || matches!(mode, "a+rwx" | "ugo+rwx" | "a=rwx" | "a+w")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "FROM node:22-slim\nRUN chmod 755 /app && chmod +x a && chmod 1777 /tmp\n",
            "FROM a:1 AS dev\nRUN chmod 777 /app\nFROM b:1\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nRUN chmod -R 777 /app\n", &[2][..]),
            ("FROM node:22-slim\nCOPY --chmod=777 a b\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nRUN chmod 700 a\nRUN ls && chmod 0777 b\n"), [3]);
    }
}
