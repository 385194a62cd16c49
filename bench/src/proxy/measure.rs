//! One sample: wrk from outside, and what the kernel says of the server.

use super::peers::Server;
use crate::Failure;
use std::fs;
use std::process::Command;
use std::time::Duration;

/// How long a sample takes.
pub(crate) const WINDOW: Duration = Duration::from_secs(2);

/// What one run of wrk showed.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) per_second: f64,
    pub(super) cpu_micros: f64,
    pub(super) p99_millis: f64,
    pub(super) pss_mb: f64,
    pub(super) errors: u64,
}

/// Loads a server, after a moment to warm up.
pub(super) fn sample(url: &str, connections: u32, server: &Server) -> Result<Sample, Failure> {
    wrk(url, connections, Duration::from_secs(1))?;
    let before = server.cpu_nanos();
    let output = wrk(url, connections, WINDOW)?;
    let spent = server.cpu_nanos() - before;
    let field = |prefix: &str| {
        let line = output.lines().find_map(|l| l.trim().strip_prefix(prefix));
        line.map(|l| l.split_whitespace().next().unwrap_or_default().to_owned())
    };
    let total =
        output.lines().find(|l| l.contains(" requests in ")).and_then(|l| l.split_whitespace().next());
    let total: f64 = total.ok_or_else(|| format!("wrk said nothing useful: {output}"))?.parse()?;
    let numbers = |line: Option<&str>| -> u64 {
        let words = line
            .unwrap_or_default()
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|w| w.parse::<u64>().ok());
        words.sum()
    };
    let socket = output.lines().find(|l| l.contains("Socket errors"));
    let status = output.lines().find(|l| l.contains("Non-2xx"));
    let status = status.and_then(|l| l.split(':').nth(1));
    Ok(Sample {
        per_second: field("Requests/sec:").unwrap_or_default().parse()?,
        cpu_micros: spent as f64 / 1000.0 / total,
        p99_millis: millis(&field("99%").unwrap_or_default())?,
        pss_mb: server.pss_kb() as f64 / 1024.0,
        errors: numbers(socket) + numbers(status),
    })
}

fn wrk(url: &str, connections: u32, time: Duration) -> Result<String, Failure> {
    let (connections, seconds) = (connections.to_string(), format!("{}s", time.as_secs()));
    let mut command = Command::new("nice");
    command.args([
        "-n",
        "-15",
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t",
        "1",
        "--latency",
        "-c",
        &connections,
        "-d",
        &seconds,
        url,
    ]);
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("wrk failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// `850.00us`, `3.20ms`, `1.10s`.
fn millis(text: &str) -> Result<f64, Failure> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1000.0)];
    let unit = units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)));
    let (number, factor) = unit.ok_or_else(|| format!("wrk wrote the time {text}"))?;
    Ok(number.parse::<f64>()? * factor)
}

pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A process and all below it.
pub(super) fn family(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut at = 0;
    while at < all.len() {
        let children =
            fs::read_to_string(format!("/proc/{0}/task/{0}/children", all[at])).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|c| c.parse::<u32>().ok()));
        at += 1;
    }
    all
}

/// Time on the processor of all threads of a process.
pub(super) fn cpu_nanos(pid: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of = |path: std::path::PathBuf| -> Option<u64> {
        fs::read_to_string(path.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    tasks.filter_map(|t| of(t.path())).sum()
}

/// Memory of a process, with its share of what it shares.
pub(super) fn pss_kb(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("Pss:"));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
