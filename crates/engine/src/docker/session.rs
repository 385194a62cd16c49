//! A session of a build: a connection on which BuildKit asks us for what only we have (moby/buildkit, `session/`).
//!
//! The connection begins as `POST /session`; then the roles are turned round: BuildKit is the client and speaks gRPC ("gRPC
//! over HTTP2", github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md). We offer secrets and nothing else. A secret is handed over while
//! the step that mounts it runs, in memory, and is no part of any layer.

use super::client::{Client, cut, failed};
use super::protobuf::{Value, fields, message};
use crate::driver::Variables;
use crate::error::DriverError;
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use host::clock::{Clock, SystemClock};
use host::network::{Payload, Upgraded};
use http::{HeaderMap, Request, Response};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Longest wait for the engine to take the connection.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest question that is read.
const LONGEST: usize = 64 << 10;

/// moby/buildkit, `session/secrets/secrets.proto`: `GetSecretRequest { string ID = 1; }`, `GetSecretResponse { bytes data = 1; }`.
const GET_SECRET: &str = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
/// grpc/grpc-proto, `health.proto`: `HealthCheckResponse { ServingStatus status = 1; }`. BuildKit asks every few seconds.
const CHECK: &str = "/grpc.health.v1.Health/Check";
/// `ServingStatus`.
const SERVING: u64 = 1;

/// Why a question has no answer, as gRPC counts it (grpc.github.io, "Status codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    InvalidArgument = 3,
    NotFound = 5,
    Unimplemented = 12,
}

/// A session that is open. It ends when this is dropped.
pub(super) struct Session {
    id: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Session {
    /// Opens one that answers for these secrets, each under its name. `purpose` sets it apart from others of the same moment.
    ///
    /// # Errors
    /// When the engine does not take it.
    pub(super) fn open(client: &Client, purpose: &str, secrets: &Variables) -> Result<Self, DriverError> {
        let moment = SystemClock.now().0;
        let id = Sha256::digest(format!("{purpose} {moment}")).iter().fold(String::new(), |mut id, byte| {
            let _infallible = write!(id, "{byte:02x}");
            id
        });
        let headers = [
            ("X-Docker-Expose-Session-Uuid", id.as_str()),
            ("X-Docker-Expose-Session-Name", "mainstay"),
            ("X-Docker-Expose-Session-Grpc-Method", GET_SECRET),
            ("X-Docker-Expose-Session-Grpc-Method", CHECK),
        ];
        let answer = client.ask("POST", "/session", &headers, Payload::Upgrade("h2c"), PATIENCE)?;
        let connection = answer
            .accepted("open a session for a build")?
            .upgraded()
            .ok_or_else(|| failed("Docker does not take secrets for a build: it opens no session"))?;
        let (stop, stopped) = oneshot::channel();
        let secrets = Arc::new(secrets.clone());
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(|error| cut(&error))?;
        let thread = std::thread::Builder::new().name("build-session".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    // A session that breaks off is missed by the build, which says so.
                    _ended = serve(connection, secrets) => {}
                    _dropped = stopped => {}
                }
            });
        });
        Ok(Self { id, stop: Some(stop), thread: Some(thread.map_err(|error| cut(&error))?) })
    }

    /// What a build names it by.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Without a message: the thread's own panic was shown.
            let _ended = thread.join();
        }
    }
}

async fn serve(connection: Upgraded, secrets: Arc<Variables>) -> Result<(), h2::Error> {
    let stream = connection.into_stream().map_err(|_| h2::Error::from(h2::Reason::CONNECT_ERROR))?;
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(asked) = connection.accept().await {
        let (request, respond) = asked?;
        // BuildKit that hangs up wants no answer.
        let secrets = Arc::clone(&secrets);
        tokio::spawn(async move { answer(request, respond, &secrets).await });
    }
    Ok(())
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    secrets: &Variables,
) -> Result<(), h2::Error> {
    let (head, mut body) = request.into_parts();
    let mut asked = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        if asked.len() + piece.len() > LONGEST {
            return Ok(());
        }
        body.flow_control().release_capacity(piece.len())?;
        asked.extend_from_slice(&piece);
    }
    let reply = reply(head.uri.path(), &asked, secrets);
    let mut response = Response::new(());
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/grpc"));
    let mut stream: SendStream<Bytes> = respond.send_response(response, false)?;
    let status = match reply {
        Ok(message) => {
            stream.send_data(framed(&message), false)?;
            0
        }
        Err(refusal) => refusal as u16,
    };
    stream.send_trailers(HeaderMap::from_iter([(
        http::HeaderName::from_static("grpc-status"),
        http::HeaderValue::from(status),
    )]))
}

/// The message that answers a question.
fn reply(method: &str, asked: &[u8], secrets: &Variables) -> Result<Vec<u8>, Refusal> {
    match method {
        GET_SECRET => {
            let question = unframed(asked).ok_or(Refusal::InvalidArgument)?;
            let name = fields(question).into_iter().find_map(|(field, value)| match (field, value) {
                (1, Value::Bytes(name)) => std::str::from_utf8(name).ok(),
                _ => None,
            });
            let secret = name.and_then(|name| secrets.get(name)).ok_or(Refusal::NotFound)?;
            Ok(message(1, &Value::Bytes(secret.expose().as_bytes())))
        }
        CHECK => Ok(message(1, &Value::Number(SERVING))),
        _ => Err(Refusal::Unimplemented),
    }
}

/// A message as it is sent: not compressed, and its length.
fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&[0], &length[..], message].concat().into()
}

/// The message that was sent; `None` when it is compressed or cut off.
fn unframed(bytes: &[u8]) -> Option<&[u8]> {
    let ([0, length @ ..], message) = bytes.split_first_chunk::<5>()? else { return None };
    message.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Secret;

    #[test]
    fn a_secret_is_answered_by_its_name_only() {
        let secrets = Variables::from([("TOKEN".to_owned(), Secret::new("s3cret"))]);
        let ask = |name: &str| framed(&message(1, &Value::Bytes(name.as_bytes())));
        assert_eq!(reply(GET_SECRET, &ask("TOKEN"), &secrets), Ok(b"\x0a\x06s3cret".to_vec()));
        assert_eq!(reply(GET_SECRET, &ask("OTHER"), &secrets), Err(Refusal::NotFound));
        assert_eq!(reply(GET_SECRET, &[], &secrets), Err(Refusal::InvalidArgument));
        assert_eq!(reply(GET_SECRET, &[1, 0, 0, 0, 0], &secrets), Err(Refusal::InvalidArgument));
        assert_eq!(reply(CHECK, &framed(&[]), &secrets), Ok(vec![0x08, 1]));
        assert_eq!(
            reply("/moby.filesync.v1.Auth/Credentials", &framed(&[]), &secrets),
            Err(Refusal::Unimplemented)
        );
    }
}
