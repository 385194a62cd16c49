//! What heads of requests and responses say in the same words: how long the body is, and what the connection is for
//! (RFC 9112, sections 6 and 9; RFC 9110, section 7.6.1).

/// The fields about the length of a body.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Framing {
    pub(crate) length: Option<u64>,
    pub(crate) chunked: bool,
}

/// Fields that two readers could understand differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadFraming {
    Length,
    Lengths,
    Codings,
    /// A transfer coding other than `chunked`.
    Coding,
}

impl BadFraming {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Length => "bad Content-Length",
            Self::Lengths => "conflicting Content-Length",
            Self::Codings => "more than one Transfer-Encoding",
            Self::Coding => "only the transfer coding chunked is understood",
        }
    }
}

impl Framing {
    /// Takes the value of a `Content-Length`.
    pub(crate) fn content_length(&mut self, value: &[u8]) -> Result<(), BadFraming> {
        let length = number(value).ok_or(BadFraming::Length)?;
        if self.length.is_some_and(|known| known != length) {
            return Err(BadFraming::Lengths);
        }
        self.length = Some(length);
        Ok(())
    }

    /// Takes the value of a `Transfer-Encoding`.
    pub(crate) fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), BadFraming> {
        if self.chunked {
            return Err(BadFraming::Codings);
        }
        self.chunked = value.eq_ignore_ascii_case(b"chunked");
        if self.chunked { Ok(()) } else { Err(BadFraming::Coding) }
    }
}

/// Digits only: no sign, no list, no more than fits (RFC 9112, 6.3).
fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(value.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0')))
}

/// The words of a `Connection` field: `close`, `keep-alive`, `upgrade` and names of fields for this hop.
pub(crate) fn options(connection: &[u8]) -> impl Iterator<Item = &[u8]> {
    connection.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|option| !option.is_empty())
}
