//! What the numbers mean: comparisons of one release's record with another's.

pub mod comparison;

pub use comparison::{Record, Regression, compare};
