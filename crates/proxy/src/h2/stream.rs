//! One HTTP/2 stream as one HTTP/1.1 request. Trailers are dropped in both directions, interim answers are not passed on.

use crate::core::Core;
use crate::http::body::{Decoder, Encoder};
use crate::http::request::Method;
use crate::http::response;
use crate::serve::{Client, Origin};
use crate::stream::Stream;
use ::h2::server::SendResponse;
use ::h2::{Reason, RecvStream, SendStream};
use ::http::{HeaderName, HeaderValue, Request, Response};
use bytes::Bytes;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::task::{AbortHandle, spawn_local};

/// Bytes that may wait in the pipe of a stream.
const PIPE: usize = 64 * 1024;

/// Why a stream ended without a whole answer.
enum Broken {
    /// The client reset the stream or its connection.
    Client,
    /// The answer broke off.
    Answer,
}

impl From<::h2::Error> for Broken {
    fn from(_: ::h2::Error) -> Self {
        Self::Client
    }
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Answer
    }
}

/// Ends the task that sends the request body when the answer is there.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Serves one stream.
pub(super) async fn serve(
    core: &Rc<Core>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    origin: Origin,
    address: Rc<str>,
) {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    spawn_local(Client::new(core, Stream::Pipe(theirs), origin, address).serve());
    let (answer, ask) = tokio::io::split(ours);
    let method = method(&request);
    let (head, encoder, body) = translate(request);
    let _upload = AbortOnDrop(spawn_local(upload(ask, head, encoder, body)).abort_handle());
    match download(&mut respond, answer, method).await {
        Ok(()) | Err(Broken::Client) => {}
        Err(Broken::Answer) => respond.send_reset(Reason::INTERNAL_ERROR),
    }
}

fn method(request: &Request<RecvStream>) -> Method {
    if request.method() == ::http::Method::HEAD { Method::Head } else { Method::Get }
}

