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
            // A script of its own may make more users and databases, and some images have other variables.
            if server.mounts().iter().any(|mount| mount.target.starts_with("/docker-entrypoint-initdb.d"))
                || server.is_built()
                || server.known_image().contains("bitnami")
            {
                continue;
            }
            let test = ["TEST", "SHADOW"].iter().any(|word| variable.name.contains(word));
            let wrong = differences(server, &connection).into_iter();
            let wrong = wrong.filter(|(part, ..)| !(test && *part == Part::Database));
            remarks.extend(wrong.map(|(part, name, line)| {
                let (what, severity) = match part {
                    Part::User => ("user", Severity::Error),
                    Part::Password => ("password", Severity::Error),
                    // The program may make it itself.
                    Part::Database => ("database", Severity::Warning),
                };
                let message = format!(
                    "the {what} in `{}` is not that of `{name}` of `{}`",
                    variable.name,
                    server.name()
                );
                let remark = Remark::new(stack.place(variable.line), message);
                remark.with(stack.place(line)).as_bad_as(severity)
            }));
        }
    }
    remarks
}

/// What of an address is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    User,
    Password,
    Database,
}

/// What an address has otherwise than the server, with the server's variable and its line.
fn differences(server: Service<'_>, connection: &Connection) -> Vec<(Part, &'static str, u32)> {
    let [user, password, database] = match server.store() {
        Some(Store::Postgres) => ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"],
        Some(Store::MySql) if connection.user.as_deref() == Some("root") => ["", "MYSQL_ROOT_PASSWORD", ""],
        Some(Store::MySql) => ["MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE"],
        Some(
            Store::Mongo | Store::Redis | Store::Memcached | Store::Rabbit | Store::Search | Store::Bucket,
        )
        | None => return Vec::new(),
    };
    let plain = server.store() == Some(Store::Postgres) && is_unsaid(server, user);
    let default_user = plain.then(|| ("postgres".to_owned(), server.key.line));
    // The server always has a database of this name.
    let named = connection.name.as_ref().filter(|name| *name != "postgres");
    let parts = [
        (Part::User, user, connection.user.as_ref(), server.variable(user).or(default_user)),
        (Part::Password, password, connection.password.as_ref(), server.variable(password)),
        (Part::Database, database, named, server.variable(database)),
    ];
    let differ = parts.into_iter().filter_map(|(part, name, given, own)| {
        let (given, (own, line)) = given.zip(own)?;
        let known = is_known(given) && is_known(&own) && !own.is_empty();
        (known && *given != own).then_some((part, name, line))
    });
    differ.collect()
}

/// Whether nothing gives the server a variable.
fn is_unsaid(server: Service<'_>, name: &str) -> bool {
    let file = format!("{name}_FILE");
    let said = |known: &str| known == name || known == file;
    server.get("env_file").is_none() && !server.environment().iter().any(|variable| said(variable.name))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  a:\n    build: .\n    environment:\n      U: postgres://app:${P}@db/shop\n      V: postgres://postgres:x@plain/postgres\n  db:\n    image: postgres:17\n    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: \"${P}\", POSTGRES_DB: shop}\n  plain:\n    image: postgres:17\n    environment: {POSTGRES_PASSWORD: x}\n"
            ),
            [0; 0]
        );
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
