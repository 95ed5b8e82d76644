//! Purge: removing what no snapshot can see any more.
//!
//! It follows the chains of committed transactions in the order of their CSNs, from each one's last record back, so that
//! a row's index entries go before its slot. It touches a row or entry only if that is still as the record left it;
//! so whatever was purged, or came back, before a crash may be gone through again.

use crate::commit::Purgeable;
use crate::heap::history::{DeleteUndo, UpdateUndo};
use crate::heap::page::{self, DELETED, FORWARD, MOVED};
use crate::index::IndexUndo;
use crate::record::{self, Kind, Record, decode, put_page};
use crate::transaction::header;
use crate::{Lsn, RelationId, RowAddress, Storage, Version, Xid, large};
use btree::{Change, Journal};
use error::Result;
use wal::{Span, Urgency};

/// An entry's mark that a rollback restored: purge may have passed it by.
#[derive(Debug, Clone)]
pub(crate) struct Restored {
    index: RelationId,
    key: Vec<u8>,
    address: RowAddress,
    mark: u64,
    /// Gone through once all snapshots are behind this.
    after: u64,
}

struct PurgeJournal<'a> {
    storage: &'a Storage,
    index: RelationId,
    buffer: Vec<u8>,
}

impl Journal for PurgeJournal<'_> {
    fn entry(&mut self, _: Change, operations: &[(u32, &[u8])]) -> Result<Span> {
        if !self.index.is_logged() {
            return Ok(self.storage.span_without_record());
        }
        let header = header(Kind::IndexCompensation, Xid::NONE, Lsn(0), 0, Lsn(0), self.index);
        record::begin(&mut self.buffer, header, &[]);
        for (page, operation) in operations {
            put_page(&mut self.buffer, self.index, *page, operation);
        }
        self.storage.log.append(&self.buffer, Urgency::Ordinary, |_| {})
    }

    fn structure(&mut self, operations: &[(u32, &[u8])]) -> Result<Span> {
        self.storage.log_structure(self.index, operations, &mut self.buffer, Urgency::Ordinary)
    }

    fn stamp(&self) -> u64 {
        0
    }
}

impl Storage {
    /// Removes rows and entries that no snapshot can see any more; returns how many records it went through. 53100 if
    /// the disk is full.
    pub fn purge(&self) -> Result<u64> {
        let mut visited = 0;
        let horizon = {
            let _maintaining = self.maintaining.lock();
            self.table.maintain(self.log.durable_lsn())
        };
        loop {
            let _removing = self.removing.lock();
            let next = {
                let mut queue = self.purgeable.lock();
                let next = queue.front().copied().filter(|next| next.csn <= horizon);
                // A checkpoint must know of it until it is done.
                *self.purging.lock() = next;
                if next.is_some() { queue.pop_front() } else { None }
            };
            let Some(next) = next else { break };
            let purged = self.purge_transaction(&next);
            if purged.is_err() {
                self.purgeable.lock().push_front(next);
            }
            *self.purging.lock() = None;
            visited += purged?;
        }
        self.purge_restored(horizon.0)?;
        Ok(visited)
    }

    fn purge_transaction(&self, purgeable: &Purgeable) -> Result<u64> {
        let mut payload = Vec::new();
        let mut at = purgeable.last;
        let mut visited = 0;
        while at != Lsn(0) {
            self.log.read(at, &mut payload)?;
            let record = decode(&payload)?;
            let relation = record.header.relation;
            if !self.is_emptied(relation, at) && self.pool.exists(relation)? {
                match record.header.kind {
                    Kind::HeapDelete => self.purge_delete(&record, at)?,
                    Kind::HeapUpdate => self.purge_update(&record)?,
                    Kind::IndexEntry => self.purge_entry(&record, at)?,
                    Kind::HeapInsert
                    | Kind::IndexRun
                    | Kind::IndexStructure
                    | Kind::HeapCompensation
                    | Kind::IndexCompensation
                    | Kind::Sequence
                    | Kind::CreateFile
                    | Kind::RemoveFile
                    | Kind::CreateDirectory
                    | Kind::RemoveDirectory
                    | Kind::Commit
                    | Kind::Abort
                    | Kind::Counters
                    | Kind::Checkpoint
                    | Kind::Prepare => {}
                }
            }
            visited += 1;
            at = record.header.purge;
        }
        Ok(visited)
    }

    fn purge_entry(&self, record: &Record<'_>, at: Lsn) -> Result<()> {
        let undo = IndexUndo::decode(record.undo)?;
        self.remove_entry(record.header.relation, undo.key, undo.address, at.0)
    }

