//! A real Docker Swarm of two nodes.

mod rig;
mod smoke;
