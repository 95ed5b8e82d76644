//! Waiting for others without being in their way: what CREATE INDEX CONCURRENTLY does between its steps.

use crate::locks::{Limits, LockMode, LockTag, Locks, Owner, Tag, Waiting};
use crate::{Csn, Transaction};
use error::Result;
use os::Reason;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Nobody tells those who wait this way: they look so often.
const LOOK_EVERY: Duration = Duration::from_millis(10);

impl Locks {
    /// Looks until `done`, or until the limits' check fails.
    fn look_until(
        &self,
        owner: &Arc<Owner>,
        waiting: Waiting,
        limits: Limits<'_>,
        done: impl Fn() -> bool,
    ) -> Result<()> {
        if done() {
            return Ok(());
        }
        self.note_waiting(owner, waiting);
        let result = os::blocking(Reason::Lock, || {
            while !done() {
                (limits.check)()?;
                limits.slot.wait_until(Some(Instant::now() + LOOK_EVERY));
            }
            Ok(())
        });
        self.note_going_on(owner);
        result
    }
}

impl Transaction {
    /// Waits until all those have ended who hold a lock now in a mode that conflicts with this one; others may take it
    /// meanwhile. What the limits' check fails with.
    pub fn wait_for_holders(&self, tag: LockTag, mode: LockMode, limits: Limits<'_>) -> Result<()> {
        let locks = &self.storage.locks;
        let waiting = Waiting::Holders(Tag::Outer(tag), mode.into());
        let numbers = |waiting| -> Vec<u64> {
            locks.blockers(&self.owner, waiting).iter().map(|holder| holder.number).collect()
        };
        let first = numbers(&waiting);
        locks.look_until(&self.owner, waiting.clone(), limits, || {
            let now = numbers(&waiting);
            !first.iter().any(|number| now.contains(number))
        })
    }

    /// Waits until no snapshot is older than a commit. What the limits' check fails with.
    pub fn wait_for_snapshots(&self, csn: Csn, limits: Limits<'_>) -> Result<()> {
        let storage = &self.storage;
        let waiting = Waiting::Safety(storage.table.processes_before(csn));
        storage
            .locks
            .look_until(&self.owner, waiting, limits, || storage.table.oldest_snapshot() >= csn.0)
    }
}
