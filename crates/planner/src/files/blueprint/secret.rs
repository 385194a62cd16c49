//! Secrets as files: what Compose, Swarm and Kubernetes mount, under one name everywhere.

use super::{Blueprint, Given, Piece, Store, Unit, Value};
use model::facts::{DatastoreKind, Phase};
use std::collections::BTreeMap;

/// A secret that is given as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret<'a> {
    /// Its name, and that of its file: lower case.
    pub id: String,
    /// What is in it.
    pub content: Content<'a>,
}

/// What is in a secret's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// The password of the project's account in a datastore.
    Password(&'a str),
    /// A value that holds such a password, or something of a datastore that exists elsewhere.
    Composed(Vec<Piece<'a>>),
    /// What a person gives, or what is made at random.
    Given(Given<'a>),
}

impl<'a> Blueprint<'a> {
    /// Every secret of the system, by id.
    pub fn secrets(&self) -> Vec<Secret<'a>> {
        let mut all: BTreeMap<String, Content<'a>> = BTreeMap::new();
        for store in self.stores.iter().filter(|store| store.has_password()) {
            all.insert(store.password_id(), Content::Password(store.name.as_str()));
        }
        for unit in &self.units {
            for (_, id, content) in self.secrets_of(unit) {
                all.insert(id, content);
            }
        }
        all.into_iter().map(|(id, content)| Secret { id, content }).collect()
    }

    /// The secrets of a service that it cannot start without: variable, id and content, by variable.
    pub fn secrets_of(&self, unit: &Unit<'a>) -> Vec<(&'a str, String, Content<'a>)> {
        let values = self.values(unit, Phase::Run);
        let secret = values.into_iter().filter(|(_, value)| value.is_secret());
        secret
            .filter_map(|(name, value)| {
                let id = self.secret_id(unit, name, &value);
                match value {
                    Value::Composed(pieces) => Some((name, id, Content::Composed(pieces))),
                    Value::Given(given) => Some((name, id, Content::Given(given))),
                    Value::Plain(_) | Value::Optional(_) => None,
                }
            })
            .collect()
    }

    /// The variable's name where all services that read it mean the same, else with the service before it.
    fn secret_id(&self, unit: &Unit<'a>, name: &str, value: &Value<'a>) -> String {
        let differs =
            |other: &Unit<'a>| self.value_of(other, name).is_some_and(|other| !other.is_like(value));
        let id = match self.units.iter().any(differs) {
            true => format!("{}_{name}", unit.name),
            false => name.to_owned(),
        };
        id.to_lowercase().replace('-', "_")
    }
}

impl Value<'_> {
    /// Whether one value serves for both.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Given(a) | Self::Optional(a), Self::Given(b) | Self::Optional(b)) => a.name == b.name,
            (a, b) => a == b,
        }
    }
}

impl Store<'_> {
    /// Whether it runs beside the project with a password.
    pub fn has_password(&self) -> bool {
        self.image.is_some() && self.about.kind != DatastoreKind::Memcached
    }

    /// The variable of its password: `POSTGRES_PASSWORD`.
    pub fn password_variable(&self) -> String {
        format!("{}_PASSWORD", self.name.as_str().to_uppercase().replace('-', "_"))
    }

    /// The secret of its password.
    pub fn password_id(&self) -> String {
        self.password_variable().to_lowercase()
    }
}
