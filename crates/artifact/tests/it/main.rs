//! Documents, read and written.

mod law;
mod manifest;
mod parse;
mod patch;
