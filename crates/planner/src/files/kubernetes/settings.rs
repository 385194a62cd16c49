//! What whoever runs it says and anybody may see: one file, which becomes one ConfigMap.

use super::{FOLDER, header, name};
use crate::files::GeneratedFile;
use crate::files::blueprint::{Blueprint, Piece, Value};
use artifact::yaml::Map;
use model::facts::Phase;
use std::collections::BTreeMap;

/// The file, beside the kustomization.
pub(super) const FILE: &str = "settings.env";

/// A variable that is said there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// Nothing starts without it.
    Required,
    /// The code has its own default.
    Optional,
}

impl Setting {
    /// Where a container finds it.
    pub(super) fn reference(self, blueprint: &Blueprint<'_>, variable: &str) -> Map {
        let reference = Map::new().set("name", map(blueprint)).set("key", variable);
        let reference = match self {
            Self::Required => reference,
            Self::Optional => reference.set("optional", true),
        };
        Map::new().set("configMapKeyRef", reference)
    }
}

/// Whether a value that is no secret is said there; `None` for one that is known when files are written.
pub(super) fn of(value: &Value<'_>) -> Option<Setting> {
    match value {
        Value::Plain(_) => None,
        Value::Composed(pieces) => {
            let elsewhere = pieces.iter().any(|piece| matches!(piece, Piece::Elsewhere(..)));
            elsewhere.then_some(Setting::Required)
        }
        Value::Given(given) => given.default.is_none().then_some(Setting::Required),
        Value::Optional(_) => Some(Setting::Optional),
    }
}

/// The ConfigMap.
pub(super) fn map(blueprint: &Blueprint<'_>) -> String {
    format!("{}-settings", name(blueprint.project()))
}

/// All of them, by variable. What one service needs and another may do without is needed.
pub(super) fn all<'b>(blueprint: &'b Blueprint<'_>) -> BTreeMap<&'b str, Setting> {
    let mut all = BTreeMap::new();
    for unit in blueprint.units.iter().filter(|unit| !unit.is_static()) {
        for (variable, value) in blueprint.values(unit, Phase::Run) {
            let Some(setting) = of(&value).filter(|_| !value.is_secret()) else { continue };
            let known = all.entry(variable).or_insert(setting);
            if setting == Setting::Required {
                *known = setting;
            }
        }
    }
    all
}

/// The file; `None` when there is nothing to say.
pub(super) fn file(blueprint: &Blueprint<'_>) -> Option<GeneratedFile> {
    let all = all(blueprint);
    if all.is_empty() {
        return None;
    }
    let about = header(blueprint, "what this cluster's system is told, beside secrets");
    let mut text: String = about.lines().map(|line| format!("# {line}\n")).collect();
    text.push('\n');
    for (variable, setting) in all {
        text.push_str(&match setting {
            Setting::Required => format!("{variable}=\n"),
            Setting::Optional => format!("# {variable}=\n"),
        });
    }
    Some(GeneratedFile::new(format!("{FOLDER}/{FILE}"), text))
}
