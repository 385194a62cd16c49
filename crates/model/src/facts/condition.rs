//! When a variable that is not always needed is needed.

use serde::{Deserialize, Serialize};

/// A value of another variable with which a value is needed: `ENABLE_PAYMENT` being `true`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequiredWhen {
    /// The other variable, of the same service.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl RequiredWhen {
    /// Whether it is so with this value of the other variable. What says yes in one of the usual words says it in all of them.
    pub fn holds(&self, value: &str) -> bool {
        let (value, wanted) = (value.trim(), self.value.as_str());
        value.eq_ignore_ascii_case(wanted) || is_yes(wanted) && is_yes(value)
    }
}

impl std::fmt::Display for RequiredWhen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is {}", self.name, self.value)
    }
}

fn is_yes(value: &str) -> bool {
    ["true", "1", "yes", "on"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_on_in_any_of_the_usual_words() {
        let when = |value: &str| RequiredWhen { name: "ENABLE".into(), value: value.into() };
        for (wanted, value, holds) in [
            ("true", "true", true),
            ("true", " TRUE ", true),
            ("true", "1", true),
            ("1", "yes", true),
            ("true", "false", false),
            ("true", "0", false),
            ("true", "", false),
            ("stripe", "Stripe", true),
            ("stripe", "true", false),
            ("false", "false", true),
        ] {
            assert_eq!(when(wanted).holds(value), holds, "{wanted} with {value}");
        }
    }
}
