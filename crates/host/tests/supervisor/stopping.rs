//! Asking an instance to end.

use crate::bench::{Bench, gone, shell};
use host::supervisor::{self, SupervisorError};
use model::instance::{InstanceSpec, StopSignal};
use model::unit::Millis;
use std::time::{Duration, Instant};

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
