//! Performs plans. Drivers do the work; the engine keeps the order, the journal and the way back.

pub mod driver;
pub mod error;

pub use error::DriverError;
