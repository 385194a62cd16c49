//! The supervisor with real programs.

#[path = "support/supervise.rs"]
mod supervise;

use host::process::{self, Signal, Stream, alive, start_ticks};
use host::supervisor::{self, LimitsApplied, SupervisorError};
use host::{environment, identity};
use model::Secret;
use model::id::{InstanceId, ReleaseId, ServiceName};
use model::instance::{InstancePhase, InstanceSpec, InstanceStatus, Part, Restart, StopSignal};
use model::manifest::Limits;
use model::unit::{Bytes, Millis};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use supervise::binary;

/// An instance's folder; whatever runs in it ends with the test.
struct Bench {
    _root: tempfile::TempDir,
    dir: PathBuf,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = supervisor::stop(&self.dir, Duration::ZERO);
    }
}

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("instance");
        Self { _root: root, dir }
    }

    fn start(&self, spec: &InstanceSpec) -> Result<(), SupervisorError> {
        self.start_with(spec, &[])
    }

    fn start_with(&self, spec: &InstanceSpec, variables: &[(&str, &str)]) -> Result<(), SupervisorError> {
        let mut env = environment::inherit(&["PATH"]);
        env.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))));
        supervisor::launch(&binary(), &self.dir, spec, &env)
    }

    fn status(&self) -> InstanceStatus {
        supervisor::status(&self.dir).unwrap().expect("it was started")
    }

    fn output(&self) -> Vec<String> {
        supervisor::tail(&self.dir, 1_000_000).into_iter().map(|line| line.text).collect()
    }

    fn supervisor(&self) -> u32 {
        supervisor::state(&self.dir).unwrap().supervisor.pid
    }

    fn wait_for(&self, what: &str, condition: impl Fn(&InstanceStatus) -> bool) -> InstanceStatus {
        eventually(what, || Some(self.status()).filter(|status| condition(status)))
    }

    fn wait_for_line(&self, line: &str) {
        eventually(line, || self.output().iter().any(|got| got == line).then_some(()));
    }

    /// The number that the program wrote after `name=`.
    fn number(&self, name: &str) -> u32 {
        let prefix = format!("{name}=");
        eventually(name, || self.output().iter().find_map(|line| line.strip_prefix(&prefix)?.parse().ok()))
    }
}

fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "never came: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn gone(pid: u32) -> bool {
    start_ticks(pid).is_none_or(|ticks| !alive(pid, ticks))
}

fn shell(script: &str) -> InstanceSpec {
    InstanceSpec {
        id: InstanceId::new("api-r0001-abc-1-1").unwrap(),
        part: Part::Service {
            service: ServiceName::new("api").unwrap(),
            release: ReleaseId::numbered(1, "abc"),
        },
        command: vec!["sh".into(), "-c".into(), script.into()],
        directory: "/".into(),
        user: None,
        port: None,
        limits: Limits::default(),
        stop: StopSignal::Terminate,
        grace: Millis::seconds(30),
        restart: Restart::Never,
        secrets: Vec::new(),
        image: None,
    }
}

