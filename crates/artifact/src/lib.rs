//! Documents that we both read and write. Each is parsed with places, printed, and patched without losing a comment.

pub mod dockerfile;
pub mod dockerignore;
pub mod dotenv;
pub mod manifest;
pub mod nginx;
pub mod shell;
pub mod sql;
pub mod workflow;
pub mod yaml;
