//! `compose/unreachable-host`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::{Service, Stack, is_known};
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/unreachable-host",
        demands: "The address of a datastore names a service: inside of a container `localhost` is the container itself.",
        advice: "write the name of the service as the host, as `postgres://user@db:5432/name`",
        severity: Severity::Error,
    },
    check,
};

/// Variables that hold nothing but the host of a datastore.
const HOSTS: [&str; 12] = [
    "DATABASE_HOST",
    "DB_HOST",
    "MONGO_HOST",
    "MONGODB_HOST",
    "MYSQL_HOST",
    "PGHOST",
    "PG_HOST",
    "POSTGRES_HOST",
    "POSTGRES_SERVER",
    "RABBITMQ_HOST",
    "REDIS_HOST",
    "WORDPRESS_DB_HOST",
];

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in
        stack.services().filter(|service| service.get("network_mode").is_none() && service.store().is_none())
    {
        let addresses =
            service.connections().into_iter().map(|(variable, connection)| (variable, connection.host));
        let hosts = service.environment().into_iter().filter_map(|variable| {
            let host = crate::expansion::defaults(variable.value.filter(|_| HOSTS.contains(&variable.name))?);
            Some((variable, host.split(':').next().unwrap_or_default().to_owned()))
        });
        for (variable, host) in addresses.chain(hosts) {
            let Some(message) = wrong(stack, service, &host) else { continue };
            let severity = if service.is_built() { Severity::Error } else { Severity::Warning };
            remarks.push(
                Remark::new(stack.place(variable.line), format!("{message}, in `{}`", variable.name))
                    .as_bad_as(severity),
            );
        }
    }
    remarks
}

fn wrong(stack: &Stack, service: Service<'_>, host: &str) -> Option<String> {
    if host.is_empty() || !is_known(host) || stack.host(host).is_some() {
        return None;
    }
    if matches!(host, "localhost" | "127.0.0.1" | "::1" | "0.0.0.0") {
        return Some(format!("`{host}` is `{}` itself", service.name()));
    }
    let linked = ["links", "external_links", "extra_hosts"].iter().any(|key| {
        service.get(key).is_some_and(|_| service.texts(key).iter().any(|(text, _)| text.contains(host)))
            || service.get(key).is_some_and(|hosts| hosts.get(host).is_some())
    });
    let elsewhere = host.contains('.') || linked || stack.open || stack.has_neighbours() || stack.swarm;
    if elsewhere {
        return None;
    }
    Some(format!("no service is `{host}`{}", stack.nearly(host)))
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
                "services:\n  web:\n    image: app:1\n    environment:\n      DATABASE_URL: postgres://a@db:5432/x\n      REDIS_URL: redis://cache.example.com\n      DB_HOST: ${H:-db}\n      X: ${Y}\n  db:\n    image: postgres:17\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            (
                "services:\n  a:\n    build: .\n    environment:\n      DATABASE_URL: postgres://a@localhost:5432/x\n",
                &[5][..],
            ),
            ("services:\n  a:\n    build: .\n    environment:\n      - REDIS_HOST=127.0.0.1\n", &[5][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  a:\n    build: .\n    environment:\n      DATABASE_URL: postgres://a@db/x\n      REDIS_URL: redis://redsi:6379\n  db:\n    image: postgres:17\n  redis:\n    image: redis:7\n"
            ),
            [6]
        );
    }
}
