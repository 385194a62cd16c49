//! A world of its own for a test: a home, a repository, a network, and nothing left of it afterwards.

mod client;
mod docker;
mod isolation;
pub mod process;
mod run;

pub use client::Client;
pub use docker::Docker;
pub use isolation::Isolation;
pub use process::{Part, Process};
pub use run::{Output, Running, is_step};

use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// See above.
pub struct World {
    /// The project's name.
    pub name: String,
    /// The repository.
    pub repo: PathBuf,
    /// Mainstay's home.
    pub home: PathBuf,
    /// The public entry.
    pub entry: SocketAddr,
    /// The preferred port of the service's own address.
    pub own_port: u16,
    /// The Docker Engine, in a world that has one.
    pub docker: Option<Docker>,
    /// The registry of the nodes, where the engine manages a swarm.
    pub registry: Option<String>,
    binary: PathBuf,
    taken: Mutex<Option<TcpListener>>,
    mounts: Mutex<Vec<PathBuf>>,
    isolation: Isolation,
    /// Removed last.
    folder: TempDir,
}

impl World {
    /// A world with an empty repository folder and a network of its own.
    pub fn new(name: &str) -> Self {
        Self::with_binary(name, built())
    }

    /// A world on the machine's own network.
    pub fn online(name: &str) -> Self {
        Self::within(name, built(), Isolation::shared())
    }

    /// A world on the machine's own network with a Docker Engine; `None` when there is none. One of them at a time.
    pub fn docker(name: &str) -> Option<Self> {
        Self::docker_with_binary(name, built())
    }

    /// The same, of another binary than the one that belongs to this build.
    pub fn docker_with_binary(name: &str, binary: &Path) -> Option<Self> {
        let mut world = Self::within(name, binary, Isolation::shared());
        world.docker = Some(Docker::find(name)?);
        Some(world)
    }

    /// A world on the manager of a swarm: the engine that `host` names, in the network namespace `netns`.
    pub fn swarm(name: &str, host: &str, netns: &str, registry: &str) -> Self {
        let isolation = Isolation::join(netns).expect("the manager's network is there");
        let mut world = Self::within(name, built(), isolation);
        world.docker = Some(Docker::at(host, name));
        world.registry = Some(registry.to_owned());
        world
    }

    /// What mainstay.toml says below `[environments.NAME]` of what runs this world's project.
    pub fn target(&self) -> String {
        match (&self.docker, &self.registry) {
            (None, _) => String::new(),
            (Some(_), None) => "target = \"docker\"\n".to_owned(),
            (Some(_), Some(registry)) => format!("target = \"swarm\"\nregistry = \"{registry}\"\n"),
        }
    }

    /// The Docker Engine of this world.
    #[track_caller]
    pub fn engine(&self) -> &Docker {
        self.docker.as_ref().expect("this world has an engine")
    }

    /// A world as [`Self::new`] makes it, of another binary than the one that belongs to this build.
    pub fn with_binary(name: &str, binary: &Path) -> Self {
        Self::within(name, binary, Isolation::enter())
    }

    fn within(name: &str, built: &Path, isolation: Isolation) -> Self {
        // Short: the path of a Unix socket may have 107 bytes.
        let folder = tempfile::Builder::new().prefix("ms-").tempdir_in("/tmp").expect("/tmp can be written");
        // Databases run as another user and must get in.
        allow_everyone(folder.path());
        let (repo, home) = (folder.path().join("repo"), folder.path().join("h"));
        fs::create_dir(&repo).expect("the folder is new");
        let binary = folder.path().join("mainstay");
        if fs::hard_link(built, &binary).is_err() {
            fs::copy(built, &binary).expect("the binary can be copied");
        }
        let entry = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        Self {
            name: name.into(),
            repo,
            home,
            entry,
            own_port: free_port(),
            docker: None,
            registry: None,
            binary,
            taken: Mutex::default(),
            mounts: Mutex::default(),
            isolation,
            folder,
        }
    }

    /// The folder of it all.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The binary.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// A port on which someone else listens as long as this world lives.
    pub fn taken_port(&self) -> u16 {
        let mut taken = self.taken.lock().expect("no test panics here");
        let listener = taken.get_or_insert_with(|| {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port")
        });
        listener.local_addr().expect("it listens").port()
    }

    /// Makes a folder on a small file system of its own. Whether that is allowed.
    pub fn mount_small(&self, folder: &Path, size: &str) -> bool {
        fs::create_dir_all(folder).expect("the world is ours");
        let mounted = isolation::mount_small(folder, size).is_ok();
        if mounted {
            self.mounts.lock().expect("no test panics here").push(folder.to_owned());
        }
        mounted
    }

