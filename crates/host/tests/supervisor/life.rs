//! Starting, and starting again.

use crate::bench::{Bench, gone, shell};
use crate::supervise::binary;
use host::supervisor;
use host::{identity, process};
use model::instance::{InstancePhase, InstanceSpec, Restart};
use model::manifest::Limits;
use model::unit::Bytes;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn an_instance_outlives_who_started_it() {
    let bench = Bench::new();
    let mut spec = shell("echo one; sleep 1; echo two; exit 5");
    spec.command[0] = "/bin/sh".into();
    let mut starter = std::process::Command::new(binary());
    starter.arg("start-and-die").arg(&bench.dir).arg(serde_json::to_string(&spec).unwrap());
    let ended = starter.env("SECRET", "x").stderr(Stdio::null()).status().unwrap();
    assert!(!ended.success(), "the starter was not killed");
    let status = bench.wait_for("its end", |status| status.phase == InstancePhase::Ended);
    assert_eq!(status.last_exit.unwrap().code, Some(5));
    assert_eq!(bench.output().last().map(String::as_str), Some("two"));
}

#[test]
fn a_crash_loop_backs_off_and_is_ended_in_its_pause() {
    let bench = Bench::new();
    let spec = InstanceSpec { restart: Restart::Always, ..shell("echo again; exit 1") };
    bench.start(&spec).unwrap();
    let began = Instant::now();
    bench.wait_for("the fourth restart", |status| status.restarts == 4);
    assert!(began.elapsed() > Duration::from_millis(100 + 200 + 400 + 800 - 100), "{:?}", began.elapsed());
    let status = bench.wait_for("a pause", |status| status.phase == InstancePhase::Waiting);
    assert_eq!(status.last_exit.unwrap().code, Some(1));
    let supervisor = bench.supervisor();
    let exit = supervisor::stop(&bench.dir, Duration::from_secs(60)).unwrap().unwrap();
    assert_eq!(exit.code, Some(1));
    assert!(gone(supervisor));
    let restarts = bench.status().restarts;
    assert_eq!(bench.output().len(), restarts as usize + 1);
}

#[test]
fn a_program_that_vanished_is_tried_again() {
    let bench = Bench::new();
    let program = bench.root.path().join("program");
    let body = "#!/bin/sh\nrm -f \"$0\"; exit 1\n";
    host::files::write_atomic(&program, body.as_bytes(), 0o755).unwrap();
    let command = vec![program.to_string_lossy().into_owned()];
    bench.start(&InstanceSpec { command, restart: Restart::Always, ..shell("") }).unwrap();
    bench.wait_for("code 127", |status| status.last_exit.as_ref().is_some_and(|exit| exit.code == Some(127)));
    assert!(bench.output().iter().any(|line| line.contains("was not found")), "{:?}", bench.output());
}

#[test]
fn what_a_crashed_program_leaves_behind_ends_before_the_next_start() {
    let bench = Bench::new();
    bench
        .start(&InstanceSpec {
            restart: Restart::Always,
            ..shell("sleep 1000 & echo child=$!; [ -e /proc/$! ] && exit 1")
        })
        .unwrap();
    let child = bench.number("child");
    bench.wait_for("a restart", |status| status.restarts >= 1);
    assert!(gone(child));
}

#[test]
fn what_cannot_start_says_why_and_leaves_nothing() {
    let bench = Bench::new();
    let command = vec!["no-such-program".to_owned()];
    let cases = [
        (InstanceSpec { command, ..shell("") }, "was not found"),
        (InstanceSpec { command: Vec::new(), ..shell("") }, "is empty"),
        (InstanceSpec { directory: "/no/such".into(), ..shell("") }, "there is no such folder"),
        (InstanceSpec { user: Some("no-such-user".into()), ..shell("") }, "there is no such user"),
    ];
    for (spec, reason) in cases {
        let error = bench.start(&spec).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains("api-r0001"), "{error}");
        assert!(!bench.dir.exists(), "{error}");
    }
    let odd = supervisor::launch(Path::new("/bin/true"), &bench.dir, &shell(""), &Default::default());
    assert!(odd.unwrap_err().to_string().contains("gave no answer"));
    assert!(!bench.dir.exists());
    assert_eq!(supervisor::status(&bench.dir).unwrap(), None);
    assert_eq!(supervisor::stop(&bench.dir, Duration::from_secs(5)).unwrap(), None);
    supervisor::remove(&bench.dir).unwrap();
}

#[test]
fn many_starts_make_one_instance() {
    let bench = Bench::new();
    let spec = shell("echo started; sleep 1000");
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| bench.start(&spec).unwrap());
        }
    });
    bench.wait_for_line("started");
    bench.start(&spec).unwrap();
    assert_eq!(bench.output(), ["started"]);
    let status = bench.status();
    assert_eq!(status.phase, InstancePhase::Running);
    assert!(status.memory.is_some_and(|memory| memory.0 > 100_000), "{:?}", status.memory);
}

#[test]
fn it_runs_as_another_user() {
    if !identity::is_root() {
        return;
    }
    let bench = Bench::new();
    let limits = Limits { memory: Some(Bytes(256 << 20)), cpu_milli: None };
    bench.start(&InstanceSpec { user: Some("nobody".into()), limits, ..shell("echo id=$(id -u)") }).unwrap();
    assert_eq!(bench.number("id"), process::user_ids("nobody").unwrap().uid);
}
