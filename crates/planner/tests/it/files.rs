//! What is written for repositories of several kinds: it parses, agrees, and is the same twice.

mod front;
mod kubernetes;
mod monitoring;
mod swarm;
mod system;
mod workflows;
