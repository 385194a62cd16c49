//! Processes that are run as plain programs: what launches run beside the known services, bots, Streamlit and Gradio pages.

use super::deployable::{Context, Deployable};
use super::index::Marks;
use super::module::Module;
use super::program::{Program, Queue, Role, classify, for_production};
use crate::launch::{Launch, Origin, Run};
use crate::path;
use crate::proposal::Claim;
use crate::shell;
use model::Place;
use model::facts::{Confidence, Framework, PortFact, ServiceKind};
use std::collections::BTreeMap;

/// The processes that launches run and that no service in `known` is.
pub(crate) fn launched(context: &Context<'_>, known: &[Deployable]) -> Vec<Deployable> {
    let mut found: BTreeMap<(String, String), Deployable> = BTreeMap::new();
    for launch in context.launches.iter().filter(|launch| !launch.development) {
        if known.iter().any(|service| service.launched.contains(&launch.identity)) {
            continue;
        }
        let Some(run) = launch.runs.last() else { continue };
        let migrates = launch.origin == Origin::Compose && classify(run) == Program::Migrate;
        let migrator = || migrates.then(|| (format!("{}#migrate", run.folder), ServiceKind::Job, None));
        let Some((file, kind, framework)) = program(context, run).or_else(migrator) else { continue };
        let mut line = for_production(&run.words);
        if kind == ServiceKind::Job {
            line.0 = whole(launch);
        }
        if let Some(service) = found.get_mut(&(file.clone(), line.0.clone())) {
            service.launched_by(launch);
            continue;
        }
        if known.iter().any(|service| service.file == file && service.kind == kind) {
            continue;
        }
        let mut service = Deployable::new(&run.folder, &file, kind, launch.place.clone());
        service.framework = framework;
        let main = kind == ServiceKind::Web
            && !known.iter().any(|other| other.folder == service.folder && other.process.is_none());
        service.process = if main { None } else { Some(process_name(launch, &file)) };
        service.port =
            (kind == ServiceKind::Web).then_some(PortFact { number: line.1.or(launch.port), env: None });
        service.start = Some(Claim::certain(line.0.clone()));
        if let (Program::Saq, Some(site)) = (classify(run), litestar(known, run)) {
            served_by(&mut service, site);
        }
        service.launched_by(launch);
        found.insert((file, line.0), service);
    }
    found.into_values().collect()
}

/// The Litestar application whose workers a command runs.
fn litestar<'d>(known: &'d [Deployable], run: &Run) -> Option<&'d Deployable> {
    known.iter().find(|service| {
        service.framework == Some(Framework::Litestar) && path::is_under(&service.file, &run.folder)
    })
}

/// Makes workers those of an application: its code, from its folder, named on the command line.
fn served_by(service: &mut Deployable, site: &Deployable) {
    service.folder.clone_from(&site.folder);
    service.file.clone_from(&site.file);
    let words = site.start.iter().flat_map(|start| start.value.split_whitespace());
    let target = words.into_iter().find(|word| word.contains(':') && !word.contains('$'));
    if let (Some(target), Some(start)) = (target, &mut service.start)
        && !start.value.contains("--app")
    {
        start.value = start.value.replacen("litestar ", &format!("litestar --app {target} "), 1);
    }
}

/// All that a launch runs, in order: what ends is run as a whole.
fn whole(launch: &Launch) -> String {
    let last = launch.runs.last().map(|run| run.folder.as_str());
    let runs = launch.runs.iter().filter(|run| {
        Some(run.folder.as_str()) == last
            && !matches!(run.words[0].as_str(), "set" | "echo" | "export" | "sleep")
    });
    runs.map(|run| shell::line(&run.words)).collect::<Vec<_>>().join(" && ")
}

fn process_name(launch: &Launch, file: &str) -> String {
    let stem = path::file_name(file).trim_end_matches(".py");
    let stem = if matches!(stem, "__main__" | "__init__" | "main") {
        path::file_name(path::parent(file))
    } else {
        stem
    };
    launch.process.clone().unwrap_or_else(|| stem.trim_matches('_').to_owned())
}

