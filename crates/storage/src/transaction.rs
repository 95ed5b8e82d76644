//! A transaction: what a session writes through.

use crate::locks::{Limits, LockMode, LockTag, Mode, Owner, RowLock, Tag};
use crate::record::{self, Header, Kind, NO_RELATION};
use crate::ssi::{Serial, Serializable};
use crate::table::{Active, Committed, Holder};
use crate::undo::undo_chain;
use crate::unfinished::is_definition;
use crate::wait::Wait;
use crate::{Csn, LockSession, Lsn, RelationId, RowAddress, Snapshot, Storage, Version, Xid};
use error::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wal::{Span, Urgency};

/// A transaction of one session: owned by it, `Send`, borrowing nothing. It has no id before its first
/// write. Dropping it unfinished rolls it back.
pub struct Transaction {
    pub(crate) storage: Arc<Storage>,
    pub(crate) owner: Arc<Owner>,
    session: Option<Arc<LockSession>>,
    /// Set by the first snapshot of a serialisable transaction.
    pub(crate) serial: Option<Arc<Serial>>,
    pub(crate) active: Option<Arc<Active>>,
    pub(crate) command: u32,
    /// Its last record before the current command.
    command_through: Lsn,
    /// Its last record if the current command has written nothing but what was undone again.
    undone_through: Lsn,
    /// The newest commit that it looked up in any snapshot.
    seen: Arc<AtomicU64>,
    /// The end of the newest record of it that is not undone by a rollback (sequences).
    pub(crate) answer: Lsn,
    savepoints: Vec<Mark>,
    pub(crate) held: Vec<(Tag, Mode)>,
    /// The right to write a row next, until it was tried.
    pub(crate) turn: Option<(Tag, Mode)>,
    /// What it waits for without a thread.
    pub(crate) parked: Option<Wait>,
    pub(crate) drops: Vec<Dropped>,
    asynchronous: bool,
    commit_delay: (u32, usize),
    /// How many bytes of log each of its snapshots may keep.
    snapshot_log_max: u64,
    /// Whether a crash could lose anything that it wrote and the log should keep.
    wrote_logged: bool,
    pub(crate) buffer: Vec<u8>,
    /// The number of its next large value.
    pub(crate) next_external: u32,
    finished: bool,
    /// It stays as it is when it is dropped.
    prepared: bool,
}

/// What a transaction drops when it commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dropped {
    File(RelationId),
    Directory(u32),
}

/// Where a transaction was at a savepoint.
#[derive(Debug, Clone, Copy)]
struct Mark {
    last: Lsn,
    purge: Lsn,
    held: usize,
    drops: usize,
}

/// A position in a transaction to which it can be rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Savepoint {
    depth: usize,
}

/// What became of an attempt to change or lock a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Done: the version that the row has now.
    Done(Version),
    /// Another transaction changed or locked the row and has not ended: wait for it, then try again.
    WaitFor(Xid),
    /// The newest version is committed and not the expected one: re-check it.
    Changed,
    /// The row was deleted by a committed transaction (or is gone).
    Deleted,
    /// The newest version is this transaction's own, made in the current command (or the row was
    /// deleted in it): skip the row, or 21000, as PostgreSQL does in the place.
    SelfModified,
}

/// Whether an update changes a column of a key that foreign keys can refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateKind {
    /// It does not: rows that refer to it may be written meanwhile.
    KeyKept,
    /// It does.
    KeyChanged,
}

impl Transaction {
    pub(crate) fn new(
        storage: Arc<Storage>,
        owner: Arc<Owner>,
        session: Option<Arc<LockSession>>,
    ) -> Self {
        Self {
            storage,
            owner,
            session,
            serial: None,
            active: None,
            command: 0,
            command_through: Lsn(0),
            undone_through: Lsn(0),
            seen: Arc::default(),
            answer: Lsn(0),
            savepoints: Vec::new(),
            held: Vec::new(),
            turn: None,
            parked: None,
            drops: Vec::new(),
            asynchronous: false,
            commit_delay: (0, 0),
            snapshot_log_max: u64::MAX,
            wrote_logged: false,
            buffer: Vec::new(),
            next_external: 0,
            finished: false,
            prepared: false,
        }
    }

