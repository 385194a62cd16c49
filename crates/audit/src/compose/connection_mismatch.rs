//! `compose/connection-mismatch`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::{Connection, Service, Stack, Store, is_known};
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/connection-mismatch",
        demands: "User, password and database of an address are those that the datastore of the stack is made with; else nobody gets in.",
        advice: "take both from the same variables",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services() {
        for (variable, connection) in service.connections() {
            let Some(server) = stack.host(&connection.host) else { continue };
            // A script of its own may make more users and databases.
            if server.mounts().iter().any(|mount| mount.target.starts_with("/docker-entrypoint-initdb.d"))
                || server.is_built()
            {
                continue;
            }
            let wrong = differences(server, &connection).into_iter();
            remarks.extend(wrong.map(|(what, name, line)| {
                let message = format!(
                    "the {what} in `{}` is not that of `{name}` of `{}`",
                    variable.name,
                    server.name()
                );
                Remark::new(stack.place(variable.line), message).with(stack.place(line))
            }));
        }
    }
    remarks
}

/// What an address has otherwise than the server, with the server's variable and its line.
fn differences(server: Service<'_>, connection: &Connection) -> Vec<(&'static str, &'static str, u32)> {
    let (user, password, database) = match server.store() {
        Some(Store::Postgres) => ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"),
        Some(Store::MySql) if connection.user.as_deref() == Some("root") => ("", "MYSQL_ROOT_PASSWORD", ""),
        Some(Store::MySql) => ("MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE"),
        Some(
            Store::Mongo | Store::Redis | Store::Memcached | Store::Rabbit | Store::Search | Store::Bucket,
        )
        | None => return Vec::new(),
    };
    let postgres = server.store() == Some(Store::Postgres);
    let unsaid = |name: &str| {
        server.environment().iter().all(|variable| variable.name != name)
            && server.get("env_file").is_none()
            && server.variable(&format!("{name}_FILE")).is_none()
    };
    let mut differ = Vec::new();
    let mut compare = |what, name: &'static str, given: Option<&String>, fallback: Option<String>| {
        let own = server.variable(name).or_else(|| Some((fallback?, server.key.line)));
        if let (Some(given), Some((own, line))) = (given, own)
            && is_known(given)
            && is_known(&own)
            && !own.is_empty()
            && *given != own
        {
            differ.push((what, name, line));
        }
    };
    let plain = postgres && unsaid(user);
    let default_user = plain.then(|| "postgres".to_owned());
    compare("user", user, connection.user.as_ref(), default_user.clone());
    compare("password", password, connection.password.as_ref(), None);
    let owner = server.variable(user).map(|(owner, _)| owner).or(default_user);
    // The server always has a database `postgres`.
    let named = connection.name.as_ref().filter(|name| !(postgres && *name == "postgres"));
    compare("database", database, named, owner.filter(|_| postgres && unsaid(database)));
    differ
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "services:\n  a:\n    build: .\n    environment:\n      U: postgres://app:${P}@db/shop\n      V: postgres://postgres:x@plain/postgres\n  db:\n    image: postgres:17\n    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: \"${P}\", POSTGRES_DB: shop}\n  plain:\n    image: postgres:17\n    environment: {POSTGRES_PASSWORD: x}\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            (
                "services:\n  a:\n    build: .\n    environment:\n      U: postgres://app@db/shop\n  db:\n    image: postgres:17\n    environment: {POSTGRES_USER: other, POSTGRES_DB: shop}\n",
                &[5][..],
            ),
            (
                "services:\n  a:\n    build: .\n    environment:\n      U: mysql://app:one1@db/shop\n  db:\n    image: mysql:8\n    environment: {MYSQL_USER: app, MYSQL_PASSWORD: two2, MYSQL_DATABASE: shop}\n",
                &[5][..],
            ),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  a:\n    build: .\n    environment:\n      U: postgres://app@db/shop\n      V: postgres://app@db/shoop\n  db:\n    image: postgres:17\n    environment: {POSTGRES_USER: app, POSTGRES_DB: shop}\n"
            ),
            [6]
        );
    }
}
