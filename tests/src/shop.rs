//! The shop: a small service in a repository of its own, whose next release can be made good or bad in every way.

mod deploys;
mod kills;

pub use kills::{After, Kills};

use crate::world::World;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a release does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Works.
    Good,
    /// Ends with an error before it listens.
    CrashAtBoot,
    /// Answers its health check with 503 for ever.
    NeverHealthy,
    /// Is healthy and ends with an error a second later.
    CrashLater,
    /// Answers everything but the health check with 500 after some requests.
    Errors,
    /// As `Errors`, but still answers slow requests well.
    Limps,
    /// Ends with an error each time it has done its fourth order, before it answers.
    CrashWithOrders,
    /// Takes more memory than it may, after it was healthy.
    Memory,
    /// Does not build.
    Build,
    /// Has a migration that fails.
    Migration,
    /// Reads a variable that nobody has set.
    MissingVariable,
    /// Listens on a port that is taken.
    PortInUse,
}

impl Mode {
    /// Every way to be bad.
    pub const BAD: [Self; 9] = [
        Self::CrashAtBoot,
        Self::NeverHealthy,
        Self::CrashLater,
        Self::Errors,
        Self::Memory,
        Self::Build,
        Self::Migration,
        Self::MissingVariable,
        Self::PortInUse,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::CrashAtBoot => "crash-at-boot",
            Self::NeverHealthy => "never-healthy",
            Self::CrashLater => "crash-later",
            Self::Errors => "errors",
            Self::Limps => "limps",
            Self::CrashWithOrders => "crash-with-orders",
            Self::Memory => "memory",
            Self::Build => "build",
            Self::Migration => "migration",
            Self::MissingVariable => "missing-variable",
            Self::PortInUse => "port-in-use",
        }
    }

    /// The exit code of a deploy of such a release.
    pub const fn exit_code(self) -> i32 {
        match self {
            Self::Good => 0,
            Self::MissingVariable => 3,
            Self::CrashAtBoot
            | Self::NeverHealthy
            | Self::CrashLater
            | Self::Errors
            | Self::Limps
            | Self::CrashWithOrders
            | Self::Memory
            | Self::Build
            | Self::Migration
            | Self::PortInUse => 4,
        }
    }

    /// Whether its instance dies by itself once it has traffic.
    pub const fn dies_while_it_serves(self) -> bool {
        matches!(self, Self::CrashLater | Self::CrashWithOrders | Self::Memory)
    }

    /// Words that the message about such a release has: what was seen, not only that it failed.
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Good => &[],
            Self::CrashAtBoot => &["cannot read the catalogue"],
            Self::NeverHealthy => &["GET /health", "503", "the catalogue is still loading"],
            Self::CrashLater => &["70", "the cache is corrupt"],
            Self::Errors | Self::Limps => &["requests failed", "the price list has no column"],
            Self::CrashWithOrders => &["71"],
            Self::Memory => &["memory"],
            Self::Build => &["Cannot find name"],
            Self::Migration => &["orders_of_another_shop"],
            Self::MissingVariable => &["MUST_BE_SET", "mainstay env set"],
            Self::PortInUse => &["EADDRINUSE"],
        }
    }
}

/// What the shop's mainstay.toml says beside what it always says.
#[derive(Debug, Clone)]
pub struct Plot {
    /// With PostgreSQL, and a migration.
    pub database: bool,
    /// With a build command.
    pub build: bool,
    /// Number of instances.
    pub replicas: u16,
    /// Lines below `[deploy]`.
    pub deploy: &'static str,
    /// Lines below `[services.shop.env]`.
    pub env: &'static str,
}

impl Default for Plot {
    fn default() -> Self {
        Self { database: false, build: true, replicas: 1, deploy: "", env: "" }
    }
}

impl Plot {
    /// The smallest and fastest: nothing to migrate, watched for a moment.
    pub fn quick() -> Self {
        Self { build: false, deploy: "watch = \"300ms\"", ..Self::default() }
    }

    fn toml(&self, world: &World) -> String {
        let said = |key: &str| self.deploy.lines().any(|line| line.trim_start().starts_with(key));
        let defaults =
            [("healthy", "2"), ("start_timeout", "\"8s\""), ("watch", "\"2s\""), ("drain", "\"1500ms\"")];
        let defaults = defaults.into_iter().filter(|(key, _)| !said(key));
        let deploy: String = defaults.map(|(key, value)| format!("{key} = {value}\n")).collect();
        let build = if self.build { "build = \"node build.js\"\n" } else { "" };
        let migrate =
            if self.database { "migrate = \"node migrate.js\"\nuses = [\"postgres\"]\n" } else { "" };
        let url = if self.database { "DATABASE_URL = \"${postgres.url}\"\n" } else { "" };
        let datastore = match (self.database, &world.docker) {
            (false, _) => "",
            (true, None) => "[datastores.postgres]\nkind = \"postgres\"\n\n",
            (true, Some(_)) => "[datastores.postgres]\nkind = \"postgres\"\nversion = \"15\"\n\n",
        };
        let target = world.target();
        format!(
            "name = \"{name}\"\n\n[deploy]\n{deploy}{extra}\n\n[services.shop]\npath = \".\"\nkind = \"web\"\n\
             start = \"node server.js\"\nhealth = \"/health\"\nport = {port}\nreplicas = {replicas}\n\
             memory = \"160M\"\ngrace = \"8s\"\n{build}{migrate}\n[services.shop.env]\n{url}{env}\n\n\
             {datastore}[environments.dev]\n{target}port = {entry}\n",
            name = world.name,
            extra = self.deploy,
            port = world.own_port,
            replicas = self.replicas,
            env = self.env,
            entry = world.entry.port(),
        )
    }
}

