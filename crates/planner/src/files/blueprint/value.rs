//! Where the value of a variable comes from when a service runs as a container.

use super::{Blueprint, Store, Unit};
use model::facts::{DatastoreKind, EnvFact, ValueCheck};
use model::manifest::{Reference, Setting, TemplatePart, ValueSource};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Known when the files are written.
    Plain(String),
    /// Put together from pieces, at least one of which is only known where it runs.
    Composed(Vec<Piece<'a>>),
    /// Whoever runs it gives it.
    Given(Given<'a>),
    /// Nobody has to give it: the code has its own default, or does without. Whoever runs it may.
    Optional(Given<'a>),
}

/// A piece of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands.
    Text(String),
    /// The password of the project's account in a datastore.
    Password(&'a str),
    /// The address that people use: scheme, host name and port.
    PublicUrl,
    /// Something of a datastore that exists elsewhere: its name and the field.
    Elsewhere(&'a str, String),
}

/// A value that a person or a tool gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<'a> {
    /// The variable.
    pub name: &'a str,
    /// It must not be seen.
    pub secret: bool,
    /// It can be made at random, with so many bytes.
    pub generate: Option<u16>,
    /// What the code falls back to.
    pub default: Option<&'a str>,
    /// What it must be.
    pub check: Option<&'a ValueCheck>,
}

impl Value<'_> {
    /// Whether it must not be seen.
    pub fn is_secret(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Composed(pieces) => pieces.iter().any(|piece| match piece {
                Piece::Password(_) => true,
                Piece::Elsewhere(_, field) => ["url", "password", "secret_key"].contains(&field.as_str()),
                Piece::Text(_) | Piece::PublicUrl => false,
            }),
            Self::Given(given) | Self::Optional(given) => given.secret,
        }
    }
}

impl<'a> Blueprint<'a> {
    pub(super) fn value(&self, unit: &Unit<'a>, name: &'a str, setting: &'a Setting) -> Value<'a> {
        let fact = unit.fact.and_then(|fact| fact.env.iter().find(|env| env.name == name));
        let given = |generate| Given {
            name,
            secret: setting.secret,
            generate,
            default: fact.and_then(|fact: &EnvFact| fact.default.as_deref()),
            check: setting.check.as_ref(),
        };
        match &setting.source {
            ValueSource::Template { value } => joined(value.iter().flat_map(|part| match part {
                TemplatePart::Text(text) => vec![Piece::Text(text.clone())],
                TemplatePart::Reference(reference) => self.refer(reference),
            })),
            ValueSource::Generated { bytes } => Value::Given(given(Some(*bytes))),
            ValueSource::Vault => Value::Given(given(None)),
            ValueSource::Unset if setting.required => Value::Given(given(None)),
            ValueSource::Unset => Value::Optional(given(None)),
        }
    }

    fn refer(&self, reference: &'a Reference) -> Vec<Piece<'a>> {
        if let Some(store) = self.store(&reference.name) {
            return store.field(reference);
        }
        let Some(unit) = self.unit(&reference.name) else { return vec![Piece::Text(String::new())] };
        let port = unit.port.unwrap_or_default();
        match reference.field.as_str() {
            "host" => vec![Piece::Text(unit.name.to_string())],
            "port" => vec![Piece::Text(port.to_string())],
            "url" if !unit.service.routes.is_empty() => match self.public_url() {
                Some(url) => vec![Piece::Text(url)],
                None => vec![Piece::PublicUrl],
            },
            _ => vec![Piece::Text(format!("http://{}:{port}", unit.name))],
        }
    }

    /// A text that names containers, for where everything listens on one machine: a developer's, or that of a test.
    pub fn on_one_machine(&self, text: &str) -> String {
        let units = self.units.iter().filter_map(|unit| Some((unit.name.as_str(), unit.port?)));
        let stores = self.stores.iter().map(|store| (store.name.as_str(), store.port));
        units.chain(stores).fold(text.to_owned(), |text, (name, port)| {
            if text == name {
                return "localhost".into();
            }
            text.replace(&format!("@{name}:{port}"), &format!("@localhost:{port}"))
                .replace(&format!("//{name}:{port}"), &format!("//localhost:{port}"))
        })
    }

    /// The address that people use, when the manifest names a domain.
    pub fn public_url(&self) -> Option<String> {
        let domain = self.manifest.environment.domains.first()?;
        Some(format!("https://{domain}"))
    }
}

impl<'a> Store<'a> {
    /// A field as services see it from their containers.
    fn field(&self, reference: &'a Reference) -> Vec<Piece<'a>> {
        let (name, port) = (self.name.as_str(), self.port);
        let text = |text: &str| Piece::Text(text.to_owned());
        if self.image.is_none() {
            return vec![Piece::Elsewhere(name, reference.field.clone())];
        }
        match (self.about.kind, reference.field.as_str()) {
            (_, "host") => vec![text(name)],
            (_, "port") => vec![text(&port.to_string())],
            (_, "user" | "database") => vec![text(&self.account)],
            (_, "password") => vec![Piece::Password(name)],
            (DatastoreKind::Redis, _) => {
                vec![text("redis://:"), Piece::Password(name), text(&format!("@{name}:{port}/0"))]
            }
            (DatastoreKind::Memcached, _) => vec![text(&format!("{name}:{port}"))],
            (kind, _) => vec![
                text(&format!("{}://{}:", scheme(kind), self.account)),
                Piece::Password(name),
                text(&format!("@{name}:{port}/{}", self.account)),
            ],
        }
    }
}

const fn scheme(kind: DatastoreKind) -> &'static str {
    match kind {
        DatastoreKind::Postgres => "postgresql",
        DatastoreKind::MySql | DatastoreKind::MariaDb => "mysql",
        DatastoreKind::MongoDb => "mongodb",
        DatastoreKind::Redis => "redis",
        DatastoreKind::RabbitMq => "amqp",
        DatastoreKind::Kafka => "kafka",
        DatastoreKind::ClickHouse | DatastoreKind::Elasticsearch => "http",
        DatastoreKind::S3 => "https",
        DatastoreKind::Memcached => "memcached",
        DatastoreKind::Sqlite => "file",
    }
}

/// Pieces side by side; plain when all of them are texts.
fn joined<'a>(pieces: impl Iterator<Item = Piece<'a>>) -> Value<'a> {
    let mut all: Vec<Piece<'a>> = Vec::new();
    for piece in pieces {
        match (all.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => all.push(piece),
        }
    }
    match all.as_slice() {
        [] => Value::Plain(String::new()),
        [Piece::Text(text)] => Value::Plain(text.clone()),
        _ => Value::Composed(all),
    }
}
