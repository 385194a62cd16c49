//! A set of values as somebody wrote it down: everything that is wrong with it at once.

use super::{check, placeholder};
use model::Secret;
use model::facts::ValueCheck;
use model::spelling::nearest;

/// What a variable must be.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    /// Its name.
    pub name: &'a str,
    /// Nothing works without it.
    pub required: bool,
    /// It must not be seen.
    pub secret: bool,
    /// What it must be.
    pub check: Option<&'a ValueCheck>,
    /// What stands in the template.
    pub example: Option<&'a Secret>,
}

/// A value that is there.
#[derive(Debug, Clone)]
pub struct Value<'a> {
    /// The variable.
    pub name: &'a str,
    /// Its value.
    pub value: &'a Secret,
    /// Where it stands, from 1.
    pub line: u32,
}

/// What is wrong with one variable. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The variable.
    pub name: String,
    /// Where it stands; absent for one that is not there.
    pub line: Option<u32>,
    /// What is wrong, as the end of `NAME …`.
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
}

/// Looks at all of them.
pub fn inspect(expected: &[Expected<'_>], values: &[Value<'_>]) -> Vec<Wrong> {
    let mut wrongs = Vec::new();
    for (place, value) in values.iter().enumerate() {
        let wrong = |message: String, advice| Wrong {
            name: value.name.to_owned(),
            line: Some(value.line),
            message,
            advice,
        };
        if values[..place].iter().any(|before| before.name == value.name) {
            wrongs.push(wrong("stands here twice; the later value counts".into(), None));
        }
        match expected.iter().find(|known| known.name == value.name) {
            None => {
                let near = nearest(value.name, expected.iter().map(|known| known.name));
                let advice = near.map(|near| format!("{near} may be meant"));
                wrongs.push(wrong("is read by nobody".into(), advice));
            }
            Some(known) => wrongs.extend(problem(known, value).map(|message| wrong(message, None))),
        }
    }
    let there =
        |name: &str| values.iter().any(|value| value.name == name && !value.value.expose().is_empty());
    let missing = expected.iter().filter(|known| known.required && !there(known.name));
    wrongs.extend(missing.map(|known| Wrong {
        name: known.name.to_owned(),
        line: values.iter().find(|value| value.name == known.name).map(|value| value.line),
        message: "is required and has no value".into(),
        advice: None,
    }));
    wrongs
}

fn problem(known: &Expected<'_>, value: &Value<'_>) -> Option<String> {
    let text = value.value.expose();
    if text.is_empty() {
        return None;
    }
    let copied = known.secret && known.example.is_some_and(|example| example.expose() == text);
    if copied {
        return Some("still holds the value of the template".into());
    }
    if placeholder::is_placeholder(text, known.secret) {
        return Some("still holds a placeholder instead of a value".into());
    }
    check::problem(text, known.check?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_named_at_once() {
        let (number, long) = (ValueCheck::Number, ValueCheck::Text { min_length: 32 });
        let known = |name, required, secret, check| Expected { name, required, secret, check, example: None };
        let example = Secret::new("postgres://me:password@localhost/shop");
        let expected = [
            known("MISSING", true, false, None),
            known("EMPTY", true, false, None),
            known("POOL", false, false, Some(&number)),
            known("JWT_SECRET", true, true, Some(&long)),
            known("API_KEY", false, true, None),
            known("OPTIONAL", false, true, Some(&long)),
            Expected { example: Some(&example), ..known("DATABASE_URL", true, true, None) },
        ];
        let written = [
            ("EMPTY", ""),
            ("POOL", "many"),
            ("JWT_SECRET", "short"),
            ("API_KEY", "your_api_key"),
            ("OPTIONAL", ""),
            ("DATABASE_URL", example.expose()),
            ("JWT_SECRETS", "x"),
        ];
        let secrets = written.map(|(name, value)| (name, Secret::new(value)));
        let values: Vec<Value<'_>> =
            secrets.iter().zip(1..).map(|((name, value), line)| Value { name, value, line }).collect();
        let wrongs = inspect(&expected, &values);
        let named: Vec<(&str, Option<u32>)> =
            wrongs.iter().map(|wrong| (wrong.name.as_str(), wrong.line)).collect();
        assert_eq!(
            named,
            [
                ("POOL", Some(2)),
                ("JWT_SECRET", Some(3)),
                ("API_KEY", Some(4)),
                ("DATABASE_URL", Some(6)),
                ("JWT_SECRETS", Some(7)),
                ("MISSING", None),
                ("EMPTY", Some(1)),
            ]
        );
        assert_eq!(wrongs[4].advice.as_deref(), Some("JWT_SECRET may be meant"));
        assert!(
            wrongs.iter().all(|wrong| !wrong.message.contains("short") && !wrong.message.contains("many"))
        );
    }
}
