//! A deploy on the target `docker` of an image that is there, under load; beside it, `docker-compose up -d` on the same change
//! of the same image.

use crate::asking::{Asked, Asking, now};
use crate::compose::Compose;
use crate::rollout::{Run, Stage};
use crate::table::{Figure, Series, Target, millis};
use crate::{Failure, binary};
use host::network::{Daemon, DaemonRequest, Payload, ask_daemon};
use scenarios::load::get;
use scenarios::shop::Plot;
use scenarios::world::{Docker, World};
use serde_json::{Value, json};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

const ROUNDS: usize = 8;
/// Asking before and after the change.
const MARGIN: Duration = Duration::from_millis(500);
/// Longest wait for a container.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the benchmark; the argument is the number of rounds.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let rounds = arguments.first().map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let Some(world) = World::docker_with_binary("bench", &binary::mainstay()?) else { return Ok(()) };
    let plot = Plot { deploy: "watch = \"300ms\"", build: false, ..Plot::default() };
    let stage = Stage::within(world, &plot)?;
    let engine = stage.world.engine();
    let images = [0, 1].map(|at| format!("mainstay/bench/dev/shop:{}", stage.releases[at].0));
    let compose = Compose::start(&engine.host, &images[1])?;
    let (mut ours, mut theirs) = (Ours::new(), Side::new("docker-compose"));
    for round in 0..rounds {
        let (new, version) = (&images[round % 2], stage.releases[round % 2].1);
        // Under the same load, which takes its share of the machine.
        let asking = Asking::start(stage.world.entry);
        let alone = Alone::measure(engine, new)?;
        asking.stop();
        let run = ours.side.change(stage.world.entry, version, || Ok(stage.turn(round)?.run))?;
        ours.add(&run, &alone);
        if let Some(compose) = &compose {
            let took = theirs.change(compose.address, version, || compose.change(new))?;
            theirs.took.samples.push(took);
        }
    }
    show(rounds, ours, compose.is_some().then_some(theirs));
    Ok(())
}

/// One way to bring a change into force, and what those who ask meanwhile see of it.
struct Side {
    took: Series,
    /// From the command to the first answer of the new version.
    arrival: Series,
    /// From the first request that was lost to the end of the last.
    outage: Series,
    lost: usize,
    asked: usize,
}

impl Side {
    fn new(name: &str) -> Self {
        Self {
            took: Series::new(format!("{name}, whole command")),
            arrival: Series::new(format!("{name}, first new answer")),
            outage: Series::new(name),
            lost: 0,
            asked: 0,
        }
    }

    /// Makes a change under load, and goes on asking until the new version answers.
    fn change<T>(
        &mut self,
        address: SocketAddr,
        version: &str,
        change: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let asking = Asking::start(address);
        std::thread::sleep(MARGIN);
        let moment = now();
        let changed = change()?;
        let until = Instant::now() + PATIENCE;
        let answers = || get(address, "/version").is_ok_and(|reply| reply.text().trim() == version);
        while !answers() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(MARGIN);
        self.count(&asking.stop(), moment, version);
        Ok(changed)
    }

    fn count(&mut self, asked: &[Asked], moment: f64, version: &str) {
        let lost = || asked.iter().filter(|asked| asked.answer.is_err());
        let new = asked.iter().filter(|asked| asked.answer.as_deref() == Ok(version));
        let first = new.map(|asked| asked.answered).fold(f64::INFINITY, f64::min);
        let from = lost().map(|asked| asked.sent).fold(f64::INFINITY, f64::min);
        let to = lost().map(|asked| asked.answered).fold(from, f64::max);
        self.arrival.samples.push(first - moment);
        self.outage.samples.push(if from.is_finite() { to - from } else { 0.0 });
        self.lost += lost().count();
        self.asked += asked.len();
    }
}

/// Mainstay's side, taken apart.
struct Ours {
    side: Side,
    own: Series,
    start: Series,
    stop: Series,
    steps: Vec<Series>,
}

impl Ours {
    fn new() -> Self {
        Self {
            side: Side::new("mainstay"),
            own: Series::new("mainstay, its own"),
            start: Series::new("a container alone: made to healthy"),
            stop: Series::new("a container alone: stop"),
            steps: Vec::new(),
        }
    }