    /// One of before a restart, which is in the table.
    pub(crate) fn resume(storage: &Arc<Storage>, active: Arc<Active>) -> Self {
        active.owner.xid.store(active.xid.0, Ordering::Release);
        let mut transaction = Self::new(Arc::clone(storage), Arc::clone(&active.owner), None);
        transaction.active = Some(active);
        transaction
    }

    /// The storage that it works in.
    pub fn storage(&self) -> &Arc<Storage> {
        &self.storage
    }

    /// Its id; `None` before the first write.
    pub fn xid(&self) -> Option<Xid> {
        self.active.as_ref().map(|active| active.xid)
    }

    /// Its id, given now if it has none (txid_current, explicit row locks). 58030 if the log failed.
    pub fn assign_xid(&mut self) -> Result<Xid> {
        if let Some(active) = &self.active {
            return Ok(active.xid);
        }
        if let Some(error) = self.storage.log.failure() {
            return Err(error.clone());
        }
        let log = &self.storage.log;
        let active = self.storage.table.begin(&self.owner, || log.next_lsn());
        self.owner.xid.store(active.xid.0, Ordering::Release);
        let xid = active.xid;
        self.active = Some(active);
        if let Some(serial) = &self.serial {
            serial.note_xid(xid);
        }
        Ok(xid)
    }

    /// A snapshot of now: READ COMMITTED takes one per statement, REPEATABLE READ one per transaction.
    pub fn take_snapshot(&mut self) -> Result<Snapshot> {
        if let Some(error) = self.storage.log.failure() {
            return Err(error.clone());
        }
        let snapshot = Snapshot::take(&self.storage.table, &self.seen, self.holder());
        Ok(self.reuse_snapshot(&snapshot))
    }

    /// The snapshot of a serialisable transaction, before its first read or write. A deferrable one waits until there is one
    /// that nothing can come in the way of. What the limits' check fails with.
    pub fn take_serializable_snapshot(
        &mut self,
        kind: Serializable,
        limits: Limits<'_>,
    ) -> Result<Snapshot> {
        loop {
            if let Some(error) = self.storage.log.failure() {
                return Err(error.clone());
            }
            let (table, seen) = (&self.storage.table, &self.seen);
            let process = self.owner.process();
            let holder = self.holder();
            let (serial, snapshot) =
                self.storage.ssi.begin(process, kind, || Snapshot::take(table, seen, holder));
            if kind == Serializable::Deferrable {
                self.storage.locks.wait_for_safety(&self.owner, &serial, limits)?;
                if serial.safety() != Some(true) {
                    continue;
                }
                return Ok(self.reuse_snapshot(&snapshot));
            }
            if let Some(xid) = self.xid() {
                serial.note_xid(xid);
            }
            let snapshot = snapshot.checked_by(&serial);
            self.serial = Some(serial);
            return Ok(self.reuse_snapshot(&snapshot));
        }
    }

    fn holder(&self) -> Holder {
        Holder { process: self.owner.process(), log_bytes_max: self.snapshot_log_max }
    }

    /// Lets each snapshot taken from now on keep at most so many bytes of log that nothing else needs
    /// (max_snapshot_wal_keep_size); `None` for any number.
    pub fn set_snapshot_log_max(&mut self, bytes: Option<u64>) {
        self.snapshot_log_max = bytes.unwrap_or(u64::MAX);
    }

    /// The session's own locks, beyond the transaction.
    pub fn lock_session(&self) -> Option<&Arc<LockSession>> {
        self.session.as_ref()
    }

    /// The same snapshot of others, with this transaction's own changes up to the current command's
    /// start: what REPEATABLE READ uses for each statement.
    pub fn reuse_snapshot(&self, snapshot: &Snapshot) -> Snapshot {
        snapshot.with_own(self.xid().unwrap_or(Xid::NONE), self.command_through)
    }

    /// Begins the next command: changes made so far become visible to snapshots taken from now on.
    pub fn begin_command(&mut self) {
        self.command += 1;
        self.resume_command(self.last());
        self.release_turn();
    }

    /// Where the current command begins: to go on with it after commands of functions that it calls.
    pub fn command_start(&self) -> Lsn {
        self.command_through
    }

