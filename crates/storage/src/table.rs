//! The table of transactions that some snapshot may not see: who is in no table is committed and visible to all.

use crate::checkpoint::Unfinished;
use crate::locks::Owner;
use crate::{Csn, Lsn, Version, Xid};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use os::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use os::sync::{Mutex, RwLock};
use std::sync::Arc;

const SHARD_COUNT: u64 = 64;

/// What is known of a transaction.
#[derive(Debug, Clone)]
pub(crate) enum State {
    /// It has not ended.
    Active(Arc<Active>),
    /// It committed; some snapshot may be older.
    Committed(Committed),
    /// It is rolled back; a reader may still have a copy of what it wrote. The newest commit at that time.
    Aborted(Csn),
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// It has not ended.
    InProgress,
    /// It committed not long ago.
    Committed,
    /// It was rolled back not long ago.
    Aborted,
    /// It ended, and no snapshot needs to know how.
    Forgotten,
    /// Its id is not given yet.
    Future,
}

/// What is known of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Committed {
    pub(crate) csn: Csn,
    /// What it wrote is promised to outlive a crash: nobody may show it before it is durable.
    pub(crate) lasting: bool,
}

/// A transaction with an id that has not ended.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) xid: Xid,
    pub(crate) owner: Arc<Owner>,
    /// No record of it is before this.
    pub(crate) first: Lsn,
    /// Its last record; stored when the record gets its place.
    pub(crate) last: AtomicU64,
    /// Its last record that purge must visit.
    pub(crate) purge: AtomicU64,
    /// Its record of being prepared; 0 if there is none.
    pub(crate) prepared: AtomicU64,
    /// How often it was rolled back to a savepoint, which may have freed what others wait for.
    pub(crate) rollbacks: AtomicU64,
    /// Whether it changed definitions.
    pub(crate) defines: AtomicBool,
}

impl Active {
    /// A transaction that has not written yet.
    fn new(xid: Xid, owner: Arc<Owner>, first: Lsn) -> Self {
        Self {
            xid,
            owner,
            first,
            last: AtomicU64::new(0),
            purge: AtomicU64::new(0),
            prepared: AtomicU64::new(0),
            rollbacks: AtomicU64::new(0),
            defines: AtomicBool::new(false),
        }
    }

    /// A prepared transaction after a restart.
    pub(crate) fn prepared(
        xid: Xid,
        owner: Arc<Owner>,
        first: Lsn,
        purge: Lsn,
        prepared: Lsn,
    ) -> Self {
        let (last, purge) = (AtomicU64::new(prepared.0), AtomicU64::new(purge.0));
        let prepared = AtomicU64::new(prepared.0);
        Self { last, purge, prepared, ..Self::new(xid, owner, first) }
    }

    /// A transaction that a crash cut short.
    pub(crate) fn unfinished(unfinished: &Unfinished, owner: Arc<Owner>) -> Self {
        let last = AtomicU64::new(unfinished.last.0);
        Self { last, ..Self::new(unfinished.xid, owner, unfinished.first) }
    }
}

/// The table, the counter of ids and the newest commit.
#[derive(Debug)]
pub(crate) struct Table {
    shards: Box<[RwLock<HashMap<u64, State, FixedState>>]>,
    next: AtomicU64,
    /// Held while an id is given, so that all ids below `next` are in the table or have left it.
    giving: Mutex<()>,
    published: AtomicU64,
    /// Held while a transaction commits: the order of CSNs is the order of the log.
    pub(crate) committing: Mutex<()>,
    /// All ids below have left the table: visible to every snapshot.
    visible_below: AtomicU64,
    /// No active transaction began before this. Never lowered.
    oldest_first: AtomicU64,
    /// No snapshot is older than this. Never lowered.
    horizon: AtomicU64,
    /// How often [`Self::maintain`] was called since it last went through the table, how many it left there, and the
    /// horizon that it had.
    skipped: AtomicU64,
    left: AtomicU64,
    scanned_horizon: AtomicU64,
    /// The newest snapshot that counts as old, 0 if there is none, and the end of the log when that was looked up.
    old_snapshot: AtomicU64,
    old_looked_up: AtomicU64,
    snapshots: RwLock<Vec<Arc<Slot>>>,
    free_slots: Mutex<Vec<Arc<Slot>>>,
}

/// Where a snapshot is registered.
#[derive(Debug)]
pub(crate) struct Slot {
    /// Its CSN; `u64::MAX` when there is none, or it was given up.
    csn: AtomicU64,
    /// The log that it needs begins here.
    keep: AtomicU64,
    /// How many bytes of log it may keep.
    log_bytes_max: AtomicU64,
    /// Whose it is.
    process: AtomicI32,
}

/// Whose a snapshot is, and how many bytes of log it may keep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) process: i32,
    pub(crate) log_bytes_max: u64,
}

