//! Waits for locks and for the ends of transactions: in the session's thread, or without one.
//!
//! A session whose statement can be run again need not keep a thread while it waits for a row: it is parked. What it waits
//! for stays begun, in the lock's queue or among those whom the transaction's end wakes; whoever would wake the thread has
//! the session called instead, and the statement, run again, finds the row free.

use crate::locks::{Limits, Locks, Mode, Owner, RowLock, Tag, Waiting};
use crate::ssi::Serial;
use crate::table::Active;
use crate::{RelationId, RowAddress, Transaction, Xid};
use error::{Error, Result, SqlState};
use os::{Reason, WaitSlot};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A wait that has begun and is to be ended with [`Locks::end_wait`].
#[derive(Debug)]
pub(crate) struct Wait {
    what: What,
    /// What is woken when it is over.
    slot: Arc<WaitSlot>,
    since: Instant,
}

#[derive(Debug)]
enum What {
    Lock {
        tag: Tag,
        mode: Mode,
        granted: Arc<AtomicBool>,
    },
    /// The end of a transaction that had been rolled back to savepoints so often, or its next such rollback.
    End {
        active: Arc<Active>,
        rollbacks: u64,
    },
}

impl Wait {
    fn new(what: What, slot: &Arc<WaitSlot>) -> Self {
        Self { what, slot: Arc::clone(slot), since: Instant::now() }
    }

    pub(crate) fn for_lock(
        tag: Tag,
        mode: Mode,
        granted: Arc<AtomicBool>,
        slot: &Arc<WaitSlot>,
    ) -> Self {
        Self::new(What::Lock { tag, mode, granted }, slot)
    }

    fn waiting(&self) -> Waiting {
        match &self.what {
            What::Lock { tag, mode, .. } => Waiting::Lock(*tag, *mode),
            What::End { active, .. } => Waiting::End(active.xid),
        }
    }
}

impl Locks {
    /// Waits until a transaction has ended, or was rolled back to a savepoint.
    pub(crate) fn wait_for_end(
        &self,
        owner: &Arc<Owner>,
        xid: Xid,
        limits: Limits<'_>,
    ) -> Result<()> {
        (limits.check)()?;
        let Some(wait) = self.begin_end(xid, limits.slot) else { return Ok(()) };
        let waited = self.wait(owner, &wait, limits);
        self.end_wait(owner, &wait);
        waited
    }

    /// Has a transaction's end wake the slot; `None` if it has ended.
    fn begin_end(&self, xid: Xid, slot: &Arc<WaitSlot>) -> Option<Wait> {
        let active = self.table.active(xid)?;
        let rollbacks = active.rollbacks.load(Ordering::Acquire);
        self.ends.lock().entry(xid.0).or_default().push(Arc::clone(slot));
        Some(Wait::new(What::End { active, rollbacks }, slot))
    }

    fn is_over(&self, wait: &Wait) -> bool {
        match &wait.what {
            What::Lock { granted, .. } => granted.load(Ordering::Acquire),
            What::End { active, rollbacks } => {
                !self.table.is_active(active.xid)
                    || active.rollbacks.load(Ordering::Acquire) != *rollbacks
            }
        }
    }

    /// Waits in this thread until the wait is over, or for as long as the limits say.
    pub(crate) fn wait(&self, owner: &Arc<Owner>, wait: &Wait, limits: Limits<'_>) -> Result<()> {
        self.wait_until(owner, wait.waiting(), wait.since, limits, || self.is_over(wait))
    }

    /// Has the slot's session called when the wait is over, instead of waiting for it: `false` if that is so already, or
    /// if the session has to wait in a thread, which watches what limits it.
    fn park(&self, owner: &Arc<Owner>, wait: &Wait, limits: Limits<'_>) -> Result<bool> {
        let is_limited = limits.lock_timeout.is_some()
            || limits.deadline.is_some()
            || wait.since.elapsed() >= limits.deadlock_timeout
            || !limits.slot.can_leave();
        if is_limited {
            return Ok(false);
        }
        self.note_waiting(owner, wait.waiting());
        loop {
            if self.is_over(wait) {
                return Ok(false);
            }
            (limits.check)()?;
            if limits.slot.leave() {
                return Ok(true);
            }
        }
    }

    /// Ends a wait, over or not: whether it has given the owner a lock.
    pub(crate) fn end_wait(&self, owner: &Owner, wait: &Wait) -> bool {
        self.note_going_on(owner);
        match &wait.what {
            What::Lock { tag, granted, .. } => self.leave_queue(*tag, granted),
            What::End { active, .. } => {
                let mut ends = self.ends.lock();
                if let Some(slots) = ends.get_mut(&active.xid.0) {
                    slots.retain(|slot| !Arc::ptr_eq(slot, &wait.slot));
                    if slots.is_empty() {
                        ends.remove(&active.xid.0);
                    }
                }
                false
            }
        }
    }

    /// Waits until it is known whether a serialisable transaction's snapshot is safe.
    pub(crate) fn wait_for_safety(
        &self,
        owner: &Arc<Owner>,
        serial: &Serial,
        limits: Limits<'_>,
    ) -> Result<()> {
        let processes = serial.wait_for_safety(limits.slot);
        // Nobody holds a lock for it: there is no time limit and no deadlock.
        let limits = Limits { lock_timeout: None, ..limits };
        let is_known = || serial.safety().is_some();
        let waited =
            self.wait_until(owner, Waiting::Safety(processes), Instant::now(), limits, is_known);
        self.note_going_on(owner);
        waited
    }

