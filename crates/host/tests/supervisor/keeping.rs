//! What is kept of an instance, and what must not be: output, limits, secrets.

use crate::bench::{Bench, shell};
use crate::supervise::binary;
use host::identity;
use host::process::Stream;
use host::supervisor::{self, LimitsApplied};
use model::instance::{InstancePhase, InstanceSpec};
use model::manifest::Limits;
use model::unit::Bytes;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

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
