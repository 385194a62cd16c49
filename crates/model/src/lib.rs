//! The words everyone in Mainstay speaks. Data only: nothing here reads a file, a clock or the environment.
//!
//! The flow is `Facts` → `Manifest` → `Plan` → `Event`; each has its module. Identifiers and units are types.

pub mod event;
pub mod exit;
pub mod facts;
pub mod finding;
pub mod id;
pub mod instance;
pub mod manifest;
pub mod media;
pub mod observed;
pub mod path;
pub mod pip;
pub mod place;
pub mod plan;
pub mod release;
pub mod routing;
pub mod secret;
pub mod spelling;
pub mod unit;

pub use exit::ExitKind;
pub use place::Place;
pub use secret::Secret;

/// Stands in the first lines of every file that `mainstay generate` writes and that can have a comment. What we wrote
/// ourselves is no evidence of what a repository is.
pub const GENERATED: &str = "Written by `mainstay generate`";
