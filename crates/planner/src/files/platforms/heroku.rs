//! `Procfile` (https://devcenter.heroku.com/articles/procfile): every program of the folder, and what runs before a release.

use crate::files::blueprint::{Unit, within};
use crate::files::{Blueprint, GeneratedFile};
use model::facts::ServiceKind;

pub(super) fn file(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Option<GeneratedFile> {
    let here = blueprint.units.iter().filter(|other| other.service.path == unit.service.path);
    let mut lines: Vec<String> = here
        .filter_map(|other| {
            let start = other.service.start.as_ref()?;
            let name = if other.service.kind == ServiceKind::Web { "web" } else { other.name.as_str() };
            Some(format!("{name}: {start}"))
        })
        .collect();
    lines.extend(
        unit.service.migrations.as_ref().map(|migrations| format!("release: {}", migrations.command)),
    );
    let text = lines.join("\n") + "\n";
    // Pages without a server are no process.
    (!lines.is_empty()).then(|| GeneratedFile::new(within(&unit.service.path, "Procfile"), text))
}
