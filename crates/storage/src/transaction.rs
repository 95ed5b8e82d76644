//! A transaction: what a session writes through.

use crate::index::{IndexInsert, Unique};
use crate::*;
use error::{Error, Result};
use std::sync::Arc;

/// A transaction of one session: owned by it, `Send`, borrowing nothing. It has no id before its first
/// write. Dropping it unfinished rolls it back.
pub struct Transaction {
    storage: Arc<Storage>,
}

/// A position in a transaction to which it can be rolled back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Savepoint {
    /// How many savepoints were made before it.
    pub(crate) depth: usize,
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
    /// The storage that it works in.
    pub fn storage(&self) -> &Arc<Storage> {
        &self.storage
    }

    /// Its id; `None` before the first write.
    pub fn xid(&self) -> Option<Xid> {
        None
    }

    /// Its id, given now if it has none (txid_current, explicit row locks).
    pub fn assign_xid(&mut self) -> Result<Xid> {
        Err(unbuilt())
    }

    /// A snapshot of now: READ COMMITTED takes one per statement, REPEATABLE READ one per transaction.
    /// 58030 if the log failed.
    pub fn take_snapshot(&mut self) -> Result<Snapshot> {
        Err(unbuilt())
    }

    /// The same snapshot of others, with this transaction's own changes up to the current command's
    /// start: what REPEATABLE READ uses for each statement.
    pub fn reuse_snapshot(&self, snapshot: &Snapshot) -> Snapshot {
        snapshot.clone()
    }

    /// Begins the next command: changes made so far become visible to snapshots taken from now on.
    pub fn begin_command(&mut self) {}

    /// The number of the current command, from 0 (`cmin`).
    pub fn command(&self) -> u32 {
        0
    }

    /// Makes a savepoint above those that there are. It costs nothing.
    pub fn savepoint(&mut self) -> Savepoint {
        Savepoint { depth: 0 }
    }

    /// Undoes all since the savepoint, frees the locks taken since and wakes who waits for them. The
    /// savepoint stays, those above it are gone.
    pub fn rollback_to(&mut self, savepoint: Savepoint) -> Result<()> {
        let _ = savepoint;
        Err(unbuilt())
    }

    /// Forgets the savepoint and those above it; what was done since stays.
    pub fn release(&mut self, savepoint: Savepoint) {
        let _ = savepoint;
    }

    /// Undoes everything and frees all locks.
    pub fn rollback(self) -> Result<()> {
        Err(unbuilt())
    }

    /// Commits. `publish` is called with the CSN in the commit's critical section, before locks are freed: it
    /// must be short and take no lock of storage (it is not called when nothing was written). Returns the LSN
    /// that the answer must wait for ([`Storage::wait_durable`]): the commit's own, or, when nothing was
    /// written, the newest commit that this transaction saw. 58030 if the log failed.
    pub fn commit(self, publish: &mut dyn FnMut(Csn)) -> Result<Lsn> {
        let _ = publish;
        Err(unbuilt())
    }

    /// The LSN that an answer sent now, in the middle of the transaction, must wait for.
    pub fn answer_lsn(&self) -> Lsn {
        Lsn(0)
    }

    /// Has [`Self::commit`] return an LSN that needs no wait (synchronous_commit = off).
    pub fn set_asynchronous_commit(&mut self, asynchronous: bool) {
        let _ = asynchronous;
    }

    /// Whether it wrote anything that a commit must log.
    pub fn has_written(&self) -> bool {
        false
    }

    // Files. All are undone by a rollback; what is dropped is unlinked once the commit is durable.

    /// Makes an empty heap.
    pub fn create_heap(&mut self, relation: RelationId) -> Result<()> {
        let _ = relation;
        Err(unbuilt())
    }

    /// Makes an empty index.
    pub fn create_index(&mut self, relation: RelationId) -> Result<()> {
        let _ = relation;
        Err(unbuilt())
    }

    /// Makes a sequence with this state (at most [`crate::SEQUENCE_STATE_MAX`] bytes).
    pub fn create_sequence(&mut self, relation: RelationId, state: &[u8]) -> Result<()> {
        let _ = (relation, state);
        Err(unbuilt())
    }

    /// Drops a heap, index or sequence at commit.
    pub fn drop_relation(&mut self, relation: RelationId) -> Result<()> {
        let _ = relation;
        Err(unbuilt())
    }

    /// Makes a database's directory.
    pub fn create_database_dir(&mut self, database: u32) -> Result<()> {
        let _ = database;
        Err(unbuilt())
    }

    /// Drops a database's directory with all relations in it at commit.
    pub fn drop_database_dir(&mut self, database: u32) -> Result<()> {
        let _ = database;
        Err(unbuilt())
    }

    // Rows.

    /// Adds a row. 54000 if the body is larger than [`crate::ROW_SIZE_MAX`], 53100 if the disk is full.
    pub fn insert(&mut self, heap: RelationId, body: &[u8]) -> Result<(RowAddress, Version)> {
        let _ = (heap, body);
        Err(unbuilt())
    }

    /// Adds many rows, with one log record per page; `addresses` gets one address per body, in order.
    pub fn insert_many(
        &mut self,
        heap: RelationId,
        bodies: &[&[u8]],
        addresses: &mut Vec<RowAddress>,
    ) -> Result<()> {
        let _ = (heap, bodies, addresses);
        Err(unbuilt())
    }

    /// Replaces a row's body, if its newest version is still `expected`. The address stays. Index
    /// entries are the caller's: insert those of changed keys after it, and mark the old ones.
    pub fn update(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
        body: &[u8],
        kind: UpdateKind,
    ) -> Result<Write> {
        let _ = (heap, address, expected, body, kind);
        Err(unbuilt())
    }

    /// Deletes a row, if its newest version is still `expected`. The caller then marks all its index entries.
    pub fn delete(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
    ) -> Result<Write> {
        let _ = (heap, address, expected);
        Err(unbuilt())
    }

    /// Locks a row as FOR UPDATE and its like do, if its newest version is still `expected`.
    pub fn lock_row(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        expected: Version,
        lock: RowLock,
    ) -> Result<Write> {
        let _ = (heap, address, expected, lock);
        Err(unbuilt())
    }

    /// Waits until the transaction that holds this row has ended (or freed its lock on it). Waiters of one
    /// row take turns in order of arrival. 40P01, 55P03, or what the limits' check fails with.
    pub fn wait_for_row(
        &mut self,
        heap: RelationId,
        address: RowAddress,
        holder: Xid,
        limits: Limits<'_>,
    ) -> Result<()> {
        let _ = (heap, address, holder, limits);
        Err(unbuilt())
    }

    /// Waits until a transaction has ended. 40P01, 55P03, or what the limits' check fails with.
    pub fn wait_for(&mut self, holder: Xid, limits: Limits<'_>) -> Result<()> {
        let _ = (holder, limits);
        Err(unbuilt())
    }

    /// Locks a relation, name, object or advisory key until the transaction's end, or until a rollback to an
    /// earlier savepoint. A lock already held as strongly costs nothing. 40P01, 55P03, or what the check fails with.
    pub fn lock(&mut self, tag: LockTag, mode: LockMode, limits: Limits<'_>) -> Result<()> {
        let _ = (tag, mode, limits);
        Err(unbuilt())
    }

    /// Locks if that needs no wait (NOWAIT, pg_try_advisory_xact_lock).
    pub fn try_lock(&mut self, tag: LockTag, mode: LockMode) -> Result<bool> {
        let _ = (tag, mode);
        Err(unbuilt())
    }

    // Indexes. Keys are order-preserving bytes of at most [`crate::KEY_SIZE_MAX`].

    /// Adds an entry. With [`Unique::Yes`] it is not added if another row's newest version has the key.
    /// 54000 if the key is too long.
    pub fn index_insert(
        &mut self,
        index: RelationId,
        heap: RelationId,
        key: &[u8],
        address: RowAddress,
        unique: Unique,
    ) -> Result<IndexInsert> {
        let _ = (index, heap, key, address, unique);
        Err(unbuilt())
    }

    /// Marks the entry of a row that was deleted, or whose key changed; purge removes it later.
    pub fn index_mark(&mut self, index: RelationId, key: &[u8], address: RowAddress) -> Result<()> {
        let _ = (index, key, address);
        Err(unbuilt())
    }

    /// Fills an empty index made in this transaction with entries in the order of (key, address).
    pub fn index_build<'a>(
        &mut self,
        index: RelationId,
        entries: &mut dyn Iterator<Item = (&'a [u8], RowAddress)>,
    ) -> Result<()> {
        let _ = (index, entries);
        Err(unbuilt())
    }

    // Sequences: their changes are not undone by a rollback; an answer that shows one waits for the log.

    /// Advances a sequence: `step` gets its state and returns a value and the new state, or leaves it by failing.
    pub fn sequence_next<T>(
        &mut self,
        sequence: RelationId,
        step: impl FnOnce(&mut [u8]) -> Result<T>,
    ) -> Result<T> {
        let _ = (sequence, step);
        Err(unbuilt())
    }
}

fn unbuilt() -> Error {
    Error::unsupported("storage")
}
