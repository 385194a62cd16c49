//! Which package manager installs a Python project, and with which command.

use super::dependency::is_development;
use super::project::Project;
use super::requirement::{RequirementsLine, requirements_lines};
use crate::path;
use crate::repository::Repository;
use crate::shell;
use model::Place;
use model::facts::{PackageManager, PackageManagerFact};
use serde_json::Value;

/// A manager with its lock file.
struct Candidate {
    manager: PackageManager,
    lockfile: Option<String>,
    /// Where the lock file is, the project's own folder or its workspace's.
    folder: String,
}

/// Lock files in the order of preference where nothing else decides.
const LOCKS: &[(PackageManager, &str)] = &[
    (PackageManager::Uv, "uv.lock"),
    (PackageManager::Poetry, "poetry.lock"),
    (PackageManager::Pdm, "pdm.lock"),
    (PackageManager::Pipenv, "Pipfile.lock"),
];

/// Fills in manager, lock file and install command of a project.
pub(crate) fn choose(
    repository: &Repository<'_>,
    project: &mut Project,
    pyproject: Option<&Value>,
    requirements: Option<String>,
) {
    let candidates = candidates(repository, project, pyproject, requirements.as_deref());
    let locked: Vec<_> = candidates.iter().filter(|candidate| candidate.lockfile.is_some()).collect();
    if locked.len() > 1 {
        let names: Vec<_> = locked
            .iter()
            .filter_map(|candidate| candidate.lockfile.as_deref())
            .map(path::file_name)
            .collect();
        let place = Place::new(locked[0].lockfile.clone().unwrap_or_default(), 1);
        repository.note(place, format!("the project has more than one lock file: {}", names.join(", ")));
    }
    let used = if candidates.len() > 1 { used_by_author(repository, &project.folder) } else { None };
    let chosen =
        candidates.iter().find(|candidate| Some(candidate.manager) == used).or_else(|| candidates.first());
    let Some(chosen) = chosen else { return };
    project.manager =
        Some(PackageManagerFact { name: chosen.manager, version: version(repository, chosen, pyproject) });
    if let (PackageManager::Pip, Some(file)) = (chosen.manager, &requirements) {
        note_development(repository, file);
    }
    project.lockfile.clone_from(&chosen.lockfile);
    project.install_path.clone_from(&chosen.folder);
    project.install = install(project, chosen, pyproject, requirements);
}

fn candidates(
    repository: &Repository<'_>,
    project: &Project,
    pyproject: Option<&Value>,
    requirements: Option<&str>,
) -> Vec<Candidate> {
    let folder = project.folder.as_str();
    let has_tool =
        |name: &str| pyproject.is_some_and(|document| document.pointer(&format!("/tool/{name}")).is_some());
    let mut found = Vec::new();
    for (manager, lock) in LOCKS {
        let own = path::join(folder, lock);
        if repository.has(&own) {
            found.push(Candidate { manager: *manager, lockfile: Some(own), folder: folder.to_owned() });
        } else if *manager == PackageManager::Uv
            && let Some(root) = uv_workspace(repository, folder)
        {
            let lockfile = Some(path::join(&root, lock)).filter(|lock| repository.has(lock));
            found.push(Candidate { manager: *manager, lockfile, folder: root });
        }
    }
    let unlocked = |manager| Candidate { manager, lockfile: None, folder: folder.to_owned() };
    let known =
        |found: &[Candidate], manager| found.iter().any(|candidate: &Candidate| candidate.manager == manager);
    let poetry = pyproject.is_some_and(|document| document.pointer("/tool/poetry/dependencies").is_some());
    let pipfile = repository.has(&path::join(folder, "Pipfile"));
    let uv = has_tool("uv") && pyproject.is_some_and(|document| document.get("project").is_some());
    for (manager, stated) in [
        (PackageManager::Poetry, poetry),
        (PackageManager::Pdm, has_tool("pdm")),
        (PackageManager::Pipenv, pipfile),
        (PackageManager::Uv, uv),
    ] {
        if stated && !known(&found, manager) {
            found.push(unlocked(manager));
        }
    }
    let installable = pyproject.is_some_and(|document| document.get("project").is_some())
        || repository.first_in(folder, &["setup.py", "setup.cfg"]).is_some();
    if requirements.is_some() || !project.image_packages.is_empty() || (found.is_empty() && installable) {
        found.push(unlocked(PackageManager::Pip));
    }
    found
}

/// The root of the uv workspace that a folder is a member of.
fn uv_workspace(repository: &Repository<'_>, folder: &str) -> Option<String> {
    path::ancestors(folder).skip(1).find_map(|above| {
        let file = path::join(above, "pyproject.toml");
        let document = repository.has(&file).then(|| repository.toml(&file)).flatten()?;
        let members = document.pointer("/tool/uv/workspace/members")?.as_array()?;
        let inside = path::relative(folder, above)?;
        members
            .iter()
            .filter_map(Value::as_str)
            .any(|pattern| matches(pattern.trim_start_matches("./"), inside))
            .then(|| above.to_owned())
    })
}

/// Whether a member pattern such as `packages/*` covers a folder.
fn matches(pattern: &str, folder: &str) -> bool {
    let (pattern, folder): (Vec<_>, Vec<_>) =
        (pattern.trim_end_matches('/').split('/').collect(), folder.split('/').collect());
    pattern.last() == Some(&"**") && folder.len() >= pattern.len()
        || pattern.len() == folder.len()
            && pattern.iter().zip(&folder).all(|(want, is)| match want.split_once('*') {
                Some((head, tail)) => is.starts_with(head) && is.ends_with(tail),
                None => want == is,
            })
}

