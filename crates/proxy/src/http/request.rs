//! The head of a request: read strictly, because what two parties read differently is how requests are smuggled
//! (RFC 9112, sections 2.2, 3.2 and 6.3). What is refused here never reaches a member.

use super::body::BodyLength;
use super::framing::{self, BadFraming, Framing};
use std::mem::MaybeUninit;
use std::ops::Range;

/// Most header fields of a request.
pub(crate) const HEADER_COUNT: usize = 100;
/// Longest head, request line included.
pub(crate) const HEAD_LIMIT: usize = 32 * 1024;
/// Longest request target.
pub(crate) const TARGET_LIMIT: usize = 8 * 1024;

/// What a client asked for that cannot be done: the status to answer, and why in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) why: &'static str,
}

const fn refuse(status: u16, why: &'static str) -> Refusal {
    Refusal { status, why }
}

impl From<BadFraming> for Refusal {
    fn from(bad: BadFraming) -> Self {
        match bad {
            BadFraming::Length | BadFraming::Lengths | BadFraming::Codings => refuse(400, bad.words()),
            BadFraming::Coding => refuse(501, bad.words()),
        }
    }
}

/// Methods that are told apart, by counters and by what may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Patch,
    Options,
    Other,
}

impl Method {
    pub(crate) const ALL: [Self; 8] =
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Delete, Self::Patch, Self::Options, Self::Other];

    fn of(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            "PATCH" => Self::Patch,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Options => "OPTIONS",
            Self::Other => "OTHER",
        }
    }

    /// Doing it twice is the same as once (RFC 9110, 9.2.2).
    pub(crate) const fn idempotent(self) -> bool {
        match self {
            Self::Get | Self::Head | Self::Put | Self::Delete | Self::Options => true,
            Self::Post | Self::Patch | Self::Other => false,
        }
    }
}

/// Where the head in a buffer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// Right before this offset.
    End(usize),
    /// Not yet in the buffer.
    Partial,
    /// A line ends with LF alone, or CR stands without LF.
    OddLineEnd,
}

/// Looks for the empty line that ends a head, from `from` on, where an earlier scan of the same buffer stopped.
pub(crate) fn scan(buffer: &[u8], from: usize) -> Scan {
    // The pair that ends the head may have begun before `from`.
    let start = from.saturating_sub(3);
    for lf in memchr::memchr_iter(b'\n', &buffer[start..]).map(|i| i + start) {
        if lf == 0 || buffer[lf - 1] != b'\r' {
            return Scan::OddLineEnd;
        }
        if lf >= 3 && &buffer[lf - 3..lf] == b"\r\n\r" {
            return Scan::End(lf + 1);
        }
    }
    Scan::Partial
}

/// What a header field is to the proxy. Everything else passes through untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    Upgrade,
    Expect,
    Accept,
    RequestId,
    IdempotencyKey,
    Cookie,
    ForwardedFor,
    ForwardedProto,
    ForwardedHost,
    /// Meant for one hop only, or a claim about the client that only the proxy may make.
    Drop,
    Pass,
}

impl Field {
    pub(crate) fn of(name: &str) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match name.len() {
            2 if is("te") => Self::Drop,
            4 if is("host") => Self::Host,
            6 if is("expect") => Self::Expect,
            6 if is("cookie") => Self::Cookie,
            6 if is("accept") => Self::Accept,
            7 if is("upgrade") => Self::Upgrade,
            7 if is("trailer") => Self::Drop,
            9 if is("forwarded") || is("x-real-ip") => Self::Drop,
            10 if is("connection") => Self::Connection,
            10 if is("keep-alive") => Self::Drop,
            12 if is("x-request-id") => Self::RequestId,
            14 if is("content-length") => Self::ContentLength,
            14 if is("http2-settings") => Self::Drop,
            15 if is("x-forwarded-for") => Self::ForwardedFor,
            15 if is("idempotency-key") => Self::IdempotencyKey,
            16 if is("x-forwarded-host") => Self::ForwardedHost,
            16 if is("proxy-connection") => Self::Drop,
            16 if is("x-forwarded-port") => Self::Drop,
            17 if is("transfer-encoding") => Self::TransferEncoding,
            17 if is("x-forwarded-proto") => Self::ForwardedProto,
            19 if is("proxy-authorization") => Self::Drop,
            _ => Self::Pass,
        }
    }
}

