//! `mainstay env`: where the values of variables come from, putting them into the vault, and writing them as files.

mod check;
mod secrets;
mod shipped;

use crate::arguments::{Common, Env, Format};
use crate::composition;
use crate::error::CliError;
use crate::output::{self, table::Table};
use crate::project::Project;
use artifact::dotenv;
use model::id::{Scope, ServiceName};
use model::manifest::{Manifest, Setting, ValueSource};
use model::{ExitKind, Secret};
use serde::Serialize;
use std::io::Read;
use std::path::Path;
use vault::SecretName;

#[derive(Serialize)]
struct View<'a> {
    service: &'a str,
    name: &'a str,
    required: bool,
    secret: bool,
    phase: model::facts::Phase,
    source: String,
    problem: Option<&'a str>,
    evidence: Vec<String>,
}

pub fn run(common: &Common, args: &Env) -> Result<ExitKind, CliError> {
    let project = || Project::load(common);
    match args {
        Env::List => list(common, &project()?),
        Env::Set { service, name } => set(&project()?, service, name),
        Env::Import { service, file } => import(&project()?, service, file),
        Env::Unset { service, name } => unset(&project()?.scope(), service, name),
        Env::Check { service, file } => check::run(common, service.as_ref(), file.as_deref()),
        Env::Secrets { folder } => secrets::run(common, folder),
    }
}

fn set(project: &Project, service: &ServiceName, name: &str) -> Result<ExitKind, CliError> {
    known(&project.manifest, service)?;
    let value = read_value()?;
    let vault = composition::engine()?.vault(&project.scope())?;
    vault.set(&secret_name(service, name)?, value)?;
    output::note(&format!("{service}: {name} is in the vault; `mainstay deploy` lets it take effect"));
    Ok(ExitKind::Done)
}

fn known(manifest: &Manifest, service: &ServiceName) -> Result<(), CliError> {
    if manifest.services.contains_key(service) {
        return Ok(());
    }
    let names: Vec<&str> = manifest.services.keys().map(ServiceName::as_str).collect();
    Err(CliError::input(format!("there is no service {service}"))
        .hint(format!("there are: {}", names.join(", "))))
}

fn read_value() -> Result<Secret, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| CliError::input(format!("the value cannot be read from standard input: {error}")))?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    if value.is_empty() {
        return Err(CliError::input("the value on standard input is empty")
            .hint("printf %s VALUE | mainstay env set …"));
    }
    Ok(Secret::new(value))
}

/// Values that Mainstay wires by itself (addresses, databases) are left as they are: a file from someone's machine names that
/// machine's.
fn import(project: &Project, service: &ServiceName, file: &Path) -> Result<ExitKind, CliError> {
    known(&project.manifest, service)?;
    let text = host::files::read_text(file).map_err(|error| CliError::input(error.to_string()))?;
    let read = dotenv::read(&text);
    if !read.problems.is_empty() {
        let lines = read
            .problems
            .iter()
            .map(|problem| format!("{}:{}: {}", file.display(), problem.line, problem.message));
        return Err(CliError::input(lines.collect::<Vec<_>>().join("\n")));
    }
    let wanted = &project.manifest.services[service].env;
    let open = |name: &str| {
        wanted
            .get(name)
            .is_some_and(|setting| matches!(setting.source, ValueSource::Vault | ValueSource::Unset))
    };
    let vault = composition::engine()?.vault(&project.scope())?;
    for entry in read.entries.into_iter().filter(|entry| !entry.value.expose().is_empty()) {
        if open(&entry.name) {
            vault.set(&secret_name(service, &entry.name)?, entry.value)?;
            output::note(&format!("{service}: {} is in the vault", entry.name));
        } else {
            output::note(&format!("{service}: {} is left out: not read, or set already", entry.name));
        }
    }
    Ok(ExitKind::Done)
}

fn unset(scope: &Scope, service: &ServiceName, name: &str) -> Result<ExitKind, CliError> {
    let vault = composition::engine()?.vault(scope)?;
    if vault.remove(&secret_name(service, name)?)? {
        return Ok(ExitKind::Done);
    }
    output::note(&format!("{service}: {name} is not in the vault"));
    Ok(ExitKind::Negative)
}

fn secret_name(service: &ServiceName, name: &str) -> Result<SecretName, CliError> {
    SecretName::variable(service, name).map_err(|error| CliError::input(error.to_string()))
}

fn list(common: &Common, project: &Project) -> Result<ExitKind, CliError> {
    let engine = composition::engine()?;
    let observed = engine.observe(&project.manifest, None)?;
    let problem = |service: &ServiceName, name: &str| {
        let found = observed.setting_problems.iter().find(|p| &p.service == service && p.name == name);
        found.map(|problem| problem.message.as_str())
    };
    let services = project.manifest.services.iter();
    let views: Vec<View<'_>> = services
        .flat_map(|(service, about)| about.env.iter().map(move |(name, setting)| (service, name, setting)))
        .map(|(service, name, setting)| view(service, name, setting, problem(service, name)))
        .collect();
    match common.format {
        Format::Json => output::json(&views),
        Format::Text => text(&views),
    }
    Ok(if observed.setting_problems.is_empty() { ExitKind::Done } else { ExitKind::Negative })
}

fn view<'a>(
    service: &'a ServiceName,
    name: &'a str,
    setting: &Setting,
    problem: Option<&'a str>,
) -> View<'a> {
    let source = match &setting.source {
        ValueSource::Template { .. } if setting.secret && !is_reference(&setting.source) => {
            "mainstay.toml".to_owned()
        }
        ValueSource::Template { value } => value.to_string(),
        ValueSource::Generated { bytes } => format!("made, {bytes} random bytes"),
        ValueSource::Vault => "vault".into(),
        ValueSource::Unset => "not set".into(),
    };
    View {
        service: service.as_str(),
        name,
        required: setting.required,
        secret: setting.secret,
        phase: setting.phase,
        source,
        problem,
        evidence: setting.evidence.iter().map(ToString::to_string).collect(),
    }
}

fn is_reference(source: &ValueSource) -> bool {
    matches!(source, ValueSource::Template { value } if value.references().next().is_some())
}

fn text(views: &[View<'_>]) {
    let mut table = Table::new(&["SERVICE", "VARIABLE", "VALUE FROM", "", "READ AT"]);
    for view in views {
        let state = match (view.problem, view.required) {
            (Some(problem), _) => problem.to_owned(),
            (None, true) => "required".into(),
            (None, false) => String::new(),
        };
        let place = view.evidence.first().cloned().unwrap_or_default();
        table.row(vec![view.service.into(), view.name.into(), view.source.clone(), state, place]);
    }
    table.lines().iter().for_each(|line| output::line(line));
}
