//! Migrations that a script of one's own applies: loose SQL files and a program that remembers which ran.

use crate::path;
use crate::python::deployable::{Context, Deployable};
use crate::python::index::dotted_name;
use crate::python::project::Project;
use model::facts::{MigrationTool, MigrationsFact};

/// The migrations of a script of the project that goes through a folder of SQL files.
pub(super) fn of(context: &Context<'_>, service: &Deployable, project: &Project) -> Option<MigrationsFact> {
    let repository = context.index.repository;
    let files = repository.under(&project.folder).iter().map(|entry| entry.path.as_str());
    let scripts = files.filter(|file| {
        let name = path::file_name(file);
        let is_script = name.ends_with(".py") || name.ends_with(".sh");
        is_script && name.contains("migrat") && !name.starts_with("test") && !file.contains("/tests/")
    });
    scripts.into_iter().find_map(|script| {
        let text = repository.text(script)?;
        let goes_through =
            ["glob", "iterdir", "listdir", "scandir", "*.sql"].iter().any(|w| text.contains(w));
        let applies = ["execute", "psql"].iter().any(|word| text.contains(word));
        let folder = (goes_through && applies && text.contains(".sql"))
            .then(|| folder_of(context, project, script, &text))
            .flatten()?;
        let command = command(context, service, script)?;
        Some(MigrationsFact { tool: MigrationTool::Custom, path: folder, command: Some(command) })
    })
}

/// The folder of SQL files that the script names, the nearest to it.
fn folder_of(context: &Context<'_>, project: &Project, script: &str, text: &str) -> Option<String> {
    let repository = context.index.repository;
    let mut folders: Vec<&str> = repository
        .under(&project.folder)
        .iter()
        .filter(|entry| entry.path.ends_with(".sql"))
        .map(|entry| path::parent(&entry.path))
        .filter(|folder| {
            let name = path::file_name(folder);
            *folder == path::parent(script)
                || text.contains(&format!("{name}\""))
                || text.contains(&format!("{name}'"))
                || text.contains(&format!("{name}/"))
        })
        .collect();
    folders.dedup();
    folders.sort_by_key(|folder| (path::between(path::parent(script), folder).matches('/').count(), *folder));
    folders.first().map(|folder| (*folder).to_owned())
}

/// Runs the script from the service's folder.
fn command(context: &Context<'_>, service: &Deployable, script: &str) -> Option<String> {
    let at = path::join_up(&service.folder, script);
    if script.ends_with(".sh") {
        return Some(format!("sh {at}"));
    }
    let package = context.index.repository.has(&path::join(path::parent(script), "__init__.py"));
    match dotted_name(&service.folder, script) {
        Some(module) if package && path::is_under(script, &service.folder) => {
            Some(format!("python -m {module}"))
        }
        Some(_) | None => Some(format!("python {at}")),
    }
}