/// A checked head. The ranges point into the buffer it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) length: usize,
    pub(crate) method: Method,
    pub(crate) method_name: Range<usize>,
    /// In origin form: path and query, or `*`.
    pub(crate) target: Range<usize>,
    /// Host and port as the client named them.
    pub(crate) authority: Range<usize>,
    /// HTTP/1.1, not 1.0.
    pub(crate) modern: bool,
    pub(crate) body: BodyLength,
    /// The client wants to keep the connection.
    pub(crate) keep_alive: bool,
    /// `Connection: upgrade` with an `Upgrade` that is not h2c.
    pub(crate) upgrade: Option<Range<usize>>,
    pub(crate) request_id: Option<Range<usize>>,
    /// Asking a second time does no harm: by its method (RFC 9110, 9.2.2), or because the client gave it a key by which
    /// the server recognises it (draft-ietf-httpapi-idempotency-key-header).
    pub(crate) repeatable: bool,
    /// Prefers JSON to HTML in error pages.
    pub(crate) json: bool,
    /// `Connection` names fields to drop besides the usual ones.
    pub(crate) names_fields: bool,
}

/// Reads and checks the head that ends at `end` of `buffer`.
pub(crate) fn parse<'b, 'h>(
    buffer: &'b [u8],
    end: usize,
    headers: &'h mut [MaybeUninit<httparse::Header<'b>>; HEADER_COUNT],
) -> Result<(Head, &'h [httparse::Header<'b>]), Refusal> {
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(&buffer[..end], headers) {
        Ok(httparse::Status::Complete(n)) if n == end => {}
        Ok(_) => return Err(refuse(400, "the head does not end where its lines do")),
        Err(httparse::Error::TooManyHeaders) => return Err(refuse(431, "too many header fields")),
        Err(httparse::Error::Version) => {
            return Err(refuse(505, "only HTTP/1.0, HTTP/1.1 and HTTP/2 are spoken"));
        }
        Err(_) => return Err(refuse(400, "malformed request head")),
    }
    let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version) else {
        return Err(refuse(400, "malformed request line"));
    };
    let method_name = method;
    let method = Method::of(method_name);
    let mut head = Head {
        length: end,
        method,
        method_name: span(buffer, method_name.as_bytes()),
        target: 0..0,
        authority: 0..0,
        modern: version == 1,
        body: BodyLength::Empty,
        keep_alive: version == 1,
        upgrade: None,
        request_id: None,
        repeatable: method.idempotent(),
        json: false,
        names_fields: false,
    };
    if matches!(method_name, "CONNECT" | "TRACE") {
        return Err(refuse(405, "CONNECT and TRACE are not served"));
    }
    fields(&mut head, buffer, request.headers)?;
    aim(&mut head, buffer, target)?;
    Ok((head, request.headers))
}

/// Where `part`, a slice of `buffer`, lies in it.
fn span(buffer: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - buffer.as_ptr() as usize;
    start..start + part.len()
}

