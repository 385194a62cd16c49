//! Rules over the configuration of nginx.

use crate::rule::Rule;
use crate::subject::nginx::Nginx;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Nginx>] = &[];
