//! Indexes as transactions see them.
//!
//! An entry carries no transaction. It matches a row if the visible version's key equals it; that test can be left out
//! where the entry is unmarked, the visible version is the row's newest, and the leaf did not change while the row
//! was fetched.

use crate::codec::{Decoder, damaged, put, put_bytes};
use crate::heap::page::DELETED;
use crate::heap::read::Age;
use crate::record::{self, Kind, put_page};
use crate::transaction::{Purged, header};
use crate::{Lsn, RelationId, RowAddress, RowRef, Snapshot, Storage, Transaction, Version, Xid};
use btree::{Batch, Change, Insert, Journal, Position, RunEntry, Uniqueness};
use error::{Error, Result};
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;
use wal::{Span, Urgency};

pub use btree::Direction;

/// Whether other rows may have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// They may. Also for keys with a NULL where NULLS DISTINCT.
    No,
    /// They may not.
    Yes,
    /// They may for now: whether there are any is told.
    Later,
}

/// An entry's key.
#[derive(Debug, Clone, Copy)]
pub struct EntryKey<'a> {
    /// All bytes: those of the key columns, then what is only kept with them.
    pub bytes: &'a [u8],
    /// How many bytes are of the key columns: those that are unique in a unique index.
    pub length: usize,
}

impl<'a> From<&'a [u8]> for EntryKey<'a> {
    /// A key with nothing kept beside it.
    fn from(bytes: &'a [u8]) -> Self {
        Self { bytes, length: bytes.len() }
    }
}

impl<'a> EntryKey<'a> {
    fn own(self) -> &'a [u8] {
        &self.bytes[..self.length]
    }
}

/// An entry of many to add.
#[derive(Debug, Clone, Copy)]
pub struct NewEntry<'a> {
    /// Its key.
    pub key: EntryKey<'a>,
    /// The row.
    pub address: RowAddress,
    /// Whether others may have the key.
    pub unique: Unique,
}

/// What became of an attempt to add an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexInsert {
    /// It is there.
    Done,
    /// It is there, and others of the key may be ([`Unique::Later`]).
    Shared,
    /// This row has the key: committed, or this transaction's own.
    Duplicate(RowAddress),
    /// Another transaction is adding, or removing, a row with the key: wait for it, then try again.
    WaitFor(Xid),
}

/// What a cursor found: an entry whose row is visible.
#[derive(Debug)]
pub struct Found<'a> {
    /// The entry's key.
    pub key: &'a [u8],
    /// The row.
    pub address: RowAddress,
    /// The visible version.
    pub version: Version,
    /// Its body.
    pub row: RowRef<'a>,
    /// Whether the caller must compare the visible version's key with the entry's: it is then not the
    /// row's entry if they differ.
    pub needs_key_check: bool,
}

/// A position in an index; it holds no latch and no page between calls, and reuses its memory when reset.
#[derive(Debug)]
pub struct IndexCursor {
    index: RelationId,
    heap: RelationId,
    position: Position,
    batch: Batch,
    next: usize,
    /// Nothing of the range was read yet.
    is_fresh: bool,
    /// How often a row was looked for in the heap.
    fetch_count: u64,
}

impl IndexCursor {
    /// A cursor over nothing, until [`Self::reset`].
    pub fn new(index: RelationId, heap: RelationId) -> Self {
        Self {
            index,
            heap,
            position: Position::default(),
            batch: Batch::default(),
            next: 0,
            is_fresh: false,
            fetch_count: 0,
        }
    }

    /// Goes to the start of a range of keys. Bounds are byte strings; a prefix of keys is an inclusive lower bound and,
    /// as upper bound, `Excluded` of [`prefix_end`].
    pub fn reset(&mut self, lower: Bound<&[u8]>, upper: Bound<&[u8]>, direction: Direction) {
        self.position.reset(lower, upper, direction);
        self.batch.clear();
        self.next = 0;
        self.is_fresh = true;
    }

    /// How often it has looked for a row in the heap.
    pub fn fetch_count(&self) -> u64 {
        self.fetch_count
    }

