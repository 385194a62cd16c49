//! The server as a process, spoken to with signed requests.

mod client;
mod durability;
mod process;
mod protocol;
