//! The process that carries the traffic: data threads, and one thread that listens to the control socket and the keeper.

pub(crate) mod master;
mod rule;
mod thread;

use crate::access::{self, AccessLog};
use crate::control::{self, SOCKET};
use crate::error::ProxyError;
use crate::keeper::link::{Link, SocketKey, ToKeeper, ToWorker};
use crate::log::{Log, say};
use crate::settings::Settings;
use crate::store::Store;
use crate::sys;
use master::Master;
use rule::Ruler;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use thread::{Order, Start};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// How a worker is started.
#[derive(Debug)]
pub struct WorkerConfig {
    /// The folder of the proxy: control socket, tables, logs.
    pub home: PathBuf,
    /// The program this is, to start a new keeper with.
    pub binary: PathBuf,
    /// The descriptor of the link to the keeper; absent when there is none, as in tests and benchmarks.
    pub link: Option<RawFd>,
    /// Where the worker says what happens to it.
    pub log: Log,
}

/// Sockets that outlive a worker.
#[derive(Default)]
struct Sockets {
    control: Option<UnixListener>,
    metrics: Option<TcpListener>,
    listeners: BTreeMap<SocketAddr, Arc<TcpListener>>,
}

/// The data threads.
pub(crate) struct Threads {
    pub(crate) orders: Vec<UnboundedSender<Order>>,
    pub(crate) open: Vec<Arc<AtomicUsize>>,
    joins: Vec<std::thread::JoinHandle<()>>,
}

/// Runs a worker until it is told to end.
///
/// # Errors
/// When its home cannot be used or its threads cannot be started. What does not work of the tables on disk is no
/// error: the rest is served.
pub fn run(config: WorkerConfig) -> Result<(), ProxyError> {
    let log = config.log.named("worker");
    let home = config.home.clone();
    if let Err(error) = sys::raise_file_limit() {
        say!(log, "the limit of open files stays as it is: {error}");
    }
    let settings = Arc::new(Settings::load(&home)?);
    let terminate = sys::terminations().map_err(ProxyError::system("handle signals"))?;
    let (link, inherited) = match config.link {
        Some(fd) => inherit(fd).map(|(link, sockets)| (Some(Arc::new(link)), sockets)),
        None => Ok((None, Sockets::default())),
    }
    .map_err(ProxyError::system("take over from the keeper"))?;
    let store = Store::open(&home)?;
    let writer = match settings.access_log {
        true => Some(access::start(&home, settings.access_log_bytes, log.clone())?),
        false => None,
    };
    let access = || AccessLog::new(writer.as_ref().map(access::Writer::sender));
    let threads = start_threads(&settings, &log, access)?;
    let mut master = Master::new(store, log.clone(), threads.orders.clone(), inherited.listeners);
    if let Some(link) = &link {
        master.set_link(Arc::clone(link), false);
    }
    master.restore()?;
    let control = inherited.control.map_or_else(|| open_control(&config, link.as_deref()), Ok)?;
    let metrics = match (inherited.metrics, settings.metrics) {
        (Some(listener), Some(_)) => Some(listener),
        (_, wanted) => wanted.and_then(|address| open_metrics(address, link.as_deref(), &log)),
    };
    let ruler = Ruler { config, log, link, keeper: None, control, metrics, terminate, threads };
    ruler.rule(master)?;
    if let Some(writer) = writer {
        writer.finish();
    }
    Ok(())
}

/// Receives what the keeper holds.
fn inherit(fd: RawFd) -> io::Result<(Link, Sockets)> {
    let link = Link::from(sys::inherit(fd)?);
    let mut sockets = Sockets::default();
    loop {
        match link.receive::<ToWorker>()? {
            Some((ToWorker::Take(key), Some(fd))) => match key {
                SocketKey::Control => sockets.control = Some(fd.into()),
                SocketKey::Metrics(_) => sockets.metrics = Some(fd.into()),
                SocketKey::Listener(address) => drop(sockets.listeners.insert(address, Arc::new(fd.into()))),
            },
            Some((ToWorker::Begin, _)) => return Ok((link, sockets)),
            Some((ToWorker::Take(_) | ToWorker::Drain { .. } | ToWorker::UpgradeFailed(_), _)) => {}
            None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the keeper is gone")),
        }
    }
}

fn start_threads(
    settings: &Arc<Settings>,
    log: &Log,
    access: impl Fn() -> AccessLog,
) -> Result<Threads, ProxyError> {
    let mut threads = Threads { orders: Vec::new(), open: Vec::new(), joins: Vec::new() };
    for thread in 0..settings.thread_count() {
        let (sender, orders) = unbounded_channel();
        let open = Arc::new(AtomicUsize::new(0));
        let start = Start {
            thread,
            settings: Arc::clone(settings),
            log: log.clone(),
            access: access(),
            orders,
            open: Arc::clone(&open),
        };
        let builder = std::thread::Builder::new().name(format!("data-{thread}"));
        let join = builder.spawn(move || thread::run(start)).map_err(ProxyError::system("start a thread"))?;
        threads.orders.push(sender);
        threads.open.push(open);
        threads.joins.push(join);
    }
    Ok(threads)
}

/// Tells the keeper to keep a socket beyond this process.
fn hold(link: Option<&Link>, key: SocketKey, socket: &impl AsFd) {
    if let Some(link) = link {
        let _gone = link.send(&ToKeeper::Hold(key), Some(socket.as_fd()));
    }
}

fn open_control(config: &WorkerConfig, link: Option<&Link>) -> Result<UnixListener, ProxyError> {
    let path = config.home.join(SOCKET);
    let listener = control::with_short_path(&config.home, SOCKET, |short| {
        match fs::remove_file(short) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(short)?;
        fs::set_permissions(short, Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    let listener = listener.map_err(ProxyError::file("listen on", path))?;
    hold(link, SocketKey::Control, &listener);
    Ok(listener)
}

/// The metrics are worth a complaint, not a refusal to serve.
fn open_metrics(address: SocketAddr, link: Option<&Link>, log: &Log) -> Option<TcpListener> {
    let open = || {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a loopback address"));
        }
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    match open() {
        Ok(listener) => {
            hold(link, SocketKey::Metrics(address), &listener);
            Some(listener)
        }
        Err(error) => {
            say!(log, "metrics are not served on {address}: {error}");
            None
        }
    }
}

impl Threads {
    /// Ends all threads at once; what is open breaks off.
    fn stop(self) {
        for orders in &self.orders {
            let _ended = orders.send(Order::Stop);
        }
        for join in self.joins {
            let _panicked = join.join();
        }
    }
}

/// Starts a keeper for this worker, whose own is gone, and returns the link to it.
fn start_keeper(config: &WorkerConfig) -> io::Result<(Link, Child)> {
    let (ours, theirs) = Link::pair()?;
    let state = crate::keeper::state::for_running_worker(std::process::id(), theirs.as_fd())?;
    sys::keep_over_exec(theirs.as_fd(), true)?;
    sys::keep_over_exec(state.as_fd(), true)?;
    let child = crate::keeper::command(&config.binary, &config.home, OwnedFd::from(state).as_fd()).spawn()?;
    Ok((ours, child))
}
