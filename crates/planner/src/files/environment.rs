//! Templates of settings: every variable that the code reads, where, what it must be and where to get it.

mod compose;
mod entry;
mod origin;
mod readme;
mod wanted;

pub use wanted::{Wanted, of_compose, of_service};

use super::blueprint::{Unit, Value, within};
use super::{Blueprint, GeneratedFile};
use entry::Entry;
use model::facts::{Framework, Phase};
use std::collections::BTreeMap;

/// A service's template, in its folder.
const TEMPLATE: &str = ".env.example";
/// What Compose asks for. Not at the root: a repository mostly has a template of its own there.
pub const COMPOSE: &str = "deploy/compose.env.example";

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    files.insert(COMPOSE.to_owned(), compose::text(blueprint));
    for unit in &blueprint.units {
        let entries = entries(blueprint, unit);
        if entries.is_empty() {
            continue;
        }
        let path = within(&unit.service.path, file_name(unit));
        let text = files.entry(path).or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&section(unit, &entries));
    }
    let mut files: Vec<GeneratedFile> =
        files.into_iter().map(|(path, text)| GeneratedFile::new(path, text)).collect();
    files.push(GeneratedFile::region("README.md", "settings", readme::text(blueprint)));
    files.push(GeneratedFile::region(".gitignore", "settings", IGNORED));
    files
}

/// What must never be committed.
const IGNORED: &str = "\
.env
.env.*
!.env.example
!.env.*.example
/deploy/secrets/
/deploy/kubernetes/secrets/
/deploy/tls/
";

/// The frameworks that read `.env.local` by themselves call the template so.
fn file_name(unit: &Unit<'_>) -> &'static str {
    let front = matches!(
        unit.service.framework,
        Some(
            Framework::NextJs
                | Framework::Vite
                | Framework::CreateReactApp
                | Framework::VueCli
                | Framework::Astro
        )
    );
    if front { ".env.local.example" } else { TEMPLATE }
}

/// The name of the file that is made from the template.
fn copy_name(unit: &Unit<'_>) -> &'static str {
    file_name(unit).trim_end_matches(".example")
}

/// Every variable of a service, required ones first.
fn entries<'b>(blueprint: &'b Blueprint<'_>, unit: &'b Unit<'_>) -> Vec<Entry<'b>> {
    let settings = unit.service.env.iter();
    let mut entries: Vec<Entry<'b>> = settings
        .filter_map(|(name, setting)| {
            let value = blueprint.value_of(unit, name)?;
            let fact = unit.fact.and_then(|fact| fact.env.iter().find(|env| &env.name == name));
            Some(Entry {
                name: name.clone(),
                required: setting.required,
                required_when: setting.required_when.as_ref(),
                secret: setting.secret || value.is_secret(),
                built: setting.phase == Phase::Build,
                check: setting.check.as_ref(),
                default: fact.and_then(|fact| fact.default.as_deref()),
                generate: match &value {
                    Value::Given(given) => given.generate,
                    Value::Plain(_) | Value::Composed(_) | Value::Optional(_) => None,
                },
                example: entry::local_example(blueprint, name, &value),
                evidence: &setting.evidence,
            })
        })
        .collect();
    entries.sort_by(|a, b| (!a.required, &a.name).cmp(&(!b.required, &b.name)));
    entries
}

fn section(unit: &Unit<'_>, entries: &[Entry<'_>]) -> String {
    let mut out = format!(
        "# {}: every variable that its code reads. Copy to {} and fill in what is required.\n\
         # Written by `mainstay generate`, which keeps what you change here; `mainstay env check` looks at your copy.\n",
        unit.name,
        copy_name(unit)
    );
    for entry in entries {
        out.push('\n');
        out.push_str(&entry.to_string());
    }
    out
}
