//! Undoing records: for a rollback, for one to a savepoint, and in recovery.
//!
//! What was changed last is undone first. Each record undone is followed in the log by a compensation, whose
//! previous record is the next one to undo: so nothing is undone twice, however often recovery begins again.

use crate::codec::{Decoder, damaged};
use crate::heap::history::{DeleteUndo, UpdateUndo};
use crate::heap::page::{self, Delta, MOVED, POINTER_SIZE, Stamp};
use crate::heap::write::{apply_all, latch_all, page_of};
use crate::index::IndexUndo;
use crate::record::{self, Header, Kind, Record, decode, put_page};
use crate::transaction::{Dropped, header};
use crate::{Lsn, RelationId, Storage, Xid};
use btree::{Change, Journal};
use error::Result;
use wal::{Span, Urgency};

/// Undoes a transaction's records from `from` back to, and without, `until`. `note` gets the LSN of each
/// compensation before any other record gets one.
pub(crate) fn undo_chain(
    storage: &Storage,
    xid: Xid,
    from: Lsn,
    until: Lsn,
    note: &mut dyn FnMut(Lsn),
) -> Result<()> {
    let mut payload = Vec::new();
    let mut at = from;
    while at > until {
        storage.log.read(at, &mut payload)?;
        let record = decode(&payload)?;
        if record.header.xid != xid {
            return Err(damaged());
        }
        let mut undoing =
            Undoing { storage, xid, record, buffer: Vec::new(), note, is_last: true, at };
        undoing.undo()?;
        at = record.header.previous;
    }
    Ok(())
}

struct Undoing<'a> {
    storage: &'a Storage,
    xid: Xid,
    record: Record<'a>,
    buffer: Vec<u8>,
    note: &'a mut dyn FnMut(Lsn),
    /// Whether the record is undone with the next compensation.
    is_last: bool,
    /// The record itself: what is to be undone next while it is undone in part.
    at: Lsn,
}

impl Undoing<'_> {
    fn undo(&mut self) -> Result<()> {
        let relation = self.record.header.relation;
        match self.record.header.kind {
            Kind::HeapInsert => self.if_there(relation, Self::undo_insert),
            Kind::HeapUpdate => self.if_there(relation, Self::undo_update),
            Kind::HeapDelete => self.if_there(relation, Self::undo_delete),
            Kind::IndexEntry => self.if_there(relation, Self::undo_entry),
            Kind::IndexRun => self.if_there(relation, Self::undo_run),
            Kind::CreateFile => self.drop_file(Kind::RemoveFile, Dropped::File(relation)),
            Kind::CreateDirectory => {
                self.drop_file(Kind::RemoveDirectory, Dropped::Directory(relation.database))
            }
            Kind::HeapCompensation
            | Kind::IndexCompensation
            | Kind::RemoveFile
            | Kind::RemoveDirectory
            | Kind::Prepare => Ok(()),
            Kind::IndexStructure
            | Kind::Sequence
            | Kind::Commit
            | Kind::Abort
            | Kind::Counters
            | Kind::Checkpoint => Err(damaged()),
        }
    }

    /// On a relation whose file is gone, or was emptied by a crash, there is nothing to undo.
    fn if_there(&mut self, relation: RelationId, undo: fn(&mut Self) -> Result<()>) -> Result<()> {
        if self.storage.is_emptied(relation, self.at) || !self.storage.pool.exists(relation)? {
            return Ok(());
        }
        undo(self)
    }

    fn header(&self, kind: Kind) -> Header {
        let undone = self.record.header;
        let next = if self.is_last { undone.previous } else { self.at };
        header(kind, self.xid, next, undone.command, Lsn(0), undone.relation)
    }

    /// What was made goes once the record that says so is durable: a recovery that did not know of it would miss the file.
    fn drop_file(&mut self, kind: Kind, dropped: Dropped) -> Result<()> {
        let header = self.header(kind);
        record::begin(&mut self.buffer, header, &[]);
        let note = &mut self.note;
        let span = self.storage.log.append(&self.buffer, Urgency::Must, |span| note(span.start))?;
        self.storage.pending_drops.lock().push((span.end, dropped));
        self.storage.background.notify();
        Ok(())
    }

    fn undo_insert(&mut self) -> Result<()> {
        let mut undo = Decoder(self.record.undo);
        let page = undo.u32()?;
        let mut operations = Vec::new();
        while !undo.is_empty() {
            page::put_free(&mut operations, undo.u16()?);
        }
        self.compensate(&[(page, operations)])?;
        self.note_space(page)
    }

    fn undo_update(&mut self) -> Result<()> {
        let undo = UpdateUndo::decode(self.record.undo)?;
        let stamp = Stamp::Of(undo.xid, undo.version);
        let home = undo.address;
        let current = undo.new_remote.unwrap_or(home);
        let relation = self.record.header.relation;
        // Nobody else writes the row meanwhile, so its body can be read before it is latched for the change.
        let body = {
            let pin = self.storage.heap_pin(relation, current.page)?;
            let page = pin.read();
            let row = page::row(&page, current.slot).ok_or_else(damaged)?;
            let skip = if undo.new_remote.is_some() { POINTER_SIZE } else { 0 };
            row.body.get(skip..).ok_or_else(damaged)?.to_vec()
        };
        let mut old_body = Vec::new();
        undo.delta.apply(&body, &mut old_body)?;
        let mut home_operations = Vec::new();
        let mut changes = Vec::new();
        if undo.old_remote == undo.new_remote {
            match undo.new_remote {
                None => {
                    page::put_patch(&mut home_operations, home.slot, stamp, undo.flags, undo.delta)
                }
                Some(remote) => {
                    let delta = Delta { prefix: undo.delta.prefix + POINTER_SIZE, ..undo.delta };
                    let mut operations = Vec::new();
                    page::put_patch(&mut operations, remote.slot, stamp, MOVED, delta);
                    changes.push((remote.page, operations));
                    page::put_header(&mut home_operations, home.slot, stamp, undo.flags);
                }
            }
        } else {
            let new = undo.new_remote.ok_or_else(damaged)?;
            let mut operations = Vec::new();
            page::put_free(&mut operations, new.slot);
            changes.push((new.page, operations));
            let pointer = undo.old_remote.map(page::pointer);
            let restored =
                pointer.as_ref().map_or(old_body.as_slice(), |pointer| pointer.as_slice());
            let delta = Delta::whole(restored);
            page::put_patch(&mut home_operations, home.slot, stamp, undo.flags, delta);
        }
        changes.push((home.page, home_operations));
        self.compensate(&changes)
    }

    fn undo_delete(&mut self) -> Result<()> {
        let undo = DeleteUndo::decode(self.record.undo)?;
        let stamp = Stamp::Of(undo.xid, undo.version);
        let mut operations = Vec::new();
        page::put_header(&mut operations, undo.address.slot, stamp, undo.flags);
        let mut changes = vec![(undo.address.page, operations)];
        if let Some(remote) = undo.remote {
            let mut operations = Vec::new();
            page::put_header(&mut operations, remote.slot, stamp, MOVED);
            changes.push((remote.page, operations));
        }
        self.compensate(&changes)
    }

    fn undo_entry(&mut self) -> Result<()> {
        let undo = IndexUndo::decode(self.record.undo)?;
        let relation = self.record.header.relation;
        let tree = self.storage.tree(relation);
        let pool = &self.storage.pool;
        let address = undo.address.to_u64();
        match undo.change {
            Change::Inserted => tree.remove(pool, undo.key, address, 0, self)?,
            Change::Unmarked(mark) => {
                let restored = tree.restore_mark(pool, undo.key, address, mark, self)?;
                self.storage.purge_again(relation, undo.key, undo.address, mark);
                restored
            }
            Change::Marked(mark) => tree.restore_mark(pool, undo.key, address, mark, self)?,
            Change::Removed(_) => return Err(damaged()),
        };
        Ok(())
    }

    /// Takes away the entries of a run, one by one: those that are gone are gone when it begins again.
    fn undo_run(&mut self) -> Result<()> {
        let relation = self.record.header.relation;
        let tree = self.storage.tree(relation);
        let mut undo = Decoder(self.record.undo);
        while !undo.is_empty() {
            let (address, key) = (undo.u64()?, undo.bytes()?);
            self.is_last = undo.is_empty();
            tree.remove(&self.storage.pool, key, address, 0, self)?;
        }
        Ok(())
    }

    /// Logs and does what undoes a heap's record.
    fn compensate(&mut self, changes: &[(u32, Vec<u8>)]) -> Result<()> {
        let relation = self.record.header.relation;
        let header = self.header(Kind::HeapCompensation);
        let note = &mut self.note;
        self.storage
            .change_heap(relation, header, changes, &mut self.buffer, |span| note(span.start))
    }

    fn note_space(&self, page: u32) -> Result<()> {
        let relation = self.record.header.relation;
        let pin = self.storage.heap_pin(relation, page)?;
        let free = page::free_bytes(&pin.read());
        self.storage.space(relation)?.note(page, free);
        Ok(())
    }
}

