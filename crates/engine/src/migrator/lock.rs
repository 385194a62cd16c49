//! The lock around migrations: an advisory one of the session, so that it ends with whoever holds it (postgresql.org,
//! "Advisory Locks").

use super::books::{Book, State};
use crate::driver::Progress;
use crate::error::DriverError;
use host::clock::{Clock, SystemClock};
use host::identity;
use model::Secret;
use model::event::FailureKind;
use postgres::{Client, Config, NoTls};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Longest wait for someone else's migration.
const PATIENCE: Duration = Duration::from_secs(30);

/// A held lock. It is given back when this is dropped.
pub(super) struct Lock {
    client: Client,
}

/// How the database of a URL is reached; `None` when it is no PostgreSQL or must be spoken to encrypted. Parameters of
/// other clients (`schema`, `connection_limit`) and drivers in the scheme (`postgresql+psycopg`) are left out.
pub(super) fn config(url: &Secret) -> Option<Config> {
    let (scheme, rest) = url.expose().split_once("://")?;
    let family = scheme.split('+').next()?;
    if !matches!(family, "postgres" | "postgresql") {
        return None;
    }
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    if ["require", "verify-ca", "verify-full"].iter().any(|mode| query.contains(&format!("sslmode={mode}"))) {
        return None;
    }
    let mut config: Config = format!("postgresql://{address}").parse().ok()?;
    let me = identity::owner();
    let name = format!("mainstay {}@{} pid {}", me.user, me.host, me.pid);
    let name: String = name.chars().take(63).collect();
    config.application_name(&name).connect_timeout(Duration::from_secs(10));
    Some(config)
}

/// The key: the first bytes of a digest, so that it is not one that an application would choose.
fn key(config: &Config) -> i64 {
    let mut hash = Sha256::new();
    hash.update("mainstay migration lock\n");
    hash.update(config.get_dbname().unwrap_or_default());
    let digest = hash.finalize();
    i64::from_be_bytes(std::array::from_fn(|at| digest[at]))
}

impl Lock {
    /// Takes the lock, waiting for a while.
    ///
    /// # Errors
    /// When the database cannot be reached, or someone else holds the lock all the time; says who.
    pub(super) fn take(config: Config, progress: &mut dyn Progress) -> Result<Self, DriverError> {
        let key = key(&config);
        let mut client =
            config.connect(NoTls).map_err(|error| failed("the database cannot be reached", &error))?;
        let clock = SystemClock;
        let began = clock.monotonic();
        let mut told = false;
        loop {
            let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&key]);
            if row
                .and_then(|row| row.try_get(0))
                .map_err(|error| failed("the lock cannot be taken", &error))?
            {
                return Ok(Self { client });
            }
            let holder = holder(&mut client, key);
            if !told {
                progress.line(&format!("waiting for the migration lock, which is held by {holder}"));
                told = true;
            }
            if progress.cancelled() {
                return Err(DriverError::cancelled());
            }
            if clock.monotonic().saturating_sub(began) > PATIENCE {
                let message =
                    format!("another migration of this database has been running all the time, by {holder}");
                return Err(DriverError::new(FailureKind::Migration, message).advise(
                    "wait for it and deploy again; if it hangs, end its session with `SELECT pg_terminate_backend(PID)`",
                ));
            }
            clock.sleep(Duration::from_millis(200));
        }
    }

    /// What a book says now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(&mut self, book: Option<Book>) -> Result<State, DriverError> {
        match book {
            Some(book) => book
                .read(&mut self.client)
                .map_err(|error| failed("the applied migrations cannot be read", &error)),
            None => Ok(State::default()),
        }
    }
}

/// Who holds the lock, in words (pg_locks: a key of 64 bits stands in two columns).
fn holder(client: &mut Client, key: i64) -> String {
    let row = client.query_opt(
        "SELECT coalesce(nullif(a.application_name, ''), 'a session'), l.pid,
                coalesce(extract(epoch FROM now() - a.backend_start)::bigint, 0)
         FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND (l.classid::bigint << 32) | l.objid::bigint = $1 LIMIT 1",
        &[&key],
    );
    match row {
        Ok(Some(row)) => {
            match (row.try_get::<_, String>(0), row.try_get::<_, i32>(1), row.try_get::<_, i64>(2)) {
                (Ok(name), Ok(pid), Ok(since)) => format!("{name} (session {pid} for {since} s)"),
                _ => "another session".into(),
            }
        }
        Ok(None) | Err(_) => "another session".into(),
    }
}

fn failed(what: &str, error: &postgres::Error) -> DriverError {
    let reason = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    DriverError::new(FailureKind::Migration, format!("{what}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_other_clients_are_understood() {
        for url in [
            "postgresql://a:b%40c@127.0.0.1:5433/d?schema=public&connection_limit=1",
            "postgresql+psycopg://a:b%40c@127.0.0.1:5433/d",
            "postgres://a:b%40c@127.0.0.1:5433/d?sslmode=prefer",
        ] {
            let config = config(&Secret::new(url)).unwrap();
            assert_eq!((config.get_dbname(), config.get_ports()), (Some("d"), &[5433][..]), "{url}");
            assert_eq!(config.get_password(), Some(&b"b@c"[..]));
        }
        for url in ["mysql://a@b/c", "file:dev.db", "postgres://a@b/c?sslmode=require", ""] {
            assert!(config(&Secret::new(url)).is_none(), "{url}");
        }
    }
}
