//! Database migrations of a Python service.

mod own;

use super::deployable::{Context, Deployable};
use super::program::{Program, classify};
use super::project::Project;
use crate::launch::Run;
use crate::repository::Repository;
use crate::{path, shell};
use model::facts::{Framework, MigrationTool, MigrationsFact};

/// The migrations that a service's project applies.
pub(crate) fn of(context: &Context<'_>, service: &Deployable, project: &Project) -> Option<MigrationsFact> {
    let repository = context.index.repository;
    django(context, service)
        .or_else(|| flask(context, service, project))
        .or_else(|| litestar(context, service, project))
        .or_else(|| alembic(repository, service, project))
        .or_else(|| aerich(repository, service, project))
        .or_else(|| own::of(context, service, project))
        .or_else(|| plain(repository, service, project))
}

fn django(context: &Context<'_>, service: &Deployable) -> Option<MigrationsFact> {
    let site = super::django::sites(context).into_iter().find(|site| site.folder == service.folder)?;
    let repository = context.index.repository;
    let mut folders: Vec<&str> = repository
        .under(&site.folder)
        .iter()
        .map(|entry| path::parent(&entry.path))
        .filter(|folder| {
            path::file_name(folder) == "migrations" && repository.has(&path::join(folder, "__init__.py"))
        })
        .collect();
    folders.dedup();
    let path = match folders.as_slice() {
        [] if !context.depends(&path::join(&site.folder, "manage.py"), "django") => return None,
        [only] => (*only).to_owned(),
        _ => site.folder.clone(),
    };
    Some(MigrationsFact {
        tool: MigrationTool::Django,
        path,
        command: Some("python manage.py migrate --noinput".to_owned()),
    })
}

/// Folders where a service's migrations may be configured: its own, its project's, and the ones above within the project.
fn places<'s>(service: &'s Deployable, project: &'s Project) -> Vec<&'s str> {
    let mut found: Vec<&str> = path::ancestors(&service.folder)
        .take_while(|folder| path::is_under(folder, &project.folder))
        .collect();
    if !found.contains(&project.folder.as_str()) {
        found.push(&project.folder);
    }
    found
}

/// The Alembic configuration of a service: the nearest one, else the only one below its project.
fn alembic(repository: &Repository<'_>, service: &Deployable, project: &Project) -> Option<MigrationsFact> {
    let near =
        places(service, project).into_iter().find_map(|folder| repository.first_in(folder, &["alembic.ini"]));
    let below = || {
        let mut files = repository
            .named("alembic.ini")
            .iter()
            .filter(|file| path::is_under(file, &service.folder) || path::is_under(file, &project.folder));
        match (files.next(), files.next()) {
            (Some(only), None) => Some((*only).to_owned()),
            _ => None,
        }
    };
    let stated = || {
        places(service, project).into_iter().find_map(|folder| {
            let file = path::join(folder, "pyproject.toml");
            let document = repository.has(&file).then(|| repository.toml(&file)).flatten()?;
            Some((folder.to_owned(), document.pointer("/tool/alembic/script_location")?.as_str()?.to_owned()))
        })
    };
    let (folder, location, config) = match near.or_else(below) {
        Some(config) => {
            let location = ini_value(&repository.text(&config)?, "script_location")
                .unwrap_or_else(|| "alembic".to_owned());
            (path::parent(&config).to_owned(), location, Some(config))
        }
        None => {
            let (folder, location) = stated()?;
            (folder, location, None)
        }
    };
    let location = location.replace("%(here)s", "").replace("%(here)", "").replace(':', "/");
    let scripts = path::join(&folder, location.trim_start_matches('/'));
    let from = path::between(&service.folder, &folder);
    let options = match config {
        Some(config) if from != "." || path::file_name(&config) != "alembic.ini" => {
            format!("-c {from}/alembic.ini ")
        }
        _ => String::new(),
    };
    let command = format!("alembic {options}upgrade head");
    Some(MigrationsFact { tool: MigrationTool::Alembic, path: scripts, command: Some(command) })
}

/// The value of a key in an INI file.
fn ini_value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key && !value.trim().is_empty()).then(|| value.trim().to_owned())
    })
}

