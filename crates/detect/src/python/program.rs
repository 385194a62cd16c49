//! What a command line runs, when it runs Python; and the same command as production should run it.

mod production;

use crate::launch::Run;
use crate::path;
pub(crate) use production::for_production;

/// What a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Program {
    /// An HTTP server with an application: module and object.
    Server {
        /// Which server.
        server: Server,
        /// The dotted module.
        module: String,
        /// The object in it; absent when the server's default is meant.
        object: Option<String>,
    },
    /// `fastapi run` with a file.
    FastApi(Option<String>),
    /// `flask run`: a development server.
    Flask,
    /// Celery with its application and role.
    Celery(Option<String>, Role),
    /// Another queue's worker with what it names.
    Queue(Queue, Vec<String>),
    /// SAQ's worker, by its own command or Litestar's.
    Saq,
    /// Another queue's scheduler.
    Clock(Queue),
    /// `manage.py` in a folder with a command.
    Manage(String, String),
    /// Streamlit with a file.
    Streamlit(String),
    /// `python -m` with a module.
    Module(String),
    /// `python` with a file.
    Script(String),
    /// Applies migrations.
    Migrate,
    /// None of these.
    Other,
}

/// HTTP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// ASGI.
    Uvicorn,
    /// WSGI; ASGI with a worker class.
    Gunicorn,
    /// ASGI.
    Hypercorn,
    /// ASGI.
    Daphne,
    /// Both.
    Granian,
    /// WSGI.
    Waitress,
    /// Its own.
    Sanic,
}

/// What a Celery process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Works off tasks.
    Worker,
    /// Sends tasks by the clock.
    Beat,
    /// Anything else, such as a monitor.
    Other,
}

/// Queues other than Celery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    /// RQ.
    Rq,
    /// arq.
    Arq,
    /// Dramatiq.
    Dramatiq,
    /// Huey.
    Huey,
    /// Taskiq.
    Taskiq,
}

/// What a command runs.
pub(crate) fn classify(run: &Run) -> Program {
    let words = without_interpreter(&run.words);
    let Some(program) = words.first().map(|word| path::file_name(word)) else { return Program::Other };
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    if let Some(server) = server(program) {
        return match target(words) {
            Some((module, object)) => Program::Server { server, module, object },
            None => Program::Other,
        };
    }
    match program {
        "fastapi" => Program::FastApi(words.iter().skip(2).find(|word| word.ends_with(".py")).cloned()),
        "flask" if words.iter().any(|word| word == "db") => Program::Migrate,
        "flask" if words.iter().any(|word| word == "run") => Program::Flask,
        "celery" => celery(words),
        "rq" if word(1) == "worker" => Program::Queue(Queue::Rq, positional(&words[2..])),
        "rqworker" => Program::Queue(Queue::Rq, positional(&words[1..])),
        "arq" => Program::Queue(Queue::Arq, positional(&words[1..])),
        "dramatiq" => Program::Queue(Queue::Dramatiq, positional(&words[1..])),
        "huey_consumer" | "huey_consumer.py" => Program::Queue(Queue::Huey, positional(&words[1..])),
        "taskiq" if word(1) == "worker" => Program::Queue(Queue::Taskiq, positional(&words[2..])),
        "taskiq" if word(1) == "scheduler" => Program::Clock(Queue::Taskiq),
        "rqscheduler" => Program::Clock(Queue::Rq),
        "saq" if words.len() > 1 => Program::Saq,
        "litestar" if words.ends_with(&["workers".to_owned(), "run".to_owned()]) => Program::Saq,
        "litestar" if word(1) == "database" || word(3) == "database" => Program::Migrate,
        "streamlit" if word(1) == "run" => Program::Streamlit(word(2).to_owned()),
        "alembic" | "aerich" | "yoyo" => Program::Migrate,
        "manage.py" => managed(words, ""),
        "django-admin" => managed(words, ""),
        _ if is_python(program) => interpreted(words),
        _ if program.ends_with(".py") && !program.contains('$') => Program::Script(words[0].clone()),
        _ => Program::Other,
    }
}

fn server(program: &str) -> Option<Server> {
    Some(match program {
        "uvicorn" => Server::Uvicorn,
        "gunicorn" => Server::Gunicorn,
        "hypercorn" => Server::Hypercorn,
        "daphne" => Server::Daphne,
        "granian" => Server::Granian,
        "waitress-serve" => Server::Waitress,
        "sanic" => Server::Sanic,
        _ => return None,
    })
}

/// `python -m uvicorn …` is `uvicorn …`; `python3 -u x.py` is `python x.py`.
fn without_interpreter(words: &[String]) -> &[String] {
    let is_python = words.first().is_some_and(|word| is_python(word));
    let module = words.get(2).map(String::as_str);
    let direct = [
        "uvicorn",
        "gunicorn",
        "hypercorn",
        "celery",
        "streamlit",
        "alembic",
        "flask",
        "dramatiq",
        "arq",
        "granian",
        "waitress",
    ];
    if is_python
        && words.get(1).is_some_and(|word| word == "-m")
        && module.is_some_and(|module| direct.contains(&module))
    {
        return &words[2..];
    }
    words
}

