//! The servers, each configured for the same work.

use super::measure::{cpu_nanos, family, pss_kb};
use crate::Failure;
use model::routing::{Listener, Member, MemberState, Pool, PoolLimits, Route, RoutingTable, TlsFiles};
use proxy::control::Client;
use proxy::settings::Settings;
use scenarios::certificate;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Who is measured, and who answers behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Upstream,
    Nginx,
    Mainstay,
    Haproxy,
    Caddy,
}

impl Peer {
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::Upstream | Self::Nginx => "nginx",
            Self::Mainstay => "mainstay",
            Self::Haproxy => "haproxy",
            Self::Caddy => "caddy",
        }
    }
}

/// Addresses, files and certificates of a run.
pub(super) struct Site {
    folder: tempfile::TempDir,
    ports: Vec<u16>,
    tls: TlsFiles,
}

/// A running server; it ends when dropped.
pub(super) struct Server {
    child: Child,
}

impl Server {
    pub(super) fn cpu_nanos(&self) -> u64 {
        family(self.child.id()).into_iter().map(cpu_nanos).sum()
    }

    pub(super) fn pss_kb(&self) -> u64 {
        family(self.child.id()).into_iter().map(pss_kb).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for pid in family(self.child.id()) {
            let _gone = Command::new("kill").arg(pid.to_string()).stderr(Stdio::null()).status();
        }
        let _gone = self.child.wait();
    }
}

impl Site {
    pub(super) fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let free: Vec<_> = (0..11).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
        let ports = free.iter().map(|l| l.local_addr().map(|a| a.port())).collect::<Result<_, _>>()?;
        let tls = certificate::make(folder.path(), &["localhost", "127.0.0.1"])?;
        let site = Self { folder, ports, tls };
        let both = [fs::read(&site.tls.certificate)?, fs::read(&site.tls.key)?].concat();
        fs::write(site.path("both.pem"), both)?;
        Ok(site)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn port(&self, peer: Peer, tls: bool) -> u16 {
        self.ports[peer as usize * 2 + usize::from(tls)]
    }

