//! What is written for repositories of several kinds: it parses, agrees, and is the same twice.

mod compose;
mod dockerfile;
mod conditions;
mod front;
mod kubernetes;
mod monitoring;
mod nginx;
mod swarm;
mod system;
mod workflows;