    /// A command of the binary in the repository.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.repo).env("MAINSTAY_HOME", &self.home);
        for name in ["NO_COLOR", "MAINSTAY_BINARY", "DATABASE_URL", "PORT"] {
            command.env_remove(name);
        }
        let nowhere = format!("unix://{}/no-docker", self.folder().display());
        command.env("DOCKER_HOST", self.docker.as_ref().map_or(nowhere, |docker| docker.host.clone()));
        command
    }

    /// Starts the binary.
    pub fn spawn(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    /// Starts any command, as if it were the binary.
    pub fn spawn_command(&self, command: Command) -> Running {
        Running::start(command)
    }

    /// Runs the binary to its end.
    pub fn mainstay(&self, arguments: &[&str]) -> Output {
        self.spawn(arguments).finish()
    }

    /// Puts a value into the vault.
    #[track_caller]
    pub fn set(&self, service: &str, name: &str, value: &str) {
        let path = self.folder().join("value");
        fs::write(&path, value).expect("the folder can be written");
        let mut command = self.command(["env", "set", service, name]);
        command.stdin(fs::File::open(&path).expect("it was written"));
        let output = command.output().expect("the binary runs");
        fs::remove_file(&path).expect("it was written");
        assert!(output.status.success(), "env set: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// `mainstay status --format json`.
    pub fn status(&self) -> Value {
        self.mainstay(&["status", "--format", "json"]).json()
    }

    /// The folder of a release, by its number.
    #[track_caller]
    pub fn release_folder(&self, number: u32) -> PathBuf {
        let folder = self.home.join("projects").join(&self.name).join("dev/releases");
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let named = format!("r{number:04}-");
        let mut found = entries
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&named)));
        found.next().unwrap_or_else(|| panic!("there is no release {number} in {}", folder.display()))
    }

    /// Paths in the repository of what git would see, committed or not; one that was deleted is among them.
    pub fn listed(&self) -> Vec<String> {
        let mut command = Command::new("git");
        command.current_dir(&self.repo).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
        let listed = command.output().expect("git is installed");
        String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect()
    }

    /// Every process that belongs to this world, but those of the test itself.
    pub fn processes(&self) -> Vec<Process> {
        let own = std::process::id();
        let mine = |process: &Process| {
            process.pid != own && (process.touches(self.folder()) || self.isolation.holds(process.pid))
        };
        process::all().into_iter().filter(mine).collect()
    }

    /// The processes of one part.
    pub fn part(&self, part: Part) -> Vec<Process> {
        self.processes().into_iter().filter(|process| process.part() == part).collect()
    }

    /// Ends everything at once, as a power cut would. Files stay, and the clock goes on.
    pub fn cut_power(&self) {
        let mut all = self.processes();
        // Supervisors first: nobody starts anything again.
        all.sort_by_key(|process| process.part() != Part::Supervisor);
        all.iter().for_each(Process::kill);
        // Unlike after a power cut, what is dead may stay in the process table until init looks for it.
        let there = |process: &Process| Path::new(&format!("/proc/{}", process.pid)).exists();
        let until = Instant::now() + Duration::from_secs(60);
        while all.iter().any(there) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Fails the test unless exactly so many instances run and nothing but them, their supervisors, the proxy and
    /// datastores. What is just ending gets a moment.
    #[track_caller]
    pub fn assert_only(&self, instances: usize) {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let processes = self.processes();
            let mut counts: BTreeMap<Part, usize> = BTreeMap::new();
            for process in &processes {
                *counts.entry(process.part()).or_default() += 1;
            }
            let count = |part: Part| counts.get(&part).copied().unwrap_or(0);
            if count(Part::Instance) == instances && count(Part::Other) == 0 && count(Part::Worker) <= 1 {
                return;
            }
            if Instant::now() > until {
                let shown: Vec<String> = processes
                    .iter()
                    .map(|process| format!("{:?} {} {}", process.part(), process.pid, process.command))
                    .collect();
                panic!("{instances} instances should run, and nothing else:\n{}", shown.join("\n"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Stops everything. What does not stop is killed; nothing outlives a test.
    fn end(&self) {
        if self.home.exists() {
            let down = self.command(["down"]).output();
            if let (Ok(output), true) = (&down, std::thread::panicking()) {
                eprintln_all("down after a failure", &output.stderr);
            }
            if let Ok(client) = proxy::control::Client::connect(&self.home.join("proxy")) {
                // It is killed below when it does not listen.
                let _refused = client.shutdown();
            }
        }
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            // Supervisors first, so that nothing is started again.
            let mut left = self.processes();
            left.sort_by_key(|process| process.part() != Part::Supervisor);
            if left.is_empty() || Instant::now() > until {
                return;
            }
            left.iter().for_each(Process::kill);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_logs();
        }
        self.end();
        if let Some(docker) = &self.docker {
            docker.clear();
        }
        for folder in self.mounts.lock().iter().flat_map(|mounts| mounts.iter()) {
            isolation::unmount(folder);
        }
    }
}

impl World {
    /// What helps to understand a failure.
    fn show_logs(&self) {
        if let Ok(log) = fs::read(self.home.join("proxy/proxy.log")) {
            let from = log.len().saturating_sub(3000);
            eprintln_all("proxy.log", &log[from..]);
        }
    }
}

#[allow(clippy::print_stderr)]
fn eprintln_all(title: &str, text: &[u8]) {
    eprintln!("--- {title}\n{}", String::from_utf8_lossy(text));
}

fn allow_everyone(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
}

/// A port that is free now, outside the ranges from which the kernel and Mainstay choose.
fn free_port() -> u16 {
    use std::hash::{BuildHasher, Hasher};
    loop {
        let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
        let port = 10_000 + u16::try_from(random % 10_000).expect("below 10,000");
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() {
            return port;
        }
    }
}

/// The binary under test: `MAINSTAY_BINARY`, else the one that belongs to this build, built when it is not there.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        if let Some(named) = std::env::var_os("MAINSTAY_BINARY") {
            return PathBuf::from(named);
        }
        let test = std::env::current_exe().expect("a test has an executable");
        let profile = test.ancestors().nth(2).expect("it lies in target/<profile>/deps");
        let binary = profile.join("mainstay");
        if !binary.exists() {
            let built = Command::new("cargo").args(["build", "--quiet", "-p", "mainstay-cli"]).status();
            assert!(built.is_ok_and(|status| status.success()), "mainstay cannot be built");
        }
        assert!(binary.exists(), "{} is not there; name another one in MAINSTAY_BINARY", binary.display());
        binary
    })
}