    /// Calls `visit` with each next entry whose row the snapshot sees, in key order (then address order), until it
    /// breaks, the range ends (`false` tells that) or many leaves were read: a caller then looks whether it is to go on at
    /// all, which entries that show no row would keep it from. `visit` may run under the heap page's shared latch: it
    /// copies what it needs, and calls no storage.
    pub fn next(
        &mut self,
        storage: &Storage,
        snapshot: &Snapshot,
        visit: impl FnMut(Found<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<bool> {
        self.next_or_key(storage, snapshot, None, visit)
    }

    /// As [`Self::next`], for a reader that the key tells all: where an entry's row is known to be visible without a look at
    /// it, `visit_key` gets the key alone.
    pub fn next_covered(
        &mut self,
        storage: &Storage,
        snapshot: &Snapshot,
        visit_key: &mut KeyVisitor<'_>,
        visit: impl FnMut(Found<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<bool> {
        self.next_or_key(storage, snapshot, Some(visit_key), visit)
    }

    fn next_or_key(
        &mut self,
        storage: &Storage,
        snapshot: &Snapshot,
        mut visit_key: Option<&mut KeyVisitor<'_>>,
        mut visit: impl FnMut(Found<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<bool> {
        if std::mem::take(&mut self.is_fresh) {
            snapshot.reads_range(self.index, || self.position.range())?;
        }
        // Entries left from the last call: their leaf may have changed since.
        let mut leaf = None;
        let mut leaf_count = 0;
        loop {
            while let Some(entry) = self.batch.entries().get(self.next).copied() {
                self.next += 1;
                let address = RowAddress::from_u64(entry.address);
                let key = self.batch.key(entry);
                // All who wrote the leaf, those who deleted rows among them, are older than every snapshot; an entry
                // without a mark is then its row's. A serialisable transaction reads the row itself, that its writers
                // find the reader.
                if let Some(visit_key) = &mut visit_key
                    && entry.mark == 0
                    && snapshot.sees_all(self.batch.stamp)
                    && !snapshot.is_checked()
                {
                    if visit_key(key, address)?.is_break() {
                        return Ok(true);
                    }
                    continue;
                }
                self.fetch_count += 1;
                let broke =
                    storage.fetch_aged(snapshot, self.heap, address, |version, row, age| {
                        let unchanged =
                            leaf.as_ref().is_some_and(|(pin, version): &(buffer::Pin<'_>, u64)| {
                                pin.version() == *version
                            });
                        let needs_key_check = entry.mark != 0 || age == Age::Older || !unchanged;
                        visit(Found { key, address, version, row, needs_key_check })
                    })?;
                if broke.transpose()?.is_some_and(|flow| flow.is_break()) {
                    return Ok(true);
                }
            }
            if self.position.is_done() {
                return Ok(false);
            }
            drop(leaf.take());
            if leaf_count == LEAVES_MAX {
                return Ok(true);
            }
            leaf_count += 1;
            self.next = 0;
            let tree = storage.tree(self.index);
            leaf = Some(tree.read(&storage.pool, &mut self.position, &mut self.batch)?);
            // Entries may have been purged before the leaf was read.
            snapshot.check()?;
        }
    }
}

/// Puts the next key into the buffer and returns its row; `None` behind the last.
pub type KeySource<'f> = dyn FnMut(&mut Vec<u8>) -> Result<Option<RowAddress>> + 'f;

/// What [`IndexCursor::next_covered`] calls with a key and its row's address.
pub type KeyVisitor<'f> = dyn FnMut(&[u8], RowAddress) -> Result<ControlFlow<()>> + 'f;

/// The first byte string above all that begin with `prefix`; `None` if there is none.
pub fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

/// So many leaves are read in one call at most.
const LEAVES_MAX: usize = 8;

/// So many entries are added at once at most.
const RUN_MAX: usize = 1024;

/// Goes to the entries whose keys begin with the bytes of the key columns.
fn reset_to_start(position: &mut Position, key: &[u8]) {
    let end = prefix_end(key);
    let upper = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    position.reset(Bound::Included(key), upper, Direction::Forward);
}

impl<'a> NewEntry<'a> {
    fn run_entry(&self) -> RunEntry<'a> {
        let uniqueness = match self.unique {
            Unique::No => Uniqueness::Any,
            Unique::Yes | Unique::Later => Uniqueness::OnlyOne(self.key.length),
        };
        RunEntry { key: self.key.bytes, address: self.address.to_u64(), uniqueness }
    }
}

/// What it takes to undo, or purge, a change of an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IndexUndo<'a> {
    pub(crate) change: Change,
    pub(crate) key: &'a [u8],
    pub(crate) address: RowAddress,
}

impl<'a> IndexUndo<'a> {
    fn put(&self, bytes: &mut Vec<u8>) {
        let (tag, mark) = match self.change {
            Change::Inserted => (0, 0),
            Change::Unmarked(mark) => (1, mark),
            Change::Marked(mark) => (2, mark),
            Change::Removed(mark) => (3, mark),
        };
        bytes.push(tag);
        put(bytes, mark);
        put(bytes, self.address.to_u64());
        put_bytes(bytes, self.key);
    }

    pub(crate) fn decode(undo: &'a [u8]) -> Result<Self> {
        let mut decoder = Decoder(undo);
        let (tag, mark) = (decoder.u8()?, decoder.u64()?);
        let change = match tag {
            0 => Change::Inserted,
            1 => Change::Unmarked(mark),
            2 => Change::Marked(mark),
            3 => Change::Removed(mark),
            _ => return Err(damaged()),
        };
        let address = RowAddress::from_u64(decoder.u64()?);
        Ok(Self { change, key: decoder.bytes()?, address })
    }
}

/// Writes the records of a transaction's changes of an index.
struct TransactionJournal<'a> {
    transaction: &'a mut Transaction,
    index: RelationId,
    key: &'a [u8],
    address: RowAddress,
}

impl Journal for TransactionJournal<'_> {
    fn entry(&mut self, change: Change, operations: &[(u32, &[u8])]) -> Result<Span> {
        let mut undo = Vec::with_capacity(self.key.len() + 24);
        IndexUndo { change, key: self.key, address: self.address }.put(&mut undo);
        self.transaction.begin_record(Kind::IndexEntry, self.index, &undo)?;
        for (page, operation) in operations {
            put_page(&mut self.transaction.buffer, self.index, *page, operation);
        }
        let purged = match change {
            Change::Marked(_) => Purged::Yes,
            Change::Inserted | Change::Unmarked(_) | Change::Removed(_) => Purged::No,
        };
        self.transaction.append_record(purged)
    }

    fn structure(&mut self, operations: &[(u32, &[u8])]) -> Result<Span> {
        let storage = Arc::clone(&self.transaction.storage);
        let buffer = &mut self.transaction.buffer;
        storage.log_structure(self.index, operations, buffer, Urgency::Ordinary)
    }

    fn stamp(&self) -> u64 {
        self.transaction.xid().unwrap_or(Xid::NONE).0
    }
}

impl Storage {
    /// Logs a change of an index's structure.
    pub(crate) fn log_structure(
        &self,
        index: RelationId,
        operations: &[(u32, &[u8])],
        buffer: &mut Vec<u8>,
        urgency: Urgency,
    ) -> Result<Span> {
        if !index.is_logged() {
            return Ok(self.span_without_record());
        }
        let header = header(Kind::IndexStructure, Xid::NONE, Lsn(0), 0, Lsn(0), index);
        record::begin(buffer, header, &[]);
        for (page, operation) in operations {
            put_page(buffer, index, *page, operation);
        }
        self.log.append(buffer, urgency, |_| {})
    }

    /// Calls `visit` with every entry of an index, in order: key, address and whether it is marked.
    pub fn index_entries(
        &self,
        index: RelationId,
        mut visit: impl FnMut(&[u8], RowAddress, bool) -> Result<()>,
    ) -> Result<()> {
        let (mut position, mut batch) = (Position::default(), Batch::default());
        position.reset(Bound::Unbounded, Bound::Unbounded, Direction::Forward);
        let tree = self.tree(index);
        while !position.is_done() {
            tree.read(&self.pool, &mut position, &mut batch)?;
            for entry in batch.entries() {
                visit(batch.key(*entry), RowAddress::from_u64(entry.address), entry.mark != 0)?;
            }
        }
        Ok(())
    }

    /// Whether a row has an entry with a key, marked or not.
    fn has_entry(&self, index: RelationId, key: &[u8], address: RowAddress) -> Result<bool> {
        let (mut position, mut batch) = (Position::default(), Batch::default());
        position.reset(Bound::Included(key), Bound::Included(key), Direction::Forward);
        let tree = self.tree(index);
        while !position.is_done() {
            tree.read(&self.pool, &mut position, &mut batch)?;
            if batch.entries().iter().any(|entry| entry.address == address.to_u64()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Checks an index's structure. XX002 with what is wrong.
    pub fn check_index(&self, index: RelationId) -> Result<()> {
        self.tree(index).check(&self.pool)
    }
}

impl Transaction {
    /// Adds an entry. With [`Unique::Yes`] it is not added if another row's newest version has the key.
    /// 54000 if the key is too long.
    pub fn index_insert(
        &mut self,
        index: RelationId,
        heap: RelationId,
        entry: EntryKey<'_>,
        address: RowAddress,
        unique: Unique,
    ) -> Result<IndexInsert> {
        let storage = Arc::clone(&self.storage);
        self.assign_xid()?;
        let tree = storage.tree(index);
        let number = address.to_u64();
        let (pool, key) = (&storage.pool, entry.bytes);
        let mut journal = TransactionJournal { transaction: self, index, key, address };
        if unique == Unique::No {
            tree.insert(pool, key, number, Uniqueness::Any, &mut journal)?;
            self.note_key(index, key)?;
            return Ok(IndexInsert::Done);
        }
        // Between the look for others with the key and the insertion nobody else inserts it.
        let _only = storage.unique_lock(index, entry.own()).lock();
        let only_one = Uniqueness::OnlyOne(entry.length);
        match tree.insert(pool, key, number, only_one, &mut journal)? {
            Insert::Done | Insert::Present => {
                self.note_key(index, key)?;
                return Ok(IndexInsert::Done);
            }
            Insert::SameKey => {}
        }
        if unique == Unique::Later {
            tree.insert(pool, key, number, Uniqueness::Any, &mut journal)?;
            self.note_key(index, key)?;
            return Ok(IndexInsert::Shared);
        }
        let conflict = journal.transaction.find_conflict(index, heap, entry.own(), address)?;
        if let Some(conflict) = conflict {
            // That the key was not there may be what the transaction goes by: then it is no duplicate but a conflict.
            if matches!(conflict, IndexInsert::Duplicate(_)) {
                self.note_key(index, key)?;
            }
            return Ok(conflict);
        }
        let mut journal = TransactionJournal { transaction: self, index, key, address };
        tree.insert(pool, key, number, Uniqueness::Any, &mut journal)?;
        self.note_key(index, key)?;
        Ok(IndexInsert::Done)
    }

    /// Looks again for others with the key of an entry that was added with [`Unique::Later`]; if the entry is not the row's
    /// any more, there are none.
    pub fn index_check(
        &self,
        index: RelationId,
        heap: RelationId,
        key: EntryKey<'_>,
        address: RowAddress,
    ) -> Result<IndexInsert> {
        let storage = &self.storage;
        let key = key.own();
        let (mut position, mut batch) = (Position::default(), Batch::default());
        reset_to_start(&mut position, key);
        let tree = storage.tree(index);
        let mut is_there = false;
        while !position.is_done() {
            tree.read(&storage.pool, &mut position, &mut batch)?;
            let own = batch.entries().iter().find(|entry| entry.address == address.to_u64());
            is_there |= own.is_some_and(|entry| entry.mark == 0);
        }
        if !is_there || storage.fetch_newest(self, heap, address, |_, _| ())?.is_none() {
            return Ok(IndexInsert::Done);
        }
        Ok(self.find_conflict(index, heap, key, address)?.unwrap_or(IndexInsert::Done))
    }

    /// Adds the first of these entries, which ascend strictly by key and address, as many as go at once; returns how many. The
    /// first that did not go is for [`Self::index_insert`].
    pub fn index_insert_run(
        &mut self,
        index: RelationId,
        entries: &[NewEntry<'_>],
    ) -> Result<usize> {
        let storage = Arc::clone(&self.storage);
        storage.log.wait_for_room()?;
        let xid = self.assign_xid()?;
        let run: Vec<RunEntry<'_>> =
            entries.iter().take(RUN_MAX).map(NewEntry::run_entry).collect();
        let done = {
            let _only = storage.unique_locks(index, &entries[..run.len()]);
            storage.tree(index).insert_run(
                &storage.pool,
                &run,
                xid.0,
                &mut |count, page, done| {
                    let mut undo = Vec::with_capacity(count * 24);
                    for entry in &run[..count] {
                        put(&mut undo, entry.address);
                        put_bytes(&mut undo, entry.key);
                    }
                    self.begin_record(Kind::IndexRun, index, &undo)?;
                    put_page(&mut self.buffer, index, page, done);
                    self.append_record(Purged::No)
                },
            )?
        };
        for entry in &entries[..done] {
            self.note_key(index, entry.key.bytes)?;
        }
        Ok(done)
    }

    /// Makes dependencies of who read the place of a key that a serialisable transaction adds. 40001.
    fn note_key(&self, index: RelationId, key: &[u8]) -> Result<()> {
        self.serial.as_ref().map_or(Ok(()), |serial| serial.wrote_key(index, key))
    }

    /// Whether another row's newest version has a key: its entry is unmarked then. A marked entry is in the way only while
    /// who marked it has not ended.
    fn find_conflict(
        &self,
        index: RelationId,
        heap: RelationId,
        key: &[u8],
        address: RowAddress,
    ) -> Result<Option<IndexInsert>> {
        let storage = &self.storage;
        let (mut position, mut batch) = (Position::default(), Batch::default());
        reset_to_start(&mut position, key);
        let tree = storage.tree(index);
        while !position.is_done() {
            tree.read(&storage.pool, &mut position, &mut batch)?;
            for entry in batch.entries() {
                let other = RowAddress::from_u64(entry.address);
                if other == address {
                    continue;
                }
                let pin = storage.heap_pin(heap, other.page)?;
                let page = pin.read();
                let Some(row) = crate::heap::page::row(&page, other.slot) else { continue };
                let writer =
                    storage.table.active(row.xid).filter(|active| Some(active.xid) != self.xid());
                match writer {
                    Some(writer) if entry.mark == 0 || entry.mark >= writer.first.0 => {
                        return Ok(Some(IndexInsert::WaitFor(writer.xid)));
                    }
                    Some(_) => {}
                    None if entry.mark == 0 && !row.has(DELETED) => {
                        self.note_seen(row.xid);
                        return Ok(Some(IndexInsert::Duplicate(other)));
                    }
                    None => {}
                }
            }
        }
        Ok(None)
    }

    /// Marks the entry of a row that was deleted, or whose key changed; purge removes it later. XX002 if there is none.
    pub fn index_mark(&mut self, index: RelationId, key: &[u8], address: RowAddress) -> Result<()> {
        let storage = Arc::clone(&self.storage);
        self.assign_xid()?;
        let mut journal = TransactionJournal { transaction: self, index, key, address };
        let found = storage.tree(index).mark(&storage.pool, key, address.to_u64(), &mut journal)?;
        if found {
            return Ok(());
        }
        Err(Error::new(
            error::SqlState::INDEX_CORRUPTED,
            format!("index {index} has no entry for the row at {address}"),
        ))
    }

    /// Adds a row's entry to an index that others keep up to date already, if it is not there, marked or not. Whoever is
    /// writing the row is waited for: a rollback may take the entry away.
    pub fn index_add_missing(
        &mut self,
        index: RelationId,
        heap: RelationId,
        entry: EntryKey<'_>,
        address: RowAddress,
        unique: Unique,
    ) -> Result<IndexInsert> {
        let storage = Arc::clone(&self.storage);
        self.assign_xid()?;
        let key = entry.bytes;
        let _only = storage.unique_lock(index, entry.own()).lock();
        {
            let pin = storage.heap_pin(heap, address.page)?;
            let page = pin.read();
            let row = crate::heap::page::row(&page, address.slot);
            let writer = row.and_then(|row| storage.table.active(row.xid));
            if let Some(writer) = writer {
                return Ok(IndexInsert::WaitFor(writer.xid));
            }
        }
        if storage.has_entry(index, key, address)? {
            return Ok(IndexInsert::Done);
        }
        if unique == Unique::Yes
            && let Some(conflict) = self.find_conflict(index, heap, entry.own(), address)?
        {
            return Ok(conflict);
        }
        let mut journal = TransactionJournal { transaction: self, index, key, address };
        let tree = storage.tree(index);
        tree.insert(&storage.pool, key, address.to_u64(), Uniqueness::Any, &mut journal)?;
        Ok(IndexInsert::Done)
    }

    /// As [`Self::index_mark`], in an index that is being filled: an entry that is not there yet is added, marked.
    pub fn index_mark_missing(
        &mut self,
        index: RelationId,
        key: EntryKey<'_>,
        address: RowAddress,
    ) -> Result<()> {
        let storage = Arc::clone(&self.storage);
        self.assign_xid()?;
        let _only = storage.unique_lock(index, key.own()).lock();
        let key = key.bytes;
        if !storage.has_entry(index, key, address)? {
            let mut journal = TransactionJournal { transaction: self, index, key, address };
            let tree = storage.tree(index);
            tree.insert(&storage.pool, key, address.to_u64(), Uniqueness::Any, &mut journal)?;
        }
        self.index_mark(index, key, address)
    }

    /// Fills an empty index made in this transaction with entries in strictly ascending order of (key, address).
    /// 54000 if a key is too long.
    pub fn index_build(&mut self, index: RelationId, source: &mut KeySource<'_>) -> Result<()> {
        let storage = Arc::clone(&self.storage);
        self.assign_xid()?;
        let address = RowAddress { page: 0, slot: 0 };
        let mut journal = TransactionJournal { transaction: self, index, key: &[], address };
        let mut source = |key: &mut Vec<u8>| {
            let address = source(key)?;
            if key.len() > crate::KEY_SIZE_MAX {
                return Err(btree::key_too_long(key.len()));
            }
            Ok(address.map(RowAddress::to_u64))
        };
        storage.tree(index).build(&storage.pool, &mut source, &mut journal)
    }
}