/// The manager that the project's own Dockerfile or workflow calls.
fn used_by_author(repository: &Repository<'_>, folder: &str) -> Option<PackageManager> {
    const CALLS: &[(PackageManager, &[&str])] = &[
        (PackageManager::Uv, &["uv sync", "uv run", "uv export"]),
        (PackageManager::Poetry, &["poetry install", "poetry export", "poetry sync"]),
        (PackageManager::Pdm, &["pdm install", "pdm sync", "pdm export"]),
        (PackageManager::Pipenv, &["pipenv install", "pipenv sync", "pipenv requirements"]),
        (
            PackageManager::Pip,
            &[
                "pip install --no-cache-dir -r",
                "pip install -r",
                "pip3 install -r",
                "uv pip install",
                "pip install --no-cache -r",
                "pip install --upgrade -r",
            ],
        ),
    ];
    let own = repository
        .files_in(folder)
        .iter()
        .map(|entry| entry.path.as_str())
        .filter(|file| path::file_name(file).to_ascii_lowercase().contains("dockerfile"));
    let workflows = repository.files_in(".github/workflows").iter().map(|entry| entry.path.as_str());
    for file in own.chain(workflows) {
        let Some(text) = repository.text(file) else { continue };
        let called = CALLS.iter().find(|(_, calls)| {
            calls.iter().any(|call| memchr::memmem::find(text.as_bytes(), call.as_bytes()).is_some())
        });
        if let Some((manager, _)) = called {
            return Some(*manager);
        }
    }
    None
}

fn version(repository: &Repository<'_>, chosen: &Candidate, pyproject: Option<&Value>) -> Option<String> {
    match chosen.manager {
        PackageManager::Poetry => {
            let text = repository.text(chosen.lockfile.as_deref()?)?;
            let head = text.lines().next()?.split_once("by Poetry ")?.1;
            head.split_whitespace()
                .next()
                .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
                .map(str::to_owned)
        }
        PackageManager::Uv => {
            let stated = pyproject?.pointer("/tool/uv/required-version")?.as_str()?;
            stated.strip_prefix("==").map(|version| version.trim().to_owned())
        }
        _ => None,
    }
}

/// Says where the requirements of production bring those of development along.
fn note_development(repository: &Repository<'_>, file: &str) {
    let text = repository.text(file).unwrap_or_default();
    for (line, what) in requirements_lines(&text) {
        if let RequirementsLine::Include(other) = what
            && is_development(path::file_name(&other))
        {
            let message = format!("brings {other} along, which is for development, into production");
            repository.note(Place::new(file, line), message);
        }
    }
}

/// Options that leave out what uv installs by default but production does not need, besides the group `dev`.
fn without_default_groups(pyproject: Option<&Value>) -> String {
    match pyproject.and_then(|document| document.pointer("/tool/uv/default-groups")) {
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            let others = names.filter(|name| *name != "dev" && is_development(name));
            others.map(|name| format!(" --no-group {name}")).collect()
        }
        Some(Value::String(all)) if all == "all" => " --no-default-groups".to_owned(),
        Some(_) | None => String::new(),
    }
}

fn install(
    project: &Project,
    chosen: &Candidate,
    pyproject: Option<&Value>,
    requirements: Option<String>,
) -> Option<String> {
    let locked = chosen.lockfile.is_some();
    Some(match chosen.manager {
        PackageManager::Uv => {
            let mut command =
                if locked { "uv sync --frozen --no-dev" } else { "uv sync --no-dev" }.to_owned();
            command.push_str(&without_default_groups(pyproject));
            if let (true, Some(name)) = (chosen.folder != project.folder, &project.name) {
                command.push_str(&format!(" --package {name}"));
            }
            command
        }
        PackageManager::Poetry => {
            // A src layout is found only when the package itself is installed.
            let from_src = pyproject
                .and_then(|document| document.pointer("/tool/poetry/packages"))
                .is_some_and(|packages| packages.to_string().contains("\"from\""));
            let groups = main_groups(pyproject);
            format!(
                "poetry install --only {groups} --no-interaction{}",
                if from_src { "" } else { " --no-root" }
            )
        }
        PackageManager::Pdm => {
            if locked { "pdm install --prod --frozen-lockfile" } else { "pdm install --prod" }.to_owned()
        }
        PackageManager::Pipenv => if locked { "pipenv sync" } else { "pipenv install" }.to_owned(),
        _ => {
            let mut words = vec!["pip".to_owned(), "install".to_owned()];
            if let Some(file) = &requirements {
                let inside = path::relative(file, &project.folder).unwrap_or(file);
                words.extend(["-r".to_owned(), inside.to_owned()]);
            }
            words.extend(project.image_packages.iter().cloned());
            if words.len() == 2 {
                words.push(".".to_owned());
            }
            shell::line(&words)
        }
    })
}

/// Poetry's main group and those that production needs too: all that are not for development, the optional ones only when
/// their name says so.
fn main_groups(pyproject: Option<&Value>) -> String {
    let groups =
        pyproject.and_then(|document| document.pointer("/tool/poetry/group")).and_then(Value::as_object);
    let mut names = vec!["main"];
    names.extend(
        groups
            .into_iter()
            .flatten()
            .filter(|(name, group)| {
                let optional = group.get("optional").and_then(Value::as_bool).unwrap_or(false);
                let production = ["prod", "production", "server", "web"].contains(&name.as_str());
                production || !optional && !is_development(name)
            })
            .map(|(name, _)| name.as_str()),
    );
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_members_match_patterns() {
        assert!(matches("packages/*", "packages/api"));
        assert!(matches("svc-*", "svc-a"));
        assert!(!matches("packages/*", "packages/api/x"));
        assert!(matches("apps/**", "apps/a/b"));
    }
}
