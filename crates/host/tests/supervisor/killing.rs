//! The supervisor or its starter is killed: nothing is left.

use crate::bench::{Bench, eventually, gone, shell};
use crate::supervise::binary;
use host::process::{self, Signal, start_ticks};
use host::supervisor;
use model::instance::{InstancePhase, InstanceSpec};
use std::fs;
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
