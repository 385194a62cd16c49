//! Web services around an application object.

use super::app::{self, App, Interface};
use super::deployable::{Context, Deployable};
use super::index::dotted_name;
use super::program::{Program, Server, classify, for_production};
use crate::launch::{Launch, Run};
use crate::path;
use crate::proposal::Claim;
use model::facts::{Confidence, Framework, PortFact, ServiceKind};
use std::collections::{BTreeMap, BTreeSet};

/// An application with the folder it is imported from and the launches that serve it.
struct Candidate<'l> {
    app: App,
    root: String,
    launched: Vec<(&'l Launch, &'l Run)>,
}

/// Every web service that an application object makes.
pub(crate) fn services(context: &Context<'_>) -> Vec<Deployable> {
    let mut candidates: Vec<Candidate<'_>> = app::apps(context)
        .into_iter()
        .map(|(app, root)| Candidate { app, root, launched: Vec::new() })
        .collect();
    for launch in context.launches {
        for run in &launch.runs {
            attribute(context, launch, run, &mut candidates);
        }
    }
    let chosen = choose(context, candidates);
    chosen.into_iter().map(|candidate| deployable(context, candidate)).collect()
}

/// Gives a launch to the application that it serves.
fn attribute<'l>(
    context: &Context<'_>,
    launch: &'l Launch,
    run: &'l Run,
    candidates: &mut Vec<Candidate<'l>>,
) {
    let Some((module, object)) = named(run) else { return };
    let direct = matches!(classify(run), Program::Server { .. });
    let mut file = served_file(context, run, &module);
    if let (false, Some(program)) = (direct, &file) {
        // `uvicorn.run("app.main:app")` in a program of its own.
        let inner = context.index.module(program).and_then(|program| super::port::served_target(&program));
        let inner =
            inner.and_then(|target| served_file(context, run, target.split(':').next().unwrap_or(&target)));
        file = inner.or(file);
    }
    let name = object.as_deref().map(|object| object.split('(').next().unwrap_or(object));
    let inside = file.as_deref().and_then(|file| {
        let same = |candidate: &Candidate<'_>| {
            candidate.app.file == file && name.is_none_or(|name| candidate.app.name == name || !direct)
        };
        let at = candidates.iter_mut().position(|candidate| same(candidate));
        at.or_else(|| re_exported(context, run, file, name, candidates))
    });
    let at = inside.or_else(|| {
        (!direct && module.is_empty())
            .then(|| candidates.iter().position(|candidate| path::is_under(&candidate.app.file, &run.folder)))
            .flatten()
    });
    if let Some(at) = at {
        candidates[at].launched.push((launch, run));
    } else if let (true, Some(file), false) = (direct, file, launch.development)
        && !super::django::is_entry(context, &file)
    {
        let app = unknown(run, file, name);
        candidates.push(Candidate { app, root: run.folder.clone(), launched: vec![(launch, run)] });
    }
}

/// The module and the object that a run names; an empty module is the framework's own choice.
fn named(run: &Run) -> Option<(String, Option<String>)> {
    let dotted = |file: String| file.trim_start_matches("./").trim_end_matches(".py").replace('/', ".");
    match classify(run) {
        Program::Server { module, object, .. } => Some((module, object)),
        Program::FastApi(file) => Some((file.map(dotted).unwrap_or_default(), None)),
        Program::Script(file) => Some((dotted(file), None)),
        Program::Module(module) => Some((module, None)),
        Program::Flask => Some((String::new(), None)),
        _ => None,
    }
}

/// An application that the author serves, made in a way that is not understood.
fn unknown(run: &Run, file: String, name: Option<&str>) -> App {
    let asgi = matches!(
        classify(run),
        Program::Server { server: Server::Uvicorn | Server::Hypercorn | Server::Daphne, .. }
    );
    let interface = if asgi { Interface::Asgi } else { Interface::Wsgi };
    App {
        place: model::Place::new(&file, 1),
        file,
        name: name.unwrap_or("app").to_owned(),
        factory: false,
        needs_arguments: false,
        kind: app::Kind { framework: None, interface },
    }
}

/// The file of the module that a run names.
fn served_file(context: &Context<'_>, run: &Run, module: &str) -> Option<String> {
    let option = |names: &[&str]| {
        run.words.iter().enumerate().find_map(|(at, word)| {
            names.iter().find_map(|name| {
                word.strip_prefix(&format!("{name}="))
                    .or_else(|| (word == name).then(|| run.words.get(at + 1).map(String::as_str)).flatten())
            })
        })
    };
    let moved = option(&["--app-dir", "--chdir", "--pythonpath"]).filter(|folder| !folder.starts_with('/'));
    let pythonpath = run
        .assignments
        .iter()
        .find(|(name, _)| name == "PYTHONPATH")
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.starts_with('/'));
    let folders = moved.into_iter().chain(pythonpath).map(|folder| path::join(&run.folder, folder));
    folders.chain([run.folder.clone(), path::join(&run.folder, "src")]).find_map(|root| {
        context.index.file(&root, module).or_else(|| context.index.file(&root, &format!("{module}.__main__")))
    })
}

