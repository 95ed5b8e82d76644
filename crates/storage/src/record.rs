//! The records of the log, as this crate means them.
//!
//! ```text
//! kind       u8
//! xid        the transaction; 0 for what belongs to none
//! previous   LSN of the transaction's previous record; in a compensation, of the next record to undo
//! command    number of the command in its transaction
//! purge      LSN of the transaction's previous record that purge must visit
//! database, file   the relation
//! undo       length, then what it takes to undo the record: a part of its own, so that it can outlive the rest
//! rest       page changes: page, length, operations; or what the kind says
//! ```
//!
//! Numbers are LEB128.

use crate::codec::{Decoder, damaged, put, put_bytes};
use crate::{Lsn, RelationId, Xid};
use error::Result;

/// What a record does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Adds rows to a page.
    HeapInsert,
    /// Gives a row a new version.
    HeapUpdate,
    /// Deletes a row.
    HeapDelete,
    /// Changes one entry of an index.
    IndexEntry,
    /// Adds entries to a leaf of an index.
    IndexRun,
    /// Changes an index's structure: never undone.
    IndexStructure,
    /// Undoes a change of a heap, or frees what purge removes.
    HeapCompensation,
    /// Undoes a change of an index, or removes what purge removes.
    IndexCompensation,
    /// Sets a sequence's state: never undone.
    Sequence,
    /// Makes a relation's file.
    CreateFile,
    /// Undoes that.
    RemoveFile,
    /// Makes a database's directory.
    CreateDirectory,
    /// Undoes that.
    RemoveDirectory,
    /// Commits: time, first LSN, purge LSN, files and directories dropped.
    Commit,
    /// A rollback is complete.
    Abort,
    /// File numbers and OIDs below these may have been given.
    Counters,
    /// What recovery begins with.
    Checkpoint,
    /// The transaction is prepared: first LSN, name, payload, drops, locks.
    Prepare,
}

impl Kind {
    const ALL: [Self; 18] = [
        Self::HeapInsert,
        Self::HeapUpdate,
        Self::HeapDelete,
        Self::IndexEntry,
        Self::IndexStructure,
        Self::HeapCompensation,
        Self::IndexCompensation,
        Self::Sequence,
        Self::CreateFile,
        Self::RemoveFile,
        Self::CreateDirectory,
        Self::RemoveDirectory,
        Self::Commit,
        Self::Abort,
        Self::Counters,
        Self::Checkpoint,
        Self::Prepare,
        Self::IndexRun,
    ];

    fn code(self) -> u8 {
        let position = Self::ALL.iter().zip(1..).find(|(kind, _)| **kind == self);
        position.map_or(0, |(_, code)| code)
    }

    fn from_code(code: u8) -> Result<Self> {
        let index = usize::from(code).checked_sub(1).ok_or_else(damaged)?;
        Self::ALL.get(index).copied().ok_or_else(damaged)
    }
}

/// A record's fields before the rest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) xid: Xid,
    pub(crate) previous: Lsn,
    pub(crate) command: u32,
    pub(crate) purge: Lsn,
    pub(crate) relation: RelationId,
}

/// A record taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    pub(crate) header: Header,
    pub(crate) undo: &'a [u8],
    pub(crate) rest: &'a [u8],
}

/// No relation.
pub(crate) const NO_RELATION: RelationId = RelationId { database: 0, file: 0 };

/// Begins a record; the caller appends the rest.
pub(crate) fn begin(bytes: &mut Vec<u8>, header: Header, undo: &[u8]) {
    bytes.clear();
    bytes.push(header.kind.code());
    put(bytes, header.xid.0);
    put(bytes, header.previous.0);
    put(bytes, u64::from(header.command));
    put(bytes, header.purge.0);
    put(bytes, u64::from(header.relation.database));
    put(bytes, u64::from(header.relation.file));
    put_bytes(bytes, undo);
}

/// Appends the change of a page, if its relation is logged.
pub(crate) fn put_page(bytes: &mut Vec<u8>, relation: RelationId, page: u32, operations: &[u8]) {
    if relation.is_logged() {
        put(bytes, u64::from(page));
        put_bytes(bytes, operations);
    }
}

/// Takes a record apart. XX001 if it has an unknown form.
pub(crate) fn decode(payload: &[u8]) -> Result<Record<'_>> {
    let mut decoder = Decoder(payload);
    let kind = Kind::from_code(decoder.u8()?)?;
    let header = Header {
        kind,
        xid: Xid(decoder.u64()?),
        previous: Lsn(decoder.u64()?),
        command: decoder.u32()?,
        purge: Lsn(decoder.u64()?),
        relation: RelationId { database: decoder.u32()?, file: decoder.u32()? },
    };
    let undo = decoder.bytes()?;
    Ok(Record { header, undo, rest: decoder.0 })
}
