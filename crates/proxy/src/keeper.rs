//! A tiny process beside the worker: holds duplicates of its listening sockets, so that connections wait instead of
//! being refused while a worker is restarted or replaced, and starts another worker when one dies.

pub(crate) mod link;
pub(crate) mod state;

use crate::control::Client;
use crate::error::ProxyError;
use crate::log::{Log, say};
use crate::sys;
use link::{Link, SocketKey, ToKeeper, ToWorker};
use state::{Passed, PassedWorker, Role};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a new worker may take to serve.
const CANDIDATE: Duration = Duration::from_secs(15);
/// A worker that lived shorter died of something that a restart at once will not cure.
const SHORT_LIFE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How a keeper is started.
#[derive(Debug)]
pub struct KeeperConfig {
    /// The folder of the proxy.
    pub home: PathBuf,
    /// The program to start workers with: `BINARY proxy worker --home HOME --link FD`.
    pub binary: PathBuf,
    /// The descriptor of what another keeper left behind.
    pub inherit: Option<RawFd>,
    /// Where the keeper says what happens.
    pub log: Log,
}

struct Worker {
    pid: u32,
    /// Readable when the process has ended.
    process: OwnedFd,
    link: Option<Link>,
    role: Role,
    started: Instant,
}

struct Keeper {
    home: PathBuf,
    binary: PathBuf,
    log: Log,
    lock: File,
    sockets: BTreeMap<SocketKey, OwnedFd>,
    workers: Vec<Worker>,
    /// No worker is wanted any more.
    stopping: bool,
    /// When to start a worker, and the pause before it.
    restart: Option<Instant>,
    pause: Duration,
}

/// The command that starts a keeper, with the descriptor of the state it takes over.
pub(crate) fn command(binary: &Path, home: &Path, inherit: BorrowedFd<'_>) -> Command {
    let mut command = Command::new(binary);
    command
        .args(["proxy", "keeper", "--home"])
        .arg(home)
        .arg("--inherit")
        .arg(inherit.as_raw_fd().to_string());
    command.process_group(0);
    command
}

/// Keeps a worker running until the proxy is shut down. Returns at once when the home has a keeper already.
///
/// # Errors
/// When the home cannot be used, or what another keeper left cannot be taken over.
pub fn run(config: KeeperConfig) -> Result<(), ProxyError> {
    let log = config.log.named("keeper");
    let terminate = sys::terminations().map_err(ProxyError::system("handle signals"))?;
    let keeper = match config.inherit {
        Some(fd) => Keeper::inherit(config.home, config.binary, fd, log)?,
        None => Keeper::begin(config.home, config.binary, log)?,
    };
    let Some(mut keeper) = keeper else { return Ok(()) };
    while !(keeper.stopping && keeper.workers.is_empty()) {
        keeper.turn(terminate)?;
    }
    say!(keeper.log, "ends");
    Ok(())
}

fn lock(home: &Path, patience: Duration) -> Result<Option<File>, ProxyError> {
    let path = home.join("keeper.lock");
    let open = File::options().create(true).write(true).truncate(false).open(&path);
    let mut file = open.map_err(ProxyError::file("create", &path))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => {
                // For people who look for the process. Of one width, so that it is never seen half written.
                let written = file.write_all(format!("{:<10}\n", std::process::id()).as_bytes());
                return written.map(|()| Some(file)).map_err(ProxyError::file("write", path));
            }
            Err(std::fs::TryLockError::WouldBlock) if began.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(ProxyError::file("lock", path)(error)),
        }
    }
}

impl Keeper {
    fn new(home: PathBuf, binary: PathBuf, log: Log, lock: File) -> Self {
        Self {
            home,
            binary,
            log,
            lock,
            sockets: BTreeMap::new(),
            workers: Vec::new(),
            stopping: false,
            restart: None,
            pause: Duration::ZERO,
        }
    }

    /// A first keeper. `None` when there is one, or a worker that is about to start its own.
    fn begin(home: PathBuf, binary: PathBuf, log: Log) -> Result<Option<Self>, ProxyError> {
        let Some(lock) = lock(&home, Duration::ZERO)? else {
            say!(log, "another keeper has {}", home.display());
            return Ok(None);
        };
        if Client::connect(&home).is_ok() {
            say!(log, "a worker serves {} already", home.display());
            return Ok(None);
        }
        let mut keeper = Self::new(home, binary, log, lock);
        keeper.restart = Some(Instant::now());
        Ok(Some(keeper))
    }

