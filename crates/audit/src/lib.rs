//! Rules over documents, manifests and plans. One file and one line in a table a rule; a plan is a subject too.

pub mod migration;
pub mod plan;

pub use migration::check_migrations;
pub use plan::check_plan;
