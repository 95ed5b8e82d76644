//! Checkpoints: what bounds recovery and the log that is kept.
//!
//! Pages with changes from before the checkpoint began are written while others go on; then one record tells what was
//! in progress. Redo begins at the beginning, or at the oldest change that is still only in memory.

use crate::codec::{Decoder, put};
use crate::commit::{Purgeable, drops, put_drops};
use crate::record::{self, Kind, NO_RELATION, Record};
use crate::transaction::{Dropped, header};
use crate::{Csn, Lsn, Storage, Xid};
use error::Result;
use std::sync::atomic::Ordering;
use wal::Urgency;

/// A transaction in progress, in a checkpoint's record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unfinished {
    pub(crate) xid: Xid,
    pub(crate) first: Lsn,
    pub(crate) last: Lsn,
    /// Its record of being prepared; 0 if there is none.
    pub(crate) prepared: Lsn,
    /// Whether it changed definitions.
    pub(crate) defines: bool,
}

/// What a checkpoint's record tells.
#[derive(Debug, Default)]
pub(crate) struct Checkpoint {
    pub(crate) has_committed: bool,
    pub(crate) next_xid: u64,
    pub(crate) file: u32,
    pub(crate) oid: u32,
    pub(crate) unfinished: Vec<Unfinished>,
    pub(crate) purgeable: Vec<Purgeable>,
    pub(crate) drops: Vec<Dropped>,
}

impl Checkpoint {
    fn put(&self, buffer: &mut Vec<u8>) {
        put(buffer, self.next_xid);
        buffer.push(u8::from(self.has_committed));
        put(buffer, u64::from(self.file));
        put(buffer, u64::from(self.oid));
        put(buffer, self.unfinished.len() as u64);
        for each in &self.unfinished {
            put(buffer, each.xid.0);
            put(buffer, each.first.0);
            put(buffer, each.last.0);
            put(buffer, each.prepared.0);
            buffer.push(u8::from(each.defines));
        }
        put(buffer, self.purgeable.len() as u64);
        for each in &self.purgeable {
            put(buffer, each.xid.0);
            put(buffer, each.csn.0);
            put(buffer, each.first.0);
            put(buffer, each.last.0);
        }
        put_drops(buffer, &self.drops);
    }

    pub(crate) fn decode(record: &Record<'_>) -> Result<Self> {
        let mut rest = Decoder(record.rest);
        let mut checkpoint = Self {
            next_xid: rest.u64()?,
            has_committed: rest.u8()? != 0,
            file: rest.u32()?,
            oid: rest.u32()?,
            ..Self::default()
        };
        for _ in 0..rest.u64()? {
            let (xid, first, last) = (Xid(rest.u64()?), Lsn(rest.u64()?), Lsn(rest.u64()?));
            let (prepared, defines) = (Lsn(rest.u64()?), rest.u8()? != 0);
            checkpoint.unfinished.push(Unfinished { xid, first, last, prepared, defines });
        }
        for _ in 0..rest.u64()? {
            let (xid, csn) = (Xid(rest.u64()?), Csn(rest.u64()?));
            let (first, last) = (Lsn(rest.u64()?), Lsn(rest.u64()?));
            checkpoint.purgeable.push(Purgeable { xid, csn, first, last });
        }
        checkpoint.drops = drops(&mut rest)?;
        Ok(checkpoint)
    }
}

impl Storage {
    /// Gives up the snapshots that keep more log than they may ([`Transaction::set_snapshot_log_max`]), counting what
    /// neither recovery nor a transaction in progress needs; whether there were any. Purge and a checkpoint then give the log
    /// back. A checkpoint that is being made puts it off.
    ///
    /// [`Transaction::set_snapshot_log_max`]: crate::Transaction::set_snapshot_log_max
    pub fn limit_snapshots(&self) -> bool {
        let Some(redo) = self.control.try_lock().map(|control| control.fields.redo) else {
            return false;
        };
        if !self.table.has_excess(redo) {
            return false;
        }
        // What a writer may have to undo is needed whoever reads.
        let firsts = self.table.all_active().into_iter().map(|active| active.first);
        self.table.give_up(firsts.fold(redo, Lsn::min))
    }

    /// Writes what is dirty and shortens the log that recovery needs. 53100 or 58030 if that fails; nothing is lost then.
    pub fn checkpoint(&self) -> Result<()> {
        let mut control = self.control.lock();
        let begin = self.log.next_lsn();
        let drops = self.pending_drops.lock().iter().map(|(_, dropped)| *dropped).collect();
        self.pool.clean(begin)?;
        self.pool.sync_names()?;
        let redo = self.pool.first_dirty().map_or(begin, |dirty| dirty.min(begin));
        let mut checkpoint = Checkpoint { drops, ..Checkpoint::default() };
        let mut buffer = Vec::new();
        record::begin(
            &mut buffer,
            header(Kind::Checkpoint, Xid::NONE, Lsn(0), 0, Lsn(0), NO_RELATION),
            &[],
        );
        // No commit comes between the look at what is in progress and the record.
        let committing = self.table.committing.lock();
        {
            let numbers = self.numbers.lock();
            (checkpoint.file, checkpoint.oid) = (numbers.file_logged, numbers.oid_logged);
        }
        checkpoint.next_xid = self.table.next().0;
        checkpoint.has_committed = self.has_committed.load(Ordering::Acquire);
        for active in self.table.all_active() {
            let last = Lsn(active.last.load(Ordering::Acquire));
            if last != Lsn(0) {
                checkpoint.unfinished.push(Unfinished {
                    xid: active.xid,
                    first: active.first,
                    last,
                    prepared: Lsn(active.prepared.load(Ordering::Acquire)),
                    defines: active.defines.load(Ordering::Acquire),
                });
            }
        }
        {
            let queue = self.purgeable.lock();
            checkpoint.purgeable.extend(*self.purging.lock());
            checkpoint.purgeable.extend(queue.iter());
        }
        checkpoint.put(&mut buffer);
        let span = self.log.append(&buffer, Urgency::Must, |_| {})?;
        drop(committing);
        self.log.wait(span.end)?;
        control.fields.checkpoint = span.start;
        control.fields.time_us = u64::try_from(os::unix_time_us()).unwrap_or(0);
        control.fields.redo = redo.min(span.start);
        control.write_or_stop(&self.log)?;
        drop(control);
        self.checkpoint_end.store(span.end.0, Ordering::Relaxed);
        self.maintain();
        let kept = checkpoint.unfinished.iter().map(|each| each.first);
        let kept = kept.chain(checkpoint.purgeable.iter().map(|each| each.first));
        let keep = kept.min().unwrap_or(redo).min(redo).min(self.table.keep_lsn());
        self.log.release(keep)
    }
}
