//! Whether a value is what its service demands.

use model::facts::ValueCheck;

/// What is wrong with a value, as the end of `the value …`. The value itself is never in it.
pub(super) fn problem(value: &str, check: &ValueCheck) -> Option<String> {
    let (right, expected) = match check {
        ValueCheck::Text { min_length } => {
            let length = value.chars().count();
            let enough = u32::try_from(length).is_ok_and(|length| length >= *min_length);
            (enough, format!("has {length} characters and needs at least {min_length}"))
        }
        ValueCheck::Number => {
            (value.trim().parse::<f64>().is_ok_and(f64::is_finite), "is not a number".to_owned())
        }
        ValueCheck::Boolean => {
            let words = ["true", "false", "1", "0"];
            (
                words.iter().any(|word| value.eq_ignore_ascii_case(word)),
                "is neither true nor false".to_owned(),
            )
        }
        ValueCheck::Url => (is_url(value), "is not a URL with scheme and host".to_owned()),
        ValueCheck::OneOf { values } => {
            (values.iter().any(|word| word == value), format!("is none of {}", values.join(", ")))
        }
    };
    (!right).then_some(expected)
}

/// RFC 3986: a scheme, `://` and something after it, without blanks.
fn is_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let scheme_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(scheme_char)
        && !rest.is_empty()
        && !value.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_accepts_and_refuses() {
        let one_of = ValueCheck::OneOf { values: vec!["dev".into(), "prod".into()] };
        let cases: &[(ValueCheck, &[&str], &[&str])] = &[
            (ValueCheck::Text { min_length: 3 }, &["abc", "äöü"], &["", "ab", "äö"]),
            (ValueCheck::Number, &["0", "-1.5", "1e3"], &["", "one", "NaN", "inf", "1,5"]),
            (ValueCheck::Boolean, &["true", "False", "1", "0"], &["", "yes", "2"]),
            (
                ValueCheck::Url,
                &["https://x.example/a", "postgresql+asyncpg://u:p@h/d", "sqlite:///x.db"],
                &["", "x.example", "://x", "http://", "1http://x", "http://a b"],
            ),
            (one_of, &["dev"], &["", "Dev", "staging"]),
        ];
        for (check, good, bad) in cases {
            for value in *good {
                assert_eq!(problem(value, check), None, "{value} as {check:?}");
            }
            for value in *bad {
                assert!(problem(value, check).is_some(), "{value} as {check:?}");
            }
        }
    }
}
