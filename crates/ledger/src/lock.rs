//! One lock a scope, with an owner and an expiry.
//!
//! Who is at fault decides: on one machine and boot, whether the owner's process lives is known, and only that counts.
//! A clock that jumps can then neither free a live lock nor keep a dead one. For an owner on another machine only the expiry is known.

use crate::error::{Fault, LedgerError};
use crate::store::Ledger;
use model::event::Owner;
use model::id::Scope;
use model::unit::{Millis, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// Who has a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub owner: Owner,
    /// Since when.
    pub since: Timestamp,
    /// When it ends unless it is renewed.
    pub expires: Timestamp,
}

/// A lock that is held. Dropping it gives it back.
#[derive(Debug)]
pub struct Guard {
    ledger: Ledger,
    scope: Scope,
    token: i64,
    ttl: Millis,
    after: Option<Holder>,
}

/// What becomes of a lock that someone else asks for.
enum Verdict {
    Free,
    Held,
    /// The owner's clock and ours disagree; its time is counted anew from now.
    Rebase,
}

impl Ledger {
    /// Takes the lock of a scope for `owner` (the caller) until `now + ttl`. `is_alive` is asked about owners on this machine and boot only.
    ///
    /// # Errors
    /// [`LedgerError::Held`] when someone else has it.
    pub fn lock(
        &self,
        scope: &Scope,
        owner: &Owner,
        ttl: Millis,
        now: Timestamp,
        is_alive: &dyn Fn(&Owner) -> bool,
    ) -> Result<Guard, LedgerError> {
        let taken = self.write(|transaction| {
            let before = holder(transaction, scope)?;
            if let Some(holder) = &before {
                match judge(holder, owner, now, is_alive) {
                    Verdict::Free => {}
                    Verdict::Held => return Ok(Err(holder.clone())),
                    Verdict::Rebase => {
                        let rebased =
                            Holder { since: now, expires: later(now, ttl), owner: holder.owner.clone() };
                        transaction.execute(
                            "UPDATE locks SET since = ?, expires = ? WHERE scope = ?",
                            params![rebased.since.0, rebased.expires.0, scope.to_string()],
                        )?;
                        return Ok(Err(rebased));
                    }
                }
            }
            transaction.execute(
                "INSERT OR REPLACE INTO locks (scope, owner, since, expires) VALUES (?, ?, ?, ?)",
                params![scope.to_string(), json(owner)?, now.0, later(now, ttl).0],
            )?;
            Ok(Ok((transaction.last_insert_rowid(), before)))
        })?;
        match taken {
            Ok((token, after)) => Ok(Guard { ledger: self.clone(), scope: scope.clone(), token, ttl, after }),
            Err(Holder { owner, since, expires }) => {
                Err(LedgerError::Held { scope: scope.clone(), owner: Box::new(owner), since, expires })
            }
        }
    }

    /// Who has the lock of a scope. The owner may be dead; only [`Ledger::lock`] finds out.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be read.
    pub fn lock_holder(&self, scope: &Scope) -> Result<Option<Holder>, LedgerError> {
        self.read(|transaction| holder(transaction, scope))
    }
}

impl Guard {
    /// The scope that is locked.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The dead or expired holder that the lock was taken from.
    pub const fn taken_from(&self) -> Option<&Holder> {
        self.after.as_ref()
    }

    /// Holds it until `now` plus the time it was first taken for, or most of that: while more than half is left nothing
    /// is written, for a write waits for the disk.
    ///
    /// # Errors
    /// [`LedgerError::Lost`] when someone else has taken it meanwhile.
    pub fn renew(&self, now: Timestamp) -> Result<(), LedgerError> {
        let lost = || Fault::from(LedgerError::Lost { scope: self.scope.clone() });
        let (since, expires): (i64, i64) = self.ledger.read(|transaction| {
            let row = transaction
                .prepare_cached("SELECT since, expires FROM locks WHERE token = ?")?
                .query_row([self.token], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            row.ok_or_else(lost)
        })?;
        let half = Millis(self.ttl.0 / 2);
        if since <= now.0 && later(now, half).0 <= expires {
            return Ok(());
        }
        self.ledger.write(|transaction| {
            // When the clock went back, `since` follows, so that others go on seeing a lock that began in the past.
            let changed = transaction.execute(
                "UPDATE locks SET expires = ?, since = min(since, ?) WHERE token = ?",
                params![later(now, self.ttl).0, now.0, self.token],
            )?;
            if changed == 0 { Err(lost()) } else { Ok(()) }
        })
    }

    /// Gives it back. Dropping does the same without telling of an error.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be written.
    pub fn release(self) -> Result<(), LedgerError> {
        self.give_back()
    }

    fn give_back(&self) -> Result<(), LedgerError> {
        self.ledger.write(|transaction| {
            transaction.execute("DELETE FROM locks WHERE token = ?", [self.token])?;
            Ok(())
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Nobody is left to tell: when it fails, the next one finds that the owner is dead.
        let _ = self.give_back();
    }
}

fn judge(holder: &Holder, asking: &Owner, now: Timestamp, is_alive: &dyn Fn(&Owner) -> bool) -> Verdict {
    let same_host = holder.owner.host == asking.host;
    let same_boot = holder.owner.boot == asking.boot;
    match (same_host, same_boot) {
        (true, true) if is_alive(&holder.owner) => Verdict::Held,
        // Its process is gone, or the machine was started anew since.
        (true, true | false) => Verdict::Free,
        (false, _) if now >= holder.expires => Verdict::Free,
        (false, _) if now < holder.since => Verdict::Rebase,
        (false, _) => Verdict::Held,
    }
}

fn holder(transaction: &Transaction<'_>, scope: &Scope) -> Result<Option<Holder>, Fault> {
    let row: Option<(String, i64, i64)> = transaction
        .query_row("SELECT owner, since, expires FROM locks WHERE scope = ?", [scope.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((owner, since, expires)) = row else { return Ok(None) };
    // An owner that cannot be read was written by a newer version, which may well be alive.
    let owner = serde_json::from_str(&owner).map_err(|error| Fault::Row {
        seq: 0,
        reason: format!("the owner of {scope}'s lock cannot be read: {error}"),
    })?;
    Ok(Some(Holder { owner, since: Timestamp(since), expires: Timestamp(expires) }))
}

fn json(owner: &Owner) -> Result<String, Fault> {
    serde_json::to_string(owner).map_err(|error| Fault::Row { seq: 0, reason: error.to_string() })
}

fn later(now: Timestamp, ttl: Millis) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(ttl.0).unwrap_or(i64::MAX)))
}