impl Storage {
    /// Logs and does a change of a heap that is itself never undone.
    pub(crate) fn change_heap(
        &self,
        heap: RelationId,
        header: Header,
        changes: &[(u32, Vec<u8>)],
        buffer: &mut Vec<u8>,
        note: impl FnOnce(Span),
    ) -> Result<()> {
        let pins: Result<Vec<_>> =
            changes.iter().map(|(page, _)| self.heap_pin(heap, *page)).collect();
        let pins = pins?;
        let mut pages = latch_all(&pins);
        debug_assert!(changes.iter().all(|(page, _)| page_of(&pages, *page).is_some()));
        for (_, page) in &mut pages {
            page.prepare(&self.log);
        }
        record::begin(buffer, header, &[]);
        for (page, operations) in changes {
            put_page(buffer, heap, *page, operations);
        }
        let span = if heap.is_logged() || header.xid != Xid::NONE {
            self.log.append(buffer, Urgency::Must, note)?
        } else {
            self.span_without_record()
        };
        let changes: Vec<_> =
            changes.iter().map(|(page, bytes)| (*page, bytes.as_slice())).collect();
        apply_all(&mut pages, &changes, header.xid, span);
        Ok(())
    }
}

/// What undoes a change of an index is a compensation; what it does to the tree's structure is not.
impl Journal for Undoing<'_> {
    fn entry(&mut self, _: Change, operations: &[(u32, &[u8])]) -> Result<Span> {
        let header = self.header(Kind::IndexCompensation);
        record::begin(&mut self.buffer, header, &[]);
        for (page, operation) in operations {
            put_page(&mut self.buffer, header.relation, *page, operation);
        }
        let note = &mut self.note;
        self.storage.log.append(&self.buffer, Urgency::Must, |span| note(span.start))
    }

    fn structure(&mut self, operations: &[(u32, &[u8])]) -> Result<Span> {
        let relation = self.record.header.relation;
        self.storage.log_structure(relation, operations, &mut self.buffer, Urgency::Must)
    }

    fn stamp(&self) -> u64 {
        self.xid.0
    }
}
