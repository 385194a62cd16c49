//! `dockerfile/development-server`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::{Dockerfile, invocations};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/development-server",
        demands: "What is built starts a server for production: one for development is slow, leaks what it knows in its errors and watches files.",
        advice: "start the server that is made for it, as `node`, `gunicorn`, `uvicorn` without `--reload`, or nginx with the built files",
        severity: Severity::Warning,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    if dockerfile.is_for_development() {
        return Vec::new();
    }
    let started = dockerfile.starts().into_iter().filter_map(|found| {
        let wrong =
            invocations(found).into_iter().find(|invocation| is_for_development(&invocation.words))?;
        Some((found, wrong.words))
    });
    started
        .map(|(found, words)| {
            let shown: Vec<String> = words.into_iter().take(4).collect();
            Remark::new(dockerfile.place(found), format!("`{}` is for development", shown.join(" ")))
        })
        .collect()
}

fn is_for_development(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(|word| word.rsplit('/').next().unwrap_or(word)).collect();
    let Some((program, rest)) = words.split_first() else { return false };
    let has = |word: &str| rest.contains(&word);
    match *program {
        "npm" | "yarn" | "pnpm" | "bun" | "npx" => {
            has("dev")
                || has("start:dev")
                || has("nodemon")
                || (has("vite") && !has("build") && !has("preview"))
                || has("ng") && has("serve")
        }
        "nodemon" | "ts-node-dev" => true,
        "next" | "nuxt" | "astro" | "wrangler" => has("dev"),
        "vite" => !has("build") && !has("preview"),
        "uvicorn" | "gunicorn" | "hypercorn" => has("--reload"),
        "fastapi" => has("dev"),
        "flask" => has("run"),
        "python" | "python3" => has("runserver") || (has("flask") && has("run")) || has("--reload"),
        "manage.py" => has("runserver"),
        "webpack" | "ng" => has("serve"),
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
            "FROM node:22-slim\nCMD [\"node\", \"a.js\"]\n",
            "FROM node:22 AS dev\nCMD [\"npm\", \"run\", \"dev\"]\nFROM node:22\nCMD [\"node\"]\n",
            "FROM node:22 AS development\nCMD [\"npm\", \"run\", \"dev\"]\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nCMD [\"npm\", \"run\", \"dev\"]\n", &[2][..]),
            ("FROM node:22-slim\nCMD uvicorn a:b --reload\n", &[2][..]),
            (
                "FROM node:22-slim\nCMD [\"python\", \"manage.py\", \"runserver\", \"0.0.0.0:8000\"]\n",
                &[2][..],
            ),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(&RULE, "FROM node:22-slim\nENTRYPOINT [\"tini\", \"--\"]\nCMD [\"flask\", \"run\"]\n"),
            [3]
        );
    }
}