impl Slot {
    /// The CSN of the snapshot that is in it, and where the log begins that it needs.
    fn kept(&self) -> Option<(u64, u64)> {
        let csn = self.csn.load(Ordering::SeqCst);
        (csn != u64::MAX).then(|| (csn, self.keep.load(Ordering::SeqCst)))
    }

    fn is_excessive(&self, needed: Lsn) -> bool {
        let max = self.log_bytes_max.load(Ordering::Relaxed);
        self.kept().is_some_and(|(_, keep)| keep.saturating_add(max) < needed.0)
    }

    /// Whether the snapshot that was taken in it may have lost what it needs. Asked after a read: what it read is right if not.
    #[inline]
    pub(crate) fn is_given_up(&self) -> bool {
        self.csn.load(Ordering::Acquire) == u64::MAX
    }

    /// How many bytes of log the snapshot may keep.
    pub(crate) fn log_bytes_max(&self) -> u64 {
        self.log_bytes_max.load(Ordering::Relaxed)
    }
}

/// What a snapshot is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) csn: Csn,
    pub(crate) xmax: Xid,
    pub(crate) visible_below: Xid,
}

impl Table {
    pub(crate) fn new(next: Xid, published: Csn) -> Self {
        Self {
            shards: (0..SHARD_COUNT).map(|_| RwLock::default()).collect(),
            next: AtomicU64::new(next.0),
            giving: Mutex::new(()),
            published: AtomicU64::new(published.0),
            committing: Mutex::new(()),
            visible_below: AtomicU64::new(next.0),
            oldest_first: AtomicU64::new(published.0),
            horizon: AtomicU64::new(published.0),
            skipped: AtomicU64::new(0),
            left: AtomicU64::new(0),
            scanned_horizon: AtomicU64::new(0),
            old_snapshot: AtomicU64::new(0),
            old_looked_up: AtomicU64::new(0),
            snapshots: RwLock::default(),
            free_slots: Mutex::default(),
        }
    }

    fn shard(&self, xid: Xid) -> &RwLock<HashMap<u64, State, FixedState>> {
        &self.shards[(xid.0 % SHARD_COUNT) as usize]
    }

    /// Gives the next id to a transaction of this owner.
    pub(crate) fn begin(&self, owner: &Arc<Owner>, first: impl FnOnce() -> Lsn) -> Arc<Active> {
        let _giving = self.giving.lock();
        let xid = Xid(self.next.load(Ordering::Relaxed));
        let active = Arc::new(Active::new(xid, Arc::clone(owner), first()));
        self.shard(xid).write().insert(xid.0, State::Active(Arc::clone(&active)));
        self.next.store(xid.0 + 1, Ordering::SeqCst);
        active
    }

    /// Takes a transaction up again, before there is any snapshot.
    pub(crate) fn restore(&self, active: Active) {
        self.visible_below.fetch_min(active.xid.0, Ordering::SeqCst);
        self.oldest_first.fetch_min(active.first.0, Ordering::SeqCst);
        self.shard(active.xid).write().insert(active.xid.0, State::Active(Arc::new(active)));
    }

    pub(crate) fn next(&self) -> Xid {
        Xid(self.next.load(Ordering::SeqCst))
    }

    pub(crate) fn published(&self) -> Csn {
        Csn(self.published.load(Ordering::SeqCst))
    }

    /// The commit of a transaction that has one: `Err(true)` when it is visible to all, `Err(false)` when to nobody else.
    #[inline]
    pub(crate) fn commit_of(&self, xid: Xid) -> Result<Committed, bool> {
        match self.shard(xid).read().get(&xid.0) {
            None => Err(true),
            Some(State::Committed(commit)) => Ok(*commit),
            Some(State::Active(_) | State::Aborted(_)) => Err(false),
        }
    }

    /// Whether the transaction, which had an id then, had not ended when the commit was the newest.
    pub(crate) fn ran_at(&self, xid: Xid, newest: Csn) -> bool {
        match self.shard(xid).read().get(&xid.0) {
            None => false,
            Some(State::Active(_)) => true,
            Some(State::Committed(Committed { csn, .. }) | State::Aborted(csn)) => *csn > newest,
        }
    }

    /// What became of a transaction, as far as that is kept. A commit that a crash could still undo has not ended.
    pub(crate) fn status(&self, xid: Xid, durable: Lsn) -> TransactionStatus {
        if xid >= self.next() {
            return TransactionStatus::Future;
        }
        match self.shard(xid).read().get(&xid.0) {
            None => TransactionStatus::Forgotten,
            Some(State::Active(_)) => TransactionStatus::InProgress,
            Some(State::Committed(commit)) if commit.lasting && commit.csn.0 >= durable.0 => {
                TransactionStatus::InProgress
            }
            Some(State::Committed(_)) => TransactionStatus::Committed,
            Some(State::Aborted(_)) => TransactionStatus::Aborted,
        }
    }