    /// A keeper that takes over.
    fn inherit(home: PathBuf, binary: PathBuf, fd: RawFd, log: Log) -> Result<Option<Self>, ProxyError> {
        let system = ProxyError::system;
        let fail = "take over from the keeper before";
        let passed = sys::inherit(fd).and_then(Passed::read).map_err(system(fail))?;
        let lock = match passed.lock {
            Some(fd) => Some(File::from(sys::inherit(fd).map_err(system(fail))?)),
            None => lock(&home, Duration::from_secs(2))?,
        };
        let Some(lock) = lock else {
            say!(log, "another keeper has {}", home.display());
            return Ok(None);
        };
        let mut keeper = Self::new(home, binary, log, lock);
        for (key, fd) in passed.sockets {
            keeper.sockets.insert(key, sys::inherit(fd).map_err(system(fail))?);
        }
        for PassedWorker { pid, link, role } in passed.workers {
            let link = link.map(sys::inherit).transpose().map_err(system(fail))?.map(Link::from);
            match sys::process(pid) {
                Ok(process) => {
                    keeper.workers.push(Worker { pid, process, link, role, started: Instant::now() })
                }
                Err(error) => say!(keeper.log, "worker {pid} is gone: {error}"),
            }
        }
        if !keeper.workers.iter().any(|w| w.role == Role::Serving) {
            keeper.restart = Some(Instant::now());
        }
        say!(keeper.log, "took over {} workers", keeper.workers.len());
        Ok(Some(keeper))
    }

    /// Waits for something to happen, and deals with it.
    fn turn(&mut self, terminate: BorrowedFd<'static>) -> Result<(), ProxyError> {
        let mut fds = vec![terminate];
        for worker in &self.workers {
            fds.push(worker.process.as_fd());
            fds.push(worker.link.as_ref().map_or(worker.process.as_fd(), |l| l.as_fd()));
        }
        let ready =
            sys::wait_readable(&fds, self.next_deadline()).map_err(ProxyError::system("wait for workers"))?;
        if ready[0] && !self.stopping {
            self.stop();
        }
        let pids: Vec<_> = self.workers.iter().map(|w| w.pid).collect();
        for (pid, pair) in pids.into_iter().zip(ready[1..].chunks(2)) {
            // What a worker said last is heard before its end is dealt with.
            if pair[1] {
                self.hear(pid);
            }
            if pair[0] {
                self.bury(pid);
            }
        }
        self.give_up_candidates();
        if self.restart.is_some_and(|at| at <= Instant::now()) {
            self.restart = None;
            self.start_serving();
        }
        Ok(())
    }

    fn next_deadline(&self) -> Option<Duration> {
        let candidates = self.workers.iter().filter(|w| matches!(w.role, Role::Candidate(_)));
        let deadlines = candidates.map(|w| w.started + CANDIDATE).chain(self.restart);
        deadlines.min().map(|at| at.saturating_duration_since(Instant::now()) + Duration::from_millis(1))
    }

    fn worker(&mut self, pid: u32) -> Option<&mut Worker> {
        self.workers.iter_mut().find(|w| w.pid == pid)
    }

    fn serving(&self) -> Option<&Worker> {
        self.workers.iter().find(|w| w.role == Role::Serving)
    }

    fn hear(&mut self, pid: u32) {
        let Some(worker) = self.worker(pid) else { return };
        let Some(link) = &worker.link else { return };
        match link.receive::<ToKeeper>() {
            Ok(Some((message, socket))) => self.obey(pid, message, socket),
            Ok(None) | Err(_) => worker.link = None,
        }
    }

    fn obey(&mut self, pid: u32, message: ToKeeper, socket: Option<OwnedFd>) {
        match message {
            ToKeeper::Hold(key) => {
                if let Some(socket) = socket.filter(|_| !self.stopping) {
                    self.sockets.insert(key, socket);
                }
            }
            ToKeeper::Release(key) => drop(self.sockets.remove(&key)),
            ToKeeper::Ready => self.ready(pid),
            ToKeeper::Upgrade(binary) => {
                say!(self.log, "{} is to take over", binary.display());
                if let Err(error) = self.start(&binary, Role::Candidate(binary.clone())) {
                    self.refuse_upgrade(format!("it cannot be started: {error}"));
                }
            }
            ToKeeper::Shutdown => self.stop(),
        }
    }

    /// A worker serves. If it was to take over, it has.
    fn ready(&mut self, pid: u32) {
        let Some(worker) = self.worker(pid) else { return };
        let Role::Candidate(binary) = worker.role.clone() else { return };
        for old in self.workers.iter_mut().filter(|w| w.role == Role::Serving) {
            old.role = Role::Draining;
            send(old, &ToWorker::Drain { replaced: true });
        }
        if let Some(worker) = self.worker(pid) {
            worker.role = Role::Serving;
        }
        say!(self.log, "worker {pid} took over");
        self.binary = binary;
        if let Err(error) = self.become_new_binary() {
            say!(self.log, "the keeper stays as it is: {error}");
        }
    }

