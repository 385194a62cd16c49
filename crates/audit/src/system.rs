//! Rules that see across files: what one says and another one does not know.

use crate::Subjects;
use crate::rule::Rule;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Subjects>] = &[];
