//! Who is told of alerts: as much of an HTTP server as Alertmanager's webhook needs.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// It listens until it is let go.
pub struct Receiver {
    port: u16,
    inbox: Inbox<Value>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Listens on all addresses: containers come from their networks.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("the machine has a free port");
        let port = listener.local_addr().expect("it listens").port();
        let (sender, inbox) = channel();
        let stop = Arc::<AtomicBool>::default();
        let ends = Arc::clone(&stop);
        let serve = move || {
            for stream in listener.incoming().flatten().take_while(|_| !ends.load(Ordering::Relaxed)) {
                // Whoever says something else, or nothing, is not of interest.
                let _answered = answer(stream, &sender);
            }
        };
        Self { port, inbox, stop, thread: Some(std::thread::spawn(serve)) }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The first alert of that name that comes, with its labels.
    #[track_caller]
    pub fn alert(&self, name: &str, patience: Duration) -> Value {
        let (until, mut others) = (Instant::now() + patience, Vec::new());
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(message) = self.inbox.recv_timeout(left) else {
                panic!("no {name} came, but {others:#?}")
            };
            let alerts = message["alerts"].as_array().cloned().unwrap_or_default();
            match alerts.into_iter().find(|alert| alert["labels"]["alertname"] == name) {
                Some(alert) => return alert,
                None => others.push(message),
            }
        }
    }
}

/// Reads one request; its body is a message.
fn answer(mut stream: TcpStream, sender: &Sender<Value>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        match line.strip_prefix("content-length:") {
            Some(value) => length = value.trim().parse().unwrap_or(0),
            None if line.is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    if let Ok(message) = serde_json::from_slice(&body) {
        let _heard = sender.send(message);
    }
    Ok(())
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _woken = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}