#[test]
fn output_and_exit_status_are_kept() {
    let bench = Bench::new();
    bench.start(&shell(r"echo out; echo err >&2; printf 'a\377b\nno end'; exit 3")).unwrap();
    let status = bench.wait_for("its end", |status| status.phase == InstancePhase::Ended);
    let exit = status.last_exit.unwrap();
    assert_eq!((exit.code, exit.signal, exit.out_of_memory), (Some(3), None, false));
    assert_eq!((status.pid, status.restarts), (None, 0));
    let lines = supervisor::tail(&bench.dir, 10);
    let of = |stream| {
        let of = lines.iter().filter(|line| line.stream == stream);
        of.map(|line| line.text.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((of(Stream::Out), of(Stream::Error)), (vec!["out", "a\u{fffd}b", "no end"], vec!["err"]));
    assert!(lines.iter().all(|line| status.started_at.unwrap() <= line.at && line.at <= exit.at));
    supervisor::remove(&bench.dir).unwrap();
    assert!(!bench.dir.exists());
}

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
    let program = bench._root.path().join("program");
    let body = "#!/bin/sh\nrm -f \"$0\"; exit 1\n";
    host::files::write_atomic(&program, body.as_bytes(), 0o755).unwrap();
    let command = vec![program.to_string_lossy().into_owned()];
    bench.start(&InstanceSpec { command, restart: Restart::Always, ..shell("") }).unwrap();
    bench.wait_for("code 127", |status| status.last_exit.as_ref().is_some_and(|exit| exit.code == Some(127)));
    assert!(bench.output().iter().any(|line| line.contains("was not found")), "{:?}", bench.output());
}

#[test]
fn killing_the_supervisor_leaves_nothing() {
    let bench = Bench::new();
    let spec = shell("trap '' TERM; (trap '' TERM; sh -c 'echo grandchild=$$; exec sleep 1000'); echo over");
    bench.start(&spec).unwrap();
    let (program, grandchild) = (bench.status().pid.unwrap(), bench.number("grandchild"));
    let supervisor = bench.supervisor();
    assert!(process::signal(supervisor, start_ticks(supervisor).unwrap(), Signal::Kill));
    for pid in [supervisor, program, grandchild] {
        eventually("its end", || gone(pid).then_some(()));
    }
    assert_eq!(bench.status().phase, InstancePhase::Ended);
    // And it can be started afresh.
    bench.start(&shell("echo afresh; sleep 1000")).unwrap();
    bench.wait_for_line("afresh");
    assert_eq!(bench.status().phase, InstancePhase::Running);
}

#[test]
fn killing_the_supervisor_at_once_leaves_nothing_either() {
    let bench = Bench::new();
    for _ in 0..30 {
        bench.start(&shell("for i in 1 2 3 4; do sleep 1000 & done; wait")).unwrap();
        let (supervisor, program) = (bench.supervisor(), bench.status().pid.unwrap());
        assert!(process::signal(supervisor, start_ticks(supervisor).unwrap(), Signal::Kill));
        let members = || {
            let entries = fs::read_dir("/proc").unwrap().flatten();
            let stats = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
            let fields = |stat: &str| {
                stat.rsplit(") ").next().unwrap().split(' ').map(String::from).collect::<Vec<_>>()
            };
            let member =
                |fields: &Vec<String>| fields[0] != "Z" && fields.get(3) == Some(&program.to_string());
            stats.map(|stat| fields(&stat)).filter(member).count()
        };
        eventually("the end of all", || (members() == 0).then_some(()));
    }
}

#[test]
fn stopping_gives_grace_to_the_program_and_to_its_children() {
    let bench = Bench::new();
    // The shell does not pass the signal on and dies at once; its child takes its time.
    let child = "trap 'sleep 0.5; echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    bench.start(&shell(&format!("sh -c \"{child}\"; exit 9"))).unwrap();
    bench.wait_for_line("ready");
    let exit = supervisor::stop(&bench.dir, Duration::from_secs(60)).unwrap().unwrap();
    assert_eq!((exit.code, exit.signal), (None, Some(15)));
    bench.wait_for_line("bye");
}

#[test]
fn stopping_takes_no_longer_than_the_program_does() {
    let bench = Bench::new();
    for _ in 0..30 {
        bench.start(&shell("exec sleep 1000")).unwrap();
        let began = Instant::now();
        let exit = supervisor::stop(&bench.dir, Duration::from_secs(60)).unwrap().unwrap();
        assert_eq!(exit.signal, Some(15));
        assert!(began.elapsed() < Duration::from_secs(15), "it waited for its grace to end");
    }
}

