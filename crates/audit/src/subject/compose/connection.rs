//! Addresses of datastores in variables.

use crate::expansion::{self, UNKNOWN};

/// `scheme://user:password@host:port/name`, taken apart. A part that a variable gives has [`UNKNOWN`] in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// In lower case, without a driver: `postgresql` of `postgresql+asyncpg`.
    pub scheme: String,
    /// Who asks.
    pub user: Option<String>,
    /// Never to be shown.
    pub(crate) password: Option<String>,
    /// Where it runs.
    pub host: String,
    /// The first part of the path: the name of the database.
    pub name: Option<String>,
}

impl Connection {
    /// The address that a text is, when it is one of a datastore.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = expansion::defaults(text.trim());
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.strip_prefix("jdbc:").unwrap_or(scheme).split('+').next()?.to_ascii_lowercase();
        if !matches!(
            scheme.as_str(),
            "postgres"
                | "postgresql"
                | "mysql"
                | "mariadb"
                | "redis"
                | "rediss"
                | "amqp"
                | "amqps"
                | "mongodb"
        ) {
            return None;
        }
        let rest = rest.split(['?', '#']).next()?;
        // A password may have any of the signs in it that separate the others.
        let (account, rest) =
            rest.rsplit_once('@').map_or((None, rest), |(account, rest)| (Some(account), rest));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let account = account.map(|account| account.split_once(':').unwrap_or((account, "")));
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let host = hosts.split(',').next()?.split(':').next()?;
        Some(Self {
            scheme,
            user: account.and_then(|(user, _)| given(user)),
            password: account.and_then(|(_, password)| given(password)),
            host: host.to_owned(),
            name: path.split('/').next().and_then(given),
        })
    }
}

/// Whether a text is known although variables stand in the file.
pub(crate) fn is_known(text: &str) -> bool {
    !text.contains(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::Connection;

    #[test]
    fn addresses_are_taken_apart() {
        let found = Connection::read("postgresql+asyncpg://app:${P:?set P@x/y}@db:5432/shop?ssl=1").unwrap();
        assert_eq!((found.scheme.as_str(), found.host.as_str()), ("postgresql", "db"));
        assert_eq!(
            (found.user.as_deref(), found.password.as_deref(), found.name.as_deref()),
            (Some("app"), Some("\0"), Some("shop"))
        );
        assert_eq!(Connection::read("redis://:a/b@c@cache:1").unwrap().host, "cache");
        assert_eq!(Connection::read("redis://cache").unwrap().host, "cache");
        assert_eq!(Connection::read("https://example.com"), None);
    }
}
