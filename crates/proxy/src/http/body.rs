//! Where a message body ends, and how it is written on. Decoding is in place: framing bytes are squeezed out of the
//! buffer, so that what is left can be sent from where it lies.

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyLength {
    /// There is none.
    Empty,
    /// As many bytes as `Content-Length` says.
    Length(u64),
    /// Chunks up to the one of length zero.
    Chunked,
    /// Up to the end of the connection; responses only.
    Close,
}

/// Why a body cannot be read on. The connection it came from has lost its place and must be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadBody {
    /// A chunk size that is not 1 to 15 hexadecimal digits.
    ChunkSize,
    /// A line that does not end with CR LF, or chunk data not followed by it.
    LineEnd,
    /// Chunk extensions or trailers beyond [`EXTRA_LIMIT`].
    TooMuchExtra,
    /// The connection ended inside the body.
    Truncated,
}

impl BadBody {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::ChunkSize => "bad chunk size",
            Self::LineEnd => "bad line end in chunked body",
            Self::TooMuchExtra => "chunk extensions or trailers too long",
            Self::Truncated => "body ended early",
        }
    }
}

/// Most bytes of chunk extensions and trailers in one body. They are dropped, so there is no reason to take many.
const EXTRA_LIMIT: u32 = 8 * 1024;

/// What [`Decoder::decode`] found in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Bytes of the buffer that belong to this body, framing included.
    pub(crate) consumed: usize,
    /// Bytes of data, moved to the front of the buffer.
    pub(crate) data: usize,
}

/// Reads one body, piece by piece.
#[derive(Debug, Clone)]
pub(crate) struct Decoder {
    state: State,
    extra: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Length(u64),
    Close,
    /// In the chunk size, with the digits so far.
    Size {
        value: u64,
        digits: u8,
    },
    Extension {
        value: u64,
    },
    SizeLf {
        value: u64,
    },
    Data(u64),
    DataCr,
    DataLf,
    /// At the beginning of a trailer line or of the last empty one.
    Trailer,
    TrailerLine,
    TrailerLf,
    LastLf,
    Done,
}

impl Decoder {
    pub(crate) fn new(length: BodyLength) -> Self {
        let state = match length {
            BodyLength::Empty | BodyLength::Length(0) => State::Done,
            BodyLength::Length(n) => State::Length(n),
            BodyLength::Chunked => State::Size { value: 0, digits: 0 },
            BodyLength::Close => State::Close,
        };
        Self { state, extra: 0 }
    }

    /// Nothing more belongs to this body.
    pub(crate) fn done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes what belongs to the body from `bytes` and moves its data to the front.
    pub(crate) fn decode(&mut self, bytes: &mut [u8]) -> Result<Decoded, BadBody> {
        match self.state {
            State::Done => Ok(Decoded { consumed: 0, data: 0 }),
            State::Close => Ok(Decoded { consumed: bytes.len(), data: bytes.len() }),
            State::Length(left) => {
                let n = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let left = left - n as u64;
                self.state = if left == 0 { State::Done } else { State::Length(left) };
                Ok(Decoded { consumed: n, data: n })
            }
            _ => self.chunks(bytes),
        }
    }

    /// The connection ended: fine only where the end is the end of the body.
    pub(crate) fn end(&mut self) -> Result<(), BadBody> {
        match self.state {
            State::Close | State::Done => {
                self.state = State::Done;
                Ok(())
            }
            _ => Err(BadBody::Truncated),
        }
    }

    fn chunks(&mut self, bytes: &mut [u8]) -> Result<Decoded, BadBody> {
        let (mut at, mut data) = (0, 0);
        while at < bytes.len() && self.state != State::Done {
            if let State::Data(left) = self.state {
                let n = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - at);
                bytes.copy_within(at..at + n, data);
                (at, data) = (at + n, data + n);
                let left = left - n as u64;
                self.state = if left == 0 { State::DataCr } else { State::Data(left) };
            } else {
                self.step(bytes[at])?;
                at += 1;
            }
        }
        Ok(Decoded { consumed: at, data })
    }

    /// One byte of framing.
    fn step(&mut self, byte: u8) -> Result<(), BadBody> {
        self.state = match (self.state, byte) {
            (State::Size { value, digits }, b'\r') if digits > 0 => State::SizeLf { value },
            (State::Size { value, digits }, b';') if digits > 0 => State::Extension { value },
            (State::Size { value, digits }, _) => {
                let digit = (byte as char).to_digit(16).ok_or(BadBody::ChunkSize)?;
                if digits == 15 {
                    return Err(BadBody::ChunkSize);
                }
                State::Size { value: value * 16 + u64::from(digit), digits: digits + 1 }
            }
            (State::Extension { value }, b'\r') => State::SizeLf { value },
            (State::SizeLf { value: 0 }, b'\n') | (State::TrailerLf, b'\n') => State::Trailer,
            (State::SizeLf { value }, b'\n') => State::Data(value),
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size { value: 0, digits: 0 },
            (State::Trailer, b'\r') => State::LastLf,
            (State::LastLf, b'\n') => State::Done,
            (State::TrailerLine, b'\r') => State::TrailerLf,
            (state @ State::Extension { .. }, byte) => self.extra(byte, state)?,
            (State::Trailer | State::TrailerLine, byte) => self.extra(byte, State::TrailerLine)?,
            _ => return Err(BadBody::LineEnd),
        };
        Ok(())
    }

    /// A byte of an extension or a trailer: dropped, but counted, and never a line end of its own.
    fn extra(&mut self, byte: u8, next: State) -> Result<State, BadBody> {
        if matches!(byte, 0 | b'\n') {
            return Err(BadBody::LineEnd);
        }
        self.extra += 1;
        if self.extra > EXTRA_LIMIT { Err(BadBody::TooMuchExtra) } else { Ok(next) }
    }
}

/// How a body is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoder {
    /// As it is: its length was announced, or the end of the connection ends it.
    Plain,
    /// In chunks.
    Chunked,
}

/// Bytes that [`Encoder::frame`] may write before the data.
pub(crate) const HEADROOM: usize = 16;
/// Bytes that [`Encoder::frame`] may write after the data.
pub(crate) const TAILROOM: usize = 16;

impl Encoder {
    /// Frames the data that lies at `start..start + len`, inside the buffer, and returns what to send.
    /// `buffer` must have [`HEADROOM`] before and [`TAILROOM`] after the data.
    pub(crate) fn frame(
        self,
        buffer: &mut [u8],
        start: usize,
        len: usize,
        last: bool,
    ) -> std::ops::Range<usize> {
        let (mut from, mut to) = (start, start + len);
        if self == Self::Plain {
            return from..to;
        }
        if len > 0 {
            buffer[to..to + 2].copy_from_slice(b"\r\n");
            to += 2;
            from -= 2;
            buffer[from..start].copy_from_slice(b"\r\n");
            let mut left = len;
            while left > 0 {
                from -= 1;
                buffer[from] = b"0123456789abcdef"[left & 15];
                left >>= 4;
            }
        }
        if last {
            buffer[to..to + 5].copy_from_slice(b"0\r\n\r\n");
            to += 5;
        }
        from..to
    }

    /// Frames data into a buffer of its own.
    pub(crate) fn append(self, out: &mut Vec<u8>, data: &[u8], last: bool) {
        if self == Self::Chunked && !data.is_empty() {
            out.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
            out.extend_from_slice(data);
            out.extend_from_slice(b"\r\n");
        } else {
            out.extend_from_slice(data);
        }
        if self == Self::Chunked && last {
            out.extend_from_slice(b"0\r\n\r\n");
        }
    }
}
