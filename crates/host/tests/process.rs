//! Running real programs.

#[path = "support/supervise.rs"]
mod supervise;

use host::process::{
    Command, Exit, Input, ProcessError, Stream, alive, find_program, run, start_ticks, user_ids,
};
use host::{environment, identity};
use model::Secret;
use std::cell::Cell;
use std::time::{Duration, Instant};

fn shell(script: &str) -> Command {
    Command::new("sh", "/").args(["-c", script]).env(environment::inherit(&["PATH"]))
}

fn collect(command: &Command) -> (Result<Exit, ProcessError>, Vec<(Stream, String)>) {
    let mut lines = Vec::new();
    let timeout = Some(Duration::from_secs(60));
    let exit = run(command, &mut |stream, line| lines.push((stream, line.to_owned())), &|| false, timeout);
    (exit, lines)
}

#[test]
fn output_and_exit_code_come_back() {
    let (exit, lines) = collect(&shell("echo out; echo err >&2; printf rest; exit 3"));
    assert_eq!(exit, Ok(Exit::Code(3)));
    for wanted in [(Stream::Out, "out"), (Stream::Error, "err"), (Stream::Out, "rest")] {
        assert!(lines.contains(&(wanted.0, wanted.1.to_owned())), "{wanted:?} is not in {lines:?}");
    }
    assert_eq!(collect(&shell("kill -9 $$")).0, Ok(Exit::Signal(9)));
}

#[test]
fn nothing_is_inherited_and_input_is_read() {
    let text = "x".repeat(300_000);
    let command = shell("env | sort; wc -c").var("ONLY", "this").input(Input::Text(Secret::new(&text)));
    let (exit, lines) = collect(&command);
    assert_eq!(exit, Ok(Exit::Code(0)));
    let names: Vec<&str> = lines.iter().filter_map(|(_, line)| Some(line.split_once('=')?.0)).collect();
    assert!(
        names.iter().all(|name| ["ONLY", "PATH", "PWD", "OLDPWD", "_", "SHLVL"].contains(name)),
        "{names:?}"
    );
    assert_eq!(lines.last().map(|(_, line)| line.trim()), Some("300000"));
}

#[test]
fn bytes_that_are_no_text_and_long_lines_arrive() {
    let (_, lines) = collect(&shell(r"printf 'a\377b\n'; head -c 1000000 /dev/zero | tr '\0' x"));
    assert_eq!(lines[0].1, "a\u{fffd}b");
    assert_eq!(lines[1..].iter().map(|(_, line)| line.len()).sum::<usize>(), 1_000_000);
}

#[test]
fn what_cannot_start_says_why() {
    let missing = collect(&Command::new("no-such-program", "/").var("PATH", "/usr/bin")).0;
    assert!(matches!(missing, Err(ProcessError::NotFound { .. })), "{missing:?}");
    let folder = collect(&Command::new("sh", "/no/such/folder").var("PATH", "/bin")).0;
    assert!(matches!(folder, Err(ProcessError::Directory { .. })), "{folder:?}");
    let user = collect(&shell("true").user("no-such-user")).0;
    assert!(matches!(user, Err(ProcessError::User { .. })), "{user:?}");
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script");
    host::files::write_atomic(&script, b"#!/no/such/interpreter\n", 0o755).unwrap();
    let start = collect(&Command::new(script.to_str().unwrap(), "/")).0;
    assert!(
        matches!(&start, Err(ProcessError::Start { reason, .. }) if reason.contains("interpreter")),
        "{start:?}"
    );
}

#[test]
fn time_out_and_cancel_end_the_whole_group() {
    for by_timeout in [true, false] {
        let (mut child, asked) = (None, Cell::new(0));
        let command = shell("trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000");
        let timeout = by_timeout.then_some(Duration::from_millis(300));
        let cancelled = || {
            asked.set(asked.get() + 1);
            !by_timeout && asked.get() > 5
        };
        let began = Instant::now();
        let result = run(&command, &mut |_, line| child = line.parse::<u32>().ok(), &cancelled, timeout);
        match by_timeout {
            true => assert!(matches!(result, Err(ProcessError::TimedOut { .. })), "{result:?}"),
            false => assert!(matches!(result, Err(ProcessError::Cancelled { .. })), "{result:?}"),
        }
        assert!(began.elapsed() > Duration::from_secs(5), "it had its grace");
        let child = child.expect("the script names its child");
        assert!(start_ticks(child).is_none_or(|ticks| !alive(child, ticks)), "a child was left behind");
    }
}

#[test]
fn nothing_outlives_us_when_we_are_killed() {
    for _ in 0..10 {
        let dir = tempfile::tempdir().unwrap();
        let script = "sleep 1000 & sh -c 'sleep 1000; true' & echo $$ $! > new; mv new pids; wait";
        let mut runner = std::process::Command::new(supervise::binary());
        let mut runner = runner.arg("run").arg(dir.path()).arg(script).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        while !dir.path().join("pids").exists() {
            assert!(Instant::now() < deadline, "the script never came to its end");
            std::thread::sleep(Duration::from_millis(5));
        }
        let pids = std::fs::read_to_string(dir.path().join("pids")).unwrap();
        runner.kill().unwrap();
        runner.wait().unwrap();
        for pid in pids.split_whitespace().map(|pid| pid.parse().unwrap()) {
            while start_ticks(pid).is_some_and(|ticks| alive(pid, ticks)) {
                assert!(Instant::now() < deadline, "{pid} still runs");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

#[test]
fn a_daemon_left_behind_does_not_hold_us_up() {
    let began = Instant::now();
    let (exit, lines) = collect(&shell("sleep 100 & echo $!"));
    assert_eq!(exit, Ok(Exit::Code(0)));
    assert!(began.elapsed() < Duration::from_secs(50));
    let pid: u32 = lines[0].1.parse().unwrap();
    host::process::signal(pid, start_ticks(pid).unwrap(), host::process::Signal::Kill);
}

#[test]
fn another_user_is_really_another() {
    if !identity::is_root() {
        return;
    }
    let ids = user_ids("nobody").expect("every machine has nobody");
    let (exit, lines) = collect(&shell("id -u; id -G").user("nobody"));
    assert_eq!(exit, Ok(Exit::Code(0)));
    assert_eq!(lines[0].1, ids.uid.to_string());
    let mut groups: Vec<u32> = lines[1].1.split(' ').map(|group| group.parse().unwrap()).collect();
    groups.sort_unstable();
    let mut expected = ids.groups;
    expected.sort_unstable();
    assert_eq!(groups, expected);
}

#[test]
fn programs_are_found_like_a_shell_does() {
    assert!(find_program("sh", "/nowhere:/bin").is_some_and(|path| path.ends_with("bin/sh")));
    assert_eq!(find_program("sh", "/nowhere"), None);
    assert_eq!(find_program("/etc/passwd", ""), None);
}
