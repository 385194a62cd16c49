//! The server on real sockets and a real folder.

mod client;
mod content;
mod pages;
mod process;
mod safety;
