//! Detection as a whole, over repositories in memory.

mod fixture;
mod node;
mod node_checks;
mod node_errands;
mod node_http;
mod node_programs;
mod project;
mod python;
mod python_details;
mod python_gaps;
mod python_http;
mod python_layouts;
mod python_queues;
mod python_work;
mod registries;
mod schema;
mod sources;