    /// Waits in this thread until `done`, or for as long as the limits say. The owner stays among those who wait.
    fn wait_until(
        &self,
        owner: &Arc<Owner>,
        waiting: Waiting,
        since: Instant,
        limits: Limits<'_>,
        done: impl Fn() -> bool,
    ) -> Result<()> {
        if done() {
            return Ok(());
        }
        let mut look_at = Some(since + limits.deadlock_timeout);
        let give_up_at = limits.lock_timeout.map(|timeout| since + timeout);
        self.note_waiting(owner, waiting);
        os::blocking(Reason::Lock, || {
            loop {
                if done() {
                    return Ok(());
                }
                (limits.check)()?;
                let first = [look_at, give_up_at, limits.deadline].into_iter().flatten().min();
                if limits.slot.wait_until(first) {
                    continue;
                }
                let now = Instant::now();
                if look_at.is_some_and(|at| at <= now) {
                    look_at = None;
                    self.find_deadlock(owner, &done)?;
                }
                (limits.check)()?;
                if give_up_at.is_some_and(|at| at <= now) && !done() {
                    return Err(Error::new(
                        SqlState::LOCK_NOT_AVAILABLE,
                        "canceling statement due to lock timeout",
                    ));
                }
            }
        })
    }
}

impl Transaction {
    /// Waits until the transaction that holds this row has ended (or was rolled back in part), to lock it so. Waiters of
    /// one row take turns in order of arrival. 40P01, 55P03, or what the limits' check fails with.
    pub fn wait_for_row(
        &mut self,
        row: (RelationId, RowAddress),
        lock: RowLock,
        holder: Xid,
        limits: Limits<'_>,
    ) -> Result<()> {
        while let Some(wait) = self.next_wait(row, lock, holder, limits)? {
            let waited = self.storage.locks.wait(&self.owner, &wait, limits);
            let is_last = matches!(wait.what, What::End { .. });
            self.end_wait(&wait);
            waited?;
            if is_last {
                break;
            }
        }
        Ok(())
    }

    /// Begins what [`Self::wait_for_row`] does, and has the limits' slot call the session when that is over: then the
    /// command is to be run again, after [`Self::unpark`]. `false` if it is to wait in a thread: it has written, or it has
    /// waited for as long as deadlock_timeout, or it may wait for so long only, or there is nothing to wait for any more.
    pub fn park_for_row(
        &mut self,
        row: (RelationId, RowAddress),
        lock: RowLock,
        holder: Xid,
        limits: Limits<'_>,
    ) -> Result<bool> {
        if self.has_command_written() {
            return Ok(false);
        }
        let Some(wait) = self.next_wait(row, lock, holder, limits)? else { return Ok(false) };
        match self.storage.locks.park(&self.owner, &wait, limits) {
            Ok(is_parked) => {
                // If not, the thread goes on with the same wait.
                self.parked = Some(wait);
                Ok(is_parked)
            }
            Err(error) => {
                self.end_wait(&wait);
                Err(error)
            }
        }
    }

    /// Before the command of a parked transaction is run again: if what it waited for has come, it has that. Else it keeps its
    /// place in the queue.
    pub fn unpark(&mut self) {
        self.storage.locks.note_going_on(&self.owner);
        if let Some(wait) = self.parked.take_if(|wait| self.storage.locks.is_over(wait)) {
            self.end_wait(&wait);
        }
    }

    /// The next of the waits for a row: for the turn, then for the holder's end. The one begun before, if it was parked.
    fn next_wait(
        &mut self,
        (heap, address): (RelationId, RowAddress),
        lock: RowLock,
        holder: Xid,
        limits: Limits<'_>,
    ) -> Result<Option<Wait>> {
        let turn = Tag::Turn(heap, address);
        if let Some(wait) = self.parked.take() {
            let is_same = match &wait.what {
                What::Lock { tag, .. } => *tag == turn,
                What::End { active, .. } => active.xid == holder && self.has_turn(turn),
            };
            if is_same {
                return Ok(Some(wait));
            }
            self.end_wait(&wait);
        }
        (limits.check)()?;
        if !self.has_turn(turn) {
            self.release_turn();
            let locks = &self.storage.locks;
            if locks.try_lock(&self.owner, turn, lock.into()).is_err() {
                return locks.begin_lock(&self.owner, turn, lock.into(), limits.slot).map(Some);
            }
            self.turn = Some((turn, lock.into()));
        }
        Ok(self.storage.locks.begin_end(holder, limits.slot))
    }

    fn has_turn(&self, turn: Tag) -> bool {
        self.turn.is_some_and(|(tag, _)| tag == turn)
    }

    /// Ends a wait for a row: a turn that was granted is this transaction's.
    fn end_wait(&mut self, wait: &Wait) {
        let is_granted = self.storage.locks.end_wait(&self.owner, wait);
        if let What::Lock { tag, mode, .. } = wait.what
            && is_granted
        {
            self.turn = Some((tag, mode));
        }
    }

    /// Waits for the row no more.
    pub(crate) fn end_parked(&mut self) {
        if let Some(wait) = self.parked.take() {
            self.end_wait(&wait);
        }
    }
}
