//! Workers and schedulers of task queues.

mod object;

use super::deployable::{Context, Deployable};
use super::index::{Marks, dotted_name};
use super::program::{Program, Queue, Role, classify, for_production};
use crate::launch::{Launch, Run};
use crate::path;
use crate::proposal::Claim;
use model::Place;
use model::facts::{Confidence, Framework, ServiceKind};
use object::{Made, made_in, place_of, target};

/// A queue's application in the code.
struct Tasks {
    framework: Framework,
    file: String,
    root: String,
    /// What a worker is told to load.
    target: String,
    /// What a scheduler is told to load, where it is an object of its own.
    clock: Option<String>,
    place: Place,
}

/// Every worker and scheduler.
pub(crate) fn services(context: &Context<'_>) -> Vec<Deployable> {
    let mut found: Vec<Deployable> = Vec::new();
    for tasks in tasks(context) {
        let worker = worker(context, &tasks);
        let scheduler = scheduler(context, &tasks);
        found.extend(worker);
        found.extend(scheduler);
    }
    found
}

fn tasks(context: &Context<'_>) -> Vec<Tasks> {
    let mut found: Vec<Tasks> = Vec::new();
    let mut actors: Vec<Tasks> = Vec::new();
    for file in context.index.marked(".", Marks::QUEUE) {
        let Some(module) = context.index.module(file) else { continue };
        let Some(Made { framework, name, clock }) = made_in(&module) else { continue };
        let root = root(context, file);
        let Some(dotted) = dotted_name(&root, file) else { continue };
        let target = target(framework, &dotted, &name);
        let clock = clock.map(|name| format!("{dotted}:{name}"));
        let tasks =
            Tasks { framework, file: file.to_owned(), root, target, clock, place: Place::new(file, 1) };
        match framework {
            Framework::Dramatiq => actors.push(tasks),
            _ if let Some(other) =
                found.iter_mut().find(|other| other.framework == framework && other.root == tasks.root) =>
            {
                other.clock = other.clock.take().or(tasks.clock);
            }
            _ => {
                let target = entry(context, &tasks, &name).unwrap_or_else(|| tasks.target.clone());
                found.push(Tasks { place: place_of(&module, &name), target, ..tasks });
            }
        }
    }
    // Dramatiq is told every module that has actors.
    if let Some(first) = actors.first().filter(|first| is_run(context, &first.file)) {
        let all: Vec<&str> = actors
            .iter()
            .filter(|other| other.root == first.root)
            .map(|other| other.target.as_str())
            .collect();
        found.push(Tasks {
            target: all.join(" "),
            framework: Framework::Dramatiq,
            file: first.file.clone(),
            root: first.root.clone(),
            clock: None,
            place: first.place.clone(),
        });
    }
    found
}

/// Whether actors are run here: those of a package that nothing runs are for who installs it.
fn is_run(context: &Context<'_>, file: &str) -> bool {
    !context.launches.is_empty()
        || !context.project(file).is_some_and(|project| project.is_package)
        || !super::django::sites(context).is_empty()
        || !super::app::apps(context).is_empty()
}

/// A module made for the worker, which sets the application up and imports the queue's object: `celery_worker.celery`.
fn entry(context: &Context<'_>, tasks: &Tasks, name: &str) -> Option<String> {
    const NAMES: &[&str] = &[
        "celery_worker.py",
        "make_celery.py",
        "celery_app.py",
        "run_celery.py",
        "worker.py",
        "celeryworker.py",
    ];
    let file = context
        .index
        .repository
        .first_in(&tasks.root, NAMES)
        .filter(|file| *file != tasks.file && tasks.framework == Framework::Celery)?;
    let module = context.index.module(&file)?;
    let (local, _) = module.imports.iter().find(|(_, dotted)| {
        context
            .index
            .locate(&tasks.root, dotted)
            .is_some_and(|found| found == (tasks.file.clone(), name.to_owned()))
    })?;
    Some(format!("{}.{local}", dotted_name(&tasks.root, &file)?))
}

/// The folder from which a worker imports: a Django site's own, else what the imports lead to.
fn root(context: &Context<'_>, file: &str) -> String {
    let site = super::django::sites(context)
        .into_iter()
        .filter(|site| path::is_under(file, &site.folder))
        .max_by_key(|site| site.folder.len());
    site.map_or_else(|| context.import_root(file), |site| site.folder)
}