    fn bury(&mut self, pid: u32) {
        sys::reap(pid);
        let Some(at) = self.workers.iter().position(|w| w.pid == pid) else { return };
        let worker = self.workers.swap_remove(at);
        match worker.role {
            Role::Draining => say!(self.log, "worker {pid} finished"),
            Role::Candidate(_) => self.refuse_upgrade("it ended before it served".into()),
            Role::Serving if self.stopping => {}
            Role::Serving => {
                let short = worker.started.elapsed() < SHORT_LIFE;
                // The first restart is at once even then.
                let longer = (self.pause * 2).clamp(Duration::from_millis(50), LONGEST_PAUSE);
                let pause = if short { self.pause } else { Duration::ZERO };
                self.pause = if short { longer } else { Duration::ZERO };
                say!(self.log, "worker {pid} died; starting another one in {pause:?}");
                self.restart = Some(Instant::now() + pause);
            }
        }
    }

    fn start_serving(&mut self) {
        if self.stopping || self.serving().is_some() {
            return;
        }
        if let Err(error) = self.start(&self.binary.clone(), Role::Serving) {
            say!(self.log, "cannot start {}: {error}", self.binary.display());
            self.pause = (self.pause * 2).clamp(Duration::from_millis(50), LONGEST_PAUSE);
            self.restart = Some(Instant::now() + self.pause);
        }
    }

    /// Starts a worker and gives it all sockets.
    fn start(&mut self, binary: &Path, role: Role) -> io::Result<()> {
        let (ours, theirs) = Link::pair()?;
        sys::keep_over_exec(theirs.as_fd(), true)?;
        let mut command = Command::new(binary);
        command.args(["proxy", "worker", "--home"]).arg(&self.home);
        let child = command.arg("--link").arg(theirs.as_fd().as_raw_fd().to_string()).spawn()?;
        drop(theirs);
        for (key, socket) in &self.sockets {
            ours.send(&ToWorker::Take(key.clone()), Some(socket.as_fd()))?;
        }
        ours.send(&ToWorker::Begin, None)?;
        let process = sys::process(child.id())?;
        self.workers.push(Worker {
            pid: child.id(),
            process,
            link: Some(ours),
            role,
            started: Instant::now(),
        });
        Ok(())
    }

    fn give_up_candidates(&mut self) {
        let overdue = |w: &&Worker| matches!(w.role, Role::Candidate(_)) && w.started.elapsed() >= CANDIDATE;
        let pids: Vec<_> = self.workers.iter().filter(overdue).map(|w| w.pid).collect();
        for pid in pids {
            sys::signal(pid, libc::SIGKILL);
            if let Some(worker) = self.worker(pid) {
                worker.role = Role::Draining;
            }
            self.refuse_upgrade(format!("it did not serve within {CANDIDATE:?}"));
        }
    }

    fn refuse_upgrade(&mut self, reason: String) {
        say!(self.log, "no upgrade: {reason}");
        if let Some(worker) = self.workers.iter_mut().find(|w| w.role == Role::Serving) {
            send(worker, &ToWorker::UpgradeFailed(reason));
        }
    }

    /// Closes the sockets and lets the workers finish.
    fn stop(&mut self) {
        say!(self.log, "shutting down");
        self.stopping = true;
        self.restart = None;
        self.sockets.clear();
        for worker in &mut self.workers {
            send(worker, &ToWorker::Drain { replaced: false });
        }
    }

    /// Goes on as the keeper of another binary: same process, same children, same descriptors.
    fn become_new_binary(&mut self) -> io::Result<()> {
        let descriptors = |keeper: &Self, keep: bool| -> io::Result<()> {
            sys::keep_over_exec(keeper.lock.as_fd(), keep)?;
            for fd in keeper.sockets.values() {
                sys::keep_over_exec(fd.as_fd(), keep)?;
            }
            keeper
                .workers
                .iter()
                .filter_map(|w| w.link.as_ref())
                .try_for_each(|l| sys::keep_over_exec(l.as_fd(), keep))
        };
        let passed = |worker: &Worker| PassedWorker {
            pid: worker.pid,
            link: worker.link.as_ref().map(|l| l.as_fd().as_raw_fd()),
            role: worker.role.clone(),
        };
        let state = Passed {
            lock: Some(self.lock.as_raw_fd()),
            workers: self.workers.iter().map(passed).collect(),
            sockets: self.sockets.iter().map(|(k, fd)| (k.clone(), fd.as_raw_fd())).collect(),
        };
        let state = state.write()?;
        descriptors(self, true)?;
        sys::keep_over_exec(state.as_fd(), true)?;
        let error = command(&self.binary, &self.home, state.as_fd()).exec();
        descriptors(self, false)?;
        Err(error)
    }
}

fn send(worker: &Worker, message: &ToWorker) {
    if let Some(link) = &worker.link {
        // A worker that is gone is buried soon.
        let _gone = link.send(message, None);
    }
}
