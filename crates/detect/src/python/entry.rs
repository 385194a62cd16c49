//! Variables that only the shell script reads by which a service is started: `${SECRET_KEY:?}`, `${WORKERS:-2}`.

use super::deployable::{Context, Deployable};
use super::project::Project;
use crate::env::{Demand, EnvRead};
use crate::{path, shell};
use model::Place;
use std::collections::BTreeSet;

/// What the scripts of a project read that start a service.
pub(crate) fn reads(context: &Context<'_>, service: &Deployable, project: &Project) -> Vec<EnvRead> {
    let repository = context.index.repository;
    let Some(start) = service.start.as_ref().map(|start| shell::words(&start.value)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in repository.under(&project.folder) {
        let name = path::file_name(&entry.path);
        let is_script = name.ends_with(".sh") || matches!(name, "entrypoint" | "docker-entrypoint" | "start");
        if !is_script || super::index::is_aside(&entry.path) {
            continue;
        }
        let Some(text) = repository.text(&entry.path) else { continue };
        if starts(&text, &start) {
            found.extend(of_script(&entry.path, &text));
        }
    }
    found
}

/// Whether a script runs the program of a command, or whatever it is given.
fn starts(text: &str, start: &[String]) -> bool {
    const ROLES: &[&str] = &["worker", "beat"];
    let role = |words: &[String]| ROLES.iter().find(|role| words.iter().any(|word| word == *role)).copied();
    shell::invocations(text).iter().any(|invocation| {
        let given = invocation.words.iter().any(|word| matches!(word.as_str(), "$@" | "$*" | "${@}"));
        let same = match (invocation.words.first(), start.first()) {
            (Some(own), Some(program)) => path::file_name(own) == path::file_name(program),
            (Some(_) | None, _) => false,
        };
        // `python` starts anything.
        let told =
            start.first().is_none_or(|word| word != "python") || invocation.words.get(1) == start.get(1);
        given || same && told && role(&invocation.words) == role(start)
    })
}

/// The variables of a script that it does not set itself.
fn of_script(file: &str, text: &str) -> Vec<EnvRead> {
    let mut own: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1_u32..) {
        let code = line.trim();
        if code.starts_with('#') {
            continue;
        }
        for part in line.split('$').skip(1) {
            if let Some((name, demand, default)) = read(part).filter(|(name, ..)| !own.contains(name)) {
                let read = EnvRead::new(name, Place::new(file, number));
                found.push(EnvRead { demand, default, ..read });
            }
        }
        let assigned = code.strip_prefix("export ").unwrap_or(code);
        let assigned =
            assigned.strip_prefix("for ").or_else(|| assigned.strip_prefix("read ")).unwrap_or(assigned);
        let end = assigned.find(|c: char| !is_name(c)).unwrap_or(assigned.len());
        let sets = assigned[end..].starts_with('=') || assigned.len() < code.len();
        if sets && end > 0 {
            own.insert(&assigned[..end]);
        }
    }
    found
}

fn is_name(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
}

/// What stands behind a `$`: the name, whether a value is needed, and what is taken in its place.
fn read(text: &str) -> Option<(&str, Demand, Option<String>)> {
    let inner = text.strip_prefix('{').unwrap_or(text);
    let end = inner.find(|c: char| !is_name(c)).unwrap_or(inner.len());
    let name = &inner[..end];
    // Variables in lower case are the script's own.
    let named = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.len() > 2;
    let braced = inner.len() < text.len();
    if !named || inner[end..].starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let rest = inner[end..].split('}').next().filter(|_| braced).unwrap_or_default();
    let operator = rest.trim_start_matches(':');
    match operator.chars().next() {
        Some('?') => Some((name, Demand::Required, None)),
        Some('-' | '=') => {
            let default = operator[1..].trim_matches(['"', '\'']).to_owned();
            // What is put together from other variables is known to the script only.
            let default = Some(default).filter(|text| !text.is_empty() && !text.contains('$'));
            Some((name, Demand::Optional, default))
        }
        _ => Some((name, Demand::Unknown, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansions_say_what_they_need() {
        assert_eq!(read("{A_KEY:?must be set}\""), Some(("A_KEY", Demand::Required, None)));
        assert_eq!(read("{WORKERS:-2} x"), Some(("WORKERS", Demand::Optional, Some("2".to_owned()))));
        assert_eq!(read("{URL:-"), Some(("URL", Demand::Optional, None)));
        assert_eq!(read("DB_HOST:5432"), Some(("DB_HOST", Demand::Unknown, None)));
        assert_eq!(read("host"), None);
        assert_eq!(read("@\""), None);
        assert_eq!(read("1"), None);
    }

    #[test]
    fn what_the_script_sets_is_its_own() {
        let script =
            "#!/bin/sh\nPORT=8000\nexport NAME=${NAME_OF:-x}\necho $PORT $NAME # $UNSEEN\n# $COMMENTED\n";
        let names: Vec<String> = of_script("a.sh", script).into_iter().map(|read| read.name).collect();
        assert_eq!(names, ["NAME_OF", "UNSEEN"]);
    }
}