    /// Goes on with a command that began there.
    pub fn resume_command(&mut self, start: Lsn) {
        self.command_through = start;
        self.undone_through = start;
    }

    /// Whether the current command left anything written.
    pub(crate) fn has_command_written(&self) -> bool {
        self.last() != self.undone_through
    }

    /// The number of the current command, from 0 (`cmin`).
    pub fn command(&self) -> u32 {
        self.command
    }

    /// Whether a version that is its own was made before the current command.
    pub(crate) fn is_before_command(&self, version: Version) -> bool {
        version.0 <= self.command_through.0
    }

    pub(crate) fn last(&self) -> Lsn {
        self.active.as_ref().map_or(Lsn(0), |active| Lsn(active.last.load(Ordering::Acquire)))
    }

    fn purge_last(&self) -> Lsn {
        self.active.as_ref().map_or(Lsn(0), |active| Lsn(active.purge.load(Ordering::Acquire)))
    }

    /// Makes a savepoint above those that there are. It costs nothing.
    pub fn savepoint(&mut self) -> Savepoint {
        self.savepoints.push(Mark {
            last: self.last(),
            purge: self.purge_last(),
            held: self.held.len(),
            drops: self.drops.len(),
        });
        Savepoint { depth: self.savepoints.len() - 1 }
    }

    /// Undoes all since the savepoint, frees the locks taken since and wakes who waits for them. The
    /// savepoint stays, those above it are gone. 58030 if that fails: the engine then accepts nothing more.
    pub fn rollback_to(&mut self, savepoint: Savepoint) -> Result<()> {
        let Some(mark) = self.savepoints.get(savepoint.depth).copied() else { return Ok(()) };
        self.savepoints.truncate(savepoint.depth + 1);
        self.undo_to(mark.last)?;
        if self.undone_through == mark.last {
            self.undone_through = self.last();
        }
        self.drops.truncate(mark.drops);
        if let Some(active) = &self.active {
            active.purge.store(mark.purge.0, Ordering::Release);
        }
        self.release_locks(mark.held);
        if let Some(active) = &self.active {
            active.rollbacks.fetch_add(1, Ordering::AcqRel);
            self.storage.locks.ended(active.xid);
        }
        Ok(())
    }

    /// Forgets the savepoint and those above it; what was done since stays.
    pub fn release(&mut self, savepoint: Savepoint) {
        self.savepoints.truncate(savepoint.depth);
    }

    /// Undoes everything and frees all locks. 58030 if that fails: the engine then accepts nothing more.
    pub fn rollback(mut self) -> Result<()> {
        self.roll_back()
    }

    fn roll_back(&mut self) -> Result<()> {
        self.finished = true;
        if let Some(serial) = self.serial.take() {
            serial.aborted();
        }
        let undone = self.undo_to(Lsn(0));
        if let Some(active) = self.active.take() {
            if undone.is_ok() && active.last.load(Ordering::Acquire) != 0 {
                let header = header(Kind::Abort, active.xid, Lsn(0), 0, Lsn(0), NO_RELATION);
                record::begin(&mut self.buffer, header, &[]);
                let _ = self.storage.log.append(&self.buffer, Urgency::Must, |_| {});
            }
            // A rollback that failed leaves the transaction unfinished: the restart does it.
            if undone.is_ok() {
                self.storage.table.abort(active.xid);
            }
            self.storage.locks.ended(active.xid);
        }
        self.release_locks(0);
        undone
    }

    fn undo_to(&mut self, until: Lsn) -> Result<()> {
        let Some(active) = &self.active else { return Ok(()) };
        let from = Lsn(active.last.load(Ordering::Acquire));
        let (storage, active) = (Arc::clone(&self.storage), Arc::clone(active));
        let undone = undo_chain(&storage, active.xid, from, until, &mut |start| {
            active.last.store(start.0, Ordering::Release);
        });
        undone.map_err(|error| {
            let cause = std::io::Error::other(format!("a rollback failed: {}", error.message()));
            storage.log.fail(&cause)
        })
    }