#[test]
fn grace_has_an_end_for_all() {
    let bench = Bench::new();
    let script =
        "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo child=$$; while :; do sleep 1; done' & wait; wait";
    let spec = InstanceSpec { grace: Millis(300), ..shell(script) };
    bench.start(&spec).unwrap();
    let (program, child) = (bench.status().pid.unwrap(), bench.number("child"));
    assert!(matches!(supervisor::remove(&bench.dir), Err(SupervisorError::Running(_))));
    let began = Instant::now();
    let exit = supervisor::stop(&bench.dir, Duration::from_secs(60)).unwrap().unwrap();
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert_eq!(exit.signal, Some(9));
    assert!(gone(program) && gone(child), "something was left");
}

#[test]
fn the_stop_signal_is_the_one_of_the_spec() {
    let bench = Bench::new();
    let script = "trap 'echo interrupted; exit 0' INT; echo ready; while :; do sleep 0.05; done";
    bench.start(&InstanceSpec { stop: StopSignal::Interrupt, ..shell(script) }).unwrap();
    bench.wait_for_line("ready");
    let exit = supervisor::stop(&bench.dir, Duration::from_secs(60)).unwrap().unwrap();
    assert_eq!(exit.code, Some(0));
    bench.wait_for_line("interrupted");
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
fn a_memory_limit_ends_the_instance_and_is_recognised() {
    let bench = Bench::new();
    let hog = "import time; x = bytearray(300 << 20); time.sleep(1000)";
    let limits = Limits { memory: Some(Bytes(64 << 20)), cpu_milli: Some(500) };
    let command = vec!["python3".into(), "-c".into(), hog.into()];
    bench.start(&InstanceSpec { limits, command, ..shell("") }).unwrap();
    let folders = match supervisor::state(&bench.dir).unwrap().limits {
        LimitsApplied::Applied(folders) => folders,
        LimitsApplied::NotApplied(reason) => {
            assert!(!identity::is_root() && !reason.is_empty(), "{reason}");
            return;
        }
        LimitsApplied::Unlimited => panic!("the limits were forgotten"),
    };
    let status = bench.wait_for("its end", |status| status.phase == InstancePhase::Ended);
    let exit = status.last_exit.unwrap();
    assert!(exit.out_of_memory && exit.signal == Some(9), "{exit:?}");
    assert!(folders.iter().all(|folder| !folder.exists()), "{folders:?}");
}

#[test]
fn secrets_are_nowhere_but_in_the_program() {
    let bench = Bench::new();
    let secret = format!("s3cr3t-{}", std::process::id());
    let spec = shell("echo length=${#TOKEN}; sleep 1000");
    bench.start_with(&spec, &[("TOKEN", &secret)]).unwrap();
    assert_eq!(bench.number("length") as usize, secret.len());
    let program = bench.status().pid.unwrap();
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap_or_default();
        bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
    };
    assert!(holds(Path::new(&format!("/proc/{program}/environ"))), "the check itself does not work");
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        assert!(!holds(&entry.path().join("cmdline")), "{:?}", entry.path());
    }
    let supervisor = PathBuf::from(format!("/proc/{}", bench.supervisor()));
    // Nothing in it, and only root may look.
    assert_eq!(fs::read(supervisor.join("environ")).unwrap_or_default(), b"");
    for entry in fs::read_dir(&bench.dir).unwrap().flatten() {
        assert!(!holds(&entry.path()), "{:?}", entry.path());
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
    }
}

#[test]
fn half_an_environment_starts_nothing() {
    let bench = Bench::new();
    fs::create_dir_all(&bench.dir).unwrap();
    let spec = serde_json::to_vec(&shell("echo started; sleep 1000")).unwrap();
    fs::write(bench.dir.join("spec.json"), spec).unwrap();
    let mut child = std::process::Command::new(binary())
        .arg("supervise")
        .arg(&bench.dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"PATH=/bin\0TOK").unwrap();
    let answer = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(answer.contains("did not arrive whole"), "{answer}");
    assert_eq!(bench.status().phase, InstancePhase::Ended);
    assert!(bench.output().is_empty());
}

