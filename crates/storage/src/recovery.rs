//! Recovery: what the log says was done is done again from the last checkpoint on, then what did not commit is undone.

use crate::checkpoint::{Checkpoint, Unfinished};
use crate::codec::Decoder;
use crate::commit::{self, Purgeable};
use crate::files::{FIRST_NUMBER, Numbers, remove_files};
use crate::heap::page;
use crate::large::large_file;
use crate::prepare::Found;
use crate::record::{self, Kind, NO_RELATION, Record, decode};
use crate::table::{Active, Table};
use crate::transaction::{Dropped, header};
use crate::undo::undo_chain;
use crate::unfinished::is_definition;
use crate::{Csn, Lsn, RelationId, Storage, Version, Xid, sequence};
use buffer::{PageId, Pool, page_lsn};
use error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wal::{Log, Span, Urgency};

/// What redo learned.
pub(crate) struct Recovered {
    next_xid: u64,
    pub(crate) has_committed: bool,
    pub(crate) numbers: Numbers,
    unfinished: BTreeMap<u64, Unfinished>,
    pub(crate) purgeable: VecDeque<Purgeable>,
    pub(crate) drops: Vec<Dropped>,
    /// Files that changes in the log are for, and that are not there: they must be dropped later.
    missing: BTreeSet<RelationId>,
    /// Files that the log drops, and databases (their file is 0). Purge may still have worked on them behind the drop.
    dropped: BTreeSet<RelationId>,
    pub(crate) record_count: u64,
    checkpoint: Lsn,
}

/// Does again what the log holds from `redo` on; `checkpoint` is the record of the last checkpoint, if there is one.
pub(crate) fn redo(pool: &Pool, log: &Log, checkpoint: Lsn, redo: Lsn) -> Result<Recovered> {
    let mut recovered = Recovered {
        next_xid: Xid::FIRST.0,
        has_committed: false,
        numbers: Numbers::from(FIRST_NUMBER, FIRST_NUMBER),
        unfinished: BTreeMap::new(),
        purgeable: VecDeque::new(),
        drops: Vec::new(),
        missing: BTreeSet::new(),
        dropped: BTreeSet::new(),
        record_count: 0,
        checkpoint,
    };
    if checkpoint != Lsn(0) {
        let mut payload = Vec::new();
        log.read(checkpoint, &mut payload)?;
        recovered.begin(Checkpoint::decode(&decode(&payload)?)?);
    }
    let mut records = log.records(redo);
    while let Some((span, payload)) = records.next_record()? {
        let record = decode(payload)?;
        recovered.note(&record, span);
        recovered.redo(pool, &record, span)?;
    }
    if let Some(relation) = recovered.missing.first() {
        return Err(Error::corrupted(format!("file \"{relation}\" is missing")));
    }
    Ok(recovered)
}

impl Recovered {
    fn begin(&mut self, checkpoint: Checkpoint) {
        self.next_xid = self.next_xid.max(checkpoint.next_xid);
        self.has_committed = checkpoint.has_committed;
        self.numbers = Numbers::from(checkpoint.file, checkpoint.oid);
        self.unfinished = checkpoint.unfinished.iter().map(|each| (each.xid.0, *each)).collect();
        self.purgeable = checkpoint.purgeable.into();
        self.drops = checkpoint.drops;
    }

    /// Keeps the books of transactions.
    fn note(&mut self, record: &Record<'_>, span: Span) {
        let xid = record.header.xid;
        if xid == Xid::NONE
            || record.header.kind == Kind::Commit
            || record.header.kind == Kind::Abort
        {
            return;
        }
        self.next_xid = self.next_xid.max(xid.0 + 1);
        let (first, last) = (span.start, span.start);
        let new = Unfinished { xid, first, last, prepared: Lsn(0), defines: false };
        let known = self.unfinished.entry(xid.0).or_insert(new);
        known.last = known.last.max(span.start);
        known.defines |= is_definition(record.header.kind, record.header.relation);
        if record.header.kind == Kind::Prepare {
            known.prepared = span.start;
        }
    }

    fn redo(&mut self, pool: &Pool, record: &Record<'_>, span: Span) -> Result<()> {
        self.record_count += 1;
        let relation = record.header.relation;
        match record.header.kind {
            Kind::HeapInsert
            | Kind::HeapUpdate
            | Kind::HeapDelete
            | Kind::HeapCompensation
            | Kind::IndexEntry
            | Kind::IndexRun
            | Kind::IndexStructure
            | Kind::IndexCompensation
            | Kind::Sequence => self.redo_pages(pool, record, span)?,
            Kind::CreateFile => {
                self.missing.remove(&relation);
                self.dropped.remove(&relation);
                self.dropped.remove(&whole(relation.database));
                if !pool.exists(relation)? {
                    pool.create_directory(relation.database)?;
                    pool.create(relation)?;
                }
            }
            Kind::CreateDirectory => {
                self.dropped.remove(&whole(relation.database));
                pool.create_directory(relation.database)?;
            }
            Kind::RemoveFile => self.drop(pool, Dropped::File(relation))?,
            Kind::RemoveDirectory => self.drop(pool, Dropped::Directory(relation.database))?,
            Kind::Commit => {
                self.has_committed = true;
                self.next_xid = self.next_xid.max(record.header.xid.0 + 1);
                self.unfinished.remove(&record.header.xid.0);
                let commit = commit::decode(record)?;
                // What the checkpoint knew is in its list.
                if commit.purge != Lsn(0) && span.start > self.checkpoint {
                    self.purgeable.push_back(Purgeable {
                        xid: record.header.xid,
                        csn: Csn(span.start.0),
                        first: commit.first,
                        last: commit.purge,
                    });
                }
                for dropped in commit.drops {
                    self.drop(pool, dropped)?;
                }
            }
            Kind::Abort => {
                self.next_xid = self.next_xid.max(record.header.xid.0 + 1);
                self.unfinished.remove(&record.header.xid.0);
            }
            Kind::Prepare => {}
            Kind::Counters => {
                let mut rest = Decoder(record.rest);
                let (file, oid) = (rest.u32()?, rest.u32()?);
                self.numbers =
                    Numbers::from(file.max(self.numbers.file), oid.max(self.numbers.oid));
            }
            Kind::Checkpoint => {
                let next = Decoder(record.rest).u64()?;
                self.next_xid = self.next_xid.max(next);
            }
        }
        Ok(())
    }

