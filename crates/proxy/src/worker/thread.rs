//! A data thread: one runtime, its listeners, and the orders it takes from the control side.

use crate::access::AccessLog;
use crate::clock;
use crate::core::Core;
use crate::health::Checks;
use crate::log::{Log, say};
use crate::serve::{Client, Origin};
use crate::settings::Settings;
use crate::stream::Stream;
use crate::table::Snapshot;
use crate::tls;
use crate::watch::Watches;
use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::SyncSender;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{AbortHandle, LocalSet, spawn_local};

/// What a thread can be told.
pub(crate) enum Order {
    /// Route by this and accept on these; acknowledged when it holds.
    Install { snapshot: Arc<Snapshot>, sockets: Vec<(SocketAddr, Arc<TcpListener>)>, done: SyncSender<usize> },
    /// Accept nothing more, finish what is open. Idle connections are left alone, because a client may just be
    /// sending on one, or closed where there is nobody to serve them any more.
    Drain { close_idle: bool },
    /// Leave everything as it is and end.
    Stop,
}

/// What a thread is started with.
pub(crate) struct Start {
    pub(crate) thread: usize,
    pub(crate) settings: Arc<Settings>,
    pub(crate) log: Log,
    pub(crate) access: AccessLog,
    pub(crate) orders: UnboundedReceiver<Order>,
    /// Connections open on this thread, for who waits for a drain.
    pub(crate) open: Arc<AtomicUsize>,
}

/// Ends the process when a data thread panics: the keeper starts another one, which serves with all threads.
/// A panic in a single connection does not get here, it ends that connection.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

/// Runs a thread until it is stopped.
pub(crate) fn run(start: Start) {
    let _guard = AbortOnPanic;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => LocalSet::new().block_on(&runtime, obey(start)),
        Err(error) => say!(start.log, "thread {} cannot start: {error}", start.thread),
    }
}

async fn obey(start: Start) {
    let Start { thread, settings, log, access, mut orders, open } = start;
    let core = Rc::new(Core::new(thread, settings, log, access, Watches::new(open)));
    let mut accepting: HashMap<SocketAddr, AbortHandle> = HashMap::new();
    let mut checks = Checks::default();
    spawn_local(sweep(Rc::clone(&core)));
    while let Some(order) = orders.recv().await {
        match order {
            Order::Install { snapshot, sockets, done } => {
                core.install(Arc::clone(&snapshot));
                listen(&core, &sockets, &mut accepting);
                // Lets the accept loops that were ended go, and their sockets with them.
                drop(sockets);
                tokio::task::yield_now().await;
                // Health is the same for all threads, so one of them checks.
                if thread == 0 {
                    checks.follow(&snapshot, &core);
                }
                let _gave_up_waiting = done.send(thread);
            }
            Order::Drain { close_idle } => {
                accepting.drain().for_each(|(_, accept)| accept.abort());
                checks.stop();
                core.drain_began.set(clock::steady_millis());
                core.changed.notify_waiters();
                core.watches.wake_all();
                if close_idle {
                    core.watches.expire_idle();
                }
            }
            Order::Stop => break,
        }
    }
    core.access.borrow_mut().flush();
}

async fn sweep(core: Rc<Core>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let began = core.drain_began.get();
        core.watches.sweep((began != 0).then(|| clock::steady_millis().saturating_sub(began)));
        core.table().sweep(core.watches.tick());
        core.access.borrow_mut().flush();
    }
}

/// Accepts on these sockets and on nothing else.
fn listen(
    core: &Rc<Core>,
    sockets: &[(SocketAddr, Arc<TcpListener>)],
    accepting: &mut HashMap<SocketAddr, AbortHandle>,
) {
    accepting.retain(|address, accept| {
        let keep = sockets.iter().any(|(a, _)| a == address) && !accept.is_finished();
        if !keep {
            accept.abort();
        }
        keep
    });
    for (address, socket) in sockets {
        if accepting.contains_key(address) {
            continue;
        }
        match open(socket) {
            Ok(listener) => {
                let accept = spawn_local(accept(Rc::clone(core), listener, *address));
                accepting.insert(*address, accept.abort_handle());
            }
            Err(error) => say!(core.log, "thread {} cannot accept on {address}: {error}", core.thread),
        }
    }
}

fn open(socket: &TcpListener) -> std::io::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::from_std(socket.try_clone()?)
}

async fn accept(core: Rc<Core>, listener: tokio::net::TcpListener, address: SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((io, peer)) => {
                let _only_slower = io.set_nodelay(true);
                spawn_local(begin(Rc::clone(&core), io, peer, address));
                // All threads accept from one socket: let another one be faster next time.
                tokio::task::yield_now().await;
            }
            Err(error) => {
                let out_of_files = matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE));
                if out_of_files {
                    say!(core.log, "cannot accept on {address}: {error}; raise the limit of open files");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn begin(core: Rc<Core>, io: tokio::net::TcpStream, peer: SocketAddr, listener: SocketAddr) {
    let table = core.table();
    let spec = table.snapshot.listeners.iter().find(|l| l.address == listener);
    let config = spec.and_then(|l| l.tls.clone());
    drop(table);
    let origin = Origin { peer, listener, https: config.is_some() };
    match config {
        None => {
            let address = peer.ip().to_canonical().to_string().into();
            Client::new(&core, Stream::Tcp(io), origin, address).serve().await;
        }
        Some(config) => tls::serve(core, io, origin, config).await,
    }
}
