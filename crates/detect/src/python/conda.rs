//! Projects whose packages are listed for conda. What they depend on is told; installing them is not, for nothing here runs
//! conda.

use super::project::Project;
use crate::repository::Repository;
use model::Place;
use serde_json::Value;

/// The names that conda's list of packages has.
pub(crate) const FILES: &[&str] = &["environment.yml", "environment.yaml"];

/// Fills in a project that has nothing but a list for conda.
pub(crate) fn fill(repository: &Repository<'_>, project: &mut Project) -> Option<()> {
    let file = repository.first_in(&project.folder, FILES)?;
    let document = repository.yaml(&file)?;
    let list = document.get("dependencies")?.as_array()?;
    for package in list {
        match package {
            Value::String(text) => add(repository, project, &file, text),
            Value::Object(inner) => {
                let by_pip = inner.get("pip").and_then(Value::as_array).into_iter().flatten();
                for text in by_pip.filter_map(Value::as_str) {
                    project.dependencies.add_text(repository, &file, text);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    }
    let place = Place::new(&file, 1);
    let message = "lists its packages for conda, which is not run here: state them in requirements.txt or pyproject.toml";
    repository.note(place.clone(), message);
    project.name = document.get("name").and_then(Value::as_str).map(str::to_owned);
    project.evidence = Some(place);
    Some(())
}

/// `conda-forge::fastapi=0.115=build`, `python=3.12`.
fn add(repository: &Repository<'_>, project: &mut Project, file: &str, text: &str) {
    let bare = text.rsplit("::").next().unwrap_or(text).trim();
    let end = bare.find(['=', '<', '>', ' ', '!', '~']).unwrap_or(bare.len());
    let name = &bare[..end];
    if name == "python" {
        let version = bare[end..].trim_matches(['=', ' ']).split('=').next().unwrap_or_default();
        let exact = version.starts_with(|c: char| c.is_ascii_digit());
        let range =
            if exact { format!("=={}.*", version.trim_end_matches(".*")) } else { bare[end..].to_owned() };
        project.range =
            Some((range, repository.place_of(file, text))).filter(|(range, _)| !range.trim().is_empty());
    } else {
        project.dependencies.add_text(repository, file, name);
    }
}
