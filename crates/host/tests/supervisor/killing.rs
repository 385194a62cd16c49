//! The supervisor or its starter is killed: nothing is left.

use crate::bench::{Bench, eventually, gone, shell};
use crate::supervise::binary;
use host::identity;
use host::process::{self, Signal, start_ticks};
use host::supervisor::{self, LimitsApplied};
use model::instance::{InstancePhase, InstanceSpec};
use model::manifest::Limits;
use model::unit::Bytes;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

fn kill(pid: u32) {
    assert!(process::signal(pid, start_ticks(pid).unwrap(), Signal::Kill));
}

#[test]
fn killing_the_supervisor_leaves_nothing() {
    let bench = Bench::new();
    let spec = shell("trap '' TERM; (trap '' TERM; sh -c 'echo grandchild=$$; exec sleep 1000'); echo over");
    bench.start(&spec).unwrap();
    let (program, grandchild) = (bench.status().pid.unwrap(), bench.number("grandchild"));
    let supervisor = bench.supervisor();
    kill(supervisor);
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
        kill(supervisor);
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
fn what_made_sessions_of_its_own_ends_with_its_supervisor() {
    let bench = Bench::new();
    let script = bench.root.path().join("child");
    let text = "echo child=$$\nsetsid sh -c 'echo grandchild=$$; exec sleep 1000' &\nexec sleep 1000\n";
    fs::write(&script, text).unwrap();
    bench.start(&shell(&format!("setsid sh {} & wait", script.display()))).unwrap();
    let (child, grandchild) = (bench.number("child"), bench.number("grandchild"));
    let session = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit(") ").next().unwrap().split(' ').nth(3).unwrap().parse::<u32>().unwrap()
    };
    let program = bench.status().pid.unwrap();
    assert!(
        session(child) != session(program) && session(grandchild) != session(child),
        "the test itself does not work"
    );
    kill(bench.supervisor());
    // As soon as it counts as stopped, nothing of it is left.
    supervisor::stop(&bench.dir, Duration::from_secs(60)).unwrap();
    for pid in [program, child, grandchild] {
        assert!(gone(pid), "{pid} is left");
    }
}

#[test]
fn a_start_after_a_kill_waits_until_nothing_is_left() {
    let bench = Bench::new();
    for _ in 0..10 {
        bench.start(&shell("for i in 1 2 3; do setsid sleep 1000 & echo child=$!; done; wait")).unwrap();
        eventually("its children", || (bench.output().len() >= 3).then_some(()));
        let before: Vec<u32> =
            bench.output().iter().rev().take(3).map(|line| line["child=".len()..].parse().unwrap()).collect();
        let supervisor = bench.supervisor();
        kill(supervisor);
        eventually("its end", || gone(supervisor).then_some(()));
        bench.start(&shell("sleep 1000")).unwrap();
        assert_eq!(bench.status().phase, InstancePhase::Running);
        assert!(before.iter().all(|pid| gone(*pid)), "{before:?}");
        supervisor::stop(&bench.dir, Duration::from_secs(60)).unwrap();
    }
}

#[test]
fn a_killed_supervisor_leaves_no_control_group() {
    let limits = Limits { memory: Some(Bytes(64 << 20)), cpu_milli: Some(500) };
    let groups = |bench: &Bench| match supervisor::state(&bench.dir).unwrap().limits {
        LimitsApplied::Applied(folders) => folders,
        LimitsApplied::NotApplied(reason) => {
            assert!(!identity::is_root(), "{reason}");
            Vec::new()
        }
        LimitsApplied::Unlimited => panic!("the limits were forgotten"),
    };
    let there = |folders: &[PathBuf]| folders.iter().any(|folder| folder.exists());
    let bench = Bench::new();
    bench.start(&InstanceSpec { limits, ..shell("exec sleep 1000") }).unwrap();
    let folders = groups(&bench);
    kill(bench.supervisor());
    eventually("the end of its groups", || (!there(&folders)).then_some(()));

    // With nobody to clean up, and before anything was written down.
    bench.start(&InstanceSpec { limits, ..shell("exec sleep 1000") }).unwrap();
    let folders = groups(&bench);
    let (supervisor, program) = (bench.supervisor(), bench.status().pid.unwrap());
    let stat = fs::read_to_string(format!("/proc/{supervisor}/stat")).unwrap();
    let sentinel: u32 = stat.rsplit(") ").next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    kill(sentinel);
    kill(supervisor);
    eventually("the end of all", || (gone(supervisor) && gone(program)).then_some(()));
    fs::remove_file(bench.dir.join("state.json")).unwrap();
    assert!(folders.is_empty() || there(&folders), "the test itself does not work");
    supervisor::remove(&bench.dir).unwrap();
    assert!(!there(&folders), "{folders:?}");
}
