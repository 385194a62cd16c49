//! The examples' own tests, on a real database, a real cache and a real bucket.

use super::postgres::Postgres;
use super::redis::Redis;
use super::tally::{self, Counts, Tally};
use crate::process::{self, Server, capture, follow, run as perform};
use crate::{Failure, setup, workspace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One example's tests.
struct Suite {
    /// From the root of the workspace.
    folder: &'static str,
    /// Makes what the tests need and returns what runs them.
    prepare: fn(&Path) -> Result<Command, Failure>,
    count: fn(&str) -> Option<Counts>,
}

const SUITES: [Suite; 7] = [
    Suite { folder: "examples/vaultcpa/server", prepare: npm, count: tally::node },
    Suite { folder: "examples/vaultcpa", prepare: npm, count: tally::node },
    Suite { folder: "examples/procurement", prepare: pytest, count: tally::pytest },
    Suite { folder: "examples/brainstorm/backend", prepare: npm, count: tally::vitest },
    Suite { folder: "examples/brainstorm/frontend", prepare: npm, count: tally::vitest },
    Suite { folder: "examples/saas-starter", prepare: npm, count: tally::node },
    Suite { folder: "examples/together-pray", prepare: npm, count: tally::node },
];

const BUCKET_KEY: &str = "tests";
const BUCKET_SECRET: &str = "only-for-tests";

/// Runs the suites whose folder contains the filter.
pub fn run(filter: Option<&str>, binary: &Path) -> Tally {
    let mut tally = Tally::default();
    let chosen: Vec<_> =
        SUITES.iter().filter(|suite| filter.is_none_or(|text| suite.folder.contains(text))).collect();
    if chosen.is_empty() {
        return tally;
    }
    let surroundings = match Surroundings::start(binary) {
        Ok(surroundings) => surroundings,
        Err(failure) => {
            for suite in chosen {
                tally.fail(format!("{}: {failure}", suite.folder));
            }
            return tally;
        }
    };
    for suite in chosen {
        println!("{}", suite.folder);
        tally.add(suite.run(&surroundings).unwrap_or_else(|failure| {
            let mut tally = Tally::default();
            tally.fail(format!("{}: {failure}", suite.folder));
            tally
        }));
    }
    tally
}

/// What the tests of all examples share.
struct Surroundings {
    postgres: Postgres,
    redis: Redis,
    bucket: Bucket,
}

impl Surroundings {
    fn start(binary: &Path) -> Result<Self, Failure> {
        Ok(Self { postgres: Postgres::start()?, redis: Redis::start()?, bucket: Bucket::start(binary)? })
    }
}

impl Suite {
    fn run(&self, surroundings: &Surroundings) -> Result<Tally, Failure> {
        let folder = workspace::root().join(self.folder);
        let mut command = (self.prepare)(&folder)?;
        command
            .current_dir(&folder)
            // Summaries are read.
            .env("NO_COLOR", "1")
            .env("DATABASE_URL", &surroundings.postgres.url)
            .env("REDIS_URL", &surroundings.redis.url)
            .env("S3_ENDPOINT_URL", format!("http://127.0.0.1:{}", surroundings.bucket.port))
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", BUCKET_KEY)
            .env("AWS_SECRET_ACCESS_KEY", BUCKET_SECRET);
        let (status, output) = follow(&mut command)?;
        Ok(Tally::of_suite(self.folder, (self.count)(&output), status.success()))
    }
}

/// Installs by the lock file when it is newer than what is installed.
fn npm(folder: &Path) -> Result<Command, Failure> {
    let changed = |file: &str| fs::metadata(folder.join(file)).and_then(|file| file.modified()).ok();
    // npm writes the second when it has installed all of the first.
    if changed("node_modules/.package-lock.json") < changed("package-lock.json") {
        let mut install = Command::new("npm");
        perform(install.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    }
    let mut test = Command::new("npm");
    test.args(["test", "--silent"]);
    Ok(test)
}

/// Makes a virtual environment beside what cargo builds, again whenever the requirements change.
fn pytest(folder: &Path) -> Result<Command, Failure> {
    let wanted: String = ["requirements.txt", "requirements-dev.txt"]
        .iter()
        .map(|file| fs::read_to_string(folder.join(file)).unwrap_or_default())
        .collect();
    let venv = workspace::target().join("xtask/procurement-venv");
    let complete = venv.join("installed.txt");
    let python = venv.join("bin/python");
    if fs::read_to_string(&complete).ok().as_ref() != Some(&wanted) {
        let (program, _) =
            setup::python().map_err(|why| Failure::new(format!("Python: {why}; run `cargo xtask setup`")))?;
        perform(Command::new(program).args(["-m", "venv", "--clear"]).arg(&venv))?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
        perform(install.arg("requirements-dev.txt").current_dir(folder))?;
        fs::write(&complete, &wanted)
            .map_err(|error| Failure::new(format!("{} cannot be written: {error}", complete.display())))?;
    }
    let mut test = Command::new(python);
    test.args(["-m", "pytest"]).env("PYTHONDONTWRITEBYTECODE", "1").args(["-p", "no:cacheprovider"]);
    Ok(test)
}

/// Our own S3-compatible server.
struct Bucket {
    _server: Server,
    folder: PathBuf,
    port: u16,
}

impl Bucket {
    fn start(binary: &Path) -> Result<Self, Failure> {
        let folder = workspace::target().join(format!("xtask/bucket-{}", std::process::id()));
        let port = process::free_port()?;
        let mut serve = Command::new(binary);
        serve.arg("serve-bucket").arg("--root").arg(&folder);
        serve.args(["--listen", &format!("127.0.0.1:{port}"), "--bucket", "tests"]);
        serve.env("BUCKET_ACCESS_KEY", BUCKET_KEY).env("BUCKET_SECRET_KEY", BUCKET_SECRET);
        capture(Command::new("mkdir").arg("-p").arg(&folder))?;
        Ok(Self { _server: Server::start("the bucket", &mut serve, port)?, folder, port })
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
