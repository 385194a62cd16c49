//! HTTP/2.

use crate::core::Core;
use crate::serve::Client;
use std::rc::Rc;

/// The part of the connection preface that looks like a request head (RFC 9113, 3.4).
pub(crate) const PREFACE_HEAD: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

pub(crate) async fn serve_plain(_core: &Rc<Core>, client: Client) {
    drop(client);
}

pub(crate) async fn serve(
    _core: &Rc<Core>,
    _io: crate::stream::Stream,
    _early: Vec<u8>,
    _origin: crate::serve::Origin,
    _address: &Rc<str>,
) {
}