    /// Commits. `publish` is called with the CSN in the commit's critical section, before locks are freed: it
    /// must be short and take no lock of storage (it is not called when nothing was written). Returns the LSN
    /// that the answer must wait for ([`Storage::wait_durable`]): the commit's own, or, when nothing was
    /// written, the newest commit that this transaction saw. 58030 if the log failed, 40001 if a serialisable transaction
    /// must not commit; then all is rolled back.
    pub fn commit(mut self, publish: &mut dyn FnMut(Csn)) -> Result<Lsn> {
        if let Some(serial) = &self.serial {
            serial.prepare()?;
        }
        let written = self.active.clone().filter(|_| self.has_written());
        let Some(active) = written else {
            self.finished = true;
            self.end();
            return Ok(self.answer_lsn());
        };
        let durable = self.storage.log.durable_lsn();
        crate::commit::encode(&mut self.buffer, &active, &self.drops, durable);
        // Of what was prepared before a restart it is not known here what it wrote.
        let was_prepared = active.prepared.load(Ordering::Acquire) != 0;
        let wrote = self.wrote_logged || was_prepared || !self.drops.is_empty();
        let lasting = wrote && !self.asynchronous;
        let storage = Arc::clone(&self.storage);
        let (delay, siblings) = self.commit_delay;
        if lasting && delay > 0 && storage.table.all_active().len() > siblings {
            storage.log.delay_sync(delay);
        }
        let committing = storage.table.committing.lock();
        let span = match storage.log.append(&self.buffer, Urgency::Must, |_| {}) {
            Ok(span) => span,
            Err(error) => {
                drop(committing);
                return Err(error);
            }
        };
        self.finished = true;
        let csn = Csn(span.start.0);
        publish(csn);
        storage.committed(&active, Committed { csn, lasting }, span.end, &self.drops);
        drop(committing);
        self.end();
        storage.after_commit();
        if lasting { Ok(span.end.max(self.answer_lsn())) } else { Ok(self.answer_lsn()) }
    }

    /// Frees what an ended transaction holds.
    fn end(&mut self) {
        if let Some(serial) = self.serial.take() {
            serial.committed();
        }
        if let Some(active) = self.active.take() {
            if !matches!(self.storage.table.commit_of(active.xid), Ok(_) | Err(true)) {
                // It wrote nothing.
                self.storage.table.abort(active.xid);
            }
            self.storage.locks.ended(active.xid);
        }
        self.release_locks(0);
    }

    /// The LSN that an answer sent now, in the middle of the transaction, must wait for.
    pub fn answer_lsn(&self) -> Lsn {
        match self.seen.load(Ordering::Acquire) {
            0 => self.answer,
            seen => self.answer.max(Lsn(seen + 1)),
        }
    }

    /// Notes that an answer may show what a transaction committed; what may be lost in a crash anyway, it need not wait for.
    pub(crate) fn note_seen(&self, xid: Xid) {
        if let Ok(Committed { csn, lasting: true }) = self.storage.table.commit_of(xid) {
            self.seen.fetch_max(csn.0, Ordering::Relaxed);
        }
    }

    /// Has the sync of [`Self::commit`] wait so many microseconds for other commits, if so many other transactions are
    /// active then (commit_delay and commit_siblings).
    pub fn set_commit_delay(&mut self, microseconds: u32, siblings: usize) {
        self.commit_delay = (microseconds, siblings);
    }

    /// Has [`Self::commit`] return an LSN that needs no wait for itself (synchronous_commit = off).
    pub fn set_asynchronous_commit(&mut self, asynchronous: bool) {
        self.asynchronous = asynchronous;
    }

    /// Whether it wrote anything that a commit must log.
    pub fn has_written(&self) -> bool {
        self.last() != Lsn(0) || !self.drops.is_empty()
    }

    /// Waits until a transaction has ended (or was rolled back in part). 40P01, 55P03, or what the limits' check
    /// fails with.
    pub fn wait_for(&mut self, holder: Xid, limits: Limits<'_>) -> Result<()> {
        self.storage.locks.wait_for_end(&self.owner, holder, limits)
    }