    /// The transaction, if it has not ended.
    #[inline]
    pub(crate) fn active(&self, xid: Xid) -> Option<Arc<Active>> {
        if xid.0 < self.visible_below.load(Ordering::Acquire) {
            return None;
        }
        match self.shard(xid).read().get(&xid.0) {
            Some(State::Active(active)) => Some(Arc::clone(active)),
            Some(State::Committed(_) | State::Aborted(_)) | None => None,
        }
    }

    #[inline]
    pub(crate) fn is_active(&self, xid: Xid) -> bool {
        if xid.0 < self.visible_below.load(Ordering::Acquire) {
            return false;
        }
        matches!(self.shard(xid).read().get(&xid.0), Some(State::Active(_)))
    }

    /// Makes a commit visible; called under `committing`.
    pub(crate) fn commit(&self, xid: Xid, commit: Committed) {
        self.shard(xid).write().insert(xid.0, State::Committed(commit));
        self.published.store(commit.csn.0, Ordering::SeqCst);
    }

    pub(crate) fn abort(&self, xid: Xid) {
        let state = State::Aborted(self.published());
        self.shard(xid).write().insert(xid.0, state);
    }

    /// All active transactions.
    pub(crate) fn all_active(&self) -> Vec<Arc<Active>> {
        let mut all = Vec::new();
        for shard in &self.shards {
            for state in shard.read().values() {
                if let State::Active(active) = state {
                    all.push(Arc::clone(active));
                }
            }
        }
        all
    }

    /// Registers a snapshot in a slot.
    pub(crate) fn take(&self, slot: &Slot, holder: Holder) -> Taken {
        slot.process.store(holder.process, Ordering::Relaxed);
        slot.log_bytes_max.store(holder.log_bytes_max, Ordering::Relaxed);
        loop {
            let visible_below = Xid(self.visible_below.load(Ordering::SeqCst));
            let keep = self.oldest_first.load(Ordering::SeqCst);
            let csn = self.published();
            let xmax = self.next();
            slot.keep.store(keep, Ordering::SeqCst);
            slot.csn.store(csn.0, Ordering::SeqCst);
            // Had the horizon passed it, what it needs may be forgotten already; had the oldest transaction ended, its log
            // may have been given back.
            if self.horizon.load(Ordering::SeqCst) <= csn.0
                && self.oldest_first.load(Ordering::SeqCst) == keep
            {
                return Taken { csn, xmax, visible_below };
            }
        }
    }

    pub(crate) fn slot(&self) -> Arc<Slot> {
        if let Some(slot) = self.free_slots.lock().pop() {
            return slot;
        }
        let slot = Arc::new(Slot {
            csn: AtomicU64::new(u64::MAX),
            keep: AtomicU64::new(u64::MAX),
            log_bytes_max: AtomicU64::new(u64::MAX),
            process: AtomicI32::new(0),
        });
        self.snapshots.write().push(Arc::clone(&slot));
        slot
    }

    pub(crate) fn free_slot(&self, slot: Arc<Slot>) {
        slot.csn.store(u64::MAX, Ordering::SeqCst);
        slot.keep.store(u64::MAX, Ordering::SeqCst);
        self.free_slots.lock().push(slot);
    }

