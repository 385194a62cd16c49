//! Rules over Kubernetes objects.

use crate::rule::Rule;
use crate::subject::kubernetes::Objects;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Objects>] = &[];
