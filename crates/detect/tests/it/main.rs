//! Detection as a whole, over repositories in memory.

mod fixture;
mod python;
mod python_layouts;
mod sources;