    pub(super) fn url(&self, peer: Peer, tls: bool) -> String {
        let scheme = if tls { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/some/path?with=query", self.port(peer, tls))
    }

    /// Starts a server on its core and waits until it listens.
    pub(super) fn start(&self, peer: Peer) -> Result<Server, Failure> {
        let text = self.config(peer);
        let config = self.path(&format!("{peer:?}.conf"));
        fs::write(&config, text)?;
        let core = if peer == Peer::Upstream { "1" } else { "0" };
        let mut command = Command::new("nice");
        command.args(["-n", "-15", "taskset", "-c", core]);
        match peer {
            Peer::Upstream | Peer::Nginx => {
                command.args(["nginx", "-c"]).arg(config).arg("-p").arg(self.folder.path())
            }
            Peer::Haproxy => command.args(["haproxy", "-db", "-f"]).arg(config),
            Peer::Caddy => command.args(["caddy", "run", "--adapter", "caddyfile", "--config"]).arg(config),
            Peer::Mainstay => {
                command.arg(std::env::current_exe()?).arg("proxy-worker").arg(self.prepare_mainstay()?)
            }
        };
        command.env("GOMAXPROCS", "1").env("HOME", self.folder.path());
        command.stdin(Stdio::null()).stdout(File::create(self.path(&format!("{peer:?}.out")))?);
        command.stderr(File::create(self.path(&format!("{peer:?}.err")))?);
        let server = Server { child: command.spawn()? };
        if peer == Peer::Mainstay {
            self.publish()?;
        }
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port(peer, false))).is_err() {
            if began.elapsed() > Duration::from_secs(10) {
                let said = fs::read_to_string(self.path(&format!("{peer:?}.err"))).unwrap_or_default();
                return Err(format!("{} does not listen: {said}", peer.program()).into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    fn prepare_mainstay(&self) -> Result<PathBuf, Failure> {
        let home = self.path("mainstay");
        let metrics = Some(SocketAddr::from(([127, 0, 0, 1], self.ports[10])));
        Settings { threads: Some(1), metrics, ..Settings::default() }.save(&home)?;
        Ok(home)
    }

    fn publish(&self) -> Result<(), Failure> {
        let began = Instant::now();
        let client = loop {
            match Client::connect(&self.path("mainstay")) {
                Err(_) if began.elapsed() < Duration::from_secs(10) => {
                    std::thread::sleep(Duration::from_millis(20))
                }
                other => break other?,
            }
        };
        let listener = |tls: bool| -> Result<Listener, Failure> {
            let route = Route {
                host: None,
                prefix: "/".into(),
                strip_prefix: false,
                pool: "web".parse()?,
                redirect: None,
            };
            let address = SocketAddr::from(([127, 0, 0, 1], self.port(Peer::Mainstay, tls)));
            Ok(Listener { address, tls: tls.then(|| self.tls.clone()), routes: vec![route] })
        };
        let member = Member {
            instance: "web-r0001-1-1".parse()?,
            release: "r0001".parse()?,
            address: SocketAddr::from(([127, 0, 0, 1], self.port(Peer::Upstream, false))),
            network: None,
            weight: 100,
            state: MemberState::Active,
        };
        let limits = PoolLimits::default();
        client.publish(&RoutingTable {
            scope: model::id::Scope { project: "bench".parse()?, environment: "local".parse()? },
            generation: 1,
            listeners: vec![listener(false)?, listener(true)?],
            pools: vec![Pool { service: "web".parse()?, members: vec![member], health: None, limits }],
        })?;
        Ok(())
    }

    fn config(&self, peer: Peer) -> String {
        let (plain, tls) = (self.port(peer, false), self.port(peer, true));
        let (up, folder) = (self.port(Peer::Upstream, false), self.folder.path().display());
        let (chain, key) = (self.tls.certificate.display(), self.tls.key.display());
        let body = "x".repeat(1024);
        match peer {
            Peer::Mainstay => String::new(),
            Peer::Upstream => format!(
                "worker_processes 1; daemon off; user root; pid {folder}/up.pid; error_log {folder}/up.log; events {{ worker_connections 4096; }}
                http {{ access_log off; keepalive_requests 100000000; server {{ listen 127.0.0.1:{plain} backlog=4096;
                location / {{ default_type text/plain; return 200 '{body}'; }} }} }}"
            ),
            Peer::Nginx => format!(
                "worker_processes 1; daemon off; user root; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{ worker_connections 8192; }}
                http {{
                  log_format full '{{\"time\":\"$time_iso8601\",\"status\":$status,\"seconds\":$request_time,\"bytes\":$body_bytes_sent,\"method\":\"$request_method\",\"host\":\"$host\",\"path\":\"$request_uri\",\"client\":\"$remote_addr\",\"id\":\"$request_id\",\"upstream\":\"$upstream_addr\"}}';
                  access_log {folder}/nginx.access full buffer=32k flush=1s;
                  keepalive_requests 100000000;
                  ssl_certificate {chain}; ssl_certificate_key {key};
                  upstream web {{ server 127.0.0.1:{up}; keepalive 512; keepalive_requests 100000000; }}
                  server {{ listen 127.0.0.1:{plain} backlog=4096; listen 127.0.0.1:{tls} ssl backlog=4096;
                    location = /metrics {{ stub_status; }}
                    location / {{ proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection '';
                      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
                      proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host;
                      proxy_set_header X-Request-Id $request_id; }} }} }}"
            ),
            Peer::Haproxy => format!(
                "global\n nbthread 1\n maxconn 8192\n log stdout format raw local0\n
defaults\n mode http\n log global\n option httplog\n option forwardfor\n timeout connect 2s\n timeout client 75s\n timeout server 60s\n http-reuse always\n
frontend f\n bind 127.0.0.1:{plain}\n bind 127.0.0.1:{tls} ssl crt {folder}/both.pem\n unique-id-format %[uuid]\n http-request set-header X-Request-Id %[unique-id]\n http-request set-header X-Forwarded-Proto http\n default_backend b\n
backend b\n server s 127.0.0.1:{up} pool-max-conn 512\n"
            ),
            Peer::Caddy => format!(
                "{{\n admin off\n auto_https off\n servers {{\n metrics\n }}\n}}\n
http://127.0.0.1:{plain} {{\n log {{\n output file {folder}/caddy.access\n }}\n reverse_proxy 127.0.0.1:{up}\n}}
https://127.0.0.1:{tls} {{\n tls {chain} {key}\n log {{\n output file {folder}/caddy.access\n }}\n reverse_proxy 127.0.0.1:{up}\n}}\n"
            ),
        }
    }
}
