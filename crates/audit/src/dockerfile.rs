//! Rules over Dockerfiles.

use crate::rule::Rule;
use crate::subject::dockerfile::Dockerfile;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Dockerfile>] = &[];
