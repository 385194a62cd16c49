//! The data plane on real sockets, in processes of its own.

mod basics;
#[allow(unreachable_pub, reason = "a module of one test binary")]
mod rig;
