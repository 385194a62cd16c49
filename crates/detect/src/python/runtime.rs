//! Which line of Python a project runs on.

use super::project::Project;
use super::version::{Line, Range};
use crate::launch::Launch;
use crate::path;
use crate::proposal::Claim;
use crate::repository::Repository;
use model::Place;
use model::facts::{Runtime, RuntimeFact};

/// The line that the repository asks for: a file that pins it, else what the author's image and workflows use, else the
/// newest that the stated range allows.
pub(crate) fn of(
    repository: &Repository<'_>,
    project: &Project,
    folder: &str,
    launches: &[Launch],
) -> Claim<RuntimeFact> {
    let range = project.range.as_ref().and_then(|(text, place)| Some((Range::parse(text)?, text, place)));
    let fact = |line: Option<Line>| RuntimeFact {
        name: Runtime::Python,
        version: line.map(|line| line.to_string()),
        also: range.iter().flat_map(|(range, ..)| range.others(line)).map(|line| line.to_string()).collect(),
    };
    if let Some((line, place)) = pinned(repository, folder, project) {
        if let Some((range, text, _)) = &range
            && !range.allows(line)
        {
            repository.note(place, format!("asks for Python {line}, but the project states {text}"));
        }
        return Claim::certain(fact(Some(line)));
    }
    let allowed = |line: &Line| range.as_ref().is_none_or(|(range, ..)| range.allows(*line));
    let image = launches
        .iter()
        .filter(|launch| path::is_under(&launch.folder, folder) || path::is_under(folder, &launch.folder))
        .filter_map(|launch| of_image(launch.image.as_deref()?))
        .find(allowed);
    if let Some(line) = image {
        return Claim::certain(fact(Some(line)));
    }
    if let Some(line) = of_workflows(repository).filter(allowed) {
        return Claim::likely(fact(Some(line)));
    }
    Claim::likely(fact(range.as_ref().and_then(|(range, ..)| range.newest())))
}

/// The line that a file pins, looked for from the folder up.
fn pinned(repository: &Repository<'_>, folder: &str, project: &Project) -> Option<(Line, Place)> {
    let mut folders: Vec<&str> = path::ancestors(folder).collect();
    if !folders.contains(&project.folder.as_str()) {
        folders.insert(0, &project.folder);
    }
    folders.into_iter().find_map(|folder| {
        let at = |name: &str| path::join(folder, name);
        let first_line = |name: &str| {
            let text = repository.text(&at(name))?;
            let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
            Some((Line::exact(line)?, Place::new(at(name), 1)))
        };
        first_line(".python-version")
            .or_else(|| first_line("runtime.txt"))
            .or_else(|| {
                let file = at(".tool-versions");
                let text = repository.text(&file)?;
                let (line, number) =
                    text.lines().zip(1_u32..).find(|(line, _)| line.starts_with("python "))?;
                Some((Line::exact(line.split_whitespace().nth(1)?)?, Place::new(file, number)))
            })
            .or_else(|| {
                ["mise.toml", ".mise.toml"].iter().find_map(|name| {
                    let file = at(name);
                    let document = repository.has(&file).then(|| repository.toml(&file)).flatten()?;
                    let stated = document.pointer("/tools/python")?;
                    let stated = stated.as_str().or_else(|| stated.get("version")?.as_str())?;
                    Some((Line::exact(stated)?, repository.place_of(&file, "python")))
                })
            })
            .or_else(|| {
                let file = at("Pipfile");
                let document = repository.has(&file).then(|| repository.toml(&file)).flatten()?;
                let stated = document
                    .pointer("/requires/python_full_version")
                    .or_else(|| document.pointer("/requires/python_version"))?;
                Some((Line::exact(stated.as_str()?)?, repository.place_of(&file, "python_")))
            })
    })
}

/// The line of a Python image: `python:3.11-slim`, `ghcr.io/astral-sh/uv:python3.12-bookworm`, `tiangolo/uvicorn-gunicorn:python3.11`.
fn of_image(image: &str) -> Option<Line> {
    let (name, tag) = image.rsplit_once(':')?;
    let name = path::file_name(name);
    if name == "python" {
        return Line::exact(tag);
    }
    let at = tag.find("python3.")?;
    Line::exact(&tag[at..])
}

/// The line that workflows set up, where all agree.
fn of_workflows(repository: &Repository<'_>) -> Option<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for entry in repository.files_in(".github/workflows") {
        let Some(text) = repository.text(&entry.path) else { continue };
        for line in text.lines() {
            let Some((_, value)) = line.trim().trim_start_matches("- ").split_once("python-version:") else {
                continue;
            };
            lines.extend(Line::exact(value.trim().trim_matches(['"', '\''])));
        }
    }
    lines.sort();
    lines.dedup();
    if lines.len() == 1 { lines.pop() } else { None }
}
