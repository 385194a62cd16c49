//! The only door to the machine.

pub mod clock;
mod disk_tree;
pub mod environment;
pub mod files;
pub mod identity;
pub mod lines;
pub mod network;
pub mod paths;
pub mod process;
pub mod signal;
pub mod supervisor;
pub mod tree;

pub use disk_tree::{DiskTree, READ_LIMIT};
pub use tree::{Entry, MemoryTree, Tree, TreeError};
