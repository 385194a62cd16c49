//! The head of a member's response.

use super::body::BodyLength;
use super::framing::{self, BadFraming, Framing};
use super::request::Method;
use std::mem::MaybeUninit;

/// Most header fields of a response.
pub(crate) const HEADER_COUNT: usize = 128;

/// What matters of a response head to the proxy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) length: usize,
    pub(crate) status: u16,
    pub(crate) body: BodyLength,
    /// The `Content-Length` to pass on where there is no body: answers to HEAD, and 304.
    pub(crate) announced: Option<u64>,
    /// The member keeps the connection.
    pub(crate) keep_alive: bool,
    /// Seconds the member keeps an idle connection, as it says in `Keep-Alive`.
    pub(crate) idle_seconds: Option<u32>,
}

/// The head cannot be understood, so nothing after it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadHead(pub(crate) &'static str);

impl From<BadFraming> for BadHead {
    fn from(bad: BadFraming) -> Self {
        Self(bad.words())
    }
}

/// What a response header field is to the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    ContentLength,
    TransferEncoding,
    Connection,
    KeepAlive,
    Upgrade,
    Drop,
    Pass,
}

impl Field {
    pub(crate) fn of(name: &str) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match name.len() {
            7 if is("upgrade") => Self::Upgrade,
            7 if is("trailer") => Self::Drop,
            10 if is("connection") => Self::Connection,
            10 if is("keep-alive") => Self::KeepAlive,
            14 if is("content-length") => Self::ContentLength,
            16 if is("proxy-connection") => Self::Drop,
            17 if is("transfer-encoding") => Self::TransferEncoding,
            _ => Self::Pass,
        }
    }
}

/// Reads a response head from the front of `buffer`; `Ok(None)` when it is not whole yet. `visit` sees its fields.
pub(crate) fn parse<'b>(
    buffer: &'b [u8],
    method: Method,
    mut visit: impl FnMut(&Head, &str, &[httparse::Header<'b>]),
) -> Result<Option<Head>, BadHead> {
    let mut headers = [const { MaybeUninit::uninit() }; HEADER_COUNT];
    let mut response = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let length = match config.parse_response_with_uninit_headers(&mut response, buffer, &mut headers) {
        Ok(httparse::Status::Complete(n)) => n,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(BadHead("too many header fields"));
        }
        Err(_) => return Err(BadHead("it is malformed")),
    };
    let (Some(status), Some(version)) = (response.code, response.version) else {
        return Err(BadHead("its first line is malformed"));
    };
    let mut head = Head {
        length,
        status,
        body: BodyLength::Close,
        announced: None,
        keep_alive: version == 1,
        idle_seconds: None,
    };
    fields(&mut head, method, response.headers)?;
    visit(&head, response.reason.unwrap_or_default(), response.headers);
    Ok(Some(head))
}

fn fields(head: &mut Head, method: Method, headers: &[httparse::Header<'_>]) -> Result<(), BadHead> {
    let mut framing = Framing::default();
    for header in headers {
        match Field::of(header.name) {
            Field::ContentLength => framing.content_length(header.value)?,
            Field::TransferEncoding => framing.transfer_encoding(header.value)?,
            Field::Connection => {
                for token in framing::options(header.value) {
                    head.keep_alive &= !token.eq_ignore_ascii_case(b"close");
                    head.keep_alive |= token.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            Field::KeepAlive => head.idle_seconds = keep_alive_timeout(header.value),
            Field::Upgrade | Field::Drop | Field::Pass => {}
        }
    }
    let Framing { length, chunked } = framing;
    let bodiless = method == Method::Head || matches!(head.status, 100..=199 | 204 | 304);
    head.body = match (bodiless, chunked, length) {
        (true, ..) => BodyLength::Empty,
        (false, true, _) => BodyLength::Chunked,
        (false, false, Some(0)) => BodyLength::Empty,
        (false, false, Some(n)) => BodyLength::Length(n),
        (false, false, None) => BodyLength::Close,
    };
    head.announced = match head.body {
        BodyLength::Length(n) => Some(n),
        BodyLength::Empty => length.filter(|_| head.status != 204 && head.status >= 200),
        BodyLength::Chunked | BodyLength::Close => None,
    };
    // Both framings at once: the chunks count (RFC 9112, 6.3), but such a sender is not trusted with another request.
    head.keep_alive &= head.body != BodyLength::Close && !(chunked && length.is_some());
    Ok(())
}

fn keep_alive_timeout(value: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(value).ok()?;
    text.split(',').find_map(|part| part.trim().strip_prefix("timeout=")?.parse().ok())
}
