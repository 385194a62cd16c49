//! A release build from nothing. It takes minutes, so `all` leaves it out.

use crate::Failure;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A build that takes longer is ended.
const LIMIT: Duration = Duration::from_secs(15 * 60);
const TARGET: Duration = Duration::from_secs(8 * 60);
/// How many of the slowest crates are shown.
const SHOWN: usize = 10;

/// Runs the benchmark.
pub(crate) fn run(_arguments: &[String]) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("ms-build-").tempdir()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the workspace is gone")?;
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--quiet", "--timings", "-p", "mainstay-cli"]).current_dir(root);
    command.env("CARGO_TARGET_DIR", folder.path()).stdin(Stdio::null()).process_group(0);
    let before = spent()?;
    let began = Instant::now();
    let mut child = command.spawn()?;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if began.elapsed() > LIMIT => {
                let group = -i32::try_from(child.id())?;
                // SAFETY: it takes plain numbers; the group is the one that was made above.
                unsafe { libc::kill(group, libc::SIGKILL) };
                child.wait()?;
                return Err(format!("the build was ended after {LIMIT:?}").into());
            }
            None => std::thread::sleep(Duration::from_millis(200)),
        }
    };
    let wall = began.elapsed();
    if !status.success() {
        return Err("the build fails; see above".into());
    }
    let cpu = spent()?.saturating_sub(before);
    let cores = std::thread::available_parallelism()?;
    println!("\nRelease build from nothing, {cores} cores, load {} at its end", load());
    println!("  wall {:>7.0} s\n  CPU  {:>7.0} s", wall.as_secs_f64(), cpu.as_secs_f64());
    // A busy machine stretches the wall time, not the work.
    println!(
        "  CPU ÷ cores {:.0} s: the least that a quiet machine takes",
        cpu.as_secs_f64() / cores.get() as f64
    );
    let verdict = if wall < TARGET { "met" } else { "MISSED" };
    println!("  target: under {} s; measured {:.0} s: {verdict}", TARGET.as_secs(), wall.as_secs_f64());
    slowest(&folder.path().join("cargo-timings/cargo-timing.html"))
}

/// CPU time of all children that ended.
fn spent() -> Result<Duration, Failure> {
    // SAFETY: a zeroed `rusage` is valid, and the pointer is one to it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        if libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) != 0 {
            return Err(std::io::Error::last_os_error().into());
        }
        usage
    };
    let span = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.unsigned_abs()) + Duration::from_micros(time.tv_usec.unsigned_abs())
    };
    Ok(span(usage.ru_utime) + span(usage.ru_stime))
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// The slowest crates, from the data in cargo's report.
fn slowest(report: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(report)?;
    let data = text.split_once("const UNIT_DATA = ").and_then(|(_, rest)| rest.split_once(";\n"));
    let Some((data, _)) = data else {
        println!("  cargo's report has another form than expected: {}", report.display());
        return Ok(());
    };
    let units: Vec<serde_json::Value> = serde_json::from_str(data)?;
    let mut units: Vec<(f64, &str, &str)> = units
        .iter()
        .map(|unit| {
            let word = |name: &str| unit[name].as_str().unwrap_or_default();
            (unit["duration"].as_f64().unwrap_or(0.0), word("name"), word("target"))
        })
        .collect();
    units.sort_by(|first, second| second.0.total_cmp(&first.0));
    println!("  slowest of {} units:", units.len());
    for (took, name, target) in units.iter().take(SHOWN) {
        println!("    {took:>7.1} s  {name}{target}");
    }
    Ok(())
}