/// The file that a run executes and what it is.
fn program(context: &Context<'_>, run: &Run) -> Option<(String, ServiceKind, Option<Framework>)> {
    let file = |name: &str| {
        let file = path::join(&run.folder, name.trim_start_matches("/app/"));
        context.index.repository.has(&file).then_some(file)
    };
    match classify(run) {
        Program::Script(name) => {
            let file = file(&name)?;
            let kind = kind_of(context, &file);
            Some((file, kind, None))
        }
        Program::Module(module) => {
            let file = context
                .index
                .file(&run.folder, &format!("{module}.__main__"))
                .or_else(|| context.index.file(&run.folder, &module))?;
            let kind = kind_of(context, &file);
            Some((file, kind, None))
        }
        Program::Streamlit(name) => Some((file(&name)?, ServiceKind::Web, Some(Framework::Streamlit))),
        Program::Celery(Some(app), role) if role != Role::Other => {
            let module = app.split(':').next().unwrap_or(&app).to_owned();
            let file = context
                .index
                .file(&run.folder, &module)
                .or_else(|| context.index.file(&run.folder, module.rsplit_once('.')?.0))?;
            let kind = if role == Role::Beat { ServiceKind::Scheduler } else { ServiceKind::Worker };
            Some((file, kind, Some(Framework::Celery)))
        }
        Program::Queue(Queue::Rq, _) => {
            Some((path::join(&run.folder, "rq"), ServiceKind::Worker, Some(Framework::Rq)))
        }
        Program::Queue(Queue::Taskiq, _) => {
            Some((path::join(&run.folder, "taskiq"), ServiceKind::Worker, None))
        }
        Program::Saq => Some((path::join(&run.folder, "saq"), ServiceKind::Worker, None)),
        Program::Manage(folder, command) if !is_errand(&command) => {
            let file = file(&path::join(&folder, "manage.py"))?;
            let framework = match command.as_str() {
                "run_huey" => Framework::Huey,
                "rundramatiq" => Framework::Dramatiq,
                "rqworker" => Framework::Rq,
                _ => Framework::Django,
            };
            (!reloads(context, &command))
                .then(|| (format!("{file}#{command}"), ServiceKind::Worker, Some(framework)))
        }
        _ => None,
    }
}

/// Whether a management command of the repository restarts itself when files change: a tool of development.
fn reloads(context: &Context<'_>, command: &str) -> bool {
    let repository = context.index.repository;
    let named = repository.named(&format!("{command}.py")).iter();
    let commands = named.filter(|file| path::parent(file).ends_with("management/commands"));
    commands.filter_map(|file| repository.text(file)).any(|text| text.contains("autoreload"))
}

/// Management commands that end by themselves or are for development.
fn is_errand(command: &str) -> bool {
    const ERRANDS: &[&str] = &[
        "collectstatic",
        "check",
        "compress",
        "compilemessages",
        "createsuperuser",
        "loaddata",
        "shell",
        "test",
        "createcachetable",
        "ensure_superuser",
        "seed",
        "wait_for_db",
        "makemigrations",
        "flush",
        "tailwind",
        "clearsessions",
        "showmigrations",
        "dumpdata",
    ];
    ERRANDS.contains(&command)
        || command.starts_with("runserver")
        || command.starts_with("create")
        || command.starts_with("load")
        || command.starts_with("wait")
}

/// Whether a program listens, stays or ends.
fn kind_of(context: &Context<'_>, file: &str) -> ServiceKind {
    let Some(module) = context.index.module(file) else { return ServiceKind::Worker };
    let text = &module.text;
    let serves = [
        "uvicorn.run",
        "app.run(",
        "web.run_app",
        "HTTPServer",
        "serve(app",
        ".listen(",
        "hypercorn",
        "socketserver",
        "demo.launch",
        "ui.run(",
    ];
    if serves.iter().any(|word| text.contains(word)) {
        return ServiceKind::Web;
    }
    let once = [
        "migrate",
        "seed",
        "init_db",
        "initial_data",
        "pre_start",
        "prestart",
        "create_tables",
        "setup_db",
        "bootstrap",
    ];
    let name = path::file_name(file);
    if once.iter().any(|word| name.contains(word)) { ServiceKind::Job } else { ServiceKind::Worker }
}

