//! What the control plane itself takes of a deploy of a release that is built: everything but the service's own boot and
//! the time that the manifest says to watch.

use crate::rollout::Stage;
use crate::table::{Figure, Series, Target, millis};
use crate::{Failure, binary};
use scenarios::load::get;
use scenarios::shop::Plot;
use scenarios::world::{Part, Process};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 10;

/// Runs the benchmark; the argument is the number of rounds.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let rounds = arguments.first().map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let plot = Plot { deploy: "watch = \"300ms\"", build: false, ..Plot::default() };
    measure("one service", &plot, rounds)?;
    if !has_postgres() {
        println!("\nnot measured with a database, for want of one: apt-get install postgresql");
        return Ok(());
    }
    measure("one service with PostgreSQL", &Plot { database: true, ..plot }, rounds)
}

/// Whether there are server programs of PostgreSQL.
fn has_postgres() -> bool {
    let packaged = std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut folder| folder.next().is_some());
    packaged || binary::find("postgres").is_some()
}

fn measure(what: &str, plot: &Plot, rounds: usize) -> Result<(), Failure> {
    let stage = Stage::new(&binary::mainstay()?, plot)?;
    let [mut own, mut wall, mut boot] =
        ["control plane", "whole command", "the service's own boot"].map(Series::new);
    let mut spans: Vec<Series> = Vec::new();
    for round in 0..rounds {
        let instance = stage.world.part(Part::Instance).into_iter().next().ok_or("no instance runs")?;
        let booted = boot_alone(&instance)?;
        let run = stage.turn(round)?.run;
        boot.samples.push(booted);
        wall.samples.push(run.wall);
        own.samples.push(run.wall - booted - run.watched());
        for (name, span) in run.spans() {
            match spans.iter_mut().find(|series| series.name == name) {
                Some(series) => series.samples.push(span),
                None => spans.push(Series { name, samples: vec![span] }),
            }
        }
    }
    let title = format!("A deploy of a built release: {what}, {rounds} rollbacks");
    let notes = vec![
        "control plane = whole command - the service's own boot - what the plan says to watch".to_owned(),
        "no peer on plain processes; `docker` has one".to_owned(),
    ];
    let series = [own, wall, boot];
    print!(
        "{}",
        Figure { title: &title, unit: "ms", target: Some(Target(300.0)), series: &series, notes: &notes }
    );
    println!("  step by step, each with its journal:");
    for series in &spans {
        println!("    {:32} {:>8.1} {:>8.1}", series.name, series.median(), series.quantile(0.95));
    }
    Ok(())
}

/// How long the program of an instance takes until its first healthy answer when it is simply started.
fn boot_alone(instance: &Process) -> Result<f64, Failure> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()));
    let mut command = Command::new(&instance.program);
    command.arg("server.js").current_dir(&instance.folder).env("PORT", address.port().to_string());
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let mut took = None;
    while began.elapsed() < Duration::from_secs(20) {
        if get(address, "/health").is_ok_and(|reply| reply.status == 200) {
            took = Some(millis(began.elapsed()));
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill()?;
    child.wait()?;
    took.ok_or_else(|| "the service does not boot alone".into())
}
