//! Snapshots: which versions a statement sees.

use crate::ssi::Serial;
use crate::table::{Holder, Slot, Table, Taken};
use crate::{Csn, Lsn, RelationId, RowAddress, Version, Xid};
use error::{Error, Result, SqlState};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a statement sees: all that was committed when it was taken, and what its own transaction did
/// before the command. It keeps the versions it needs for as long as it (or a clone) lives, unless that takes more log
/// than [`crate::Transaction::set_snapshot_log_max`] lets it: then it is given up, and reading by it fails.
#[derive(Debug, Clone)]
pub struct Snapshot {
    taken: Taken,
    own: Xid,
    /// Changes of the own transaction up to here are seen.
    own_through: Lsn,
    lease: Arc<Lease>,
    /// The serialisable transaction that reads by it.
    serial: Option<Arc<Serial>>,
    /// The newest commit that any snapshot of the transaction looked up.
    seen: Arc<AtomicU64>,
}

/// A registered snapshot; gone with the last clone.
#[derive(Debug)]
struct Lease {
    table: Arc<Table>,
    slot: Option<Arc<Slot>>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.table.free_slot(slot);
        }
    }
}

impl Snapshot {
    pub(crate) fn take(table: &Arc<Table>, seen: &Arc<AtomicU64>, holder: Holder) -> Self {
        let slot = table.slot();
        let taken = table.take(&slot, holder);
        let lease = Arc::new(Lease { table: Arc::clone(table), slot: Some(slot) });
        Self {
            taken,
            own: Xid::NONE,
            own_through: Lsn(0),
            lease,
            serial: None,
            seen: Arc::clone(seen),
        }
    }

    /// The same, seeing a transaction's own changes up to an LSN.
    pub(crate) fn with_own(&self, own: Xid, own_through: Lsn) -> Self {
        Self { own, own_through, ..self.clone() }
    }

    /// The same, for a serialisable transaction: what is read by it counts.
    pub(crate) fn checked_by(&self, serial: &Arc<Serial>) -> Self {
        Self { serial: Some(Arc::clone(serial)), ..self.clone() }
    }

    /// Whether what is read by it counts.
    #[inline]
    pub(crate) fn is_checked(&self) -> bool {
        self.serial.as_ref().is_some_and(|serial| !serial.is_safe())
    }

    /// Whose own versions it sees, unless all versions that it does not see have to be looked at: each of their writers counts.
    pub(crate) fn skips_of(&self) -> Option<Xid> {
        (!self.is_checked()).then_some(self.own)
    }

    /// Notes that a serialisable transaction reads a heap as a whole, before it does. 40001.
    #[inline]
    pub(crate) fn reads_heap(&self, heap: RelationId) -> Result<()> {
        self.serial.as_ref().map_or(Ok(()), |serial| serial.read_heap(heap))
    }

    /// The same of a row.
    #[inline]
    pub(crate) fn reads_row(&self, heap: RelationId, row: RowAddress) -> Result<()> {
        self.serial.as_ref().map_or(Ok(()), |serial| serial.read_row(heap, row))
    }

    /// The same of a range of an index's keys.
    #[inline]
    pub(crate) fn reads_range(
        &self,
        index: RelationId,
        range: impl FnOnce() -> (Bound<Vec<u8>>, Bound<Vec<u8>>),
    ) -> Result<()> {
        let Some(serial) = &self.serial else { return Ok(()) };
        let (lower, upper) = range();
        let (lower, upper) = (lower.as_ref().map(Vec::as_slice), upper.as_ref().map(Vec::as_slice));
        serial.read_range(index, lower, upper)
    }

    /// What a read by it found, if that can be relied on: 72000 where the snapshot was given up meanwhile. What was read
    /// becomes dependencies of a serialisable transaction: 40001. Under no latch.
    #[inline]
    pub(crate) fn end_read<T>(&self, found: Result<T>) -> Result<T> {
        self.check()?;
        let found = found?;
        self.settle()?;
        Ok(found)
    }

    /// 72000 if it was given up: what was read by it may be wrong, or gone.
    #[inline]
    pub fn check(&self) -> Result<()> {
        match &self.lease.slot {
            Some(slot) if slot.is_given_up() => Err(too_old(slot.log_bytes_max())),
            Some(_) | None => Ok(()),
        }
    }

    /// What was read becomes dependencies of a serialisable transaction; under no latch. 40001.
    #[inline]
    fn settle(&self) -> Result<()> {
        self.serial.as_ref().map_or(Ok(()), |serial| serial.settle())
    }

    fn skip(&self, xid: Xid) -> bool {
        if let Some(serial) = &self.serial {
            serial.skip(xid);
        }
        false
    }

    /// The newest commit that it sees.
    pub fn csn(&self) -> Csn {
        self.taken.csn
    }

    /// The first transaction id that was not given yet when it was taken.
    pub fn xmax(&self) -> Xid {
        self.taken.xmax
    }

    /// The transactions that had an id and had not ended when it was taken, in order.
    pub fn running(&self) -> Vec<Xid> {
        let may_run = self.taken.visible_below.0..self.taken.xmax.0;
        may_run.map(Xid).filter(|xid| self.lease.table.ran_at(*xid, self.taken.csn)).collect()
    }

    /// Whether all that is stamped with this id or lower ones is visible.
    #[inline]
    pub(crate) fn sees_all(&self, stamp: u64) -> bool {
        stamp < self.taken.visible_below.0
    }

    /// Whether it sees a version.
    #[inline]
    pub(crate) fn sees(&self, xid: Xid, version: Version) -> bool {
        if xid == self.own && xid != Xid::NONE {
            return version.0 <= self.own_through.0;
        }
        if xid < self.taken.visible_below {
            return true;
        }
        if xid >= self.taken.xmax {
            return self.skip(xid);
        }
        match self.lease.table.commit_of(xid) {
            Err(true) => true,
            Err(false) => self.skip(xid),
            Ok(commit) if commit.csn <= self.taken.csn => {
                if commit.lasting {
                    self.seen.fetch_max(commit.csn.0, Ordering::Relaxed);
                }
                true
            }
            Ok(_) => self.skip(xid),
        }
    }
}

#[cold]
fn too_old(log_bytes_max: u64) -> Error {
    let text = "snapshot too old";
    Error::new(SqlState::SNAPSHOT_TOO_OLD, text)
        .detail(format!(
            "The snapshot kept more than {} MB of write-ahead log that nothing else needed.",
            log_bytes_max >> 20
        ))
        .hint("Keep transactions short, or increase \"max_snapshot_wal_keep_size\".")
}
