//! The command that runs a Python service for development: the production server's, or the framework's own, told to start
//! again when a file changes.

use super::deployable::Deployable;
use super::program::{Program, Server, classify};
use crate::launch::Run;
use crate::shell;
use model::facts::{Framework, ServiceKind};

/// Runs a service for development. `None` for what watches no files.
pub(crate) fn command(service: &Deployable) -> Option<String> {
    if service.kind != ServiceKind::Web {
        return None;
    }
    if service.framework == Some(Framework::Django) {
        return Some("python manage.py runserver 0.0.0.0:$PORT".to_owned());
    }
    let invocation = shell::invocations(&service.start.as_ref()?.value).pop()?;
    let run =
        Run { folder: service.folder.clone(), assignments: invocation.assignments, words: invocation.words };
    match classify(&run) {
        Program::FastApi(Some(file)) => Some(format!("fastapi dev {file} --host 0.0.0.0 --port $PORT")),
        Program::Streamlit(_) => service.start.as_ref().map(|start| start.value.clone()),
        Program::Server { module, object, .. } if service.framework == Some(Framework::Flask) => {
            let object = object.map(|object| format!(":{object}")).unwrap_or_default();
            let app = shell::line(&[format!("{module}{object}")]);
            Some(format!("flask --app {app} --debug run --host 0.0.0.0 --port $PORT"))
        }
        Program::Server { server, module, object } => {
            let by_worker = run.words.iter().any(|word| word.contains("UvicornWorker"));
            match server {
                Server::Gunicorn if by_worker => {
                    let object = object.unwrap_or_else(|| "app".to_owned());
                    let (name, factory) =
                        object.strip_suffix("()").map_or((object.as_str(), ""), |name| (name, " --factory"));
                    Some(format!("uvicorn {module}:{name}{factory} --reload --host 0.0.0.0 --port $PORT"))
                }
                Server::Uvicorn => {
                    let object = object.unwrap_or_else(|| "app".to_owned());
                    let factory = run.words.iter().any(|word| word == "--factory");
                    let factory = if factory { " --factory" } else { "" };
                    let folder = value(&run.words, "--app-dir")
                        .map_or_else(String::new, |folder| format!(" --app-dir {folder}"));
                    Some(format!(
                        "uvicorn {module}:{object}{factory}{folder} --reload --host 0.0.0.0 --port $PORT"
                    ))
                }
                Server::Gunicorn | Server::Hypercorn => Some(format!("{} --reload", alone(&run.words))),
                Server::Sanic => Some(format!("{} --dev", alone(&run.words))),
                Server::Daphne | Server::Granian | Server::Waitress => None,
            }
        }
        Program::FastApi(None)
        | Program::Flask
        | Program::Celery(..)
        | Program::Queue(..)
        | Program::Saq
        | Program::Clock(_)
        | Program::Manage(..)
        | Program::Module(_)
        | Program::Script(_)
        | Program::Migrate
        | Program::Other => None,
    }
}

/// What follows an option.
fn value<'w>(words: &'w [String], option: &str) -> Option<&'w str> {
    let at = words.iter().position(|word| word == option)?;
    words.get(at + 1).map(String::as_str)
}

/// The command without its number of workers: one is enough, and only one watches.
fn alone(words: &[String]) -> String {
    let mut kept = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-w" | "--workers" => {
                words.next();
            }
            word if word.starts_with("--workers=") => {}
            _ => kept.push(word.clone()),
        }
    }
    shell::line(&kept)
}
