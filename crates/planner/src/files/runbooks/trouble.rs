//! Incidents and troubleshooting.

use super::{client, commands, database, migrating, statements};
use crate::files::Blueprint;
use crate::files::blueprint::{Store, Unit};
use crate::files::compose;
use model::facts::DatastoreKind;

pub(super) fn incident(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::from(
        "1. **Detect.** Write down the time and what people see. One person leads, one writes.\n2. **Assess.** Who is affected, since when, what changed?\n",
    );
    out.push_str(&commands(["mainstay status", "mainstay releases", "mainstay doctor"]));
    out.push_str("3. **Mitigate** before you understand. If it began with a release:\n");
    out.push_str(&commands(["mainstay rollback"]));
    out.push_str("   If a part is down, see [troubleshooting](troubleshooting.md). Keep what is needed to understand it later:\n");
    let saved = blueprint
        .units
        .iter()
        .map(|unit| format!("mainstay logs --all --lines 5000 {0} > incident-{0}.log", unit.name));
    out.push_str(&commands(saved));
    out.push_str(
        "4. **Resolve.** The cause is mended, deployed and watched for ten minutes. Tell people.\n\
         5. **Review** within a week, without blame: timeline, impact in requests and people, cause, what helped, what did not, and at \
         most three changes with a name and a date each.\n\n",
    );
    let asked: String = blueprint
        .units
        .iter()
        .filter_map(|unit| {
            let (path, port) = (unit.health()?, unit.port?);
            Some(format!("- {0}: `http://{0}:{port}{path}` among the containers\n", unit.name))
        })
        .collect();
    if !asked.is_empty() {
        out.push_str("Health endpoints to look at:\n\n");
        out.push_str(&asked);
    }
    out
}

pub(super) fn shooting(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::new();
    for unit in &blueprint.units {
        out.push_str(&start(unit));
    }
    for store in blueprint.stores.iter().filter(|store| store.image.is_some()) {
        out.push_str(&connection(blueprint, store));
    }
    if let Some(store) = database(blueprint).filter(|store| store.about.kind == DatastoreKind::Postgres) {
        out.push_str(&pool(store));
    }
    out.push_str(&ports(blueprint));
    out.push_str(&disk());
    if let Some(unit) = migrating(blueprint).next() {
        out.push_str(&format!(
            "## A migration failed\n\nThe release before still serves. Read what {} said, then [migrate](migrate.md).\n",
            unit.name
        ));
        out.push_str(&commands(["mainstay releases", "mainstay status"]));
    }
    out
}

fn start(unit: &Unit<'_>) -> String {
    let mut out = format!("## {} does not start\n", unit.name);
    out.push_str(&commands([
        format!("mainstay logs --lines 100 {}", unit.name),
        format!("docker-compose logs --tail=100 {}", unit.name),
        format!("docker-compose ps {}", unit.name),
    ]));
    out.push_str("- A setting is missing or wrong: `mainstay env check`.\n");
    if !unit.service.uses.is_empty() {
        let uses: Vec<&str> = unit.service.uses.iter().map(|name| name.as_str()).collect();
        out.push_str(&format!("- It depends on {}: see below.\n", uses.join(", ")));
    }
    if let (Some(path), Some(port)) = (unit.health(), unit.port) {
        out.push_str(&format!(
            "- It starts and is not healthy: `{path}` on port {port} has to answer with 200. Its body says which part is missing.\n"
        ));
    }
    out.push_str(
        "- Killed for want of memory (exit code 137): raise `memory` of the service in mainstay.toml.\n\n",
    );
    out
}

fn connection(blueprint: &Blueprint<'_>, store: &Store<'_>) -> String {
    let users: Vec<&str> = blueprint
        .units
        .iter()
        .filter(|unit| unit.service.uses.contains(store.name))
        .map(|unit| unit.name.as_str())
        .collect();
    let users = if users.is_empty() { String::new() } else { format!("Used by {}. ", users.join(", ")) };
    let mut out = format!(
        "## No connection to {}\n\n{users}Does it run, does it answer, with which account?\n",
        store.name
    );
    let ask = match store.about.kind {
        DatastoreKind::Postgres | DatastoreKind::MySql | DatastoreKind::MariaDb => Some(client(store)),
        // As its health is asked for, with the password that its container has.
        _ => compose::store::health_line(store).map(|line| {
            format!("docker-compose exec {} sh -c '{}'", store.name, line.replace('\'', "'\\''"))
        }),
    };
    let looks = [
        format!("docker-compose ps {}", store.name),
        format!("docker-compose logs --tail=50 {}", store.name),
    ];
    out.push_str(&commands(looks.into_iter().chain(ask)));
    out.push_str(&format!(
        "Services reach it as `{}:{}` on the network `data`. A refused password means that the secret and the server differ: the server \
         takes its password only when its volume is new ([rotate](rotate-a-secret.md)).\n\n",
        store.name, store.port
    ));
    out
}

fn pool(store: &Store<'_>) -> String {
    let mut out = String::from(
        "## The connection pool is exhausted\n\nWho holds connections, and what do they wait for?\n",
    );
    out.push_str(&commands([client(store)]));
    out.push_str(&statements([
        "SELECT application_name, state, count(*), max(now() - state_change) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC;",
        "SELECT pid, now() - query_start AS age, left(query, 80) FROM pg_stat_activity WHERE state <> 'idle' ORDER BY age DESC LIMIT 10;",
    ]));
    out.push_str(
        "`idle in transaction` is a transaction that the code forgot to end: the release that brought it is the one to roll back. \
         Instances times pool size must stay below `max_connections`, with room for two releases at once during a deploy. One that \
         blocks all: `SELECT pg_terminate_backend(PID);`\n\n",
    );
    out
}

fn ports(blueprint: &Blueprint<'_>) -> String {
    let mut out = String::from("## A port is taken\n\n`mainstay doctor` names who has it. By hand:\n");
    let mut ports: Vec<u16> = blueprint
        .units
        .iter()
        .filter_map(|unit| unit.service.port.as_ref().map(|port| port.number.0))
        .collect();
    ports.extend([80, 443]);
    ports.sort_unstable();
    ports.dedup();
    out.push_str(&commands(ports.iter().map(|port| format!("ss -ltnp 'sport = :{port}'"))));
    out.push_str("Mainstay takes another port by itself for what is not the public entry.");
    if compose::has_entry(blueprint) {
        out.push_str(" Compose publishes the entry only: `HTTP_PORT` and `HTTPS_PORT` in `.env` say where.");
    }
    out.push_str("\n\n");
    out
}

fn disk() -> String {
    let mut out = String::from("## The disk is full\n");
    out.push_str(&commands(["df -h", "df -i", "docker system df", "du -xhd1 /var | sort -h | tail"]));
    out.push_str("Safe to remove: images and build cache that nothing uses.\n");
    out.push_str(&commands(["docker image prune", "docker builder prune --keep-storage 5GB"]));
    out.push_str(
        "Never `docker system prune --volumes`: volumes hold the data. A database that stopped for want of room starts again by \
         itself when there is some.\n\n",
    );
    out
}
