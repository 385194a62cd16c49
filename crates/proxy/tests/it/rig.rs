//! A proxy of its own for each test, members made of threads, and a client that says exactly what a test wants.

use model::id::{InstanceId, ReleaseId, Scope, ServiceName};
use model::routing::{Listener, Member, MemberReading, MemberState, Pool, PoolLimits, Route, RoutingTable};
use proxy::control::Client;
use proxy::settings::Settings;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The program that runs keeper and worker.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test.parent().unwrap().parent().unwrap().join("examples/standalone");
    assert!(binary.exists(), "build it first: cargo build -p mainstay-proxy --examples");
    binary
}

pub fn name(text: &str) -> ServiceName {
    ServiceName::new(text).unwrap()
}

pub fn scope(project: &str) -> Scope {
    Scope { project: project.parse().unwrap(), environment: "test".parse().unwrap() }
}

/// An address nobody listens on at the moment.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub fn member(instance: &str, address: SocketAddr) -> Member {
    Member {
        instance: InstanceId::new(instance).unwrap(),
        release: ReleaseId::new("r0001-a").unwrap(),
        address,
        network: None,
        weight: 100,
        state: MemberState::Active,
    }
}

pub fn pool(service: &str, members: Vec<Member>) -> Pool {
    Pool { service: name(service), members, health: None, limits: PoolLimits::default() }
}

/// A table with one listener that sends everything to the pool `web`.
pub fn table(address: SocketAddr, members: Vec<Member>) -> RoutingTable {
    let route =
        Route { host: None, prefix: "/".into(), strip_prefix: false, pool: name("web"), redirect: None };
    RoutingTable {
        scope: scope("demo"),
        generation: 1,
        listeners: vec![Listener { address, tls: None, routes: vec![route] }],
        pools: vec![pool("web", members)],
    }
}

/// A running proxy; it ends with the test.
pub struct Rig {
    pub home: tempfile::TempDir,
    pub control: Client,
    pub table: RoutingTable,
}

impl Rig {
    /// A proxy with the pool `web` on a port of its own.
    pub fn new(members: Vec<Member>) -> Self {
        Self::with(members, |_, _| {})
    }

    pub fn with(members: Vec<Member>, adjust: impl FnOnce(&mut RoutingTable, &mut Settings)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut settings = Settings { threads: Some(2), ..Settings::default() };
        let mut table = table(free_address(), members);
        adjust(&mut table, &mut settings);
        let control = proxy::launch::ensure(home.path(), &binary(), &settings).unwrap();
        control.publish(&table).unwrap();
        Self { home, control, table }
    }

    pub fn address(&self) -> SocketAddr {
        self.table.listeners[0].address
    }

    /// Publishes the next generation.
    pub fn publish(&mut self, change: impl FnOnce(&mut RoutingTable)) {
        change(&mut self.table);
        self.table.generation += 1;
        self.control.publish(&self.table).unwrap();
    }

    pub fn members(&self) -> Vec<MemberReading> {
        self.control.state(&self.table.scope).unwrap().pools.remove(0).members
    }

    pub fn reading(&self, instance: &str) -> MemberReading {
        self.members().into_iter().find(|m| m.instance.as_str() == instance).unwrap()
    }

    pub fn keeper_pid(&self) -> u32 {
        let text = std::fs::read_to_string(self.home.path().join("keeper.lock")).unwrap();
        text.trim().parse().unwrap()
    }

    pub fn connect(&self) -> Conn {
        Conn::to(self.address())
    }

    /// One request on a connection of its own.
    pub fn get(&self, path: &str) -> Reply {
        self.connect().get(path)
    }

    /// Sends bytes and returns all that comes back until the end.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut conn = self.connect();
        conn.send(bytes);
        conn.rest()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("proxy.log")).unwrap_or_default()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _unread = std::io::stderr().write_all(self.log().as_bytes());
        }
        end(self.home.path(), &self.control);
    }
}