    fn drop(&mut self, pool: &Pool, dropped: Dropped) -> Result<()> {
        match dropped {
            Dropped::File(relation) => {
                self.missing.remove(&relation);
                self.missing.remove(&large_file(relation));
                self.dropped.extend([relation, large_file(relation)]);
                remove_files(pool, relation)
            }
            Dropped::Directory(database) => {
                self.missing.retain(|relation| relation.database != database);
                self.dropped.insert(whole(database));
                pool.remove_directory(database)
            }
        }
    }

    fn redo_pages(&mut self, pool: &Pool, record: &Record<'_>, span: Span) -> Result<()> {
        let relation = record.header.relation;
        if !relation.is_logged() {
            return Ok(());
        }
        if self.dropped.contains(&relation) || self.dropped.contains(&whole(relation.database)) {
            return Ok(());
        }
        if self.missing.contains(&relation) || !pool.exists(relation)? {
            // What no transaction did is purge's, and its relation may have been dropped before the log begins.
            if record.header.xid != Xid::NONE {
                self.missing.insert(relation);
            }
            return Ok(());
        }
        let mut rest = Decoder(record.rest);
        while !rest.is_empty() {
            let (number, operations) = (rest.u32()?, rest.bytes()?);
            let id = PageId { relation, page: number };
            pool.grow_to(id)?;
            let pin = pool.pin(id)?;
            let mut page = pin.write();
            // A record may have several changes of a page: all of them, or none, were done.
            if page_lsn(&page) >= span.end {
                continue;
            }
            page.prepare_from(span.start);
            redo_page(&mut page, record, operations, span)?;
            let more = Decoder(rest.0);
            if !names_page(more, number)? {
                page.set_lsn(span.end);
            }
        }
        Ok(())
    }
}

/// What stands for all relations of a database.
fn whole(database: u32) -> RelationId {
    RelationId { database, file: 0 }
}

fn names_page(mut rest: Decoder<'_>, number: u32) -> Result<bool> {
    while !rest.is_empty() {
        if rest.u32()? == number {
            return Ok(true);
        }
        rest.bytes()?;
    }
    Ok(false)
}

fn redo_page(
    page: &mut buffer::PageBytes,
    record: &Record<'_>,
    operations: &[u8],
    span: Span,
) -> Result<()> {
    let header = &record.header;
    match header.kind {
        Kind::HeapInsert | Kind::HeapUpdate | Kind::HeapDelete | Kind::HeapCompensation => {
            page::apply(page, operations, header.xid, Version(span.start.0))
        }
        Kind::IndexEntry | Kind::IndexRun | Kind::IndexCompensation => {
            btree::apply(page, operations, span.start.0)?;
            buffer::raise_stamp(page, header.xid.0);
            Ok(())
        }
        Kind::IndexStructure => btree::apply(page, operations, span.start.0),
        Kind::Sequence => sequence::apply(page, operations),
        Kind::CreateFile
        | Kind::RemoveFile
        | Kind::CreateDirectory
        | Kind::RemoveDirectory
        | Kind::Commit
        | Kind::Abort
        | Kind::Counters
        | Kind::Checkpoint
        | Kind::Prepare => Err(Error::corrupted("a log record without pages names one")),
    }
}

impl Recovered {
    /// The table of transactions as it is after recovery: nobody is in it.
    pub(crate) fn table(&self, log: &Log) -> Table {
        Table::new(Xid(self.next_xid), Csn(log.next_lsn().0))
    }

    /// Undoes what did not commit, newest transaction first; those who changed no definitions are left to be undone later.
    pub(crate) fn undo(&self, storage: &Storage) -> Result<()> {
        let mut unfinished: Vec<_> = self.unfinished.values().collect();
        unfinished.sort_unstable_by_key(|each| std::cmp::Reverse(each.last));
        for each in unfinished {
            // Whose last record that is was not rolled back since.
            if each.prepared != Lsn(0) && each.prepared == each.last {
                let found = Found { xid: each.xid, prepared: each.prepared };
                storage.restore_prepared(found)?;
                storage.found_prepared.lock().push(found);
                continue;
            }
            if !each.defines && each.prepared == Lsn(0) {
                let owner = storage.locks.owner(0);
                storage.table.restore(Active::unfinished(each, owner));
                storage.unfinished.lock().insert(0, each.xid);
                continue;
            }
            undo_chain(storage, each.xid, each.last, Lsn(0), &mut |_| {})?;
            let mut buffer = Vec::new();
            let header = header(Kind::Abort, each.xid, Lsn(0), 0, Lsn(0), NO_RELATION);
            record::begin(&mut buffer, header, &[]);
            storage.log.append(&buffer, Urgency::Must, |_| {})?;
        }
        Ok(())
    }

    pub(crate) fn has_work(&self) -> bool {
        self.record_count > 1 || !self.unfinished.is_empty() || !self.drops.is_empty()
    }
}
