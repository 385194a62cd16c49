//! Probes and ports on real sockets.

use host::network::{HttpAnswer, ProbeError, free_ports, http_get, port_free, port_owner};
use model::unit::Port;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// Answers one connection with `pieces`, then closes (or, for `hold`, waits for the other side to do so).
fn serve(pieces: Vec<Vec<u8>>, hold: bool) -> (SocketAddr, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = vec![0; 4096];
        let count = stream.read(&mut request).unwrap();
        for piece in pieces {
            let _ = stream.write_all(&piece);
            std::thread::sleep(Duration::from_millis(5));
        }
        if hold {
            let _ = stream.read_to_end(&mut Vec::new());
        }
        String::from_utf8_lossy(&request[..count]).into_owned()
    });
    (address, thread)
}

fn ask(answer: &str, hold: bool) -> Result<HttpAnswer, ProbeError> {
    let (address, thread) = serve(answer.as_bytes().chunks(7).map(<[u8]>::to_vec).collect(), hold);
    let result = http_get(address, "/health?x=1", "shop.example", Duration::from_secs(20));
    let request = thread.join().unwrap();
    assert!(request.starts_with("GET /health?x=1 HTTP/1.1\r\nHost: shop.example\r\n"), "{request}");
    result
}

#[test]
fn answers_are_read_in_every_framing() {
    let cases = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true, 200, "ok"),
        (
            "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            true,
            503,
            "abcde",
        ),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", false, 200, "until the end"),
        ("HTTP/1.1 204 No Content\r\n\r\n", true, 204, ""),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", true, 200, "x"),
    ];
    for (answer, hold, status, body) in cases {
        let got = ask(answer, hold).unwrap();
        assert_eq!((got.status, got.body_excerpt.as_str()), (status, body), "{answer:?}");
    }
}

#[test]
fn a_large_body_is_not_read_to_its_end() {
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{}", "x".repeat(5000));
    let (address, thread) = serve(vec![long.into_bytes()], true);
    let got = http_get(address, "/", "h", Duration::from_secs(20)).unwrap();
    assert_eq!(got.body_excerpt.len(), 2048);
    thread.join().unwrap();
}

#[test]
fn an_answer_without_an_end_is_one() {
    let endless = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n".to_vec();
    let (address, thread) = serve(vec![endless], true);
    let got = http_get(address, "/", "h", Duration::from_secs(2)).unwrap();
    assert_eq!((got.status, got.body_excerpt.as_str()), (200, "data: 1\n\n"));
    thread.join().unwrap();
}

#[test]
fn no_answer_says_why() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = http_get(free, "/", "h", Duration::from_secs(5));
    assert_eq!(refused, Err(ProbeError::Refused(free)));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let late = http_get(silent.local_addr().unwrap(), "/", "h", Duration::from_millis(50));
    assert!(matches!(late, Err(ProbeError::TimedOut { .. })), "{late:?}");
    assert!(matches!(ask("SSH-2.0-OpenSSH_9.2\r\n", false), Err(ProbeError::NotHttp { .. })));
    assert!(matches!(ask("", false), Err(ProbeError::Cut { .. })));
}

#[test]
fn taken_ports_are_seen_with_their_owner() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let owner = port_owner(Port(address.port())).expect("we listen");
    assert!(owner.ends_with(&format!("(pid {})", std::process::id())), "{owner}");
    assert!(!port_free(address));
    assert!(free_ports(address.port()..=address.port(), 1).is_empty());
    let found = free_ports(20_000..=60_000, 3);
    assert_eq!(found.len(), 3);
    drop(listener);
    assert_eq!(port_owner(Port(address.port())), None);
}
