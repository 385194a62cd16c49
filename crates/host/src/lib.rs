//! The only door to the machine.

pub mod tree;

pub use tree::{Entry, MemoryTree, Tree, TreeError};
