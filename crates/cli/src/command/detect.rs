//! `mainstay detect`: the facts.

use crate::arguments::{Common, Detect, Format};
use crate::error::CliError;
use crate::output::{self, table::Table};
use model::ExitKind;
use model::facts::{Facts, ServiceFact};

pub fn run(common: &Common, args: &Detect) -> Result<ExitKind, CliError> {
    let root = args.path.as_ref().unwrap_or(&common.directory);
    let root = host::files::real_path(root).map_err(|error| CliError::input(error.to_string()))?;
    let tree = host::DiskTree::open(&root)?;
    let facts = detect::scan(&tree);
    match common.format {
        Format::Json => output::json(&facts),
        Format::Text => text(&facts),
    }
    Ok(if facts.services.is_empty() { ExitKind::Negative } else { ExitKind::Done })
}

fn text(facts: &Facts) {
    if facts.services.is_empty() {
        output::line("nothing deployable was found");
    }
    for service in &facts.services {
        describe(service);
    }
    if !facts.datastores.is_empty() {
        let mut table = Table::new(&["DATASTORE", "VERSION", "EVIDENCE"]);
        for store in &facts.datastores {
            let version = store.version.clone().unwrap_or_else(|| "-".into());
            let place = store.evidence.first().map(ToString::to_string).unwrap_or_default();
            table.row(vec![store.kind.to_string(), version, place]);
        }
        table.lines().iter().for_each(|line| output::line(line));
    }
    for note in &facts.notes {
        output::note(&format!("note: {} ({})", note.message, note.place));
    }
}

fn describe(service: &ServiceFact) {
    let kind = format!("{:?}", service.kind).to_lowercase();
    let framework = service.framework.map(|framework| format!(", {framework}")).unwrap_or_default();
    output::line(&format!(
        "{}  {kind}{framework}  in {}  ({})",
        service.name, service.path, service.confidence
    ));
    let port = service.port.as_ref().and_then(|port| port.number).map(|number| number.to_string());
    let rows = [
        ("install", service.install.clone()),
        ("build", service.build.clone()),
        ("start", service.start.clone()),
        ("serves", service.output.clone()),
        ("port", port),
        ("health", service.health.as_ref().map(|health| health.path.clone())),
        ("migrations", service.migrations.as_ref().map(|found| format!("{} in {}", found.tool, found.path))),
        ("evidence", service.evidence.first().map(ToString::to_string)),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            output::line(&format!("  {name:<11}{value}"));
        }
    }
    if !service.env.is_empty() {
        let required = service.env.iter().filter(|env| env.required).count();
        output::line(&format!("  {:<11}{} read, {required} required", "variables", service.env.len()));
    }
    output::line("");
}