fn flask(context: &Context<'_>, service: &Deployable, project: &Project) -> Option<MigrationsFact> {
    let repository = context.index.repository;
    if !project.dependencies.has("flask-migrate") && !project.dependencies.has("flask-alembic") {
        return None;
    }
    let configured = repository
        .named("alembic.ini")
        .iter()
        .filter(|file| path::is_under(file, &project.folder) || path::is_under(file, &service.folder))
        .find(|file| path::file_name(path::parent(file)) != ".");
    let folder =
        configured.map(|file| path::parent(file).to_owned()).filter(|folder| *folder != project.folder);
    let path = folder.unwrap_or_else(|| path::join(&service.folder, "migrations"));
    let command = match path::relative(&path, &service.folder) {
        Some("migrations") => "flask db upgrade".to_owned(),
        Some(inside) => format!("flask db upgrade --directory {inside}"),
        None => format!("flask db upgrade --directory {}", path::between(&service.folder, &path)),
    };
    let command = flask_app(service)
        .map_or(command.clone(), |app| command.replacen("flask", &format!("flask --app {app}"), 1));
    Some(MigrationsFact { tool: MigrationTool::FlaskMigrate, path, command: Some(command) })
}

/// What `flask --app` must name, where Flask does not find it by itself.
fn flask_app(service: &Deployable) -> Option<String> {
    let inside = path::relative(&service.file, &service.folder)?;
    if matches!(inside, "app.py" | "wsgi.py") {
        return None;
    }
    super::index::dotted_name(&service.folder, &service.file)
}

/// Alembic by way of Advanced Alchemy: its environment is set up by the application.
fn litestar(context: &Context<'_>, service: &Deployable, project: &Project) -> Option<MigrationsFact> {
    let repository = context.index.repository;
    let scripts = repository.named("env.py").iter().find(|file| {
        path::is_under(file, &project.folder)
            && repository.text(file).is_some_and(|text| text.contains("advanced_alchemy"))
    })?;
    if service.framework != Some(Framework::Litestar) {
        return None;
    }
    let invocation = shell::invocations(&service.start.as_ref()?.value).pop()?;
    let run =
        Run { folder: service.folder.clone(), assignments: invocation.assignments, words: invocation.words };
    let app = match classify(&run) {
        Program::Server { module, object, .. } => {
            let object = object.unwrap_or_else(|| "app".to_owned());
            format!(" --app {module}:{}", object.trim_end_matches("()"))
        }
        _ => String::new(),
    };
    Some(MigrationsFact {
        tool: MigrationTool::Alembic,
        path: path::parent(scripts).to_owned(),
        command: Some(format!("litestar{app} database upgrade --no-prompt")),
    })
}

fn aerich(repository: &Repository<'_>, service: &Deployable, project: &Project) -> Option<MigrationsFact> {
    if !project.dependencies.has("aerich") {
        return None;
    }
    let location = places(service, project).into_iter().find_map(|folder| {
        let file = path::join(folder, "pyproject.toml");
        let document = repository.has(&file).then(|| repository.toml(&file)).flatten()?;
        let location =
            document.pointer("/tool/aerich/location")?.as_str()?.trim_start_matches("./").to_owned();
        Some(path::join(folder, &location))
    });
    let path = location.unwrap_or_else(|| path::join(&project.folder, "migrations"));
    Some(MigrationsFact { tool: MigrationTool::Aerich, path, command: Some("aerich upgrade".to_owned()) })
}

/// Migrations as numbered SQL files.
fn plain(repository: &Repository<'_>, service: &Deployable, project: &Project) -> Option<MigrationsFact> {
    let folders = places(service, project).into_iter().flat_map(|folder| {
        ["migrations", "db/migrations", "sql/migrations", "database/migrations", "app/migrations"]
            .map(|name| path::join(folder, name))
    });
    let path = folders.into_iter().find(|folder| {
        repository
            .files_in(folder)
            .iter()
            .filter(|entry| {
                entry.path.ends_with(".sql")
                    && path::file_name(&entry.path).starts_with(|c: char| c.is_ascii_digit() || c == 'V')
            })
            .count()
            > 0
    })?;
    let yoyo = project.dependencies.has("yoyo-migrations");
    let command = yoyo.then(|| format!("yoyo apply --batch {}", path::between(&service.folder, &path)));
    Some(MigrationsFact {
        tool: if yoyo { MigrationTool::Custom } else { MigrationTool::Sql },
        path,
        command,
    })
}