    fn remove_entry(
        &self,
        index: RelationId,
        key: &[u8],
        address: RowAddress,
        mark: u64,
    ) -> Result<()> {
        let mut journal = PurgeJournal { storage: self, index, buffer: Vec::new() };
        self.tree(index).remove(&self.pool, key, address.to_u64(), mark, &mut journal)?;
        Ok(())
    }

    fn purge_delete(&self, record: &Record<'_>, at: Lsn) -> Result<()> {
        let undo = DeleteUndo::decode(record.undo)?;
        let heap = record.header.relation;
        for external in large::pointers(undo.let_go) {
            self.free_external(heap, &external?)?;
        }
        let address = undo.address;
        let (mut frees, is_there) = {
            let pin = self.heap_pin(heap, address.page)?;
            let page = pin.read();
            let row = page::row(&page, address.slot);
            let row = row.filter(|row| row.has(DELETED) && row.version == Version(at.0));
            let remote = row.filter(|row| row.has(FORWARD)).map(|row| row.pointer());
            (remote.map(free).into_iter().collect::<Vec<_>>(), row.is_some())
        };
        if !is_there {
            return Ok(());
        }
        frees.push(free(address));
        self.free_slots(heap, &frees)
    }

    /// The large values that an update let go of, and the body that it left behind when it moved the row.
    fn purge_update(&self, record: &Record<'_>) -> Result<()> {
        let undo = UpdateUndo::decode(record.undo)?;
        let heap = record.header.relation;
        for external in large::pointers(undo.let_go) {
            self.free_external(heap, &external?)?;
        }
        let Some(old) = undo.old_remote.filter(|_| undo.old_remote != undo.new_remote) else {
            return Ok(());
        };
        let is_there = {
            let pin = self.heap_pin(heap, old.page)?;
            let page = pin.read();
            let left = |row: &page::Row<'_>| {
                row.has(MOVED) && row.version == undo.version && row.pointer() == undo.address
            };
            page::row(&page, old.slot).is_some_and(|row| left(&row))
        };
        if is_there { self.free_slots(heap, &[free(old)]) } else { Ok(()) }
    }

    /// Frees the slots of rows that nobody can see.
    pub(crate) fn free_rows(&self, heap: RelationId, addresses: &[RowAddress]) -> Result<()> {
        let frees: Vec<_> = addresses.iter().map(|address| free(*address)).collect();
        self.free_slots(heap, &frees)
    }

    fn free_slots(&self, heap: RelationId, frees: &[(u32, Vec<u8>)]) -> Result<()> {
        let header = header(Kind::HeapCompensation, Xid::NONE, Lsn(0), 0, Lsn(0), heap);
        self.change_heap(heap, header, frees, &mut Vec::new(), |_| {})?;
        let space = self.space(heap)?;
        for (number, _) in frees {
            let pin = self.heap_pin(heap, *number)?;
            let room = page::free_bytes(&pin.read());
            space.note(*number, room);
        }
        Ok(())
    }

    /// Notes a mark that a rollback restored.
    pub(crate) fn purge_again(
        &self,
        index: RelationId,
        key: &[u8],
        address: RowAddress,
        mark: u64,
    ) {
        let after = self.table.published().0;
        let restored = Restored { index, key: key.to_vec(), address, mark, after };
        self.restored.lock().push(restored);
    }

    fn purge_restored(&self, horizon: u64) -> Result<()> {
        let _removing = self.removing.lock();
        if self.restored.lock().is_empty() {
            return Ok(());
        }
        // While who set a mark has not ended, its rollback may still want the entry.
        let active = self.table.all_active();
        let ended = |mark: u64| active.iter().all(|active| active.first.0 > mark);
        let due: Vec<Restored> = {
            let mut restored = self.restored.lock();
            restored.extract_if(.., |each| each.after <= horizon && ended(each.mark)).collect()
        };
        for each in due {
            // A mark whose transaction is not behind every snapshot yet is the queue's business.
            let is_queued = self
                .purgeable
                .lock()
                .iter()
                .any(|queued| queued.csn.0 > each.mark && queued.first.0 <= each.mark);
            if !is_queued && self.pool.exists(each.index)? {
                self.remove_entry(each.index, &each.key, each.address, each.mark)?;
            }
        }
        Ok(())
    }
}

fn free(address: RowAddress) -> (u32, Vec<u8>) {
    let mut operations = Vec::new();
    page::put_free(&mut operations, address.slot);
    (address.page, operations)
}