#[test]
fn the_program_inherits_three_descriptors_and_hears_all_signals() {
    let bench = Bench::new();
    // One that leaks, as from a careless parent.
    let leak = fs::File::open("/dev/null").unwrap();
    // SAFETY: plain numbers on an open descriptor.
    unsafe {
        libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&leak), libc::F_SETFD, 0);
        libc::signal(libc::SIGHUP, libc::SIG_IGN);
    }
    bench.start(&shell("ls -l /proc/$$/fd; exec grep 'Sig[IB]' /proc/self/status")).unwrap();
    bench.wait_for("its end", |status| status.phase == InstancePhase::Ended);
    let output = bench.output();
    assert_eq!(output.iter().filter(|line| line.contains("->")).count(), 3, "{output:?}");
    for kind in ["SigIgn:", "SigBlk:"] {
        let mask = output.iter().find_map(|line| line.strip_prefix(kind)).unwrap();
        // Above 31 are the C library's own, which nobody sends.
        assert_eq!(u64::from_str_radix(mask.trim(), 16).unwrap() & 0x7fff_ffff, 0, "{kind} {mask}");
    }
}

#[test]
fn long_lines_and_much_output_are_kept_within_bounds() {
    let bench = Bench::new();
    let script = "head -c 1000000 /dev/zero | tr '\\0' x; echo; i=0; while [ $i -lt 20 ]; do \
         head -c 2000000 /dev/zero | tr '\\0' 'y' | fold -w 99; echo part $i; i=$((i+1)); done; echo last";
    bench.start(&shell(script)).unwrap();
    bench.wait_for("the first output", |_| bench.dir.join("output.log.1").exists());
    bench.wait_for("its end", |status| status.phase == InstancePhase::Ended);
    let sizes: Vec<u64> = ["output.log", "output.log.1", "output.log.2"]
        .iter()
        .map(|name| fs::metadata(bench.dir.join(name)).unwrap().len())
        .collect();
    assert!(sizes.iter().all(|size| *size <= 10 << 20) && sizes[1] > 8 << 20, "{sizes:?}");
    assert!(!bench.dir.join("output.log.3").exists());
    let tail = supervisor::tail(&bench.dir, 25_000);
    assert_eq!(tail.len(), 25_000);
    assert_eq!(tail.last().unwrap().text, "last");
    let long = Bench::new();
    long.start(&shell("head -c 1000000 /dev/zero | tr '\\0' x")).unwrap();
    long.wait_for("its end", |status| status.phase == InstancePhase::Ended);
    assert_eq!(long.output().concat(), "x".repeat(1_000_000));
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
fn a_starter_that_is_killed_half_way_leaves_an_instance_or_none() {
    let spec = serde_json::to_string(&InstanceSpec {
        command: vec!["/bin/cat".into(), "/dev/zero".into()],
        ..shell("")
    });
    let spec = spec.unwrap();
    for delay in 0..20 {
        let bench = Bench::new();
        let mut starter = std::process::Command::new(binary());
        starter.arg("start-and-die").arg(&bench.dir).arg(&spec).stderr(Stdio::null());
        let mut starter = starter.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        starter.kill().unwrap();
        starter.wait().unwrap();
        // It may be on its way still, so someone who cleans up may have to come twice.
        eventually("an empty place", || {
            supervisor::stop(&bench.dir, Duration::from_secs(60)).unwrap();
            supervisor::remove(&bench.dir).ok()
        });
        let place = bench.dir.to_string_lossy().into_owned();
        eventually("the end of all", || {
            let entries = fs::read_dir("/proc").unwrap().flatten();
            let mut lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
            (!lines.any(|line| String::from_utf8_lossy(&line).contains(&place))).then_some(())
        });
        assert!(!bench.dir.exists());
    }
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
