//! The value of a variable: where it comes from, what it must be.

use crate::Place;
use crate::facts::{Phase, RequiredWhen, ValueCheck};
use crate::id::{DatastoreName, ServiceName};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// One variable of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Where its value comes from.
    pub source: ValueSource,
    /// Whether the service cannot start without.
    pub required: bool,
    /// Of one that is not always required: when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_when: Option<RequiredWhen>,
    /// Whether its value must not be seen.
    pub secret: bool,
    /// When it is read.
    pub phase: Phase,
    /// What the value must be.
    pub check: Option<ValueCheck>,
    /// Where the code reads it.
    pub evidence: Vec<Place>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum ValueSource {
    /// Written in the manifest or derived; may refer to datastores and services.
    Template {
        /// The text.
        value: Template,
    },
    /// Made at random once per environment and kept in the vault.
    Generated {
        /// Number of random bytes; the value is their lower-case hexadecimal form.
        bytes: u16,
    },
    /// Set by a person and kept in the vault.
    Vault,
    /// Not set: the code has its own default, or does without.
    Unset,
}

/// A text with references in it: `${backend.url}/callback`. `$${` stands for a literal `${`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(Vec<TemplatePart>);

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplatePart {
    /// As it stands.
    Text(String),
    /// To be looked up.
    Reference(Reference),
}

/// `${name.field}`: something of a service or a datastore. Which of both is decided by the names in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// A service or datastore.
    pub name: String,
    /// `url`, `internal`, `host`, `port`, `user`, `password`, `database`, `endpoint`, `bucket`, `region`, `access_key`, `secret_key`.
    pub field: String,
}

impl Reference {
    /// A field of a datastore.
    pub fn datastore(name: &DatastoreName, field: &str) -> Self {
        Self { name: name.to_string(), field: field.into() }
    }

    /// The public address of a service (`url`) or its address on the machine (`internal`).
    pub fn service(name: &ServiceName, field: &str) -> Self {
        Self { name: name.to_string(), field: field.into() }
    }
}

/// A template that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `${` without `}`.
    #[error("`${{` at character {0} has no closing `}}`; write `$${{` for a literal one")]
    Open(usize),
    /// Not `name.field`.
    #[error("`${{{0}}}` is not of the form ${{name.field}}")]
    Form(String),
}

impl Template {
    /// A template without references.
    pub fn text(text: impl Into<String>) -> Self {
        Self(vec![TemplatePart::Text(text.into())])
    }

    /// A template that is one reference.
    pub fn reference(reference: Reference) -> Self {
        Self(vec![TemplatePart::Reference(reference)])
    }

    /// A template of several parts.
    pub fn parts(parts: Vec<TemplatePart>) -> Self {
        Self(parts)
    }

    /// Its pieces in order.
    pub fn iter(&self) -> impl Iterator<Item = &TemplatePart> {
        self.0.iter()
    }

    /// The references in it.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            TemplatePart::Text(_) => None,
            TemplatePart::Reference(reference) => Some(reference),
        })
    }
}

impl FromStr for Template {
    type Err = TemplateError;
    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            if rest[..at].ends_with('$') {
                plain.push_str(&rest[..at - 1]);
                plain.push_str("${");
                rest = &rest[at + 2..];
                continue;
            }
            plain.push_str(&rest[..at]);
            let body = &rest[at + 2..];
            let end = body.find('}').ok_or(TemplateError::Open(text.len() - rest.len() + at))?;
            let (name, field) =
                body[..end].split_once('.').ok_or_else(|| TemplateError::Form(body[..end].to_owned()))?;
            if !plain.is_empty() {
                parts.push(TemplatePart::Text(std::mem::take(&mut plain)));
            }
            parts.push(TemplatePart::Reference(Reference { name: name.into(), field: field.into() }));
            rest = &body[end + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(TemplatePart::Text(plain));
        }
        Ok(Self(parts))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                TemplatePart::Text(text) => f.write_str(&text.replace("${", "$${"))?,
                TemplatePart::Reference(Reference { name, field }) => write!(f, "${{{name}.{field}}}")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_round_trip() {
        for text in ["", "plain", "${db.url}", "a${x.y}b${z.w}", "$${literal}", "${a.b}$", "$${x}${c.d}"] {
            let template: Template = text.parse().unwrap();
            assert_eq!(template.to_string(), text);
            assert_eq!(template.to_string().parse::<Template>().unwrap(), template);
        }
        assert_eq!("${open".parse::<Template>(), Err(TemplateError::Open(0)));
        assert_eq!("${nofield}".parse::<Template>(), Err(TemplateError::Form("nofield".into())));
    }
}
