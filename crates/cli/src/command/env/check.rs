//! `mainstay env check`: everything that is wrong with a set of values.

use super::{known, shipped::Shipped};
use crate::arguments::{Common, Format};
use crate::composition;
use crate::error::CliError;
use crate::git;
use crate::output;
use crate::project::Project;
use artifact::dotenv::{self, Dotenv};
use model::id::ServiceName;
use model::{ExitKind, Secret};
use planner::files::environment::{self, Wanted};
use planner::files::{Blueprint, blueprint, compose};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vault::settings::{Expected, Value, Wrong, inspect};

#[derive(Debug, Serialize)]
struct View {
    /// `FILE:LINE`, or the place where the code reads it.
    place: String,
    name: String,
    message: String,
    advice: Option<String>,
}

/// Of a file, or of the vault.
pub(super) fn run(
    common: &Common,
    service: Option<&ServiceName>,
    file: Option<&Path>,
) -> Result<ExitKind, CliError> {
    let views = match file {
        Some(file) => of_file(common, service, file)?,
        None => of_vault(common, service)?,
    };
    match common.format {
        Format::Json => output::json(&views),
        Format::Text if views.is_empty() => output::note("every value is as it should be"),
        Format::Text => {
            for view in &views {
                let place = if view.place.is_empty() { String::new() } else { format!("{}: ", view.place) };
                let advice = view.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
                output::line(&format!("{place}{} {}{advice}", view.name, view.message));
            }
        }
    }
    Ok(if views.is_empty() { ExitKind::Done } else { ExitKind::Negative })
}

/// What a deploy would refuse.
fn of_vault(common: &Common, service: Option<&ServiceName>) -> Result<Vec<View>, CliError> {
    let project = Project::load(common)?;
    service.map_or(Ok(()), |service| known(&project.manifest, service))?;
    let observed = composition::engine()?.observe(&project.manifest, None)?;
    let mine =
        observed.setting_problems.into_iter().filter(|p| service.is_none_or(|name| &p.service == name));
    Ok(mine
        .map(|problem| View {
            place: problem.place.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: format!("{}/{}", problem.service, problem.name),
            message: problem.message,
            advice: Some(problem.advice),
        })
        .collect())
}

fn of_file(common: &Common, service: Option<&ServiceName>, file: &Path) -> Result<Vec<View>, CliError> {
    let shipped = Shipped::load(common)?;
    service.map_or(Ok(()), |service| known(&shipped.manifest, service))?;
    let pins = BTreeMap::new();
    let blueprint = Blueprint::new(&shipped.facts, &shipped.manifest, &pins);
    let read = read(file)?;
    let unit = match service {
        Some(name) => blueprint.unit(name.as_str()),
        None => owner(&blueprint, &shipped.root, file, &read),
    };
    let wanted = match unit {
        Some(unit) => environment::of_service(&blueprint, unit),
        None => environment::of_compose(&blueprint, chosen(&read)),
    };
    let template = template(&shipped.root, file, unit.is_none());
    let mut views = committed(file, &wanted, &read);
    let place = |line: u32| format!("{}:{line}", file.display());
    views.extend(read.problems.iter().map(|problem| View {
        place: place(problem.line),
        name: "this line".into(),
        message: format!("cannot be read: {}", problem.message),
        advice: None,
    }));
    let values: Vec<Value<'_>> = read
        .entries
        .iter()
        .map(|entry| Value { name: &entry.name, value: &entry.value, line: entry.line })
        .collect();
    views.extend(wrongs(&wanted, &template, &values).into_iter().map(|wrong| View {
        place: wrong.line.map_or_else(|| file.display().to_string(), place),
        name: wrong.name,
        message: wrong.message,
        advice: wrong.advice,
    }));
    Ok(views)
}

fn read(file: &Path) -> Result<Dotenv, CliError> {
    let text = host::files::read_text(file).map_err(|error| CliError::input(error.to_string()))?;
    Ok(dotenv::read(&text))
}

fn wrongs(wanted: &[Wanted], template: &BTreeMap<String, Secret>, values: &[Value<'_>]) -> Vec<Wrong> {
    let expected: Vec<Expected<'_>> = wanted
        .iter()
        .map(|wanted| Expected {
            name: &wanted.name,
            required: wanted.required,
            secret: wanted.secret,
            check: wanted.check.as_ref(),
            example: template.get(&wanted.name).filter(|value| !value.expose().is_empty()),
        })
        .collect();
    inspect(&expected, values)
}

/// The service in whose folder the file lies. One that names Compose's files is Compose's.
fn owner<'b, 'a>(
    blueprint: &'b Blueprint<'a>,
    root: &Path,
    file: &Path,
    read: &Dotenv,
) -> Option<&'b blueprint::Unit<'a>> {
    if read.entries.iter().any(|entry| entry.name.starts_with("COMPOSE_")) {
        return None;
    }
    let folder = host::files::real_path(file).ok()?.parent()?.to_path_buf();
    let mut units = blueprint.units.iter().filter(|unit| root.join(&unit.service.path) == folder);
    // Of two services in one folder neither owns it.
    match (units.next(), units.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The files that Compose is told to read.
fn chosen(read: &Dotenv) -> &str {
    let named = read.entries.iter().find(|entry| entry.name == "COMPOSE_FILE");
    named.map_or(compose::BASE, |entry| entry.value.expose())
}

/// The values of the template that the file was made from.
fn template(root: &Path, file: &Path, of_compose: bool) -> BTreeMap<String, Secret> {
    let beside = PathBuf::from(format!("{}.example", file.display()));
    let path = if of_compose { root.join(environment::COMPOSE) } else { beside };
    let values = read(&path).map(|read| read.entries).unwrap_or_default();
    values.into_iter().map(|entry| (entry.name, entry.value)).collect()
}

/// A secret that git keeps is known to everyone who has the repository, for ever.
fn committed(file: &Path, wanted: &[Wanted], read: &Dotenv) -> Vec<View> {
    let is_secret = |name: &str| wanted.iter().any(|wanted| wanted.name == name && wanted.secret);
    let secret = read.entries.iter().find(|entry| is_secret(&entry.name) && !entry.value.expose().is_empty());
    let Some(secret) = secret.filter(|_| git::tracks(file)) else { return Vec::new() };
    vec![View {
        place: format!("{}:{}", file.display(), secret.line),
        name: secret.name.clone(),
        message: "is a secret, and git keeps this file".into(),
        advice: Some(format!(
            "`git rm --cached {}`, ignore it, and give every secret in it a new value",
            file.display()
        )),
    }]
}
