//! Decides what is done. Pure and deterministic: facts, the manifest file and a look at the world come in,
//! a manifest or a plan comes out. Time, ids and randomness are inputs too.

pub mod draft;
pub mod files;
pub mod goal;
pub mod initial;
pub mod refusal;
pub mod rollout;
pub mod routing;

pub use draft::{DraftError, draft};
pub use goal::{Inputs, plan};
pub use initial::initial;
