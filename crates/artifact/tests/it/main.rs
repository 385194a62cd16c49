//! Documents, read and written.

mod dotenv;
mod law;
mod manifest;
mod parse;
mod patch;
mod read;
mod yaml;
