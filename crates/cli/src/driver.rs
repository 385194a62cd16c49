//! Drivers that join crates which do not know each other.

pub mod probe;
pub mod recipe;
pub mod traffic;
