//! Rules that see across files: what one says and another one does not know.

mod builds;
mod commands;
mod committed_env;
mod copied_nothing;
mod copied_secrets;
mod health_tool;
mod missing_lock;
mod missing_mount;
mod missing_path;
mod nginx_asks_itself;
mod stacks;
mod tools;
mod unheard_port;
mod unknown_script;
mod unknown_upstream;

use crate::Subjects;
use crate::rule::Rule;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Subjects>] = &[
    committed_env::RULE,
    copied_secrets::RULE,
    copied_nothing::RULE,
    missing_mount::RULE,
    missing_path::RULE,
    missing_lock::RULE,
    unknown_script::RULE,
    health_tool::RULE,
    unheard_port::RULE,
    unknown_upstream::RULE,
    nginx_asks_itself::RULE,
];