/// Whether a program is the Python interpreter.
pub(crate) fn is_python(word: &str) -> bool {
    let name = path::file_name(word);
    name == "python"
        || name.strip_prefix("python3").is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        || name == "python2"
}

fn interpreted(words: &[String]) -> Program {
    let first = words.iter().skip(1).position(|word| word == "-m" || !word.starts_with('-')).map(|at| at + 1);
    if let Some(at) = first.filter(|at| words[*at] == "-m") {
        return words.get(at + 1).map_or(Program::Other, |module| Program::Module(module.clone()));
    }
    let at =
        words.iter().skip(1).position(|word| !word.starts_with('-') && !word.is_empty()).map(|at| at + 1);
    match at.map(|at| (at, words[at].as_str())) {
        Some((at, file)) if path::file_name(file) == "manage.py" => managed(&words[at..], path::parent(file)),
        Some((_, file)) if file.ends_with(".py") => Program::Script(file.to_owned()),
        _ => Program::Other,
    }
}

fn managed(words: &[String], folder: &str) -> Program {
    let folder = if folder.is_empty() { path::parent(&words[0]) } else { folder };
    match words.get(1).map(String::as_str) {
        Some("migrate") => Program::Migrate,
        Some(command) => Program::Manage(folder.to_owned(), command.to_owned()),
        None => Program::Other,
    }
}

fn celery(words: &[String]) -> Program {
    let app = words.iter().enumerate().find_map(|(at, word)| match word.as_str() {
        "-A" | "--app" => words.get(at + 1).cloned(),
        word => word
            .strip_prefix("--app=")
            .or_else(|| word.strip_prefix("-A").filter(|rest| !rest.is_empty()))
            .map(str::to_owned),
    });
    let has = |name: &str| words.iter().any(|word| word == name);
    let role = if has("worker") {
        Role::Worker
    } else if has("beat") {
        Role::Beat
    } else {
        Role::Other
    };
    Program::Celery(app, role)
}

fn positional(words: &[String]) -> Vec<String> {
    words.iter().filter(|word| !word.starts_with('-')).cloned().collect()
}

/// `package.module:object` among the words of a server's command.
fn target(words: &[String]) -> Option<(String, Option<String>)> {
    let mut skip = true;
    for (at, word) in words.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') {
            let takes_value =
                !word.contains('=') && words.get(at + 1).is_some_and(|next| !next.starts_with('-'));
            let flag = [
                "--reload",
                "--factory",
                "--proxy-headers",
                "--no-access-log",
                "--no-server-header",
                "--preload",
                "--use-colors",
                "--call",
            ]
            .contains(&word.as_str());
            skip = takes_value && !flag;
            continue;
        }
        let (module, object) =
            word.split_once(':').map_or((word.as_str(), None), |(module, object)| (module, Some(object)));
        let dotted = module.strip_suffix(".py").unwrap_or(module).replace('/', ".");
        if !dotted.is_empty() && dotted.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return Some((dotted, object.map(str::to_owned)));
        }
    }
    None
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::shell;

    pub(super) fn run(text: &str) -> Run {
        let invocation = shell::invocations(text).pop().unwrap();
        Run { folder: ".".into(), assignments: invocation.assignments, words: invocation.words }
    }

    #[test]
    fn commands_are_classified() {
        let server = |server, module: &str, object: &str| Program::Server {
            server,
            module: module.into(),
            object: Some(object.into()),
        };
        for (text, program) in [
            ("uvicorn app.main:app --reload", server(Server::Uvicorn, "app.main", "app")),
            ("python -m uvicorn --host 0.0.0.0 app.main:app", server(Server::Uvicorn, "app.main", "app")),
            (
                "gunicorn -w 4 -k uvicorn.workers.UvicornWorker 'a:create_app()'",
                server(Server::Gunicorn, "a", "create_app()"),
            ),
            (
                "gunicorn --bind :8000 --workers 3 config.wsgi",
                Program::Server { server: Server::Gunicorn, module: "config.wsgi".into(), object: None },
            ),
            ("celery -A proj beat -l info", Program::Celery(Some("proj".into()), Role::Beat)),
            (
                "celery --app=proj.celery:app worker",
                Program::Celery(Some("proj.celery:app".into()), Role::Worker),
            ),
            ("python3 src/manage.py runserver 0:8000", Program::Manage("src".into(), "runserver".into())),
            ("python manage.py migrate", Program::Migrate),
            ("python -u -m bot", Program::Module("bot".into())),
            ("python -m bot.main", Program::Module("bot.main".into())),
            ("python -u bot.py --x", Program::Script("bot.py".into())),
            ("fastapi run --workers 4 app/main.py", Program::FastApi(Some("app/main.py".into()))),
            ("nginx -g daemon", Program::Other),
        ] {
            assert_eq!(classify(&run(text)), program, "{text}");
        }
    }
}