/// Streamlit and Gradio pages and bots in projects that have no other service.
pub(crate) fn unlaunched(context: &Context<'_>, known: &[Deployable]) -> Vec<Deployable> {
    let mut found: Vec<Deployable> = Vec::new();
    let served = |found: &[Deployable], folder: &str| {
        known.iter().chain(found).any(|service| service.folder == folder)
    };
    for file in context.index.marked(".", Marks::PAGES) {
        let folder = path::parent(file);
        // Pages beside one that the author runs are its variants.
        let variant = known.iter().any(|service| path::parent(&service.file) == folder);
        if variant || served(&found, folder) || path::file_name(folder) == "pages" {
            continue;
        }
        let Some(module) = context.index.module(file) else { continue };
        found.extend(page(context, &module, folder));
    }
    for file in context.index.marked(".", Marks::PROGRAM) {
        let folder = path::parent(file);
        let Some(project) = context.project(file).filter(|project| project.evidence.is_some()) else {
            continue;
        };
        if known.iter().chain(&found).any(|service| path::is_under(&service.folder, &project.folder)) {
            continue;
        }
        let Some(module) = context.index.module(file).filter(|module| is_program(module)) else { continue };
        found.extend(bot(project.folder.as_str(), folder, &module, |name| project.dependencies.has(name)));
    }
    found
}

fn page(context: &Context<'_>, module: &Module, folder: &str) -> Option<Deployable> {
    const NAMES: &[&str] = &[
        "app.py",
        "main.py",
        "streamlit_app.py",
        "Home.py",
        "home.py",
        "dashboard.py",
        "ui.py",
        "frontend.py",
        "index.py",
    ];
    let name = path::file_name(&module.path);
    let imports = |library: &str| {
        module.imports.values().any(|dotted| dotted == library || dotted.starts_with(&format!("{library}.")))
    };
    let streamlit = imports("streamlit")
        && context.depends(&module.path, "streamlit")
        && (NAMES.contains(&name) || module.text.contains("set_page_config"));
    let gradio =
        imports("gradio") && context.depends(&module.path, "gradio") && module.text.contains(".launch(");
    if !streamlit && !gradio {
        return None;
    }
    let mut service = Deployable::new(folder, &module.path, ServiceKind::Web, Place::new(&module.path, 1));
    let (framework, start, port) = if streamlit {
        (
            Framework::Streamlit,
            format!("streamlit run {name} --server.port $PORT --server.address 0.0.0.0"),
            PortFact { number: Some(8501), env: None },
        )
    } else {
        (
            Framework::Gradio,
            format!("python {name}"),
            PortFact { number: Some(7860), env: Some("GRADIO_SERVER_PORT".to_owned()) },
        )
    };
    service.framework = Some(framework);
    service.start = Some(if NAMES.contains(&name) { Claim::likely(start) } else { Claim::maybe(start) });
    service.port = Some(port);
    Some(service)
}

/// Whether a module runs when it is executed.
fn is_program(module: &Module) -> bool {
    module.text.contains("__main__")
}

/// A program that stays connected to a chat service or keeps a clock.
fn bot(project: &str, folder: &str, module: &Module, depends: impl Fn(&str) -> bool) -> Option<Deployable> {
    const STAYING: &[&str] = &[
        "aiogram",
        "discord-py",
        "python-telegram-bot",
        "pytelegrambotapi",
        "telethon",
        "pyrogram",
        "py-cord",
        "disnake",
        "nextcord",
        "slack-bolt",
        "apscheduler",
        "schedule",
        "pika",
        "aio-pika",
        "aiokafka",
        "kafka-python",
        "confluent-kafka",
        "nats-py",
        "paho-mqtt",
        "twitchio",
        "hikari",
    ];
    const NAMES: &[&str] =
        &["main.py", "bot.py", "app.py", "run.py", "worker.py", "consumer.py", "__main__.py", "scheduler.py"];
    let name = path::file_name(&module.path);
    let reason = STAYING.iter().find(|name| depends(name))?;
    let near =
        folder == project || path::parent(folder) == project || path::parent(path::parent(folder)) == project;
    if !NAMES.contains(&name) || !near {
        return None;
    }
    let mut service =
        Deployable::new(project, &module.path, ServiceKind::Worker, Place::new(&module.path, 1));
    let scheduler = matches!(*reason, "apscheduler" | "schedule") || name == "scheduler.py";
    service.kind = if scheduler { ServiceKind::Scheduler } else { ServiceKind::Worker };
    let inside = path::relative(&module.path, project).unwrap_or(&module.path);
    let start = match inside.rsplit_once('/') {
        None => format!("python {inside}"),
        Some((package, "__main__.py")) => {
            format!("python -m {}", package.trim_start_matches("src/").replace('/', "."))
        }
        Some(_) => format!("python -m {}", inside.trim_end_matches(".py").replace('/', ".")),
    };
    service.start = Some(Claim::likely(start));
    service.confidence = Confidence::Likely;
    Some(service)
}
