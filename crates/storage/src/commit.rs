//! What a commit leaves to be done: files to unlink once it is durable, and what purge removes once it is visible to all.

use crate::codec::{Decoder, damaged, put};
use crate::record::{self, Kind, NO_RELATION};
use crate::table::{Active, Committed};
use crate::transaction::{Dropped, header};
use crate::{Csn, Lsn, RelationId, Storage, Xid};
use error::Result;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// After so many commits the table of transactions is brought up to date.
pub(crate) const MAINTAIN_EVERY: u64 = 32;

/// A committed transaction that purge must visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purgeable {
    pub(crate) xid: Xid,
    pub(crate) csn: Csn,
    /// No record of it is before this.
    pub(crate) first: Lsn,
    /// The last of its records that purge must visit.
    pub(crate) last: Lsn,
}

/// A commit record's content.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) first: Lsn,
    pub(crate) purge: Lsn,
    pub(crate) drops: Vec<Dropped>,
}

/// Writes a commit record.
pub(crate) fn encode(buffer: &mut Vec<u8>, active: &Active, drops: &[Dropped], durable: Lsn) {
    let last = Lsn(active.last.load(Ordering::Acquire));
    let purge = Lsn(active.purge.load(Ordering::Acquire));
    record::begin(buffer, header(Kind::Commit, active.xid, last, 0, purge, NO_RELATION), &[]);
    put(buffer, u64::try_from(os::unix_time_us()).unwrap_or(0));
    put(buffer, active.first.0);
    put(buffer, durable.0);
    put_drops(buffer, drops);
}

pub(crate) fn decode(record: &record::Record<'_>) -> Result<Commit> {
    let mut rest = Decoder(record.rest);
    let _time = rest.u64()?;
    let first = Lsn(rest.u64()?);
    let _durable = rest.u64()?;
    Ok(Commit { first, purge: record.header.purge, drops: drops(&mut rest)? })
}

/// How far the log was durable when a commit was logged; XX001 for another record.
pub(crate) fn durable_before(payload: &[u8]) -> Result<Lsn> {
    let record = record::decode(payload)?;
    if record.header.kind != Kind::Commit {
        return Err(damaged());
    }
    let mut rest = Decoder(record.rest);
    let (_time, _first) = (rest.u64()?, rest.u64()?);
    Ok(Lsn(rest.u64()?))
}

pub(crate) fn put_drops(buffer: &mut Vec<u8>, drops: &[Dropped]) {
    put(buffer, drops.len() as u64);
    for dropped in drops {
        let (tag, database, file) = match *dropped {
            Dropped::File(relation) => (0, relation.database, relation.file),
            Dropped::Directory(database) => (1, database, 0),
        };
        buffer.push(tag);
        put(buffer, u64::from(database));
        put(buffer, u64::from(file));
    }
}

pub(crate) fn drops(decoder: &mut Decoder<'_>) -> Result<Vec<Dropped>> {
    let mut drops = Vec::new();
    for _ in 0..decoder.u64()? {
        let (tag, database, file) = (decoder.u8()?, decoder.u32()?, decoder.u32()?);
        drops.push(match tag {
            0 => Dropped::File(RelationId { database, file }),
            1 => Dropped::Directory(database),
            _ => return Err(damaged()),
        });
    }
    Ok(drops)
}

impl Storage {
    /// Makes a commit visible, under the commit's lock.
    pub(crate) fn committed(
        &self,
        active: &Arc<Active>,
        commit: Committed,
        end: Lsn,
        drops: &[Dropped],
    ) {
        let last = Lsn(active.purge.load(Ordering::Acquire));
        if last != Lsn(0) {
            let purgeable =
                Purgeable { xid: active.xid, csn: commit.csn, first: active.first, last };
            self.purgeable.lock().push_back(purgeable);
        }
        if !drops.is_empty() {
            self.pending_drops.lock().extend(drops.iter().map(|dropped| (end, *dropped)));
        }
        self.has_committed.store(true, Ordering::Release);
        self.table.commit(active.xid, commit);
    }

    /// What is due after so many commits.
    pub(crate) fn after_commit(&self) {
        let count = self.commit_count.fetch_add(1, Ordering::Relaxed);
        if count.is_multiple_of(MAINTAIN_EVERY) {
            self.maintain();
        }
        self.background.notify();
    }

    /// Brings the horizons up to date.
    pub(crate) fn maintain(&self) {
        if let Some(_maintaining) = self.maintaining.try_lock() {
            self.table.maintain(self.log.durable_lsn());
        }
    }

    /// Unlinks what durable commits dropped.
    pub(crate) fn unlink_dropped(&self) -> Result<()> {
        if self.pending_drops.lock().is_empty() {
            return Ok(());
        }
        let _removing = self.removing.lock();
        loop {
            let durable = self.log.durable_lsn();
            let next = self.pending_drops.lock().iter().find(|(end, _)| *end <= durable).copied();
            let Some((_, dropped)) = next else { return Ok(()) };
            self.remove_dropped(dropped)?;
            self.pending_drops.lock().retain(|(_, pending)| *pending != dropped);
        }
    }

    pub(crate) fn remove_dropped(&self, dropped: Dropped) -> Result<()> {
        match dropped {
            Dropped::File(relation) => self.remove_files(relation),
            Dropped::Directory(database) => {
                self.forget_database(database);
                self.pool.remove_directory(database)
            }
        }
    }
}

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use crate::{Options, RelationId, Storage};
    use os::SimDisk;
    use std::sync::Arc;

    #[test]
    fn a_dropped_file_waits_for_its_own_commit() {
        let disk = Arc::new(SimDisk::new());
        let options = Options { background: false, ..Options::default() };
        let storage = Storage::open(disk, options).unwrap();
        let heap = RelationId { database: 5, file: storage.allocate_file().unwrap() };
        let mut transaction = storage.begin(1);
        transaction.create_database_dir(5).unwrap();
        transaction.create_heap(heap).unwrap();
        storage.wait_durable(transaction.commit(&mut |_| {}).unwrap()).unwrap();
        let mut transaction = storage.begin(1);
        transaction.drop_relation(heap).unwrap();
        let commit = transaction.commit(&mut |_| {}).unwrap();
        storage.unlink_dropped().unwrap();
        assert!(storage.pool.exists(heap).unwrap(), "a crash may take the commit back");
        storage.wait_durable(commit).unwrap();
        storage.unlink_dropped().unwrap();
        assert!(!storage.pool.exists(heap).unwrap());
    }
}