    /// Locks a relation, name, object or advisory key until the transaction's end, or until a rollback to an
    /// earlier savepoint. A lock already held as strongly costs nothing. 40P01, 55P03, or what the check fails with.
    pub fn lock(&mut self, tag: LockTag, mode: LockMode, limits: Limits<'_>) -> Result<()> {
        let wanted = (Tag::Outer(tag), mode.into());
        if self.held.contains(&wanted) {
            return Ok(());
        }
        self.wait_for_unfinished(tag, mode, limits)?;
        if self.storage.locks.lock(&self.owner, wanted.0, wanted.1, limits)? {
            self.held.push(wanted);
        }
        Ok(())
    }

    /// Locks if that needs no wait (NOWAIT, pg_try_advisory_xact_lock).
    pub fn try_lock(&mut self, tag: LockTag, mode: LockMode) -> Result<bool> {
        let is_free = self.storage.unfinished_against(tag, mode).is_empty();
        Ok(is_free && self.try_lock_tag(Tag::Outer(tag), mode.into()))
    }

    pub(crate) fn try_lock_row(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        lock: RowLock,
    ) -> bool {
        self.try_lock_tag(Tag::Row(heap, address), lock.into())
    }

    pub(crate) fn try_lock_tag(&mut self, tag: Tag, mode: Mode) -> bool {
        match self.storage.locks.try_lock(&self.owner, tag, mode) {
            Ok(true) => self.held.push((tag, mode)),
            Ok(false) => {}
            Err(_) => return false,
        }
        true
    }

    pub(crate) fn set_prepared(&mut self) {
        self.prepared = true;
        self.session = None;
        self.savepoints.clear();
    }

    /// The row is this transaction's: the next in turn waits on, once, until it ends.
    pub(crate) fn keep_turn(&mut self, heap: RelationId, address: RowAddress) {
        self.end_parked();
        match self.turn {
            Some(turn) if turn.0 == Tag::Turn(heap, address) => {
                self.turn = None;
                self.held.push(turn);
            }
            Some(_) | None => self.release_turn(),
        }
    }

    /// The command waits for no row any more: those who waited behind it go on, unless it has the row.
    pub fn release_turn(&mut self) {
        self.end_parked();
        if let Some((turn, mode)) = self.turn.take() {
            self.storage.locks.unlock(&self.owner, turn, mode);
        }
    }

    /// Lets go of all turns, kept ones too.
    pub(crate) fn release_turns(&mut self) {
        self.release_turn();
        let (storage, owner) = (&self.storage, &self.owner);
        self.held.retain(|(tag, mode)| {
            let is_turn = matches!(tag, Tag::Turn(..));
            if is_turn {
                storage.locks.unlock(owner, *tag, *mode);
            }
            !is_turn
        });
    }

    fn release_locks(&mut self, keep: usize) {
        self.release_turn();
        for (tag, mode) in self.held.drain(keep.min(self.held.len())..).rev() {
            self.storage.locks.unlock(&self.owner, tag, mode);
        }
    }

    /// Begins a record of this transaction in its buffer.
    pub(crate) fn begin_record(
        &mut self,
        kind: Kind,
        relation: RelationId,
        undo: &[u8],
    ) -> Result<()> {
        let xid = self.assign_xid()?;
        self.wrote_logged |= relation.is_logged();
        if is_definition(kind, relation)
            && let Some(active) = &self.active
        {
            active.defines.store(true, Ordering::Release);
        }
        let header = header(kind, xid, self.last(), self.command, self.purge_last(), relation);
        record::begin(&mut self.buffer, header, undo);
        Ok(())
    }

    /// Appends the record in the buffer. 53100 if the disk is full.
    pub(crate) fn append_record(&mut self, purged: Purged) -> Result<Span> {
        let active = self.active.as_ref().expect("a record was begun");
        self.storage.log.append(&self.buffer, Urgency::Ordinary, |span| {
            active.last.store(span.start.0, Ordering::Release);
            if purged == Purged::Yes {
                active.purge.store(span.start.0, Ordering::Release);
            }
        })
    }
}

/// Whether purge must visit a record once its transaction is visible to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purged {
    Yes,
    No,
}

pub(crate) fn header(
    kind: Kind,
    xid: Xid,
    previous: Lsn,
    command: u32,
    purge: Lsn,
    relation: RelationId,
) -> Header {
    Header { kind, xid, previous, command, purge, relation }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.finished && !self.prepared {
            // What went wrong is kept by the log, which then accepts nothing more.
            let _ = self.roll_back();
        }
    }
}
