//! Requests that the client allows to be repeated, by an `Idempotency-Key`.

use crate::members::kill_one_of_two;
use crate::rig::{Reply, Rig, Upstream, member, ok};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A member that reads some bytes of a request, writes an answer's beginning, and dies.
fn dying(beginning: &'static [u8]) -> (Upstream, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let upstream = Upstream::raw(move |mut stream, _| {
        if matches!(stream.read(&mut [0; 4096]), Ok(1..)) {
            count.fetch_add(1, Ordering::SeqCst);
            let _gone = stream.write_all(beginning);
        }
    });
    (upstream, seen)
}

fn post(rig: &Rig, field: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!("POST / HTTP/1.1\r\nHost: a.test\r\n{field}Content-Length: {length}\r\n\r\n");
    let mut conn = rig.connect();
    conn.send(&[head.as_bytes(), body].concat());
    conn.reply().unwrap()
}

const KEY: &str = "Idempotency-Key: \"8e03978e-40d5-43dd-bc93-6894a57f9324\"\r\n";

#[test]
fn a_post_with_a_key_that_a_member_died_with_is_answered_by_another() {
    let (bad, seen) = dying(b"");
    let echo = Upstream::start(|got, out| {
        let key = got.headers.get("idempotency-key").map_or("", String::as_str);
        ok(out, &[key.as_bytes(), &got.body].concat());
    });
    for length in [0, 3, 40_000, 60_000] {
        // A rig for each: a member that ends connections without a word is left alone for a while.
        let rig = Rig::new(vec![member("web-1", bad.address), member("web-2", echo.address)]);
        let body = vec![b'x'; length];
        for _ in 0..4 {
            let reply = post(&rig, KEY, &body);
            assert_eq!(reply.status, 200, "{length} bytes");
            assert!(reply.text().starts_with("\"8e03978e") && reply.body.ends_with(&body), "{length} bytes");
        }
        assert!(rig.reading("web-1").errors >= 1, "{length} bytes: both were asked");
    }
    assert!(seen.load(Ordering::SeqCst) >= 4, "both were asked");
}

#[test]
fn killing_one_of_two_members_fails_no_request_with_a_key() {
    let request = b"POST / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: 7\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(kill_one_of_two(request), 0);
    let request = b"PATCH / HTTP/1.1\r\nHost: a\r\nIdempotency-Key: 7\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    assert_eq!(kill_one_of_two(request), 0);
}

#[test]
fn a_key_changes_nothing_once_an_answer_began_or_the_body_is_gone() {
    let (begun, seen) = dying(b"HTTP/1.1 200 OK\r\nContent-Le");
    let rig = Rig::new(vec![member("web-1", begun.address), member("web-2", begun.address)]);
    let mut conn = rig.connect();
    conn.send(format!("POST / HTTP/1.1\r\nHost: a.test\r\n{KEY}Content-Length: 1\r\n\r\nx").as_bytes());
    assert!(conn.reply().is_err(), "the answer breaks off");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
    let (bad, seen) = dying(b"");
    let rig = Rig::new(vec![member("web-1", bad.address), member("web-2", bad.address)]);
    assert_eq!(post(&rig, KEY, &[b'x'; 70_000]).status, 502);
    assert_eq!(seen.load(Ordering::SeqCst), 1, "more than is kept");
    assert_eq!(post(&rig, "Idempotency-Key:\r\n", b"x").status, 502);
    assert_eq!(seen.load(Ordering::SeqCst), 2, "an empty key is none");
}
