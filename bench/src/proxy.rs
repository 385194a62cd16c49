//! The proxy against nginx, haproxy and Caddy: one worker on one core, wrk and the upstream on another, answers of 1 KB,
//! keep-alive on both sides, access log and metrics on. Rounds are interleaved, and a ratio compares the same round.
//! CPU per request is the figure to trust on a machine that does other things too.

mod measure;
mod peers;

use crate::Failure;
use measure::{Sample, median};
use peers::{Peer, Site};
use std::path::PathBuf;
use std::process::Command;

const ROUNDS: usize = 5;

/// What is measured: connections, and whether over TLS.
const SCENES: [(&str, u32, bool); 3] =
    [("64 connections", 64, false), ("512 connections", 512, false), ("64 connections, TLS", 64, true)];

/// Programs, and the Debian packages they come in.
const NEEDED: [(&str, &str); 7] = [
    ("nginx", "nginx-light"),
    ("wrk", "wrk"),
    ("taskset", "util-linux"),
    ("nice", "coreutils"),
    ("openssl", "openssl"),
    ("haproxy", "haproxy"),
    ("caddy", "caddy"),
];
/// Of these, the ones that can be left out.
const OPTIONAL: [&str; 2] = ["haproxy", "caddy"];

/// Runs the benchmark; the argument is the number of rounds.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let rounds = arguments.first().map_or(Ok(ROUNDS), |r| r.parse())?;
    let missing: Vec<_> = NEEDED.iter().filter(|(program, _)| !installed(program)).collect();
    if !missing.is_empty() {
        let packages: Vec<_> = missing.iter().map(|(_, package)| *package).collect();
        println!("missing: apt-get install {}", packages.join(" "));
    }
    if let Some((program, _)) = missing.iter().find(|(program, _)| !OPTIONAL.contains(program)) {
        return Err(format!("nothing can be measured without {program}").into());
    }
    let site = Site::new()?;
    let upstream = site.start(Peer::Upstream)?;
    let mut running = Vec::new();
    for peer in [Peer::Nginx, Peer::Mainstay, Peer::Haproxy, Peer::Caddy] {
        if installed(peer.program()) {
            running.push((peer, site.start(peer)?));
        }
    }
    println!("{rounds} rounds of {:?} each; medians, and ratios to nginx in the same round", measure::WINDOW);
    for (name, connections, tls) in SCENES {
        let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); running.len()];
        for round in 0..rounds {
            for turn in 0..running.len() {
                let i = (turn + round) % running.len();
                let (peer, server) = &running[i];
                samples[i].push(measure::sample(&site.url(*peer, tls), connections, server)?);
            }
        }
        report(name, &running.iter().map(|(p, _)| *p).collect::<Vec<_>>(), &samples);
    }
    drop((running, upstream));
    Ok(())
}

fn installed(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    program == "mainstay" || found.is_ok_and(|o| o.status.success())
}

fn report(name: &str, peers: &[Peer], samples: &[Vec<Sample>]) {
    println!("\n{name}");
    println!(
        "{:10} {:>9} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8} {:>7}",
        "", "req/s", "÷ nginx", "CPU µs/r", "÷ nginx", "p99 ms", "÷ nginx", "PSS MB", "errors"
    );
    for (peer, own) in peers.iter().zip(samples) {
        let of = |what: fn(&Sample) -> f64| median(own.iter().map(what));
        let ratio =
            |what: fn(&Sample) -> f64| median(own.iter().zip(&samples[0]).map(|(a, b)| what(a) / what(b)));
        println!(
            "{:10} {:>9.0} {:>8.2} {:>9.2} {:>8.2} {:>8.2} {:>8.2} {:>8.1} {:>7}",
            peer.program(),
            of(|s| s.per_second),
            ratio(|s| s.per_second),
            of(|s| s.cpu_micros),
            ratio(|s| s.cpu_micros),
            of(|s| s.p99_millis),
            ratio(|s| s.p99_millis),
            of(|s| s.pss_mb),
            own.iter().map(|s| s.errors).sum::<u64>(),
        );
    }
}

/// The worker under measurement: this program again.
pub(crate) fn worker(arguments: &[String]) -> Result<(), Failure> {
    let home: PathBuf = arguments.first().ok_or("a home is needed")?.into();
    let binary = std::env::current_exe()?;
    let log = proxy::log::Log::new(std::io::stderr());
    Ok(proxy::worker::run(proxy::worker::WorkerConfig { home, binary, link: None, log })?)
}
