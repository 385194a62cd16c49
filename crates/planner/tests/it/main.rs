//! The planner's promises: what it derives, in which order it acts, what it refuses, and that it is deterministic.

mod docker;
mod draft;
mod files;
mod https;
mod plans;
mod reconcile;
mod refusals;
mod swarm;
mod world;
