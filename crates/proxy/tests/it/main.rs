//! The data plane on real sockets, in processes of its own.

mod basics;
mod lives;
mod members;
mod refusals;
mod repeats;
#[allow(unreachable_pub, reason = "a module of one test binary")]
mod rig;
mod routing;
mod secure;
mod sticky;
#[allow(unreachable_pub, reason = "a module of one test binary")]
mod streaming;
