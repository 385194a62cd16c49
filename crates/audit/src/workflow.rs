//! Rules over workflows of GitHub Actions.

mod unpinned_action;

use crate::rule::Rule;
use crate::subject::workflow::Workflow;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Workflow>] = &[unpinned_action::RULE];
