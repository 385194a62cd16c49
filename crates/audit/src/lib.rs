//! Rules over documents, manifests and plans. One file and one line in a table a rule; a plan is a subject too.
//!
//! [`Subjects::read`] reads the files of a repository that rules are about, [`check`] lets the rules look at them. Nothing here is
//! about style: a repository that can be deployed safely has no findings.

mod allow;
pub mod compose;
mod credential;
pub mod dockerfile;
mod expansion;
pub mod kubernetes;
pub mod migration;
pub mod nginx;
pub mod plan;
mod report;
mod rule;
pub mod subject;
pub mod system;
pub mod workflow;

pub use migration::check_migrations;
pub use plan::check_plan;
pub use report::{Report, check, every_rule, rules};
pub use rule::{About, Rule};
pub use subject::Subjects;

#[cfg(test)]
mod fixture;
