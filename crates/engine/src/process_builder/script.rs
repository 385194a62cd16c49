//! What `npm start`, `npx x` and `poetry run x` run, without the package manager in between: it would cost a second of
//! start and tens of megabytes, and hide signals.

use super::words;
use host::files;
use serde_json::Value;
use std::path::Path;

/// What a line leads to.
pub(super) enum Step {
    /// Another program with its words.
    Words(Vec<String>),
    /// A script, for a shell to read.
    Script(String),
}

/// One step from a package manager's line to what it runs; `None` when the line is no such, or does more than that.
pub(super) fn unwrap(words: &[String], directory: &Path) -> Option<Step> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let owned = |words: &[&str]| Some(Step::Words(words.iter().map(|word| (*word).to_owned()).collect()));
    match words.as_slice() {
        ["npm" | "pnpm" | "yarn" | "bun", "run" | "run-script", name, rest @ ..]
            if !name.starts_with('-') =>
        {
            script(directory, name, rest)
        }
        ["npm" | "pnpm" | "yarn", "start", rest @ ..] => script(directory, "start", rest),
        ["yarn" | "pnpm", "node", rest @ ..] => Some(Step::Words(
            std::iter::once("node").chain(rest.iter().copied()).map(str::to_owned).collect(),
        )),
        ["npx" | "bunx", rest @ ..] => match rest {
            ["--no" | "--no-install" | "--yes" | "-y" | "--", rest @ ..] if plain(rest) => owned(rest),
            rest if plain(rest) => owned(rest),
            _ => None,
        },
        ["npm" | "pnpm" | "yarn", "exec", "--", rest @ ..] | ["pnpm" | "yarn", "exec", rest @ ..]
            if plain(rest) =>
        {
            owned(rest)
        }
        ["poetry" | "pipenv" | "pdm", "run", rest @ ..] if plain(rest) => owned(rest),
        ["uv", "run", rest @ ..] => {
            let flags = rest
                .iter()
                .take_while(|word| {
                    matches!(**word, "--no-dev" | "--no-sync" | "--frozen" | "--locked" | "--")
                })
                .count();
            plain(&rest[flags..]).then(|| owned(&rest[flags..]))?
        }
        _ => None,
    }
}

fn plain(words: &[&str]) -> bool {
    words.first().is_some_and(|first| !first.starts_with('-') && !first[1..].contains('@'))
}

/// A script of `package.json` with arguments behind it. Not one with hooks around it or that reads npm's own variables.
fn script(directory: &Path, name: &str, arguments: &[&str]) -> Option<Step> {
    let text = files::read_text(&directory.join("package.json")).ok()?;
    let manifest: Value = serde_json::from_str(&text).ok()?;
    let scripts = &manifest["scripts"];
    let body = scripts[name].as_str()?;
    let hooked = [format!("pre{name}"), format!("post{name}")].iter().any(|hook| scripts[hook].is_string());
    if hooked || body.contains("npm_") {
        return None;
    }
    let arguments: Vec<String> =
        arguments.strip_prefix(&["--"]).unwrap_or(arguments).iter().map(|word| (*word).to_owned()).collect();
    Some(Step::Script(format!("{body} {}", words::quote(&arguments)).trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str, manifest: &str) -> Option<String> {
        let home = tempfile::tempdir().unwrap();
        files::write_atomic(&home.path().join("package.json"), manifest.as_bytes(), 0o644).unwrap();
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        unwrap(&words, home.path()).map(|step| match step {
            Step::Words(words) => words.join(" "),
            Step::Script(script) => script,
        })
    }

    #[test]
    fn package_managers_are_taken_out() {
        let manifest =
            r#"{"scripts":{"start":"node a.js","serve":"x","preserve":"y","env":"echo $npm_package_name"}}"#;
        for (line, expected) in [
            ("npm start", Some("node a.js")),
            ("npm run start -- --port 1", Some("node a.js --port 1")),
            ("yarn start --port 1", Some("node a.js --port 1")),
            ("yarn node a.js", Some("node a.js")),
            ("npm run serve", None),
            ("npm run env", None),
            ("npm run absent", None),
            ("npm --prefix x start", None),
            ("npx --yes next start", Some("next start")),
            ("npx next@15 start", None),
            ("uv run --no-dev uvicorn a:b", Some("uvicorn a:b")),
            ("uv run --with x uvicorn", None),
            ("poetry run gunicorn a", Some("gunicorn a")),
            ("node a.js", None),
        ] {
            assert_eq!(step(line, manifest).as_deref(), expected, "{line}");
        }
    }
}
