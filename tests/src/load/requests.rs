//! The threads that send requests.

use super::http::Connection;
use super::tally::Kind;
use super::{Pace, Reply, Shared};
use std::fmt::Display;
use std::time::{Duration, Instant};

/// GETs over one kept connection.
pub(super) fn gets(shared: &Shared) {
    let mut client = Client::new(shared, Kind::Get, true);
    let mut pace = Pace::new(Duration::from_millis(40));
    while shared.running() {
        let id = shared.id();
        client.send("GET", &format!("/?id={id}"), id, b"");
        pace.wait();
    }
}

/// POSTs with a key, by which the shop recognises one that comes again.
pub(super) fn orders(shared: &Shared) {
    post(shared, Kind::Order);
}

/// POSTs that must not come again.
pub(super) fn posts(shared: &Shared) {
    post(shared, Kind::Post);
}

/// POSTs whose bodies come back, over one kept connection.
fn post(shared: &Shared, kind: Kind) {
    let mut client = Client::new(shared, kind, true);
    let mut pace = Pace::new(Duration::from_millis(100));
    while shared.running() {
        let id = shared.id();
        client.send("POST", "/orders", id, &body(id));
        pace.wait();
    }
}

/// GETs on a new connection each.
pub(super) fn fresh(shared: &Shared) {
    let mut client = Client::new(shared, Kind::Fresh, false);
    let mut pace = Pace::new(Duration::from_millis(100));
    while shared.running() {
        let id = shared.id();
        client.send("GET", &format!("/?id={id}"), id, b"");
        pace.wait();
    }
}

/// Requests of 1 to 3 seconds, one after the other.
pub(super) fn slow(shared: &Shared) {
    let mut client = Client::new(shared, Kind::Slow, true);
    while shared.running() {
        let id = shared.id();
        client.send("GET", &format!("/slow?ms={}", 1000 + id.wrapping_mul(7919) % 2000), id, b"");
        // Where a failure comes at once, it must not come a thousand times a second.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The key of an order.
pub(super) fn order_key(id: &impl Display) -> String {
    format!("order-{id}")
}

/// A body that differs with the id, of 1 byte to 48 KiB.
fn body(id: u64) -> Vec<u8> {
    let length = match id % 10 {
        0 => 48 << 10,
        1 => 1,
        _ => 200 + usize::try_from(id % 900).unwrap_or(0),
    };
    let seed = format!("{id:016x}");
    seed.bytes().cycle().take(length).collect()
}

/// One connection at a time, and the book about what is sent on it.
struct Client<'a> {
    shared: &'a Shared,
    kind: Kind,
    keep: bool,
    connection: Option<Connection>,
}

impl<'a> Client<'a> {
    fn new(shared: &'a Shared, kind: Kind, keep: bool) -> Self {
        Self { shared, kind, keep, connection: None }
    }

    fn send(&mut self, method: &str, path: &str, id: u64, body: &[u8]) {
        let began = Instant::now();
        self.shared.tally.sent(self.kind);
        let at = self.shared.started.elapsed();
        match self.answer(method, path, id, body) {
            Ok(reply) => {
                if let Some(reason) = problem(&reply, id, body) {
                    self.shared.tally.wrong(self.kind, id, at, &reply, reason);
                } else {
                    self.shared.tally.ok(self.kind, id, began.elapsed(), &reply);
                }
            }
            Err(reason) => self.shared.tally.lost(self.kind, id, at, reason),
        }
    }

    fn answer(&mut self, method: &str, path: &str, id: u64, body: &[u8]) -> Result<Reply, String> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.shared.address)?,
        };
        let id = id.to_string();
        let key = order_key(&id);
        let mut headers = vec![("x-id", id.as_str())];
        if !self.keep {
            headers.push(("connection", "close"));
        }
        if self.kind == Kind::Order {
            headers.push(("idempotency-key", &key));
        }
        let reply = connection.request(method, path, &headers, body)?;
        if self.keep && !reply.closes() {
            self.connection = Some(connection);
        }
        Ok(reply)
    }
}

/// What is wrong with an answer that came.
fn problem(reply: &Reply, id: u64, body: &[u8]) -> Option<String> {
    if reply.status != 200 {
        let text: String = reply.text().split_whitespace().collect::<Vec<_>>().join(" ");
        return Some(format!("status {}: {}", reply.status, text.chars().take(120).collect::<String>()));
    }
    if reply.header("x-release").is_none() {
        return Some("an answer that no release gave".into());
    }
    if reply.header("x-id") != Some(id.to_string().as_str()) {
        return Some(format!("the answer to another request: {:?}", reply.header("x-id")));
    }
    (!body.is_empty() && reply.body != body).then(|| "the body came back changed".into())
}
