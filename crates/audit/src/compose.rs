//! Rules over Compose files.

use crate::rule::Rule;
use crate::subject::compose::Compose;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Compose>] = &[];
