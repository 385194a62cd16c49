//! Active health checks with rise and fall.

use crate::cell::MemberCell;
use crate::core::Core;
use crate::log::{Log, say};
use crate::table::Snapshot;
use model::routing::HealthCheck;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::{AbortHandle, spawn_local};

/// The running checks, by member.
#[derive(Default)]
pub(crate) struct Checks(HashMap<u64, (HealthCheck, AbortHandle)>);

impl Checks {
    /// Checks the members of this snapshot and no others.
    pub(crate) fn follow(&mut self, snapshot: &Snapshot, core: &Rc<Core>) {
        let mut wanted = HashMap::new();
        for pool in &snapshot.pools {
            if let Some(check) = &pool.health {
                wanted
                    .extend(pool.members.iter().filter(|m| m.active).map(|m| (m.cell.uid, (check, &m.cell))));
            }
        }
        self.0.retain(|uid, (check, task)| {
            let keep = wanted.get(uid).is_some_and(|(c, _)| *c == check);
            if !keep {
                task.abort();
            }
            keep
        });
        for (uid, (check, cell)) in wanted {
            self.0.entry(uid).or_insert_with(|| {
                let task = spawn_local(watch(check.clone(), Arc::clone(cell), core.log.clone()));
                (check.clone(), task.abort_handle())
            });
        }
    }

    pub(crate) fn stop(&mut self) {
        self.0.drain().for_each(|(_, (_, task))| task.abort());
    }
}

async fn watch(check: HealthCheck, cell: Arc<MemberCell>, log: Log) {
    let (mut good, mut bad) = (0u16, 0u16);
    loop {
        tokio::time::sleep(check.interval.duration().max(std::time::Duration::from_millis(10))).await;
        let probe = probe(&check, &cell);
        let result = match tokio::time::timeout(check.timeout.duration(), probe).await {
            Ok(result) => result,
            Err(_) => Err(format!("no answer within {}", check.timeout)),
        };
        match result {
            Ok(()) => {
                (good, bad) = (good.saturating_add(1), 0);
                if good >= check.rise.max(1) && !cell.is_healthy() {
                    cell.set_healthy(true);
                    say!(log, "{} of {} is healthy again", cell.instance, cell.scope);
                }
            }
            Err(why) => {
                (good, bad) = (0, bad.saturating_add(1));
                let why = format!("health check: {why}");
                cell.failed(&why);
                if bad >= check.fall.max(1) && cell.is_healthy() {
                    cell.set_healthy(false);
                    say!(log, "{} of {} is unhealthy: {why}", cell.instance, cell.scope);
                }
            }
        }
    }
}

/// One check on a connection of its own.
async fn probe(check: &HealthCheck, cell: &MemberCell) -> Result<(), String> {
    let words = |e: std::io::Error| e.to_string();
    let mut io = cell.connect().await.map_err(words)?;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: mainstay-health\r\nConnection: close\r\n\r\n",
        check.path, cell.address
    );
    io.write_all(request.as_bytes()).await.map_err(words)?;
    let mut line = Vec::with_capacity(64);
    while line.len() < 13 {
        if io.read_buf(&mut line).await.map_err(words)? == 0 {
            return Err("it closed the connection without an answer".into());
        }
    }
    let status = line.starts_with(b"HTTP/1.").then(|| line.get(9..12)).flatten();
    let status = status.and_then(|s| std::str::from_utf8(s).ok()).and_then(|s| s.parse::<u16>().ok());
    match status {
        Some(status) if check.accepts(status) => Ok(()),
        Some(status) => Err(format!("it answered {status}")),
        None => Err("it does not speak HTTP".into()),
    }
}
