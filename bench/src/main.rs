//! Benchmarks: `cargo run --release -p mainstay-bench -- NAME`. Each prints ratios against peers measured in the same run.
#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod asking;
mod audit;
mod binary;
mod build;
mod compose;
mod deploy;
mod detect;
mod docker;
mod idle;
mod nginx;
mod proxy;
mod rollout;
mod shift;
mod start;
mod table;

type Failure = Box<dyn std::error::Error>;

/// When a benchmark is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// By `all`, and by its name.
    Always,
    /// By its name: it takes long.
    Named,
    /// By another benchmark, as a program of its own.
    Inside,
}

/// A benchmark.
struct Bench {
    name: &'static str,
    /// What it measures, with its arguments.
    about: &'static str,
    when: When,
    run: fn(&[String]) -> Result<(), Failure>,
}

const fn bench(
    name: &'static str,
    when: When,
    run: fn(&[String]) -> Result<(), Failure>,
    about: &'static str,
) -> Bench {
    Bench { name, about, when, run }
}

const BENCHES: &[Bench] = &[
    bench("start", When::Always, start::run, "[ROUNDS]  mainstay --help, beside other commands"),
    bench(
        "detect",
        When::Always,
        detect::run,
        "[FOLDER]  facts of a repository of 5,000 files, made in the folder",
    ),
    bench(
        "audit",
        When::Always,
        audit::run,
        "[FOLDER]  findings in the same repository with everything generated for it, beside linters",
    ),
    bench(
        "shift",
        When::Always,
        shift::run,
        "[ROUNDS]  from a healthy new instance to every new request on it",
    ),
    bench("deploy", When::Always, deploy::run, "[ROUNDS]  what a deploy of a built release takes of its own"),
    bench(
        "docker",
        When::Always,
        docker::run,
        "[ROUNDS]  the same with containers, under load, beside docker-compose up -d",
    ),
    bench("idle", When::Always, idle::run, "          memory at rest, and the size of the program"),
    bench("proxy", When::Always, proxy::run, "[ROUNDS]  requests beside nginx, haproxy and Caddy"),
    bench("build", When::Named, build::run, "          a release build from nothing"),
    bench("proxy-worker", When::Inside, proxy::worker, ""),
];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        println!("benchmarks:\n  all                   every one but `build`");
        for bench in BENCHES.iter().filter(|bench| bench.when != When::Inside) {
            println!("  {:10}{}", bench.name, bench.about);
        }
        return Ok(());
    };
    if name == "all" {
        return all();
    }
    let bench = BENCHES.iter().find(|bench| bench.name == name);
    (bench.ok_or_else(|| format!("no benchmark is called {name}; without a name, all are listed"))?.run)(rest)
}

/// One that fails does not keep the others from being run.
fn all() -> Result<(), Failure> {
    let mut failed = Vec::new();
    for bench in BENCHES.iter().filter(|bench| bench.when == When::Always) {
        if let Err(error) = (bench.run)(&[]) {
            println!("\n{} was not measured: {error}", bench.name);
            failed.push(bench.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("not measured: {}", failed.join(", ")).into()) }
}