    /// Brings the horizons up to date and forgets what is visible to all; `durable` is how far the log is. Returns the CSN at
    /// or above which every snapshot is.
    pub(crate) fn maintain(&self, durable: Lsn) -> Csn {
        let next = {
            let _giving = self.giving.lock();
            self.next.load(Ordering::SeqCst)
        };
        let published = self.published.load(Ordering::SeqCst);
        let horizon = published.min(self.oldest_snapshot());
        self.horizon.fetch_max(horizon, Ordering::SeqCst);
        // Whoever registered before seeing the new horizon is seen here.
        let oldest_snapshot = self.oldest_snapshot();
        let horizon = horizon.min(oldest_snapshot);
        if !self.is_scan_due(horizon) {
            return Csn(horizon);
        }
        let (mut oldest, mut first, mut left) = (next, published, 0);
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.retain(|xid, state| {
                let keep = match state {
                    State::Active(active) => {
                        first = first.min(active.first.0);
                        true
                    }
                    State::Committed(Committed { csn, .. }) => {
                        csn.0 > horizon || csn.0 >= durable.0
                    }
                    State::Aborted(at) => at.0 >= oldest_snapshot,
                };
                if keep {
                    oldest = oldest.min(*xid);
                }
                left += u64::from(keep);
                keep
            });
        }
        self.left.store(left, Ordering::Relaxed);
        // A commit that was found but not published yet is, before anybody goes by the new `oldest_first`.
        drop(self.committing.lock());
        self.visible_below.fetch_max(oldest, Ordering::SeqCst);
        self.oldest_first.fetch_max(first, Ordering::SeqCst);
        Csn(horizon)
    }

    /// Whether it is time to go through the table. An old snapshot keeps all who commit after it there: then a look at each of
    /// them comes to few a commit all the same.
    fn is_scan_due(&self, horizon: u64) -> bool {
        const LOOKS_PER_COMMIT: u64 = 8;
        let calls = self.skipped.fetch_add(1, Ordering::Relaxed) + 1;
        let has_moved = self.scanned_horizon.load(Ordering::Relaxed) != horizon;
        let looks = if has_moved { LOOKS_PER_COMMIT } else { 1 };
        if calls * crate::commit::MAINTAIN_EVERY * looks < self.left.load(Ordering::Relaxed) {
            return false;
        }
        self.skipped.store(0, Ordering::Relaxed);
        self.scanned_horizon.store(horizon, Ordering::Relaxed);
        true
    }

    /// The processes whose snapshots are older than a commit.
    pub(crate) fn processes_before(&self, csn: Csn) -> Vec<i32> {
        let slots = self.snapshots.read();
        let older = slots.iter().filter(|slot| slot.csn.load(Ordering::SeqCst) < csn.0);
        older.map(|slot| slot.process.load(Ordering::Relaxed)).collect()
    }

    pub(crate) fn oldest_snapshot(&self) -> u64 {
        let slots = self.snapshots.read();
        slots.iter().map(|slot| slot.csn.load(Ordering::SeqCst)).min().unwrap_or(u64::MAX)
    }

    /// The newest of the snapshots that are older than the last `old_bytes` of the log, whose end is `next`; looked up again
    /// each time that half of that was added.
    pub(crate) fn old_snapshot(&self, next: Lsn, old_bytes: u64) -> Option<Csn> {
        let looked_up = self.old_looked_up.load(Ordering::Relaxed);
        let is_due = next.0.saturating_sub(looked_up) >= old_bytes / 2;
        if is_due {
            // Two who do it at once store what is true of both.
            self.old_looked_up.store(next.0, Ordering::Relaxed);
            let before = next.0.saturating_sub(old_bytes);
            let slots = self.snapshots.read();
            let all = slots.iter().map(|slot| slot.csn.load(Ordering::Relaxed));
            let old = all.filter(|csn| *csn < before).max();
            self.old_snapshot.store(old.unwrap_or(0), Ordering::Relaxed);
        }
        Some(Csn(self.old_snapshot.load(Ordering::Relaxed))).filter(|csn| csn.0 != 0)
    }

    /// Whether there is a snapshot that sees the first of two versions of a row, perhaps, and not the second.
    pub(crate) fn has_snapshot(&self, first: Version, second: Version) -> bool {
        let slots = self.snapshots.read();
        let mut all = slots.iter().map(|slot| slot.csn.load(Ordering::Relaxed));
        all.any(|csn| first.0 <= csn && csn < second.0)
    }

    /// Where the log begins that snapshots and active transactions may need.
    pub(crate) fn keep_lsn(&self) -> Lsn {
        // Looked at first: a slot that is not filled yet keeps no less than this.
        let oldest_first = self.oldest_first.load(Ordering::SeqCst);
        let slots = self.snapshots.read();
        let keeps = slots.iter().filter_map(|slot| slot.kept()).map(|(_, keep)| keep);
        Lsn(keeps.min().unwrap_or(u64::MAX).min(oldest_first))
    }

    /// Whether a snapshot keeps more log than it may, where all else needs it from `needed` on alone.
    pub(crate) fn has_excess(&self, needed: Lsn) -> bool {
        self.snapshots.read().iter().any(|slot| slot.is_excessive(needed))
    }

    /// Gives up the snapshots of [`Self::has_excess`]: their readers are told by [`Slot::is_given_up`]. Whether there were any.
    pub(crate) fn give_up(&self, needed: Lsn) -> bool {
        let mut any = false;
        for slot in self.snapshots.read().iter().filter(|slot| slot.is_excessive(needed)) {
            let Some((csn, _)) = slot.kept() else { continue };
            // The one store says it to the reader and lets the horizons pass: a reader that meets what was forgotten or
            // purged since finds it said.
            let given =
                slot.csn.compare_exchange(csn, u64::MAX, Ordering::SeqCst, Ordering::SeqCst);
            any |= given.is_ok();
        }
        if any {
            // Those whom it kept in the table can be forgotten now.
            self.left.store(0, Ordering::Relaxed);
        }
        any
    }
}

#[cfg(all(test, feature = "shuttle"))]
#[path = "table/interleavings.rs"]
mod interleavings;