/// Ends a proxy, and makes sure of it.
pub fn end(home: &Path, control: &Client) {
    let worker = control.version().map(|v| v.pid);
    let _gone = control.shutdown();
    let lock = std::fs::File::open(home.join("keeper.lock")).unwrap();
    let began = Instant::now();
    while lock.try_lock().is_err() {
        if began.elapsed() > Duration::from_secs(20) {
            let pid = std::fs::read_to_string(home.join("keeper.lock")).unwrap();
            kill(pid.trim().parse().unwrap());
            if let Ok(worker) = worker {
                kill(worker);
            }
            assert!(std::thread::panicking(), "the proxy did not end");
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// kill -9.
pub fn kill(pid: u32) {
    std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
}

/// Waits for something to become true.
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A client's connection.
pub struct Conn {
    pub io: BufReader<TcpStream>,
}

/// A response.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Conn {
    pub fn to(address: SocketAddr) -> Self {
        let io = TcpStream::connect(address).unwrap();
        io.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        io.set_nodelay(true).unwrap();
        Self { io: BufReader::new(io) }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.io.get_mut().write_all(bytes).unwrap();
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n").as_bytes());
        self.reply().unwrap()
    }

    pub fn post(&mut self, path: &str, body: &[u8]) -> Reply {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: {}\r\n\r\n", body.len());
        self.send(&[head.as_bytes(), body].concat());
        self.reply().unwrap()
    }

    /// Everything until the end of the connection.
    pub fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let _reset = self.io.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn head(&mut self) -> std::io::Result<Reply> {
        let (line, headers) = read_head(&mut self.io)?;
        let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status line");
        Ok(Reply { status, headers, body: Vec::new() })
    }

    /// The next response, by its framing.
    pub fn reply(&mut self) -> std::io::Result<Reply> {
        let mut reply = self.head()?;
        if reply.status >= 200 && reply.status != 204 && reply.status != 304 {
            reply.body = read_body(&mut self.io, &reply.headers, true)?;
        }
        Ok(reply)
    }
}

fn read_head(io: &mut impl BufRead) -> std::io::Result<(String, BTreeMap<String, String>)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if io.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "" if lines.is_empty() => {}
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let first = lines.remove(0);
    let pair = |l: &String| l.split_once(':').map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned()));
    Ok((first, lines.iter().filter_map(pair).collect()))
}

fn read_body(
    io: &mut impl BufRead,
    headers: &BTreeMap<String, String>,
    to_end: bool,
) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|v| v == "chunked") {
        loop {
            let mut line = String::new();
            io.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim().split(';').next().unwrap(), 16);
            let size = size.map_err(|_| std::io::Error::from(std::io::ErrorKind::UnexpectedEof))?;
            let mut chunk = vec![0; size + 2];
            io.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else if let Some(length) = headers.get("content-length") {
        body = vec![0; length.parse().unwrap()];
        io.read_exact(&mut body)?;
    } else if to_end {
        io.read_to_end(&mut body)?;
    }
    Ok(body)
}

/// A request as a member got it.
#[derive(Debug, Clone)]
pub struct Got {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// A member that answers from a function; it serves keep-alive connections until dropped.
pub struct Upstream {
    pub address: SocketAddr,
    pub requests: Arc<AtomicUsize>,
    pub connections: Arc<AtomicUsize>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    stop: Arc<AtomicUsize>,
}

impl Upstream {
    /// Answers each request with what the function writes.
    pub fn start(answer: impl Fn(&Got, &mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::raw(move |stream, requests| {
            let mut io = BufReader::new(stream.try_clone().unwrap());
            let mut out = stream;
            while let Ok((line, headers)) = read_head(&mut io) {
                let Ok(body) = read_body(&mut io, &headers, false) else { return };
                requests.fetch_add(1, Ordering::SeqCst);
                answer(&Got { line, headers, body }, &mut out);
            }
        })
    }

    /// Answers each request with this text.
    pub fn saying(text: &'static str) -> Self {
        Self::start(move |_, out| ok(out, text.as_bytes()))
    }

    /// Serves each connection with a function.
    pub fn raw(serve: impl Fn(TcpStream, &AtomicUsize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, connections, stop) =
            <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let open = Arc::new(Mutex::new(Vec::new()));
        let serve = Arc::new(serve);
        let shared = (Arc::clone(&requests), Arc::clone(&connections), Arc::clone(&open), Arc::clone(&stop));
        std::thread::spawn(move || {
            let (requests, connections, open, stop) = shared;
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) > 0 {
                    return;
                }
                let stream = stream.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                open.lock().unwrap().push(stream.try_clone().unwrap());
                let (serve, requests) = (Arc::clone(&serve), Arc::clone(&requests));
                std::thread::spawn(move || {
                    serve(stream.try_clone().unwrap(), &requests);
                    let _gone = stream.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        Self { address, requests, connections, open, stop }
    }

    pub fn count(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Dies: nothing listens any more and all connections break.
    pub fn die(&self) {
        self.stop.store(1, Ordering::SeqCst);
        let _wake = TcpStream::connect(self.address);
        self.open.lock().unwrap().drain(..).for_each(|s| drop(s.shutdown(std::net::Shutdown::Both)));
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.die();
    }
}

/// A plain answer.
pub fn ok(out: &mut TcpStream, body: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let _gone = out.write_all(&[head.as_bytes(), body].concat());
}

/// An answer without a body.
pub fn status(out: &mut TcpStream, status: u16) {
    let _gone = out.write_all(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").as_bytes());
}
