//! Bodies of all shapes, in both directions, without waiting for their ends.

use crate::rig::{Conn, Rig, Upstream, member, ok, until};
use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Duration;

/// A member that answers every request with these bytes.
fn answering(bytes: &'static [u8]) -> Upstream {
    Upstream::start(move |_, out| drop(out.write_all(bytes)))
}

#[test]
fn chunks_stay_chunks_and_lose_extensions_and_trailers() {
    let upstream = answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n",
    );
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    for _ in 0..2 {
        let reply = conn.get("/");
        assert_eq!((reply.text().as_str(), reply.header("transfer-encoding")), ("hello world", "chunked"));
        assert_eq!(reply.header("trailer"), "");
    }
    assert_eq!(upstream.connections.load(std::sync::atomic::Ordering::SeqCst), 1);
    let old = rig.raw(b"GET / HTTP/1.0\r\n\r\n");
    assert!(old.ends_with("\r\n\r\nhello world") && !old.contains("chunked"), "{old}");
}

#[test]
fn a_body_to_the_end_of_the_connection_becomes_chunks() {
    let upstream = Upstream::start(|_, out| {
        let _gone = out.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end");
        let _gone = out.shutdown(std::net::Shutdown::Both);
    });
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    assert_eq!(conn.get("/").text(), "to the end");
    assert_eq!(conn.get("/").text(), "to the end", "the client's connection stays");
}

#[test]
fn a_chunked_request_arrives_whole_however_it_is_cut() {
    let upstream = Upstream::start(|got, out| ok(out, &got.body));
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    let request = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\nT: v\r\n\r\n";
    for cut in (1..request.len()).step_by(7) {
        conn.send(&request[..cut]);
        std::thread::sleep(Duration::from_millis(2));
        conn.send(&request[cut..]);
        assert_eq!(conn.reply().unwrap().text(), "hello world", "cut at {cut}");
    }
}

