//! The README's section about settings.

use super::entry::{Entry, words};
use super::{copy_name, entries, file_name};
use crate::files::Blueprint;
use crate::files::blueprint::within;
use std::fmt::Write;

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::from("## Settings\n");
    for unit in &blueprint.units {
        let entries = entries(blueprint, unit);
        if entries.is_empty() {
            continue;
        }
        let (template, copy) =
            (within(&unit.service.path, file_name(unit)), within(&unit.service.path, copy_name(unit)));
        // Writing to a String cannot fail.
        let _infallible = write!(
            out,
            "\n### {}\n\nCopy `{template}` to `{copy}` and fill in what is required.\n\n\
             | Variable | | What it is |\n|---|---|---|\n",
            unit.name
        );
        for entry in &entries {
            let need = match (entry.required, entry.required_when) {
                (true, _) => "required".to_owned(),
                (false, Some(when)) => format!("required when `{}` is `{}`", when.name, when.value),
                (false, None) => "optional".to_owned(),
            };
            let _infallible = writeln!(out, "| `{}` | {need} | {} |", entry.name, about(entry));
        }
    }
    out.push_str(
        "\n`mainstay env check` names everything that is wrong with a set of values. For Compose, copy\n\
         `deploy/compose.env.example` to `.env`; on a server the secrets are files that `mainstay env secrets deploy/secrets` writes.\n",
    );
    out
}

fn about(entry: &Entry<'_>) -> String {
    let mut words: Vec<String> = entry.check.map(words).into_iter().collect();
    if entry.secret {
        words.push("secret".into());
    }
    if entry.built {
        words.push("read when it is built".into());
    }
    if let Some(bytes) = entry.generate {
        words.push(format!("made with `openssl rand -hex {bytes}`"));
    } else if let Some(origin) = entry.origin() {
        words.push(format!("from {origin}"));
    }
    if let Some(default) = entry.default.filter(|default| !default.is_empty() && !entry.secret) {
        words.push(format!("by default `{default}`"));
    }
    words.join(", ").replace('|', "\\|")
}