fn fields(head: &mut Head, buffer: &[u8], headers: &[httparse::Header<'_>]) -> Result<(), Refusal> {
    let mut seen = Seen::default();
    for header in headers {
        let value = header.value;
        match Field::of(header.name) {
            Field::Host if seen.host.is_some() => return Err(refuse(400, "more than one Host")),
            Field::Host => seen.host = Some(span(buffer, value)),
            Field::ContentLength => seen.framing.content_length(value)?,
            Field::TransferEncoding => seen.framing.transfer_encoding(value)?,
            Field::Connection => connection(head, &mut seen, value),
            Field::Upgrade => seen.protocol = Some(span(buffer, value)),
            Field::RequestId if sane_id(value) => head.request_id = Some(span(buffer, value)),
            Field::IdempotencyKey => head.repeatable |= !value.is_empty(),
            Field::Accept => head.json = prefers_json(value),
            Field::Expect if !value.eq_ignore_ascii_case(b"100-continue") => {
                return Err(refuse(417, "only Expect: 100-continue is understood"));
            }
            Field::Expect
            | Field::RequestId
            | Field::Cookie
            | Field::ForwardedFor
            | Field::ForwardedProto
            | Field::ForwardedHost
            | Field::Drop
            | Field::Pass => {}
        }
    }
    head.body = match (seen.framing.chunked, seen.framing.length) {
        (true, Some(_)) => return Err(refuse(400, "Content-Length together with Transfer-Encoding")),
        (true, None) if !head.modern => return Err(refuse(400, "Transfer-Encoding in HTTP/1.0")),
        (true, None) => BodyLength::Chunked,
        (false, Some(0) | None) => BodyLength::Empty,
        (false, Some(length)) => BodyLength::Length(length),
    };
    head.upgrade = seen.protocol.filter(|protocol| {
        seen.upgrade && head.modern && !buffer[protocol.clone()].eq_ignore_ascii_case(b"h2c")
    });
    match seen.host {
        Some(host) => head.authority = host,
        None if head.modern => return Err(refuse(400, "Host is missing")),
        None => {}
    }
    Ok(())
}

#[derive(Default)]
struct Seen {
    host: Option<Range<usize>>,
    framing: Framing,
    upgrade: bool,
    protocol: Option<Range<usize>>,
}

fn connection(head: &mut Head, seen: &mut Seen, value: &[u8]) {
    for token in framing::options(value) {
        if token.eq_ignore_ascii_case(b"close") {
            head.keep_alive = false;
        } else if token.eq_ignore_ascii_case(b"keep-alive") {
            head.keep_alive |= !head.modern;
        } else if token.eq_ignore_ascii_case(b"upgrade") {
            seen.upgrade = true;
        } else {
            head.names_fields = true;
        }
    }
}

/// Finds authority and origin form of the target (RFC 9112, 3.2).
fn aim(head: &mut Head, buffer: &[u8], target: &str) -> Result<(), Refusal> {
    if target.len() > TARGET_LIMIT {
        return Err(refuse(414, "the request target is too long"));
    }
    if target.contains('#') {
        return Err(refuse(400, "a fragment in the request target"));
    }
    if target.starts_with('/') || (target == "*" && head.method == Method::Options) {
        head.target = span(buffer, target.as_bytes());
    } else {
        let scheme = target.split_once("://").filter(|(scheme, _)| {
            scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
        });
        let rest = scheme.ok_or(refuse(400, "bad request target"))?.1;
        let path = rest.find(['/', '?']).unwrap_or(rest.len());
        if rest[path..].starts_with('?') {
            return Err(refuse(400, "a request target without a path"));
        }
        head.authority = span(buffer, &rest.as_bytes()[..path]);
        head.target = span(buffer, &rest.as_bytes()[path..]);
    }
    let authority = &buffer[head.authority.clone()];
    if head.modern || !authority.is_empty() {
        check_authority(authority)?;
    }
    Ok(())
}

fn check_authority(authority: &[u8]) -> Result<(), Refusal> {
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:[]%".contains(b);
    if authority.is_empty() || !authority.iter().all(allowed) {
        return Err(refuse(400, "bad Host"));
    }
    let port = host_and_port(authority).1;
    if port.is_some_and(|port| port.len() > 5 || !port.iter().all(u8::is_ascii_digit)) {
        return Err(refuse(400, "bad port in Host"));
    }
    Ok(())
}

/// Splits `host:port`; the brackets of an IPv6 address stay with the host.
pub(crate) fn host_and_port(authority: &[u8]) -> (&[u8], Option<&[u8]>) {
    let after = memchr::memrchr(b']', authority).map_or(0, |i| i + 1);
    match memchr::memchr(b':', &authority[after..]) {
        Some(colon) => (&authority[..after + colon], Some(&authority[after + colon + 1..])),
        None => (authority, None),
    }
}

/// Ids from clients go into logs and headers, so they must be short and plain.
fn sane_id(value: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.:/+=".contains(b);
    (1..=128).contains(&value.len()) && value.iter().all(plain)
}

fn prefers_json(accept: &[u8]) -> bool {
    let find = |what: &[u8]| memchr::memmem::find(accept, what);
    match (find(b"application/json"), find(b"text/html")) {
        (Some(json), Some(html)) => json < html,
        (json, _) => json.is_some(),
    }
}