/// The request as an HTTP/1.1 head, with the framing of its body.
fn translate(request: Request<RecvStream>) -> (Vec<u8>, Encoder, RecvStream) {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let authority = parts.uri.authority().map(|a| a.as_str().as_bytes());
    let host = authority.or_else(|| parts.headers.get("host").map(HeaderValue::as_bytes)).unwrap_or_default();
    let mut head = format!("{} {path} HTTP/1.1\r\nHost: ", parts.method).into_bytes();
    head.extend_from_slice(host);
    head.extend_from_slice(b"\r\n");
    let mut cookies: Vec<&[u8]> = Vec::new();
    let mut counted = false;
    for (name, value) in &parts.headers {
        match name.as_str() {
            "cookie" => cookies.push(value.as_bytes()),
            "host" | "expect" | "connection" | "upgrade" | "transfer-encoding" => {}
            "content-length" if body.is_end_stream() => {}
            name => {
                counted |= name == "content-length";
                head.extend_from_slice(&[name.as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
            }
        }
    }
    if !cookies.is_empty() {
        // Clients may split what HTTP/1.1 knows as one field (RFC 9113, 8.2.3).
        head.extend_from_slice(&[b"Cookie: ", cookies.join(&b"; "[..]).as_slice(), b"\r\n"].concat());
    }
    let encoder = if counted || body.is_end_stream() { Encoder::Plain } else { Encoder::Chunked };
    if encoder == Encoder::Chunked {
        head.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
    head.extend_from_slice(b"\r\n");
    (head, encoder, body)
}

/// Sends head and body into the pipe, and keeps it open until the answer is there.
async fn upload(mut ask: WriteHalf<DuplexStream>, head: Vec<u8>, encoder: Encoder, mut body: RecvStream) {
    let send = async {
        ask.write_all(&head).await?;
        let mut framed = Vec::new();
        while let Some(data) = body.data().await {
            let data = data.map_err(|_| io::Error::from(io::ErrorKind::ConnectionReset))?;
            framed.clear();
            encoder.append(&mut framed, &data, false);
            ask.write_all(&framed).await?;
            let _closed = body.flow_control().release_capacity(data.len());
        }
        framed.clear();
        encoder.append(&mut framed, b"", true);
        ask.write_all(&framed).await
    };
    match send.await {
        Ok(()) => std::future::pending().await,
        // The client's end is our end: the pipe closes in the middle of the request.
        Err(_) => drop(ask),
    }
}

/// Reads the answer from the pipe and sends it on.
async fn download(
    respond: &mut SendResponse<Bytes>,
    mut answer: ReadHalf<DuplexStream>,
    method: Method,
) -> Result<(), Broken> {
    let mut buffer = Vec::with_capacity(4096);
    let (head, response) = loop {
        if read(&mut answer, &mut buffer, |cx| respond.poll_reset(cx).map(drop)).await? == 0 {
            return Err(Broken::Answer);
        }
        if let Some(found) = final_head(&mut buffer, method)? {
            break found;
        }
    };
    let mut decoder = Decoder::new(head.body);
    let mut out = respond.send_response(response, decoder.done())?;
    while !decoder.done() {
        if buffer.is_empty() && read(&mut answer, &mut buffer, |cx| out.poll_reset(cx).map(drop)).await? == 0
        {
            decoder.end().map_err(|_| Broken::Answer)?;
        }
        let decoded = decoder.decode(&mut buffer).map_err(|_| Broken::Answer)?;
        send(&mut out, &buffer[..decoded.data], decoder.done()).await?;
        buffer.drain(..decoded.consumed);
    }
    Ok(())
}

/// Reads more into the buffer, unless the client resets the stream.
async fn read(
    answer: &mut ReadHalf<DuplexStream>,
    buffer: &mut Vec<u8>,
    mut reset: impl FnMut(&mut std::task::Context<'_>) -> Poll<()>,
) -> Result<usize, Broken> {
    buffer.reserve(16 * 1024);
    let mut more = std::pin::pin!(answer.read_buf(buffer));
    poll_fn(|cx| {
        if reset(cx).is_ready() {
            return Poll::Ready(Err(Broken::Client));
        }
        more.as_mut().poll(cx).map_err(Broken::from)
    })
    .await
}

/// Takes the final head from the front of the buffer, past interim ones.
fn final_head(
    buffer: &mut Vec<u8>,
    method: Method,
) -> Result<Option<(response::Head, Response<()>)>, Broken> {
    loop {
        let mut response = Response::new(());
        let parsed = response::parse(buffer, method, |head, _, headers| {
            *response.status_mut() = ::http::StatusCode::from_u16(head.status).unwrap_or_default();
            for header in headers {
                let hop = matches!(
                    response::Field::of(header.name),
                    response::Field::TransferEncoding
                        | response::Field::Connection
                        | response::Field::KeepAlive
                        | response::Field::Upgrade
                        | response::Field::Drop
                );
                let name = HeaderName::from_bytes(header.name.as_bytes());
                if let (false, Ok(name), Ok(value)) = (hop, name, HeaderValue::from_bytes(header.value)) {
                    response.headers_mut().append(name, value);
                }
            }
        });
        let Some(head) = parsed.map_err(|_| Broken::Answer)? else { return Ok(None) };
        buffer.drain(..head.length);
        if head.status >= 200 {
            return Ok(Some((head, response)));
        }
    }
}

/// Sends data as fast as the client takes it.
async fn send(out: &mut SendStream<Bytes>, data: &[u8], last: bool) -> Result<(), Broken> {
    let mut data = Bytes::copy_from_slice(data);
    while !data.is_empty() {
        out.reserve_capacity(data.len());
        let room = poll_fn(|cx| out.poll_capacity(cx)).await.ok_or(Broken::Client)??;
        let part = data.split_to(room.min(data.len()));
        out.send_data(part, last && data.is_empty())?;
        if last && data.is_empty() {
            return Ok(());
        }
    }
    if last {
        out.send_data(Bytes::new(), true)?;
    }
    Ok(())
}
