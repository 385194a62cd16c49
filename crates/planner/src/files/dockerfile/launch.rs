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
    use super::exec_form;

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
}