    fn add(&mut self, run: &Run, alone: &Alone) {
        self.side.took.samples.push(run.wall);
        self.own.samples.push(run.wall - run.watched() - alone.start - alone.stop);
        self.start.samples.push(alone.start);
        self.stop.samples.push(alone.stop);
        for (name, span) in run.spans() {
            match self.steps.iter_mut().find(|series| series.name == name) {
                Some(series) => series.samples.push(span),
                None => self.steps.push(Series { name, samples: vec![span] }),
            }
        }
    }
}

/// What a container of an image takes without Mainstay, in milliseconds: the engine's time and the service's.
struct Alone {
    /// From making it to its first healthy answer.
    start: f64,
    stop: f64,
}

impl Alone {
    fn measure(engine: &Docker, image: &str) -> Result<Self, Failure> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let port = address.port().to_string();
        let body = json!({
            "Image": image,
            "Env": ["PORT=3000"],
            "ExposedPorts": { "3000/tcp": {} },
            "HostConfig": {
                "Init": true,
                "PortBindings": { "3000/tcp": [{ "HostIp": "127.0.0.1", "HostPort": port }] },
            },
        });
        let began = Instant::now();
        let made: Value = serde_json::from_str(&post(engine, "/containers/create", &body)?)?;
        let id = made["Id"].as_str().ok_or("the engine does not say what it made")?;
        let measured = Self::of(engine, id, address, began);
        engine.run(&["rm", "--force", id]);
        measured
    }

    fn of(engine: &Docker, id: &str, address: SocketAddr, began: Instant) -> Result<Self, Failure> {
        post(engine, &format!("/containers/{id}/start"), &Value::Null)?;
        while !get(address, "/health").is_ok_and(|reply| reply.status == 200) {
            if began.elapsed() > PATIENCE {
                return Err("the service does not become healthy alone".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let start = millis(began.elapsed());
        let began = Instant::now();
        post(engine, &format!("/containers/{id}/stop"), &Value::Null)?;
        Ok(Self { start, stop: millis(began.elapsed()) })
    }
}

/// Asks the engine without a client, whose start would count. Returns what it says.
fn post(engine: &Docker, path: &str, body: &Value) -> Result<String, Failure> {
    let socket = engine.host.strip_prefix("unix://").ok_or("the engine for tests has a socket")?;
    let text = body.to_string();
    let body = match body {
        Value::Null => Payload::Nothing,
        _ => Payload::Bytes("application/json", text.as_bytes()),
    };
    let request = DaemonRequest { method: "POST", path, headers: &[], body, patience: PATIENCE };
    let mut answer = ask_daemon(&Daemon::Socket(socket.into()), request)?;
    let mut said = String::new();
    answer.read_to_string(&mut said)?;
    if answer.status < 400 { Ok(said) } else { Err(said.into()) }
}

fn show(rounds: usize, ours: Ours, theirs: Option<Side>) {
    let mut notes = vec![
        "its own = whole command - what the plan says to watch - a container alone, start and stop"
            .to_owned(),
        format!("requests lost: mainstay {} of {}", ours.side.lost, ours.side.asked),
    ];
    let mut series = vec![ours.own, ours.side.took, ours.start, ours.stop, ours.side.arrival];
    let mut outages = vec![ours.side.outage];
    match theirs {
        Some(theirs) => {
            notes.push(format!("requests lost: docker-compose {} of {}", theirs.lost, theirs.asked));
            series.extend([theirs.took, theirs.arrival]);
            outages.push(theirs.outage);
        }
        None => notes.push("not on this machine: docker-compose".into()),
    }
    let title = format!("A deploy on docker of an image that is there, under load, {rounds} changes");
    print!(
        "{}",
        Figure { title: &title, unit: "ms", target: Some(Target(500.0)), series: &series, notes: &notes }
    );
    println!("  without an answer, from the first request lost to the last, ms:");
    for series in outages {
        println!("    {:32} {:>8.1} {:>8.1}", series.name, series.median(), series.quantile(0.95));
    }
    println!("  step by step, each with its journal:");
    for series in &ours.steps {
        println!("    {:32} {:>8.1} {:>8.1}", series.name, series.median(), series.quantile(0.95));
    }
}
