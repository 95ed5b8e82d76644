//! Two-phase commit: a prepared transaction outlives its session and any crash, with its locks, until somebody ends it.
//!
//! PREPARE is one record at the end of the transaction's chain, with its first LSN, its name, what the caller wants back, what
//! it drops, its locks, and what it read if it is serialisable. Recovery does not undo a transaction whose last record that
//! is: its id stays in the table.

use crate::codec::{Decoder, damaged, put, put_bytes};
use crate::commit::{drops, put_drops};
use crate::locks::{LockMode, LockTag, Mode, RowLock, Tag};
use crate::record::{Kind, NO_RELATION, decode};
use crate::table::Active;
use crate::transaction::Purged;
use crate::{Lsn, RelationId, RowAddress, Storage, Transaction, Xid};
use error::Result;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A prepared transaction that recovery found.
pub struct Prepared {
    /// Its name.
    pub name: String,
    /// What the caller of [`Transaction::prepare`] gave.
    pub payload: Vec<u8>,
    /// The transaction, to be committed or rolled back.
    pub transaction: Transaction,
}

/// A prepared transaction's chain, as recovery found it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) xid: Xid,
    pub(crate) prepared: Lsn,
}

/// Its record's content.
struct Content {
    first: Lsn,
    purge: Lsn,
    name: String,
    payload: Vec<u8>,
    drops: Vec<crate::transaction::Dropped>,
    locks: Vec<(Tag, Mode)>,
    /// What a serialisable transaction read; empty for others.
    reads: Vec<u8>,
}

impl Transaction {
    /// Prepares it to be committed or rolled back by anybody, whatever happens; returns the LSN that the answer must wait
    /// for. It then belongs to no session, and dropping it leaves it as it is. 40001 if a serialisable transaction must
    /// not commit, 58030 if the log failed.
    pub fn prepare(&mut self, name: &str, payload: &[u8]) -> Result<Lsn> {
        if let Some(serial) = &self.serial {
            serial.prepare()?;
        }
        self.assign_xid()?;
        self.release_turns();
        self.begin_record(Kind::Prepare, NO_RELATION, &[])?;
        let active = self.active.clone().ok_or_else(damaged)?;
        put(&mut self.buffer, active.first.0);
        put_bytes(&mut self.buffer, name.as_bytes());
        put_bytes(&mut self.buffer, payload);
        put_drops(&mut self.buffer, &self.drops);
        put(&mut self.buffer, self.held.len() as u64);
        for (tag, mode) in &self.held {
            put_lock(&mut self.buffer, *tag, *mode);
        }
        if let Some(serial) = &self.serial {
            serial.put_reads(&mut self.buffer);
        }
        let span = self.append_record(Purged::No)?;
        active.prepared.store(span.start.0, Ordering::Release);
        self.set_prepared();
        self.owner.leave();
        Ok(span.end)
    }
}

fn put_lock(buffer: &mut Vec<u8>, tag: Tag, mode: Mode) {
    let (kind, numbers) = match tag {
        Tag::Outer(LockTag::Relation { database, relation }) => (0, [database, relation, 0, 0]),
        Tag::Outer(LockTag::Object { database, class, object }) => {
            (1, [database, class, object, 0])
        }
        #[expect(clippy::cast_possible_truncation, reason = "the halves of a hash")]
        Tag::Outer(LockTag::Name { database, hash }) => {
            (2, [database, (hash >> 32) as u32, hash as u32, 0])
        }
        Tag::Outer(LockTag::Advisory { database, class, object, kind }) => {
            (3, [database, class, object, u32::from(kind)])
        }
        Tag::Row(heap, row) | Tag::Turn(heap, row) => {
            (4, [heap.database, heap.file, row.page, u32::from(row.slot)])
        }
    };
    buffer.extend_from_slice(&[kind, mode.bit]);
    for number in numbers {
        put(buffer, u64::from(number));
    }
}

fn lock(rest: &mut Decoder<'_>) -> Result<(Tag, Mode)> {
    let (kind, bit) = (rest.u8()?, rest.u8()?);
    let (database, a, b, c) = (rest.u32()?, rest.u32()?, rest.u32()?, rest.u32()?);
    let short = |number: u32| u16::try_from(number).map_err(|_| damaged());
    let tag = match kind {
        0 => Tag::Outer(LockTag::Relation { database, relation: a }),
        1 => Tag::Outer(LockTag::Object { database, class: a, object: b }),
        2 => Tag::Outer(LockTag::Name { database, hash: u64::from(a) << 32 | u64::from(b) }),
        3 => Tag::Outer(LockTag::Advisory { database, class: a, object: b, kind: short(c)? }),
        4 => Tag::Row(RelationId { database, file: a }, RowAddress { page: b, slot: short(c)? }),
        _ => return Err(damaged()),
    };
    let rows = [RowLock::KeyShare, RowLock::Share, RowLock::NoKeyUpdate, RowLock::Update];
    let mut modes: Vec<Mode> = match kind {
        4 => rows.into_iter().map(Mode::from).collect(),
        _ => LockMode::ALL.into_iter().map(Mode::from).collect(),
    };
    modes.retain(|mode| mode.bit == bit);
    Ok((tag, modes.pop().ok_or_else(damaged)?))
}

impl Storage {
    fn read_prepared(&self, at: Lsn) -> Result<Content> {
        let mut payload = Vec::new();
        self.log.read(at, &mut payload)?;
        let record = decode(&payload)?;
        if record.header.kind != Kind::Prepare {
            return Err(damaged());
        }
        let mut rest = Decoder(record.rest);
        let first = Lsn(rest.u64()?);
        let name = String::from_utf8(rest.bytes()?.to_vec()).map_err(|_| damaged())?;
        let payload = rest.bytes()?.to_vec();
        let drops = drops(&mut rest)?;
        let locks: Result<Vec<_>> = (0..rest.u64()?).map(|_| lock(&mut rest)).collect();
        let (locks, purge, reads) = (locks?, record.header.purge, rest.0.to_vec());
        Ok(Content { first, purge, name, payload, drops, locks, reads })
    }

    /// Has the table know a prepared transaction again.
    pub(crate) fn restore_prepared(&self, found: Found) -> Result<()> {
        let content = self.read_prepared(found.prepared)?;
        let owner = self.locks.owner(0);
        self.table.restore(Active::prepared(
            found.xid,
            owner,
            content.first,
            content.purge,
            found.prepared,
        ));
        Ok(())
    }

    /// The transactions that were prepared before the engine was opened, with their locks. They are given once.
    pub fn take_prepared(self: &Arc<Self>) -> Result<Vec<Prepared>> {
        let found = std::mem::take(&mut *self.found_prepared.lock());
        let mut all = Vec::with_capacity(found.len());
        for each in found {
            let content = self.read_prepared(each.prepared)?;
            let Some(active) = self.table.active(each.xid) else { continue };
            let mut transaction = Transaction::resume(self, active);
            transaction.drops = content.drops;
            transaction.set_prepared();
            for (tag, mode) in content.locks {
                transaction.try_lock_tag(tag, mode);
            }
            if !content.reads.is_empty() {
                let reads = &mut Decoder(&content.reads);
                transaction.serial = Some(self.ssi.restore(each.xid, reads)?);
            }
            let (name, payload) = (content.name, content.payload);
            all.push(Prepared { name, payload, transaction });
        }
        Ok(all)
    }
}
