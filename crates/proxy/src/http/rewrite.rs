//! What changes in a head on its way through: fields for one hop go, what the proxy knows of the client comes.

use super::body::{BodyLength, Encoder};
use super::request::{self, Field};
use super::{framing, response};
use crate::sticky;
use std::borrow::Cow;

/// What the proxy adds to a request, beside what it takes from the head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Added<'a> {
    /// The address the connection came from, as text.
    pub(crate) client: &'a str,
    /// The client is a proxy in front of us, whose `X-Forwarded-*` are kept and continued.
    pub(crate) trusted: bool,
    pub(crate) https: bool,
    /// The request id, kept or made.
    pub(crate) id: &'a [u8],
    /// Bytes of the path to take away.
    pub(crate) strip: usize,
}

/// Writes the request head for a member. Host comes first and as the client sent it.
pub(crate) fn request(
    out: &mut Vec<u8>,
    buffer: &[u8],
    head: &request::Head,
    headers: &[httparse::Header<'_>],
    added: &Added<'_>,
) {
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| out.extend_from_slice(part));
    let authority = &buffer[head.authority.clone()];
    let path = &buffer[head.target.clone()][added.strip..];
    let slash: &[u8] = if path.first().is_some_and(|b| matches!(b, b'/' | b'*')) { b"" } else { b"/" };
    put(&[&buffer[head.method_name.clone()], b" ", slash, path, b" HTTP/1.1\r\nHost: ", authority, b"\r\n"]);
    let named = named_fields(headers, head.names_fields);
    let mut forwarded = Forwarded::default();
    for header in headers {
        let mut value = Cow::Borrowed(header.value);
        let pass = match Field::of(header.name) {
            Field::Host | Field::ContentLength | Field::TransferEncoding => false,
            Field::Connection | Field::Upgrade | Field::RequestId | Field::Drop => false,
            Field::ForwardedFor => forwarded.keep(added.trusted, |f| f.chain = header.value),
            Field::ForwardedProto => forwarded.keep(added.trusted, |f| f.proto = header.value),
            Field::ForwardedHost => forwarded.keep(added.trusted, |f| f.host = header.value),
            Field::Expect => head.modern,
            Field::Cookie => {
                value = sticky::without_ours(header.value);
                !value.is_empty()
            }
            Field::Accept | Field::IdempotencyKey | Field::Pass => true,
        };
        if pass && !is_named(&named, header.name) {
            put(&[header.name.as_bytes(), b": ", &value, b"\r\n"]);
        }
    }
    match head.body {
        BodyLength::Length(n) => put(&[b"Content-Length: ", decimal(n, &mut [0; 20]), b"\r\n"]),
        BodyLength::Chunked => put(&[b"Transfer-Encoding: chunked\r\n"]),
        BodyLength::Empty if !head.method.idempotent() => put(&[b"Content-Length: 0\r\n"]),
        BodyLength::Empty | BodyLength::Close => {}
    }
    if let Some(protocol) = &head.upgrade {
        put(&[b"Connection: Upgrade\r\nUpgrade: ", &buffer[protocol.clone()], b"\r\n"]);
    }
    let comma: &[u8] = if forwarded.chain.is_empty() { b"" } else { b", " };
    put(&[b"X-Forwarded-For: ", forwarded.chain, comma, added.client.as_bytes(), b"\r\n"]);
    let scheme: &[u8] = if added.https { b"https" } else { b"http" };
    put(&[b"X-Forwarded-Proto: ", or(forwarded.proto, scheme), b"\r\n"]);
    put(&[b"X-Forwarded-Host: ", or(forwarded.host, authority), b"\r\n"]);
    put(&[b"X-Request-Id: ", added.id, b"\r\n\r\n"]);
}

/// What a trusted proxy in front of us said.
#[derive(Default)]
struct Forwarded<'a> {
    chain: &'a [u8],
    proto: &'a [u8],
    host: &'a [u8],
}

impl Forwarded<'_> {
    /// Takes over a claim of a trusted client. The field itself is written anew in any case.
    fn keep(&mut self, trusted: bool, take: impl FnOnce(&mut Self)) -> bool {
        if trusted {
            take(self);
        }
        false
    }
}

const fn or<'a>(first: &'a [u8], second: &'a [u8]) -> &'a [u8] {
    if first.is_empty() { second } else { first }
}

/// The fields that `Connection` declares to be for one hop.
fn named_fields<'h>(headers: &[httparse::Header<'h>], any: bool) -> Vec<&'h [u8]> {
    if !any {
        return Vec::new();
    }
    let connection = headers.iter().filter(|h| Field::of(h.name) == Field::Connection);
    connection.flat_map(|h| framing::options(h.value)).collect()
}

fn is_named(named: &[&[u8]], name: &str) -> bool {
    named.iter().any(|n| n.eq_ignore_ascii_case(name.as_bytes()))
}

/// How a response is sent on to the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reply {
    pub(crate) encoder: Encoder,
    /// The connection to the client stays open after it.
    pub(crate) keep_alive: bool,
    /// The client speaks HTTP/1.1, not 1.0.
    modern: bool,
}

impl Reply {
    /// Chooses the framing. `keep_alive` is what the client and the proxy would like.
    pub(crate) fn of(body: BodyLength, modern: bool, keep_alive: bool) -> Self {
        let (encoder, keep_alive) = match body {
            BodyLength::Empty | BodyLength::Length(_) => (Encoder::Plain, keep_alive),
            BodyLength::Chunked | BodyLength::Close if modern => (Encoder::Chunked, keep_alive),
            // HTTP/1.0 knows no chunks: only the end of the connection can end the body.
            BodyLength::Chunked | BodyLength::Close => (Encoder::Plain, false),
        };
        Self { encoder, keep_alive, modern }
    }
}

/// Writes the response head for the client, with a field of ours or an empty one.
pub(crate) fn response(
    out: &mut Vec<u8>,
    head: &response::Head,
    reason: &str,
    headers: &[httparse::Header<'_>],
    reply: Reply,
    ours: &[u8],
) {
    let mut put = |parts: &[&[u8]]| parts.iter().for_each(|part| out.extend_from_slice(part));
    let status = [head.status / 100 % 10, head.status / 10 % 10, head.status % 10].map(|d| b'0' + d as u8);
    put(&[b"HTTP/1.1 ", &status, b" ", reason.as_bytes(), b"\r\n"]);
    for header in headers {
        let pass = match response::Field::of(header.name) {
            response::Field::ContentLength | response::Field::TransferEncoding => false,
            response::Field::Connection | response::Field::KeepAlive | response::Field::Drop => false,
            response::Field::Upgrade => head.status == 101,
            response::Field::Pass => true,
        };
        if pass {
            put(&[header.name.as_bytes(), b": ", header.value, b"\r\n"]);
        }
    }
    if let Some(n) = head.announced {
        put(&[b"Content-Length: ", decimal(n, &mut [0; 20]), b"\r\n"]);
    }
    if reply.encoder == Encoder::Chunked {
        put(&[b"Transfer-Encoding: chunked\r\n"]);
    }
    if head.status >= 200 || head.status == 101 {
        put(&[ours]);
    }
    match head.status {
        101 => put(&[b"Connection: Upgrade\r\n"]),
        100..=199 => {}
        _ if !reply.keep_alive => put(&[b"Connection: close\r\n"]),
        _ if !reply.modern => put(&[b"Connection: keep-alive\r\n"]),
        _ => {}
    }
    put(&[b"\r\n"]);
}

/// A number as text, without an allocation.
pub(crate) fn decimal(mut n: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            return &digits[at..];
        }
    }
}
