//! HTTP/1.1 on the wire: heads, bodies, and what changes on the way through. Nothing here waits or sends.

pub(crate) mod body;
mod framing;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod rewrite;
pub(crate) mod status;

#[cfg(test)]
mod tests;
