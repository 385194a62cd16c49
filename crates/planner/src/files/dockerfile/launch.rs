//! A command line as a program with its arguments.

/// The exec form of a start command. What needs a shell (a variable, a second command) gets one that is replaced by the
/// program, so that the program is process 1 and gets the signals.
pub fn exec_form(line: &str) -> Vec<String> {
    let line = without_runner(line.trim());
    let needs_shell = |c: char| "$&|;<>()`'\"\\*?~#".contains(c);
    if !line.contains(needs_shell) {
        return line.split_whitespace().map(str::to_owned).collect();
    }
    let last = line.rfind("&&").map_or(0, |at| at + 2);
    let (before, program) = line.split_at(last);
    let program = program.trim();
    let gap = if before.is_empty() { "" } else { " " };
    let exec = if program.starts_with("exec ") { "" } else { "exec " };
    vec!["sh".into(), "-c".into(), format!("{}{gap}{exec}{program}", before.trim())]
}

/// A start command whose last program is one that lets SIGTERM end it after all is done, so that it looks killed: uvicorn, and
/// what starts it (`Server.capture_signals`). It ends with 0 after SIGINT, which Python makes an exception of, so SIGTERM becomes
/// the same exception. Before the program has taken the signals over and when it fails, the code says so as before.
pub(super) fn ending_well(line: &str) -> String {
    let (before, program) = last(line);
    match module(program) {
        Some((name @ ("uvicorn" | "fastapi"), rest)) => format!(
            "{before}python -c 'import runpy, signal; signal.signal(signal.SIGTERM, signal.default_int_handler); \
             runpy.run_module(\"{name}\", run_name=\"__main__\", alter_sys=True)' {rest}"
        ),
        Some(_) | None => line.to_owned(),
    }
}

/// A command line with a debugger for Python let in; `None` when it is not known how.
pub(super) fn debugged(line: &str, port: u16) -> Option<String> {
    let (before, program) = last(line);
    let debugger = format!("{before}python -m debugpy --listen 0.0.0.0:{port}");
    match module(program) {
        Some((name, rest)) => Some(format!("{debugger} -m {name} {rest}")),
        None => program.strip_prefix("python ").map(|rest| format!("{debugger} {rest}")),
    }
}

/// What comes before the last program of a line, with the gap, and that program.
fn last(line: &str) -> (String, &str) {
    let (before, last) = line.split_at(line.rfind("&&").map_or(0, |at| at + 2));
    let gap = if before.is_empty() { "" } else { " " };
    (format!("{before}{gap}"), without_runner(last.trim().trim_start_matches("exec ")))
}

/// A program of Python that is a module of the same name, with its arguments.
fn module(program: &str) -> Option<(&str, &str)> {
    const MODULES: [&str; 6] = ["uvicorn", "fastapi", "flask", "gunicorn", "hypercorn", "celery"];
    let program = program.strip_prefix("python -m ").unwrap_or(program);
    program.split_once(' ').filter(|(name, _)| MODULES.contains(name))
}

/// `npx x` and its like only look for a program that is in `PATH` anyway.
fn without_runner(line: &str) -> &str {
    const RUNNERS: [&str; 9] = [
        "npx --no-install ",
        "npx ",
        "pnpm exec ",
        "yarn exec ",
        "bunx ",
        "uv run ",
        "poetry run ",
        "pdm run ",
        "pipenv run ",
    ];
    RUNNERS.iter().find_map(|runner| line.strip_prefix(runner)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::{debugged, ending_well, exec_form};

    #[test]
    fn the_program_is_process_one() {
        assert_eq!(exec_form("node dist/main.js"), ["node", "dist/main.js"]);
        assert_eq!(exec_form("npx prisma migrate deploy"), ["prisma", "migrate", "deploy"]);
        assert_eq!(
            exec_form("uvicorn app:app --port $PORT"),
            ["sh", "-c", "exec uvicorn app:app --port $PORT"]
        );
        assert_eq!(exec_form("a --b && c d"), ["sh", "-c", "a --b && exec c d"]);
    }
    #[test]
    fn what_ends_by_its_signal_is_told_otherwise() {
        for line in ["uvicorn app:app --port $PORT", "exec uv run uvicorn app:app --port $PORT"] {
            let told = ending_well(line);
            assert!(told.starts_with("python -c '") && told.ends_with("' app:app --port $PORT"), "{told}");
        }
        let told = ending_well("python manage.py check && python -m fastapi run app.py");
        assert!(told.starts_with("python manage.py check && python -c '"), "{told}");
        assert!(
            told.ends_with("run_module(\"fastapi\", run_name=\"__main__\", alter_sys=True)' run app.py"),
            "{told}"
        );
        for line in
            ["gunicorn app:app -k uvicorn.workers.UvicornWorker", "python main.py", "uvicorn-hmr app:app"]
        {
            assert_eq!(ending_well(line), line);
        }
    }

    #[test]
    fn a_debugger_comes_before_the_program() {
        let debugger = "python -m debugpy --listen 0.0.0.0:5678";
        for (line, told) in [
            ("uvicorn app:app --reload", Some("-m uvicorn app:app --reload")),
            ("poetry run python manage.py runserver", Some("manage.py runserver")),
            ("python -m flask run", Some("-m flask run")),
            ("make serve", None),
        ] {
            assert_eq!(debugged(line, 5678), told.map(|told| format!("{debugger} {told}")), "{line}");
        }
    }
}