impl Plot {
    /// The shop as an image. `psql`, with which it migrates, is in the image of the database.
    fn dockerfile(&self) -> String {
        let build = if self.build { "RUN node build.js\n" } else { "" };
        format!(
            "FROM node:20-bookworm-slim AS base\nWORKDIR /app\nCOPY . .\n{build}\n\
             FROM postgres:15-bookworm AS migrate\nCOPY --from=base /usr/local/bin/node /usr/local/bin/node\n\
             COPY --from=base /app /app\nWORKDIR /app\nENTRYPOINT [\"node\", \"migrate.js\"]\n\n\
             FROM base AS runtime\nENV HOST=0.0.0.0 NODE_ENV=production\nUSER 1000\n\
             LABEL dev.mainstay.root=\"read-only\"\nCMD [\"node\", \"server.js\"]\n"
        )
    }
}

/// The shop's repository in a world.
pub struct Shop<'w> {
    world: &'w World,
    replicas: u16,
}

impl<'w> Shop<'w> {
    /// Makes the repository with a first commit, a good release `v1`.
    pub fn open(world: &'w World, plot: &Plot) -> Self {
        let shop = Self { world, replicas: plot.replicas };
        let at = |name: &str| world.repo.join(name);
        write(&at("server.js"), include_str!("shop/server.js"));
        write(&at("build.js"), include_str!("shop/build.js"));
        if plot.database {
            write(&at("migrate.js"), include_str!("shop/migrate.js"));
        }
        if world.docker.is_some() {
            write(&at("Dockerfile"), &plot.dockerfile());
        }
        let package =
            r#"{"name":"shop","version":"1.0.0","private":true,"scripts":{"start":"node server.js"}}"#;
        write(&at("package.json"), package);
        let lock = r#"{"name":"shop","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"shop","version":"1.0.0"}}}"#;
        write(&at("package-lock.json"), lock);
        write(&at("mainstay.toml"), &plot.toml(world));
        git(&world.repo, &["init", "--quiet", "--initial-branch=main"]);
        shop.commit("v1", Mode::Good);
        shop
    }

    /// Changes the code to another version, without a commit.
    pub fn edit(&self, version: &str, mode: Mode) {
        let after = match mode {
            Mode::Errors | Mode::Limps => 15,
            Mode::CrashWithOrders => 3,
            Mode::CrashLater => 1200,
            Mode::Memory => 700,
            _ => 0,
        };
        let taken = self.world.taken_port();
        let mut text = String::new();
        if mode == Mode::MissingVariable {
            text.push_str("if (!process.env.MUST_BE_SET) throw new Error('MUST_BE_SET is required');\n");
        }
        text.push_str(&format!(
            "module.exports = {{ version: '{version}', mode: '{}', after: {after}, port: {taken}, orders: '{}' }};\n",
            mode.word(),
            self.orders().display()
        ));
        write(&self.world.repo.join("behaviour.js"), &text);
    }

    /// Commits another version.
    pub fn commit(&self, version: &str, mode: Mode) {
        self.edit(version, mode);
        git(&self.world.repo, &["add", "--all"]);
        git(
            &self.world.repo,
            &["commit", "--quiet", "--allow-empty", "--message", &format!("Make {version}: {}", mode.word())],
        );
    }

    /// Changes a line of mainstay.toml, without a commit.
    #[track_caller]
    pub fn retune(&self, from: &str, to: &str) {
        let path = self.world.repo.join("mainstay.toml");
        let text = fs::read_to_string(&path).expect("the shop has a manifest");
        assert!(text.contains(from), "mainstay.toml has no `{from}`:\n{text}");
        write(&path, &text.replace(from, to));
    }

    /// The book of orders; see `order` in server.js.
    fn orders(&self) -> PathBuf {
        if self.world.docker.is_some() {
            // Inside the container, so each instance has a book of its own.
            return "/tmp/orders".into();
        }
        self.world.folder().join("orders")
    }

    /// The orders that were done: number of each, by key. Fails the test when one was done twice.
    #[track_caller]
    pub fn orders_done(&self) -> BTreeMap<String, String> {
        let text = fs::read_to_string(self.orders()).unwrap_or_default();
        let mut orders = BTreeMap::new();
        for line in text.lines() {
            let mut words = line.split(' ').map(str::to_owned);
            let (Some(key), Some(number)) = (words.next(), words.next()) else { panic!("an order `{line}`") };
            assert!(orders.insert(key, number).is_none(), "an order was done twice: {line}");
        }
        orders
    }

    /// The version that answers at the public entry.
    pub fn version(&self) -> String {
        match crate::load::get(self.world.entry, "/version") {
            Ok(reply) if reply.status == 200 => reply.text(),
            Ok(reply) => format!("status {}", reply.status),
            Err(reason) => reason,
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

/// Runs git in a folder, with a name for commits and nothing of the user's configuration.
pub fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.com");
    }
    let output = command.output().expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
