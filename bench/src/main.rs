//! Benchmarks: `cargo run --release -p mainstay-bench -- NAME`. Each prints ratios against peers measured in the same run.
#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod proxy;

type Failure = Box<dyn std::error::Error>;

/// A benchmark, by name.
type Bench = (&'static str, fn(&[String]) -> Result<(), Failure>);

const BENCHES: &[Bench] = &[("proxy", proxy::run), ("proxy-worker", proxy::worker)];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        println!("benchmarks: proxy [ROUNDS]");
        return Ok(());
    };
    let bench = BENCHES.iter().find(|(known, _)| known == name);
    let (_, run) = bench.ok_or_else(|| format!("no benchmark is called {name}; there is: proxy"))?;
    run(rest)
}
