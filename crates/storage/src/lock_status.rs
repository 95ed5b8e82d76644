//! Who holds which lock, and who is in whose way.

use crate::locks::{LockMode, LockTag, Mode, Owner, RowLock, Tag, Waiting};
use crate::ssi::ReadLock;
use crate::{RelationId, RowAddress, Storage, Xid};
use std::sync::Arc;

/// What is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockedThing {
    /// A relation, object, name or advisory key.
    Tag(LockTag),
    /// A row of a heap, by its file.
    Row(RelationId, RowAddress),
    /// A heap or index by its file, as serialisable transactions lock it.
    File(RelationId),
    /// A transaction's end.
    Transaction(Xid),
}

impl LockedThing {
    /// What PostgreSQL calls its kind (locktype); names that are being made it has none for: they are objects to be.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tag(LockTag::Relation { .. }) | Self::File(_) => "relation",
            Self::Tag(LockTag::Object { .. } | LockTag::Name { .. }) => "object",
            Self::Tag(LockTag::Advisory { .. }) => "advisory",
            Self::Row(..) => "tuple",
            Self::Transaction(_) => "transactionid",
        }
    }
}

/// A lock that somebody holds or waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockRow {
    /// What is locked.
    pub thing: LockedThing,
    /// The session's process; 0 for a prepared transaction.
    pub process: i32,
    /// Tells owners apart.
    pub owner: u64,
    /// PostgreSQL's name of the mode.
    pub mode: &'static str,
    /// Whether it is held.
    pub granted: bool,
}

impl Storage {
    /// All locks: those held first, then those waited for.
    pub fn lock_rows(&self) -> Vec<LockRow> {
        let mut rows = Vec::new();
        self.locks.for_each(|tag, lock| {
            for (owner, modes) in &lock.holders {
                for mode in modes_of(tag, *modes) {
                    let (process, owner) = (owner.process(), owner.group());
                    rows.push(LockRow { thing: thing(tag), process, owner, mode, granted: true });
                }
            }
        });
        for active in self.table.all_active() {
            rows.push(LockRow {
                thing: LockedThing::Transaction(active.xid),
                process: active.owner.process(),
                owner: active.owner.group(),
                mode: LockMode::Exclusive.name(),
                granted: true,
            });
        }
        rows.extend(self.lock_waits());
        for (process, lock) in self.ssi.locks() {
            let thing = match lock {
                ReadLock::Heap(file) | ReadLock::Index(file) => LockedThing::File(file),
                ReadLock::Row(heap, row) => LockedThing::Row(heap, row),
            };
            rows.push(LockRow { thing, process, owner: 0, mode: "SIReadLock", granted: true });
        }
        rows
    }

    /// The locks that sessions wait for.
    pub fn lock_waits(&self) -> Vec<LockRow> {
        let waiting = self.locks.waiting().into_iter();
        let row = |(owner, waiting): (Arc<Owner>, Waiting)| {
            let (thing, mode) = match waiting {
                Waiting::End(xid) => (LockedThing::Transaction(xid), LockMode::Share.name()),
                Waiting::Lock(tag, mode) | Waiting::Holders(tag, mode) => (thing(&tag), mode.name),
                Waiting::Safety(_) => return None,
            };
            let (process, owner) = (owner.process(), owner.group());
            Some(LockRow { thing, process, owner, mode, granted: false })
        };
        waiting.filter_map(row).collect()
    }

    /// The processes that keep a session from going on, 0 for prepared transactions; none if it does not wait for a lock.
    pub fn blocking_processes(&self, process: i32) -> Vec<i32> {
        let mut found = Vec::new();
        for (owner, waiting) in self.locks.waiting() {
            if owner.process() == process {
                let blockers = self.locks.blockers(&owner, &waiting);
                found.extend(blockers.iter().map(|blocker| blocker.process()));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The processes that a session waits for with READ ONLY DEFERRABLE.
    pub fn snapshot_blocking_processes(&self, process: i32) -> Vec<i32> {
        let waiting = self.locks.waiting();
        let mine = waiting.into_iter().filter(|(owner, _)| owner.process() == process);
        mine.filter_map(|(_, waiting)| match waiting {
            Waiting::Safety(processes) => Some(processes),
            Waiting::End(_) | Waiting::Lock(..) | Waiting::Holders(..) => None,
        })
        .flatten()
        .collect()
    }
}

fn thing(tag: &Tag) -> LockedThing {
    match *tag {
        Tag::Outer(tag) => LockedThing::Tag(tag),
        Tag::Row(heap, address) | Tag::Turn(heap, address) => LockedThing::Row(heap, address),
    }
}

fn modes_of(tag: &Tag, bits: u8) -> Vec<&'static str> {
    let all: Vec<Mode> = match tag {
        Tag::Row(..) | Tag::Turn(..) => {
            let modes = [RowLock::KeyShare, RowLock::Share, RowLock::NoKeyUpdate, RowLock::Update];
            modes.into_iter().map(Mode::from).collect()
        }
        Tag::Outer(_) => LockMode::ALL.into_iter().map(Mode::from).collect(),
    };
    all.into_iter().filter(|mode| bits & mode.bit != 0).map(|mode| mode.name).collect()
}
