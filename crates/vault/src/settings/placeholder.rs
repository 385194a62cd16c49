//! Values that someone forgot to replace.

/// Whole values, whatever their case.
const WHOLE: &[&str] = &["todo", "fixme", "tbd", "placeholder", "none", "null", "undefined", "..."];

/// Parts of values that no real secret has.
const PARTS: &[&str] = &[
    "changeme",
    "changethis",
    "changeit",
    "replaceme",
    "replacethis",
    "insertyour",
    "enteryour",
    "putyour",
    "pasteyour",
    "addyour",
    "yoursecret",
    "yourkey",
    "yourapikey",
    "yourtoken",
    "yourpassword",
    "yourjwt",
];

/// Values that are placeholders for a secret only.
const SECRETS: &[&str] =
    &["secret", "password", "passwd", "supersecret", "mysecret", "dummy", "test", "example"];

/// Whether a value stands for one that was never put in.
pub(super) fn is_placeholder(value: &str, secret: bool) -> bool {
    let value = value.trim().to_lowercase();
    let bare: String = value.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_x = |c: char| c == 'x';
    let in_brackets = [('<', '>'), ('[', ']'), ('{', '}')].iter().any(|(open, close)| {
        let inner = value.strip_prefix(*open).and_then(|rest| rest.strip_suffix(*close));
        inner.is_some_and(|inner| {
            !inner.is_empty() && inner.chars().all(|c| c.is_alphabetic() || "-_ ".contains(c))
        })
    });
    let begins_your = value.starts_with("your_") || value.starts_with("your-") || value.starts_with("your ");
    in_brackets
        || begins_your
        || WHOLE.contains(&value.as_str())
        || PARTS.iter().any(|part| bare.contains(part))
        || (bare.len() >= 3 && bare.chars().all(is_x))
        || value.contains("xxxxx")
        || (secret && SECRETS.contains(&bare.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for value in [
            "changeme",
            "CHANGE_ME",
            "change-this-in-production",
            "your_jwt_secret_here",
            "<your-key>",
            "[token]",
            "xxx",
            "XXXX-XXXX",
            "sk_test_xxxxxxxx",
            "todo",
            "replace me",
            "your-domain.com",
        ] {
            assert!(is_placeholder(value, false), "{value}");
        }
        for value in [
            "",
            "production",
            "https://shop.example",
            "Shop <mail@shop.example>",
            "<p>Hello, 3 > 2</p>",
            "[1,2]",
            "{}",
            "6f1ed002ab5595859014ebf0951522d9",
            "yourself",
            "test",
            "xx",
            "postgres://u:p@h/d",
        ] {
            assert!(!is_placeholder(value, false), "{value}");
        }
        assert!(is_placeholder("secret", true));
        assert!(!is_placeholder("no secret at all", true));
    }
}
