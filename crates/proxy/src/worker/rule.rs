//! The main thread of a worker: takes calls on the control socket, listens to the keeper, and ends the process.

use super::master::Master;
use super::thread::Order;
use super::{SocketKey, Threads, WorkerConfig, hold, start_keeper};
use crate::control::{Answer, Request, SOCKET, server};
use crate::error::ProxyError;
use crate::keeper::link::{Link, ToKeeper, ToWorker};
use crate::log::{Log, say};
use crate::metrics;
use crate::settings::Settings;
use crate::sys;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a worker that nobody replaces may finish requests.
const SHUTDOWN: Duration = Duration::from_secs(10);
/// How long an upgrade may take.
const UPGRADE: Duration = Duration::from_secs(20);

/// See the module.
pub(super) struct Ruler {
    pub(super) config: WorkerConfig,
    pub(super) log: Log,
    pub(super) link: Option<Arc<Link>>,
    /// A keeper that this worker had to start, to collect its exit.
    pub(super) keeper: Option<Child>,
    pub(super) control: UnixListener,
    pub(super) metrics: Option<TcpListener>,
    pub(super) terminate: BorrowedFd<'static>,
    pub(super) threads: Threads,
}

/// What calls and the main thread share.
struct Shared {
    master: Mutex<Master>,
    log: Log,
    /// Who waits to hear how an upgrade went.
    upgrade: Mutex<Option<Sender<Result<(), String>>>>,
    link: Mutex<Option<Arc<Link>>>,
    shutdown: Sender<()>,
}

/// Why the main loop ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Another worker serves.
    Replaced,
    /// Nobody is to serve.
    Shutdown,
}

impl Ruler {
    /// Serves calls until the worker is to end, and ends it.
    pub(super) fn rule(mut self, master: Master) -> Result<(), ProxyError> {
        let (shutdown, asked) = channel();
        let shared = Arc::new(Shared {
            master: Mutex::new(master),
            log: self.log.clone(),
            upgrade: Mutex::new(None),
            link: Mutex::new(self.link.clone()),
            shutdown,
        });
        if let Some(link) = &self.link {
            link.send(&ToKeeper::Ready, None).map_err(ProxyError::system("tell the keeper"))?;
        }
        say!(self.log, "serving with {} threads", self.threads.orders.len());
        let reason = self.serve(&shared, &asked)?;
        if reason == Reason::Shutdown && self.link.is_none() {
            let _gone = std::fs::remove_file(self.config.home.join(SOCKET));
        }
        if reason == Reason::Shutdown {
            shared.master.lock().unwrap_or_else(PoisonError::into_inner).close_listeners();
        }
        self.drain(reason);
        Ok(())
    }

    fn serve(&mut self, shared: &Arc<Shared>, asked: &Receiver<()>) -> Result<Reason, ProxyError> {
        let mut next_try = Instant::now();
        loop {
            let unused = self.terminate;
            let link = self.link.clone();
            let fds = [
                self.control.as_fd(),
                self.terminate,
                self.metrics.as_ref().map_or(unused, AsFd::as_fd),
                link.as_ref().map_or(unused, |l| l.as_fd()),
            ];
            let ready = sys::wait_readable(&fds, Some(Duration::from_secs(1)));
            let ready = ready.map_err(ProxyError::system("wait for calls"))?;
            if ready[1] || asked.try_recv().is_ok() {
                return Ok(Reason::Shutdown);
            }
            if ready[0] {
                self.take_call(shared);
            }
            if let Some(metrics) = self.metrics.as_ref().filter(|_| ready[2])
                && let Ok((stream, _)) = metrics.accept()
            {
                let shared = Arc::clone(shared);
                self.aside(move || answer_metrics(stream, &shared));
            }
            if let Some(link) = link.filter(|_| ready[3])
                && let Some(reason) = self.hear(&link, shared)
            {
                return Ok(reason);
            }
            if self.link.is_none() && self.config.link.is_some() && next_try <= Instant::now() {
                next_try = Instant::now() + Duration::from_secs(5);
                self.replace_keeper(shared);
            }
            // A call that holds the master may itself be waiting for this thread.
            if !ready.contains(&true)
                && let Ok(mut master) = shared.master.try_lock()
            {
                master.retry();
            }
        }
    }

    /// Runs a call on a thread of its own, so that a slow one delays no other.
    fn aside(&self, call: impl FnOnce() -> io::Result<()> + Send + 'static) {
        let log = self.log.clone();
        let run = move || {
            if let Err(error) = call() {
                say!(log, "a control call broke off: {error}");
            }
        };
        if let Err(error) =
            std::thread::Builder::new().name("control".into()).stack_size(512 * 1024).spawn(run)
        {
            say!(self.log, "a control call cannot be served: {error}");
        }
    }