#[test]
fn large_bodies_pass_unharmed() {
    let upstream = Upstream::start(|got, out| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_string();
        let _gone = out.write_all(head.as_bytes());
        for part in got.body.chunks(50_000) {
            let _gone = out.write_all(&[format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
        }
        let _gone = out.write_all(b"0\r\n\r\n");
    });
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let body: Vec<u8> = (0..10_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for method in ["POST", "PUT"] {
        let mut conn = rig.connect();
        let head = format!("{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut writer = conn.io.get_ref().try_clone().unwrap();
        let copy = body.clone();
        let sending = std::thread::spawn(move || writer.write_all(&[head.as_bytes(), &copy].concat()));
        assert!(conn.reply().unwrap().body == body, "{method}");
        sending.join().unwrap().unwrap();
    }
}

#[test]
fn answers_without_bodies_leave_the_connection_in_place() {
    for head in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 9\r\n\r\n",
    ] {
        let upstream = Upstream::start(move |_, out| drop(out.write_all(head.as_bytes())));
        let rig = Rig::new(vec![member("web-1", upstream.address)]);
        let mut conn = rig.connect();
        assert!(conn.get("/").body.is_empty());
        assert!(matches!(conn.get("/").status, 204 | 304));
    }
    let upstream = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    for _ in 0..2 {
        conn.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(conn.head().unwrap().header("content-length"), "1234");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let upstream = Upstream::start(|got, out| ok(out, &[got.line.as_bytes(), &got.body].concat()));
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    conn.send(
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
          POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nGET /4 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    for expected in ["GET /1 HTTP/1.1", "POST /2 HTTP/1.1abc", "POST /3 HTTP/1.1hi", "GET /4 HTTP/1.1"] {
        assert_eq!(conn.reply().unwrap().text(), expected);
    }
}

#[test]
fn an_event_is_passed_on_at_once() {
    let (next, go) = channel::<()>();
    let go = std::sync::Mutex::new(go);
    let upstream = Upstream::start(move |_, out| {
        let _gone = out.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        for n in 0..3 {
            let _gone = out.write_all(format!("data: {n}\n\n").as_bytes());
            go.lock().unwrap().recv().unwrap();
        }
        let _gone = out.shutdown(std::net::Shutdown::Both);
    });
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    conn.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(conn.head().unwrap().header("content-type"), "text/event-stream");
    for n in 0..3 {
        // The member sends the next event only when this one has arrived.
        let mut chunk = vec![0; format!("9\r\ndata: {n}\n\n\r\n").len()];
        conn.io.read_exact(&mut chunk).unwrap();
        assert_eq!(String::from_utf8(chunk).unwrap(), format!("9\r\ndata: {n}\n\n\r\n"));
        next.send(()).unwrap();
    }
    let mut end = [0; 5];
    conn.io.read_exact(&mut end).unwrap();
    assert_eq!(&end, b"0\r\n\r\n");
}

#[test]
fn an_answer_may_come_before_the_body_was_sent() {
    let upstream = Upstream::raw(|mut stream, _| {
        let mut head = [0; 4096];
        let _n = stream.read(&mut head);
        let _gone = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        std::thread::sleep(Duration::from_secs(5));
    });
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    conn.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
    let reply = conn.reply().unwrap();
    assert_eq!((reply.status, reply.text()), (403, "no".into()));
    assert_eq!(conn.rest(), "", "the connection has lost its place and ends");
}

#[test]
fn interim_answers_are_passed_on_but_not_to_old_clients() {
    let upstream = answering(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    conn.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let hints = conn.head().unwrap();
    assert_eq!((hints.status, hints.header("link")), (103, "</a.css>"));
    assert_eq!(conn.reply().unwrap().text(), "ok");
    let old = rig.raw(b"GET / HTTP/1.0\r\n\r\n");
    assert!(old.starts_with("HTTP/1.1 200 "), "{old}");
}

#[test]
fn a_client_that_waits_for_100_continue_gets_it_from_the_member() {
    let upstream = Upstream::raw(|mut stream, _| {
        let mut io = std::io::BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if io.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
        }
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        let mut body = [0; 5];
        io.read_exact(&mut body).unwrap();
        ok(&mut stream, &body);
    });
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    conn.send(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(conn.head().unwrap().status, 100);
    conn.send(b"hello");
    assert_eq!(conn.reply().unwrap().text(), "hello");
}

#[test]
fn a_half_answer_is_not_made_look_whole() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let upstream = Upstream::start(move |_, out| {
            let _gone = out.write_all(answer);
            let _gone = out.shutdown(std::net::Shutdown::Both);
        });
        let rig = Rig::new(vec![member("web-1", upstream.address)]);
        let text = rig.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(text.contains("half") && !text.contains("\r\n0\r\n"), "{text}");
        until("the failure is counted", || rig.reading("web-1").errors == 1);
    }
}

/// A member that switches protocols and echoes.
pub fn echoing_upgrade() -> Upstream {
    Upstream::raw(|mut stream, _| {
        let mut io = std::io::BufReader::new(stream.try_clone().unwrap());
        let mut upgrade = false;
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            if io.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            upgrade |= line.eq_ignore_ascii_case("upgrade: websocket\r\n");
        }
        assert!(upgrade);
        let head =
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi";
        stream.write_all(head).unwrap();
        let mut bytes = [0; 65536];
        while let Ok(n @ 1..) = io.read(&mut bytes) {
            stream.write_all(&bytes[..n]).unwrap();
        }
    })
}

/// A WebSocket through the proxy, past the greeting of the member.
pub fn websocket(rig: &Rig) -> Conn {
    let mut conn = rig.connect();
    conn.send(b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    let head = conn.head().unwrap();
    assert_eq!(
        (head.status, head.header("upgrade"), head.header("connection")),
        (101, "websocket", "Upgrade")
    );
    let mut greeting = [0; 4];
    conn.io.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"\x81\x02hi");
    conn
}

fn echoes(conn: &mut Conn, bytes: &[u8]) {
    let mut writer: TcpStream = conn.io.get_ref().try_clone().unwrap();
    let copy = bytes.to_vec();
    let sending = std::thread::spawn(move || writer.write_all(&copy));
    let mut back = vec![0; bytes.len()];
    conn.io.read_exact(&mut back).unwrap();
    sending.join().unwrap().unwrap();
    assert!(back == bytes);
}

#[test]
fn a_websocket_is_a_tunnel() {
    let upstream = echoing_upgrade();
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = websocket(&rig);
    echoes(&mut conn, b"small");
    echoes(&mut conn, &vec![7; 3_000_000]);
    let reading = rig.reading("web-1");
    assert_eq!((reading.upgraded, reading.in_flight), (1, 0));
    drop(conn);
    until("the tunnel is closed", || rig.reading("web-1").upgraded == 0);
    assert_eq!(rig.reading("web-1").in_flight, 0);
}

#[test]
fn a_client_that_leaves_ends_the_work_of_the_member() {
    let (left, seen) = channel();
    let left = std::sync::Mutex::new(left);
    let upstream = Upstream::raw(move |mut stream, _| {
        let mut bytes = [0; 4096];
        while let Ok(1..) = stream.read(&mut bytes) {}
        left.lock().unwrap().send(()).unwrap();
    });
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let mut conn = rig.connect();
    conn.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    until("it arrives", || rig.reading("web-1").in_flight == 1);
    drop(conn);
    seen.recv_timeout(Duration::from_secs(10)).expect("the member is told");
    until("it is no longer counted", || rig.reading("web-1").in_flight == 0);
    assert_eq!(rig.reading("web-1").errors, 0, "the client's leaving is no error of the member");
}
