//! A command of the author as production runs it.

use super::{Server, server, without_interpreter};
use crate::{path, shell};

/// Options that are for development, or that make one process do another's work.
const DROP: &[&str] = &[
    "--reload",
    "--debug",
    "--reload-dir",
    "--reload-include",
    "--reload-exclude",
    "--reload-delay",
    "-B",
    "--beat",
];

/// Options that name a file or a folder, which is another one in an image.
const WITH_PATH: &[&str] = &[
    "--chdir",
    "--app-dir",
    "-c",
    "--config",
    "--env-file",
    "--log-config",
    "--pid",
    "--access-logfile",
    "--error-logfile",
    "--log-file",
    "--worker-tmp-dir",
];

/// The same command for production: without what is for development, listening where it is told to. With the port that it
/// named itself.
pub(crate) fn for_production(words: &[String]) -> (String, Option<u16>) {
    let words = without_interpreter(words);
    let program = words.first().map_or("", |word| path::file_name(word)).to_owned();
    let server = server(&program);
    let mut out: Vec<String> = if program.ends_with(".py") && program != "huey_consumer.py" {
        vec!["python".to_owned()]
    } else {
        Vec::new()
    };
    out.extend(words.first().map(|word| if server.is_some() { program.clone() } else { word.clone() }));
    let mut state = Listening::default();
    let mut rest = words.iter().skip(1).peekable();
    while let Some(word) = rest.next() {
        let (name, inline) = word
            .split_once('=')
            .map_or((word.as_str(), None), |(name, value)| (name, Some(value.to_owned())));
        let embedded_beat = matches!(name, "-B" | "--beat");
        if DROP.contains(&name) && (!embedded_beat || program == "celery") {
            if name.starts_with("--reload-") && inline.is_none() {
                rest.next();
            }
            continue;
        }
        if server.is_none() && program != "fastapi" && program != "streamlit" {
            out.push(word.clone());
            continue;
        }
        let value = inline.as_deref().or_else(|| rest.peek().map(|next| next.as_str()));
        if WITH_PATH.contains(&name)
            && value.is_some_and(|value| value.starts_with('/') && !value.starts_with("/dev/"))
        {
            if inline.is_none() {
                rest.next();
            }
            continue;
        }
        if listens(&program, name) {
            let value = inline.or_else(|| rest.next().cloned()).unwrap_or_default();
            state.note(name, &value);
            continue;
        }
        out.push(word.clone());
    }
    let port = state.port;
    out.extend(state.options(&program, server));
    (shell::line(&out), port)
}

/// Whether an option of a program says where it listens.
fn listens(program: &str, option: &str) -> bool {
    match program {
        "uvicorn" | "granian" | "fastapi" | "sanic" => {
            matches!(option, "--host" | "--port" | "--uds")
                || (option == "-p" && program == "sanic")
                || (option == "-H" && program == "sanic")
        }
        "gunicorn" | "hypercorn" => matches!(option, "--bind" | "-b" | "-bind"),
        "daphne" => matches!(option, "-b" | "--bind" | "-p" | "--port" | "-u"),
        "waitress-serve" => matches!(option, "--listen" | "--host" | "--port"),
        "streamlit" => matches!(option, "--server.port" | "--server.address"),
        _ => false,
    }
}

/// Where a command says it listens.
#[derive(Default)]
struct Listening {
    port: Option<u16>,
}

impl Listening {
    fn note(&mut self, _option: &str, value: &str) {
        // `0.0.0.0:8000`, `8000`, `:8000`, `${PORT:-8000}`.
        let text = value.rsplit_once(":-").map_or_else(
            || value.rsplit(':').next().unwrap_or(value),
            |(_, default)| default.trim_end_matches('}'),
        );
        self.port = text.parse().ok().or(self.port);
    }

    fn options(&self, program: &str, server: Option<Server>) -> Vec<String> {
        let words: &[&str] = match (server, program) {
            (Some(Server::Uvicorn | Server::Granian | Server::Sanic), _) | (None, "fastapi") => {
                &["--host", "0.0.0.0", "--port", "$PORT"]
            }
            (Some(Server::Gunicorn | Server::Hypercorn), _) => &["--bind", "0.0.0.0:$PORT"],
            (Some(Server::Daphne), _) => &["-b", "0.0.0.0", "-p", "$PORT"],
            (Some(Server::Waitress), _) => &["--listen=0.0.0.0:$PORT"],
            (None, "streamlit") => &["--server.port", "$PORT", "--server.address", "0.0.0.0"],
            (None, _) => &[],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;

    #[test]
    fn commands_are_made_fit_for_production() {
        for (text, expected, port) in [
            (
                "uvicorn app.main:app --host 127.0.0.1 --port 8080 --reload --reload-dir app",
                "uvicorn app.main:app --host 0.0.0.0 --port $PORT",
                Some(8080),
            ),
            (
                "gunicorn a.wsgi --bind=0.0.0.0:${PORT:-9000} -w 2",
                "gunicorn a.wsgi -w 2 --bind 0.0.0.0:$PORT",
                Some(9000),
            ),
            ("gunicorn -b unix:/run/x.sock a:b", "gunicorn a:b --bind 0.0.0.0:$PORT", None),
            (
                "daphne -p 8001 a.asgi:application",
                "daphne a.asgi:application -b 0.0.0.0 -p $PORT",
                Some(8001),
            ),
            ("celery -A a worker -B -l info", "celery -A a worker -l info", None),
            ("python -m app.bot --debug", "python -m app.bot", None),
        ] {
            let found = for_production(&run(text).words);
            assert_eq!((found.0.as_str(), found.1), (expected, port), "{text}");
        }
    }
}
