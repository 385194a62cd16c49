//! Routes that follow instances: where an orchestrator decides where an instance runs, a routing table says which instances
//! take which share, and their addresses are looked up when it is put in force, and again whenever they have moved.
//!
//! The table without addresses is kept in a file of the scope. Whoever publishes holds the file's lock meanwhile, so that a
//! deploy and the follower never put an older table over a newer one.

use crate::driver::{Runtime, Traffic};
use crate::error::DriverError;
use host::clock::Clock;
use host::files::{self, FileLock};
use host::paths::Home;
use model::event::FailureKind;
use model::id::{InstanceId, Scope};
use model::instance::Reach;
use model::routing::RoutingTable;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Between two looks at where instances are. A lost machine is noticed by an orchestrator after several seconds; until then
/// the proxy's own checks keep requests away from it.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest wait for whoever publishes at the moment.
const PATIENCE: Duration = Duration::from_secs(20);

/// The routes of a scope.
#[derive(Debug, Clone, Copy)]
pub struct Following<'a> {
    /// Where Mainstay keeps its things.
    pub home: &'a Home,
    /// Whose routes.
    pub scope: &'a Scope,
}

impl Following<'_> {
    /// Puts a table in force, its members at the addresses where they are now, and lets it be followed from here on.
    ///
    /// # Errors
    /// When it cannot be kept, or is refused.
    pub fn put(
        &self,
        table: &RoutingTable,
        runtime: &dyn Runtime,
        traffic: &dyn Traffic,
    ) -> Result<(), DriverError> {
        let _held = self.hold()?;
        let text = serde_json::to_string(table).unwrap_or_default();
        files::write_atomic(&self.file(), text.as_bytes(), 0o600)?;
        traffic.replace(self.fill(table, runtime)?)
    }

    /// Whether there is something to follow.
    pub fn is_wanted(&self) -> bool {
        self.file().exists()
    }

    /// Follows no more.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn end(&self) -> Result<(), DriverError> {
        if !self.is_wanted() {
            return Ok(());
        }
        let _held = self.hold()?;
        Ok(files::remove_tree(&self.file())?)
    }

    /// Looks after the routes for as long as they are wanted. What cannot be done now is tried again; `say` is told why.
    pub fn keep(
        &self,
        runtime: &dyn Runtime,
        traffic: &dyn Traffic,
        clock: &dyn Clock,
        say: &mut dyn FnMut(&str),
    ) {
        let mut known = None;
        let mut trouble = None;
        loop {
            let looked = self.follow(&mut known, runtime, traffic);
            let error = looked.err().map(|error| error.to_string());
            if let Some(error) = error.as_ref().filter(|error| trouble.as_ref() != Some(*error)) {
                say(error);
            }
            trouble = error;
            clock.sleep(PAUSE);
        }
    }

    /// One look. `known` is what was put in force the last time.
    ///
    /// # Errors
    /// When it cannot be seen where instances are, or the table is refused.
    pub fn follow(
        &self,
        known: &mut Option<RoutingTable>,
        runtime: &dyn Runtime,
        traffic: &dyn Traffic,
    ) -> Result<(), DriverError> {
        let _held = self.hold()?;
        let Some(table) = self.read()? else {
            *known = None;
            return Ok(());
        };
        let filled = self.fill(&table, runtime)?;
        // Only what is in force is followed: a table that was never taken, or whose proxy is gone, is others' business.
        if known.as_ref() == Some(&filled) || traffic.state(self.scope)?.is_none() {
            return Ok(());
        }
        traffic.replace(filled.clone())?;
        *known = Some(filled);
        Ok(())
    }

    /// A table with its members where they are. One that is nowhere right now is left out: a request could only fail there.
    fn fill(&self, table: &RoutingTable, runtime: &dyn Runtime) -> Result<RoutingTable, DriverError> {
        let all = runtime.list(self.scope)?;
        let all = all.iter().filter_map(|status| Some((&status.spec.id, status.reach()?)));
        let reached: BTreeMap<&InstanceId, Reach> = all.collect();
        let mut table = table.clone();
        for pool in &mut table.pools {
            pool.members.retain_mut(|member| match reached.get(&member.instance) {
                Some(Reach { address, network }) => {
                    (member.address, member.network) = (*address, network.clone());
                    true
                }
                None => false,
            });
        }
        Ok(table)
    }

    fn read(&self) -> Result<Option<RoutingTable>, DriverError> {
        if !self.is_wanted() {
            return Ok(None);
        }
        let text = files::read_text(&self.file())?;
        // One that cannot be read was written by another Mainstay, which follows it itself.
        Ok(serde_json::from_str(&text).ok())
    }

    fn hold(&self) -> Result<FileLock, DriverError> {
        let folder = self.home.scope(self.scope);
        files::ensure_private_dir(&folder)?;
        files::lock(&folder.join("routes.lock"), PATIENCE)?.ok_or_else(|| {
            DriverError::new(
                FailureKind::Traffic,
                format!("the routes of {} are held by another process", self.scope),
            )
            .advise("run the command again")
        })
    }

    fn file(&self) -> PathBuf {
        self.home.scope(self.scope).join("routes.json")
    }
}
