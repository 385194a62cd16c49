//! HTTP/2 toward clients. Each stream is translated into one HTTP/1.1 request on a pipe inside the process, which is
//! then served like any other connection: routing, retries, limits, pages and logs exist once.

mod rewound;
mod stream;

use crate::core::Core;
use crate::serve::{Client, Origin};
use crate::stream::Stream;
use ::h2::server;
use rewound::Rewound;
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use tokio::task::spawn_local;

/// The part of the connection preface that looks like a request head (RFC 9113, 3.4).
pub(crate) const PREFACE_HEAD: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

/// Requests one client may have under way.
const STREAMS: u32 = 128;
/// Bytes a client may send on one stream, and on all, before they are taken.
const WINDOWS: (u32, u32) = (256 << 10, 1 << 20);

/// Serves a connection without TLS that began with the preface.
pub(crate) async fn serve_plain(core: &Rc<Core>, client: Client) {
    let (io, early, origin, address) = client.into_parts();
    serve(core, io, early, origin, &address).await;
}

/// Serves a connection to its end. `early` is what was read of it already.
pub(crate) async fn serve(core: &Rc<Core>, io: Stream, early: Vec<u8>, origin: Origin, address: &Rc<str>) {
    let mut builder = server::Builder::new();
    builder.max_concurrent_streams(STREAMS).max_header_list_size(crate::http::request::HEAD_LIMIT as u32);
    builder.initial_window_size(WINDOWS.0).initial_connection_window_size(WINDOWS.1);
    let timeouts = &core.settings.timeouts;
    let shaking = builder.handshake::<_, bytes::Bytes>(Rewound::new(early, io));
    let Ok(Ok(mut connection)) =
        tokio::time::timeout(Duration::from_secs(timeouts.head.into()), shaking).await
    else {
        return;
    };
    let watch = core.watches.add();
    let open = Rc::new(Cell::new(0u32));
    core.watches.allow(&watch, timeouts.idle);
    let mut leaving = false;
    loop {
        let next = poll_fn(|cx| {
            let overdue = watch.expired(cx);
            if overdue && open.get() > 0 {
                core.watches.allow(&watch, timeouts.idle);
            } else if overdue && leaving {
                return Poll::Ready(None);
            }
            if !leaving && (core.draining() || (overdue && open.get() == 0)) {
                leaving = true;
                core.watches.allow(&watch, timeouts.idle);
                connection.graceful_shutdown();
            }
            connection.poll_accept(cx)
        });
        let Some(Ok((request, respond))) = next.await else { break };
        core.watches.allow(&watch, timeouts.idle);
        open.set(open.get() + 1);
        let (core, address, open) = (Rc::clone(core), Rc::clone(address), Rc::clone(&open));
        spawn_local(async move {
            stream::serve(&core, request, respond, origin, address).await;
            open.set(open.get() - 1);
        });
    }
    core.watches.remove(&watch);
}