/// The application that a served module imports under the served name.
fn re_exported(
    context: &Context<'_>,
    run: &Run,
    file: &str,
    name: Option<&str>,
    candidates: &[Candidate<'_>],
) -> Option<usize> {
    let module = context.index.module(file)?;
    let dotted: Vec<&String> = match name {
        Some(name) => module.imports.get(name).into_iter().collect(),
        None => module.imports.values().collect(),
    };
    let starred = module.starred.iter().map(|base| format!("{base}.{}", name.unwrap_or("app")));
    let targets: Vec<(String, String)> = dotted
        .into_iter()
        .cloned()
        .chain(starred)
        .filter_map(|dotted| context.index.locate(&run.folder, &dotted))
        .collect();
    candidates.iter().position(|candidate| {
        targets.iter().any(|(file, name)| *file == candidate.app.file && *name == candidate.app.name)
    })
}

/// The applications that are deployed: all that the author serves, and one a folder where the author serves none.
fn choose<'l>(context: &Context<'_>, candidates: Vec<Candidate<'l>>) -> Vec<Candidate<'l>> {
    let is_served =
        |candidate: &Candidate<'_>| candidate.launched.iter().any(|(launch, _)| !launch.development);
    let served: BTreeSet<String> = candidates
        .iter()
        .filter(|candidate| is_served(candidate))
        .map(|candidate| candidate.root.clone())
        .collect();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut chosen = Vec::new();
    for candidate in candidates {
        if super::django::is_entry(context, &candidate.app.file) {
            continue;
        }
        let depth = candidate.app.file.matches('/').count();
        let folder = path::parent(&candidate.app.file).to_owned();
        let shallowest = chosen
            .iter()
            .filter(|other: &&Candidate<'_>| other.root == candidate.root)
            .map(|other| other.app.file.matches('/').count())
            .min();
        let aside = app::is_beside(&candidate.app.file)
            && chosen.iter().any(|other: &Candidate<'_>| other.root == candidate.root);
        let keep = is_served(&candidate)
            || !aside
                && !served.contains(&candidate.root)
                && !taken.contains_key(&folder)
                && shallowest.is_none_or(|least| depth <= least);
        if keep {
            *taken.entry(folder).or_default() += 1;
            chosen.push(candidate);
        }
    }
    chosen
}

fn deployable(context: &Context<'_>, candidate: Candidate<'_>) -> Deployable {
    let Candidate { app, root, launched } = candidate;
    let project = context.project(&app.file);
    let from_src = path::file_name(&root) == "src"
        && project.is_some_and(|project| path::is_under(&root, &project.folder) && root != project.folder);
    let folder = if from_src { path::parent(&root).to_owned() } else { root.clone() };
    let mut service = Deployable::new(&folder, &app.file, ServiceKind::Web, app.place.clone());
    service.framework = app.kind.framework;
    let installed = project.is_some_and(|project| project.is_package);
    let inside = if from_src && !installed { Some("src") } else { None };
    let by_author = launched.iter().find_map(|(launch, run)| authored(launch, run, &folder, &root));
    let own = start(context, &app, &root, inside);
    let (start, port) = match by_author {
        Some((start, port)) => (Claim::certain(start), port),
        None => (own, None),
    };
    let port = port.or_else(|| super::port::stated(&launched));
    service.start = Some(start);
    service.port = Some(PortFact { number: port, env: None });
    if project.is_some_and(|project| {
        distribution(app.kind.framework).is_some_and(|name| project.dependencies.has(name))
    }) {
        service.confidence = Confidence::Certain;
    }
    if app.factory && app.needs_arguments {
        service.confidence = Confidence::Maybe;
    }
    for (launch, _) in launched.iter().filter(|(launch, _)| !launch.development) {
        service.launched_by(launch);
    }
    service
}

/// The distribution that a framework comes in.
const fn distribution(framework: Option<Framework>) -> Option<&'static str> {
    match framework {
        Some(Framework::FastApi) => Some("fastapi"),
        Some(Framework::Flask) => Some("flask"),
        Some(Framework::Starlette) => Some("starlette"),
        Some(Framework::Litestar) => Some("litestar"),
        Some(Framework::Quart) => Some("quart"),
        Some(Framework::Sanic) => Some("sanic"),
        Some(Framework::Aiohttp) => Some("aiohttp"),
        Some(Framework::Tornado) => Some("tornado"),
        _ => None,
    }
}

/// The author's own command, when it is one for production and runs where the service does.
fn authored(launch: &Launch, run: &Run, folder: &str, root: &str) -> Option<(String, Option<u16>)> {
    let Program::Server { server, .. } = classify(run) else {
        let own = matches!(classify(run), Program::FastApi(Some(_)))
            && run.folder == folder
            && run.words.get(1).is_some_and(|word| word == "run");
        return own.then(|| for_production(&run.words)).map(|(line, port)| (line, port.or(launch.port)));
    };
    let (line, port) = for_production(&run.words);
    let port = port.or(launch.port);
    if run.folder == folder {
        return Some((line, port));
    }
    // It runs in the `src` folder of the service.
    let option = match server {
        Server::Uvicorn => "--app-dir",
        Server::Gunicorn => "--chdir",
        Server::Hypercorn | Server::Daphne | Server::Granian | Server::Waitress | Server::Sanic => {
            return None;
        }
    };
    let inside = path::relative(root, folder).filter(|_| run.folder == root)?;
    Some((format!("{line} {option} {inside}"), port))
}

/// The command that serves an application with what the project depends on.
fn start(context: &Context<'_>, app: &App, root: &str, inside: Option<&str>) -> Claim<String> {
    let module = dotted_name(root, &app.file).unwrap_or_default();
    match app.kind.interface {
        Interface::Asgi => asgi_start(context, app, &module, inside),
        Interface::Wsgi => wsgi_start(context, app, &module, inside),
        Interface::Own => own_start(app, root, &module),
    }
}

/// `module:object`, or `'module:factory()'` for servers that call it.
fn called(app: &App, module: &str) -> String {
    if app.factory { format!("'{module}:{}()'", app.name) } else { format!("{module}:{}", app.name) }
}

fn asgi_start(context: &Context<'_>, app: &App, module: &str, inside: Option<&str>) -> Claim<String> {
    let has = |name: &str| context.depends(&app.file, name);
    let plain = format!("{module}:{}", app.name);
    let factory = if app.factory { " --factory" } else { "" };
    let moved = inside.map_or_else(String::new, |folder| format!(" --app-dir {folder}"));
    let uvicorn = format!("uvicorn {plain}{factory}{moved} --host 0.0.0.0 --port $PORT");
    let brings_uvicorn = context.project(&app.file).is_some_and(|project| {
        let extras = [("fastapi", "standard"), ("fastapi", "all"), ("litestar", "standard")];
        extras.iter().any(|(name, extra)| project.dependencies.has_extra(name, extra))
    });
    if has("uvicorn") || brings_uvicorn {
        Claim::certain(uvicorn)
    } else if has("hypercorn") || app.kind.framework == Some(Framework::Quart) {
        Claim::certain(format!("hypercorn {} --bind 0.0.0.0:$PORT", called(app, module)))
    } else if has("granian") {
        Claim::certain(format!("granian --interface asgi {plain}{factory} --host 0.0.0.0 --port $PORT"))
    } else if has("daphne") {
        Claim::certain(format!("daphne -b 0.0.0.0 -p $PORT {plain}"))
    } else {
        Claim::likely(uvicorn)
    }
}

fn wsgi_start(context: &Context<'_>, app: &App, module: &str, inside: Option<&str>) -> Claim<String> {
    let has = |name: &str| context.depends(&app.file, name);
    let target = called(app, module);
    let moved = inside.map_or_else(String::new, |folder| format!(" --chdir {folder}"));
    let gunicorn = format!("gunicorn {target}{moved} --bind 0.0.0.0:$PORT");
    if has("gunicorn") {
        Claim::certain(gunicorn)
    } else if has("waitress") {
        let call = if app.factory { "--call " } else { "" };
        Claim::certain(format!("waitress-serve --listen=0.0.0.0:$PORT {call}{module}:{}", app.name))
    } else if has("uwsgi") {
        Claim::certain(format!("uwsgi --http 0.0.0.0:$PORT --master --module {target}"))
    } else {
        // Nothing that serves it is installed.
        Claim::maybe(gunicorn)
    }
}

/// A framework with a server of its own.
fn own_start(app: &App, root: &str, module: &str) -> Claim<String> {
    let factory = if app.factory { " --factory" } else { "" };
    match app.kind.framework {
        Some(Framework::Sanic) => {
            Claim::certain(format!("sanic {module}:{}{factory} --host 0.0.0.0 --port $PORT", app.name))
        }
        // Dash, whose Flask application is `server`.
        Some(Framework::Flask) => Claim::likely(format!("gunicorn {module}:server --bind 0.0.0.0:$PORT")),
        _ => {
            let file = path::relative(&app.file, root).unwrap_or(&app.file);
            let packaged = file.contains('/') && !file.ends_with("__main__.py");
            Claim::likely(if packaged { format!("python -m {module}") } else { format!("python {file}") })
        }
    }
}
