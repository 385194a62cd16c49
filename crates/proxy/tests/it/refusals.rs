//! What two parties could read differently is read by nobody.

use crate::rig::{Rig, Upstream, member};

/// Status, and a request that is to get it.
const BAD: &[(u16, &str, &str)] = &[
    (
        400,
        "length and chunks",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        400,
        "two lengths",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    ),
    (400, "length list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello"),
    (400, "signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"),
    (400, "negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello"),
    (400, "hex length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello"),
    (400, "empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n"),
    (400, "huge length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    (
        400,
        "twice chunked",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        501,
        "another coding",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        501,
        "identity",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi",
    ),
    (501, "odd chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    (400, "chunks in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, "LF in head", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    (400, "LF at end", "GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n"),
    (400, "LF LF", "GET / HTTP/1.1\r\nHost: a\n\n"),
    (400, "CR in value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"),
    (400, "NUL in value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
    (400, "folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
    (400, "folded first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    (400, "space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
    (400, "space in length name", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello"),
    (400, "no colon", "GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n"),
    (400, "no host", "GET / HTTP/1.1\r\n\r\n"),
    (400, "two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    (400, "empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
    (400, "host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    (400, "host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    (400, "bad port", "GET / HTTP/1.1\r\nHost: a:80x\r\n\r\n"),
    (400, "two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "no path", "GET HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "relative path", "GET x HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "user in target", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    (505, "version", "GET / HTTP/2.5\r\nHost: a\r\n\r\n"),
    (505, "old version", "GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
    (405, "connect", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"),
    (405, "trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
    (417, "expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\nContent-Length: 1\r\n\r\nx"),
    (
        400,
        "chunk size sign",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
    ),
    (
        400,
        "chunk size 0x",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    ),
    (
        400,
        "chunk size space",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
    ),
    (
        400,
        "chunk size empty",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n",
    ),
    (
        400,
        "chunk size long",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000005\r\nhello\r\n0\r\n\r\n",
    ),
    (
        400,
        "chunk too short",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
    ),
    (
        400,
        "chunk LF",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    ),
    (
        400,
        "extension LF",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n",
    ),
    (400, "last LF", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n"),
    (400, "trailer LF", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n"),
    (400, "not http", "\u{16}\u{3}\u{1}\0\0"),
];

#[test]
fn ambiguous_requests_are_refused_and_end_the_connection() {
    let upstream = Upstream::saying("reached");
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    for (status, what, request) in BAD {
        // Whatever hides behind the bad request must not be taken for a request.
        let smuggled = format!("{request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        let answer = rig.raw(smuggled.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
        assert_eq!(answer.matches("\r\nContent-Length: ").count(), 1, "{what}: {answer}");
        assert!(answer.contains("Connection: close\r\n"), "{what}: {answer}");
    }
    assert_eq!(upstream.count(), 0, "something reached the member");
}

#[test]
fn odd_but_clear_requests_are_served() {
    let upstream = Upstream::start(|got, out| {
        let host = got.headers["host"].clone();
        crate::rig::ok(
            out,
            format!("{} host={host} body={}", got.line, String::from_utf8_lossy(&got.body)).as_bytes(),
        );
    });
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    for (request, expected) in [
        (
            "GET http://b.test:81/x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "GET /x?y HTTP/1.1 host=b.test:81 body=",
        ),
        (
            "GET http://b.test HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1 host=b.test body=",
        ),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "OPTIONS * HTTP/1.1 host=a body="),
        (
            "\r\nGET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1 host=[::1]:80 body=",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
            "body=hi",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: CHUNKED\r\nConnection: close\r\n\r\n2;x=\"y\"\r\nhi\r\n0\r\nT: v\r\n\r\n",
            "body=hi",
        ),
        ("get / HTTP/1.1\r\nHost:a\r\nConnection: CLOSE\r\n\r\n", "get / HTTP/1.1 host=a body="),
    ] {
        let answer = rig.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(expected), "{request}: {answer}");
    }
}

#[test]
fn heads_have_a_size() {
    let rig = Rig::new(vec![]);
    let status =
        |request: String| rig.raw(request.as_bytes()).split(' ').nth(1).unwrap_or_default().to_owned();
    assert_eq!(status(format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(9000))), "414");
    assert_eq!(status(format!("GET /{}", "x".repeat(70_000))), "414");
    assert_eq!(status(format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(33_000))), "431");
    assert_eq!(status(format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(101))), "431");
    assert_eq!(status(format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(99))), "503");
}
