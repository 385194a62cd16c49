//! One variable in a template.

use super::origin;
use crate::files::blueprint::{Blueprint, Piece, Value};
use model::Place;
use model::facts::{RequiredWhen, ValueCheck};
use std::fmt::{self, Display, Formatter};

/// Places that are named; a variable that is read everywhere is not listed everywhere.
const PLACES: usize = 3;

/// A variable with all that a person needs to give it a value.
#[derive(Debug)]
pub(super) struct Entry<'b> {
    pub(super) name: String,
    pub(super) required: bool,
    /// Of one that is not always required: when it is.
    pub(super) required_when: Option<&'b RequiredWhen>,
    pub(super) secret: bool,
    /// Read when the service is built.
    pub(super) built: bool,
    pub(super) check: Option<&'b ValueCheck>,
    pub(super) default: Option<&'b str>,
    /// It can be made, of so many random bytes.
    pub(super) generate: Option<u16>,
    /// What it may be on a developer's machine.
    pub(super) example: Option<String>,
    pub(super) evidence: &'b [Place],
}

impl Entry<'_> {
    /// A variable of which nothing but its name is known.
    pub(super) fn named(name: String, required: bool) -> Self {
        Self {
            name,
            required,
            required_when: None,
            secret: false,
            built: false,
            check: None,
            default: None,
            generate: None,
            example: None,
            evidence: &[],
        }
    }

    /// Where its value is to be had: of what the code has a value for, nobody needs another one.
    pub(super) fn origin(&self) -> Option<&'static str> {
        origin::of(&self.name).filter(|_| self.secret || self.default.is_none())
    }
}

impl Display for Entry<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut about = vec![match (self.required, self.required_when) {
            (true, _) => "Required".to_owned(),
            (false, Some(when)) => format!("Required when {when}"),
            (false, None) => "Optional".to_owned(),
        }];
        if self.secret {
            about.push("secret".into());
        }
        if self.built {
            about.push("read when it is built".into());
        }
        about.extend(self.check.map(words));
        if let Some(default) = self.default.filter(|_| !self.secret) {
            about.push(if default.is_empty() {
                "empty by default".into()
            } else {
                format!("by default {default}")
            });
        }
        writeln!(f, "# {}.", about.join(", "))?;
        let places: Vec<String> = self.evidence.iter().take(PLACES).map(ToString::to_string).collect();
        if !places.is_empty() {
            let more = if self.evidence.len() > PLACES { " and elsewhere" } else { "" };
            writeln!(f, "# Read at {}{more}.", places.join(", "))?;
        }
        if let Some(bytes) = self.generate {
            writeln!(f, "# Make one: openssl rand -hex {bytes}")?;
        } else if let Some(origin) = self.origin() {
            writeln!(f, "# Get it: {origin}")?;
        }
        let mark = if self.required { "" } else { "# " };
        let value = self.example.as_deref().or(self.default.filter(|_| !self.secret)).unwrap_or_default();
        writeln!(f, "{mark}{}={}", self.name, quoted(value))
    }
}

/// What a value must be.
pub(super) fn words(check: &ValueCheck) -> String {
    match check {
        ValueCheck::Text { min_length } => format!("at least {min_length} characters"),
        ValueCheck::Number => "a number".into(),
        ValueCheck::Boolean => "true or false".into(),
        ValueCheck::Url => "a URL".into(),
        ValueCheck::OneOf { values } => format!("one of {}", values.join(", ")),
    }
}

/// A value as it stands in a dotenv file.
pub(super) fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !"#'\"`$\\".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "")) }
}

/// What a value may be on a developer's machine: datastores listen on their usual ports there.
pub(super) fn local_example(blueprint: &Blueprint<'_>, name: &str, value: &Value<'_>) -> Option<String> {
    match value {
        Value::Plain(text) if name == "NODE_ENV" && text == "production" => Some("development".into()),
        Value::Plain(text) => Some(blueprint.on_one_machine(text)),
        Value::Composed(pieces) => {
            let parts = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => blueprint.on_one_machine(text),
                Piece::Password(_) => "password".into(),
                Piece::PublicUrl => "http://localhost:8080".into(),
                Piece::Elsewhere(..) => String::new(),
            });
            Some(parts.collect())
        }
        Value::Given(_) | Value::Optional(_) => None,
    }
}