/// The folder that a worker runs in and what must go before its command: a `src` folder is on the path of an installed
/// package only.
fn at(context: &Context<'_>, tasks: &Tasks) -> (String, &'static str) {
    let project = context.project(&tasks.file);
    let from_src = path::file_name(&tasks.root) == "src"
        && project.is_some_and(|project| {
            path::is_under(&tasks.root, &project.folder) && tasks.root != project.folder
        });
    match (from_src, project.is_some_and(|project| project.is_package)) {
        (true, true) => (path::parent(&tasks.root).to_owned(), ""),
        (true, false) => (path::parent(&tasks.root).to_owned(), "PYTHONPATH=src "),
        (false, _) => (tasks.root.clone(), ""),
    }
}

/// The launches that run a queue's processes, by role.
fn launched<'l>(context: &Context<'l>, tasks: &Tasks, role: Role) -> Vec<(&'l Launch, &'l Run)> {
    let runs = context.launches.iter().flat_map(|launch| launch.runs.iter().map(move |run| (launch, run)));
    runs.filter(|(_, run)| {
        let near = path::is_under(&tasks.root, &run.folder) || path::is_under(&run.folder, &tasks.root);
        near && match classify(run) {
            Program::Celery(app, found) => {
                tasks.framework == Framework::Celery
                    && found == role
                    && app.is_none_or(|app| {
                        let module = app.split(':').next().unwrap_or(&app).to_owned();
                        let names = [
                            module.clone(),
                            format!("{module}.celery"),
                            module.rsplit_once('.').map_or(String::new(), |(head, _)| head.to_owned()),
                        ];
                        let own = dotted_name(&run.folder, &tasks.file)
                            .or_else(|| dotted_name(&tasks.root, &tasks.file))
                            .unwrap_or_default();
                        names.contains(&own) || context.index.file(&run.folder, &module).is_some()
                    })
            }
            Program::Queue(queue, _) => role == Role::Worker && framework(queue) == tasks.framework,
            Program::Clock(queue) => role == Role::Beat && framework(queue) == tasks.framework,
            Program::Script(file) => {
                role == Role::Worker
                    && tasks.framework == Framework::Rq
                    && path::join(&run.folder, &file) == tasks.file
            }
            Program::Manage(_, command) => {
                role == Role::Worker && tasks.framework == Framework::Huey && command == "run_huey"
            }
            _ => false,
        }
    })
    .collect()
}

const fn framework(queue: Queue) -> Framework {
    match queue {
        Queue::Rq => Framework::Rq,
        Queue::Arq => Framework::Arq,
        Queue::Dramatiq => Framework::Dramatiq,
        Queue::Huey => Framework::Huey,
        Queue::Taskiq => Framework::Taskiq,
    }
}

/// The worker's command by what the code says.
fn command(context: &Context<'_>, tasks: &Tasks) -> String {
    let target = &tasks.target;
    match tasks.framework {
        Framework::Celery => format!("celery -A {target} worker --loglevel=info"),
        Framework::Arq => format!("arq {target}"),
        Framework::Dramatiq if context.depends(&tasks.file, "django-dramatiq") => {
            "python manage.py rundramatiq".to_owned()
        }
        Framework::Dramatiq => format!("dramatiq {target}"),
        Framework::Huey if context.depends(&tasks.file, "django") => "python manage.py run_huey".to_owned(),
        Framework::Rq => object::rq_command(context, &tasks.file, &tasks.root, target),
        Framework::Taskiq => {
            let named = context.index.repository.named("tasks.py");
            let discovers = named.iter().any(|file| path::is_under(file, &tasks.root));
            format!("taskiq worker {target}{}", if discovers { " --fs-discover" } else { "" })
        }
        _ => format!("huey_consumer {target}"),
    }
}

