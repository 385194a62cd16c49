//! What Mainstay takes when nothing happens: memory of everything that stays, and room on disk.

use crate::nginx::Nginx;
use crate::rollout::{Run, Stage};
use crate::{Failure, binary};
use scenarios::shop::Plot;
use scenarios::world::Part;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Longest that memory may take to settle after a deploy.
const SETTLE: Duration = Duration::from_secs(3);
const MEMORY_TARGET: f64 = 30.0;
const BINARY_TARGET: f64 = 30.0;

/// Resident and proportional memory in MB.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    processes: usize,
    resident: f64,
    proportional: f64,
}

impl Memory {
    fn of(pids: impl IntoIterator<Item = u32>) -> Self {
        pids.into_iter().fold(Self::default(), |sum, pid| {
            let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
            let field = |name: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0)
                    / 1024.0
            };
            Self {
                processes: sum.processes + 1,
                resident: sum.resident + field("Rss"),
                proportional: sum.proportional + field("Pss"),
            }
        })
    }
}

/// Runs the benchmark.
pub(crate) fn run(_arguments: &[String]) -> Result<(), Failure> {
    let mainstay = binary::mainstay()?;
    let stage = Stage::new(&mainstay, &Plot::quick())?;
    let nginx = Nginx::start("v1")?;
    let peak = Run::perform(&stage.world, &["rollback"])?.peak_kb as f64 / 1024.0;
    std::thread::sleep(SETTLE);
    let of = |part: Part| Memory::of(stage.world.part(part).iter().map(|process| process.pid));
    let parts = [
        ("proxy: keeper", of(Part::Keeper)),
        ("proxy: worker", of(Part::Worker)),
        ("supervisors, with sentinels", of(Part::Supervisor)),
    ];
    let title = "At rest after a deploy of one service";
    println!("\n{title}\n  {:32} {:>9} {:>9} {:>9}", "MB", "processes", "RSS", "PSS");
    let line = |name: &str, memory: Memory| {
        println!("  {name:32} {:>9} {:>9.1} {:>9.1}", memory.processes, memory.resident, memory.proportional);
    };
    let mut sum = Memory::default();
    for (name, memory) in parts {
        sum.processes += memory.processes;
        sum.resident += memory.resident;
        sum.proportional += memory.proportional;
        line(name, memory);
    }
    line("together", sum);
    println!("  the control plane runs only while a command does; a rollback had {peak:.1} MB at most");
    println!(
        "  target: under {MEMORY_TARGET} MB resident; measured {:.1} MB: {}",
        sum.resident,
        verdict(sum.resident, MEMORY_TARGET)
    );
    match &nginx {
        Some(nginx) => {
            let memory = Memory::of(nginx.pids());
            line("peer: nginx, one worker", memory);
            println!(
                "  proxy ÷ nginx, PSS: {:.2}",
                (parts[0].1.proportional + parts[1].1.proportional) / memory.proportional
            );
        }
        None => println!("  not on this machine: nginx"),
    }
    size(&mainstay)
}

fn verdict(measured: f64, most: f64) -> &'static str {
    if measured < most { "met" } else { "MISSED" }
}

/// Sizes of programs.
fn size(mainstay: &Path) -> Result<(), Failure> {
    println!("\nSize of the program, stripped\n  {:32} {:>9} {:>9}", "MB", "size", "× ours");
    let ours = stripped(mainstay)?;
    println!("  {:32} {ours:>9.1}", "mainstay");
    for peer in ["nginx", "haproxy", "caddy", "node", "docker-compose", "kamal"] {
        match binary::find(peer) {
            Some(path) => {
                let theirs = megabytes(&path.canonicalize()?)?;
                println!("  {peer:32} {theirs:>9.1} {:>9.2}", theirs / ours);
            }
            None => println!("  not on this machine: {peer}"),
        }
    }
    println!("  target: under {BINARY_TARGET} MB; measured {ours:.1} MB: {}", verdict(ours, BINARY_TARGET));
    Ok(())
}

/// Release builds are stripped; one that was made for a profiler is stripped here, in a copy.
fn stripped(binary: &Path) -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("mainstay");
    let done = Command::new("strip").arg("-o").arg(&copy).arg(binary).status();
    match done {
        Ok(status) if status.success() => megabytes(&copy),
        _ => megabytes(binary),
    }
}

fn megabytes(path: &Path) -> Result<f64, Failure> {
    Ok(fs::metadata(path)?.len() as f64 / 1e6)
}