    fn take_call(&self, shared: &Arc<Shared>) {
        match self.control.accept() {
            Ok((stream, _)) => {
                let shared = Arc::clone(shared);
                self.aside(move || server::serve(stream, |request| shared.act(request)));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => say!(self.log, "the control socket cannot accept: {error}"),
        }
    }

    /// A message of the keeper, or its end.
    fn hear(&mut self, link: &Link, shared: &Shared) -> Option<Reason> {
        let tell = |result| {
            if let Some(waiting) = shared.upgrade.lock().unwrap_or_else(PoisonError::into_inner).take() {
                let _gave_up = waiting.send(result);
            }
        };
        match link.receive::<ToWorker>() {
            Ok(Some((ToWorker::Drain { replaced }, _))) => {
                tell(Ok(()));
                Some(if replaced { Reason::Replaced } else { Reason::Shutdown })
            }
            Ok(Some((ToWorker::UpgradeFailed(reason), _))) => {
                tell(Err(reason));
                None
            }
            Ok(Some((ToWorker::Take(_) | ToWorker::Begin, _))) => None,
            Ok(None) | Err(_) => {
                say!(self.log, "the keeper is gone; starting another one");
                tell(Err("the keeper died".into()));
                self.link = None;
                if let Some(mut dead) = self.keeper.take() {
                    let _collected = dead.try_wait();
                }
                *shared.link.lock().unwrap_or_else(PoisonError::into_inner) = None;
                None
            }
        }
    }

    fn replace_keeper(&mut self, shared: &Shared) {
        match start_keeper(&self.config) {
            Ok((link, keeper)) => {
                self.keeper = Some(keeper);
                let link = Arc::new(link);
                hold(Some(&link), SocketKey::Control, &self.control);
                if let (Some(metrics), Some(address)) =
                    (&self.metrics, self.metrics.as_ref().and_then(address))
                {
                    hold(Some(&link), SocketKey::Metrics(address), metrics);
                }
                shared
                    .master
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .set_link(Arc::clone(&link), true);
                *shared.link.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&link));
                self.link = Some(link);
            }
            Err(error) => say!(self.log, "no keeper can be started: {error}; serving without one"),
        }
    }

    /// Lets requests finish and ends the threads.
    fn drain(self, reason: Reason) {
        let settings = Settings::load(&self.config.home).unwrap_or_default();
        let (limit, close_idle) = match reason {
            Reason::Replaced => (Duration::from_secs(settings.timeouts.drain.into()), false),
            Reason::Shutdown => (SHUTDOWN, true),
        };
        drop((self.control, self.metrics));
        for orders in &self.threads.orders {
            let _ended = orders.send(Order::Drain { close_idle });
        }
        let began = Instant::now();
        // Connections that were just accepted are counted as soon as their thread gets to them.
        std::thread::sleep(Duration::from_millis(50));
        let open = || self.threads.open.iter().map(|o| o.load(Ordering::Relaxed)).sum::<usize>();
        while open() > 0 && began.elapsed() < limit {
            std::thread::sleep(Duration::from_millis(10));
        }
        say!(self.log, "ends with {} connections open", open());
        self.threads.stop();
    }
}

fn address(listener: &TcpListener) -> Option<std::net::SocketAddr> {
    listener.local_addr().ok()
}

impl Shared {
    fn act(&self, request: Request) -> Result<Answer, ProxyError> {
        let master = || self.master.lock().unwrap_or_else(PoisonError::into_inner);
        let done = |()| Answer::Done;
        match request {
            Request::Publish { table } => master().publish(*table).map(done),
            Request::Remove { scope } => master().remove(&scope).map(done),
            Request::State { scope } => master().state(&scope).map(|state| Answer::State { state }),
            Request::Pause { scope, service } => master().set_paused(&scope, &service, true).map(done),
            Request::Resume { scope, service } => master().set_paused(&scope, &service, false).map(done),
            Request::Metrics => Ok(Answer::Metrics { text: metrics::text(&mut master()) }),
            Request::Upgrade { binary } => self.upgrade(binary).map(done),
            Request::Shutdown => {
                say!(self.log, "told to shut down");
                let link = self.link.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let told = link.is_some_and(|l| l.send(&ToKeeper::Shutdown, None).is_ok());
                if !told {
                    let _ending_already = self.shutdown.send(());
                }
                Ok(Answer::Done)
            }
            Request::Version => Ok(Answer::Version(server::version())),
        }
    }

    fn upgrade(&self, binary: PathBuf) -> Result<(), ProxyError> {
        let failed = |reason: &str| ProxyError::Upgrade { binary: binary.clone(), reason: reason.into() };
        let link = self.link.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let link = link.ok_or_else(|| failed("this proxy runs without a keeper"))?;
        let (sender, answer) = channel();
        {
            let mut waiting = self.upgrade.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.is_some() {
                return Err(failed("another upgrade is under way"));
            }
            *waiting = Some(sender);
        }
        // No table may change while another worker reads them from disk.
        let _frozen = self.master.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = link.send(&ToKeeper::Upgrade(binary.clone()), None).map_err(|e| e.to_string());
        let answer = sent.and_then(|()| match answer.recv_timeout(UPGRADE) {
            Ok(answer) => answer,
            Err(_) => Err("the keeper does not answer".into()),
        });
        self.upgrade.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.map_err(|reason| failed(&reason))
    }
}

/// One request of a metrics collector.
fn answer_metrics(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 8192 {
        let mut bytes = [0; 1024];
        match stream.read(&mut bytes)? {
            0 => return Ok(()),
            n => head.extend_from_slice(&bytes[..n]),
        }
    }
    let (status, body) = if head.starts_with(b"GET /metrics ") {
        ("200 OK", metrics::text(&mut shared.master.lock().unwrap_or_else(PoisonError::into_inner)))
    } else {
        ("404 Not Found", "only GET /metrics is served here\n".to_owned())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}