fn worker(context: &Context<'_>, tasks: &Tasks) -> Vec<Deployable> {
    let start = command(context, tasks);
    let (folder, before) = at(context, tasks);
    let start = format!("{before}{start}");
    let runs = launched(context, tasks, Role::Worker);
    // Several workers differ by their queues; each is a service of its own.
    let mut services: Vec<Deployable> = Vec::new();
    for (launch, run) in runs {
        let line = for_production(&run.words).0;
        let same_folder = run.folder == folder;
        let queue = queues(&run.words);
        let process = queue.as_deref().map_or_else(|| "worker".to_owned(), |queue| format!("worker-{queue}"));
        match services.iter_mut().find(|service| service.process.as_deref() == Some(&process)) {
            Some(service) => service.launched_by(launch),
            None => {
                let mut service =
                    Deployable::new(&folder, &tasks.file, ServiceKind::Worker, tasks.place.clone());
                service.process = Some(process);
                service.framework = Some(tasks.framework);
                service.start = Some(Claim::certain(if same_folder { line } else { start.clone() }));
                service.launched_by(launch);
                services.push(service);
            }
        }
    }
    if services.len() > 1 {
        // The worker without named queues is the plain one; alone it needs no queue in its name.
        services.sort_by(|a, b| a.process.cmp(&b.process));
    } else if let Some(only) = services.first_mut() {
        only.process = Some("worker".to_owned());
    }
    if services.is_empty() {
        let mut service = Deployable::new(&folder, &tasks.file, ServiceKind::Worker, tasks.place.clone());
        service.process = Some("worker".to_owned());
        service.framework = Some(tasks.framework);
        service.start = Some(Claim::likely(start));
        services.push(service);
    }
    services
}

/// The queues that a Celery worker is told to work off.
fn queues(words: &[String]) -> Option<String> {
    words.iter().enumerate().find_map(|(at, word)| match word.as_str() {
        "-Q" | "--queues" => words.get(at + 1).cloned(),
        word => word
            .strip_prefix("--queues=")
            .or_else(|| word.strip_prefix("-Q").filter(|rest| !rest.is_empty()))
            .map(str::to_owned),
    })
}

fn scheduler(context: &Context<'_>, tasks: &Tasks) -> Option<Deployable> {
    let runs = launched(context, tasks, Role::Beat);
    if let Some(clock) = &tasks.clock {
        return Some(clock_service(context, tasks, clock, &runs));
    }
    if tasks.framework != Framework::Celery {
        return None;
    }
    let embedded = launched(context, tasks, Role::Worker)
        .iter()
        .any(|(_, run)| run.words.iter().any(|word| word == "-B" || word == "--beat"));
    let database = context.depends(&tasks.file, "django-celery-beat");
    let redbeat = context.depends(&tasks.file, "celery-redbeat");
    let scheduled = context.index.marked(&tasks.root, Marks::SCHEDULE).into_iter().find(|file| {
        let text = context.index.repository.text(file).unwrap_or_default();
        ["beat_schedule", "BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "add_periodic_task"]
            .iter()
            .any(|word| text.contains(word))
    });
    if runs.is_empty() && !embedded && !database && !redbeat && scheduled.is_none() {
        return None;
    }
    let (folder, before) = at(context, tasks);
    let mut service = Deployable::new(&folder, &tasks.file, ServiceKind::Scheduler, tasks.place.clone());
    service.process = Some("beat".to_owned());
    service.framework = Some(Framework::Celery);
    let scheduler = if database {
        " --scheduler django_celery_beat.schedulers:DatabaseScheduler"
    } else if redbeat {
        " --scheduler redbeat.RedBeatScheduler"
    } else {
        ""
    };
    let own = format!("{before}celery -A {} beat --loglevel=info{scheduler}", tasks.target);
    let authored =
        runs.iter().find(|(_, run)| run.folder == folder).map(|(_, run)| for_production(&run.words).0);
    service.start = Some(authored.map_or(Claim::likely(own), Claim::certain));
    if let Some(file) = scheduled {
        service.evidence.push(Place::new(file, 1));
    }
    for (launch, _) in runs {
        service.launched_by(launch);
    }
    if service.confidence != Confidence::Certain && scheduled.is_none() && !database && !redbeat {
        service.confidence = Confidence::Maybe;
    }
    Some(service)
}

/// A scheduler that is an object of its own.
fn clock_service(context: &Context<'_>, tasks: &Tasks, clock: &str, runs: &[(&Launch, &Run)]) -> Deployable {
    let (folder, before) = at(context, tasks);
    let mut service = Deployable::new(&folder, &tasks.file, ServiceKind::Scheduler, tasks.place.clone());
    service.process = Some("scheduler".to_owned());
    service.framework = Some(tasks.framework);
    let authored =
        runs.iter().find(|(_, run)| run.folder == folder).map(|(_, run)| for_production(&run.words).0);
    service.start = Some(
        authored.map_or_else(|| Claim::likely(format!("{before}taskiq scheduler {clock}")), Claim::certain),
    );
    for (launch, _) in runs {
        service.launched_by(launch);
    }
    service
}
