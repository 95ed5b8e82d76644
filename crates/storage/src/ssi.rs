//! SERIALIZABLE: snapshots, with the dependencies that could close a circle found while they arise.
//!
//! A read is kept as a lock that blocks nobody: on a row, a range of an index's keys, or a whole heap. A writer that meets
//! another's read lock, and a reader that skips a version that another wrote, make a dependency reader -> writer. In each
//! circle of transactions there are two such in a row, T1 -> T2 -> T3, where T3 commits first of all: whoever would
//! complete that is refused with 40001. (Cahill, Röhm and Fekete, 2008; Ports and Grittner, 2012, whose rules for
//! read-only transactions and safe snapshots these are.)
//!
//! A reader first registers what it reads and then reads; a writer first writes and then looks who reads: so one of the two
//! finds the other. Read locks outlive the commit until no transaction that was there meanwhile is left.
//! Index ranges are kept as keys, so splits and merges of pages do not matter.
//!
//! One mutex guards it all; it is the last lock that anybody takes, and only serialisable transactions do.

use crate::{RelationId, RowAddress, Xid};
use error::{Error, Result, SqlState};
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use os::WaitSlot;
use parking_lot::Mutex;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

mod prepared;

/// A transaction that reads more rows of a heap by themselves has read the heap.
const ROWS_MAX: usize = 2000;
/// A transaction that reads more ranges of an index has read the index.
const RANGES_MAX: usize = 200;

type Map<K, V> = HashMap<K, V, FixedState>;

/// Whether a serialisable transaction may write, and whether it waits for a snapshot that needs no checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serializable {
    /// It may write.
    ReadWrite,
    /// It only reads.
    ReadOnly,
    /// It only reads, and begins when nothing can come in its way.
    Deferrable,
}

/// All serialisable transactions, those that ended as long as others may depend on them.
#[derive(Debug, Default)]
pub(crate) struct Ssi(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Counts preparations and commits.
    sequence: u64,
    next_number: u64,
    members: Map<u64, Member>,
    by_xid: Map<u64, u64>,
    rows: Map<(RelationId, RowAddress), Vec<u64>>,
    heaps: Map<RelationId, Vec<u64>>,
    ranges: Map<RelationId, Vec<Range>>,
}

#[derive(Debug)]
struct Range {
    member: u64,
    lower: Bound<Vec<u8>>,
    upper: Bound<Vec<u8>>,
}

/// Whether a read-only transaction's snapshot can take part in a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Safety {
    #[default]
    Unknown,
    Safe,
    Unsafe,
}

#[derive(Debug, Default)]
struct Member {
    process: i32,
    xid: u64,
    read_only: bool,
    doomed: bool,
    /// It was prepared before a restart.
    recovered: bool,
    /// The sequence when its snapshot was taken.
    snapshot: u64,
    prepared: Option<u64>,
    committed: Option<u64>,
    /// Who read what it wrote, and who wrote what it read.
    readers: Vec<u64>,
    writers: Vec<u64>,
    /// When the first of the writers committed.
    first_writer: Option<u64>,
    rows: Map<RelationId, HashSet<RowAddress, FixedState>>,
    heaps: HashSet<RelationId, FixedState>,
    ranges: Map<RelationId, usize>,
    /// Of one that only reads: the writers that were active when its snapshot was taken.
    unsafe_with: Vec<u64>,
    safety: Safety,
    waiting: Option<Arc<WaitSlot>>,
}

/// A serialisable transaction, as it and its snapshots hold it.
#[derive(Debug)]
pub(crate) struct Serial {
    ssi: Arc<Ssi>,
    number: u64,
    /// No checks are needed: it only reads, and nothing can come in its way.
    is_safe: AtomicBool,
    has_skipped: AtomicBool,
    skipped: Mutex<Vec<u64>>,
}

fn failure(reason: &str) -> Error {
    let text = "could not serialize access due to read/write dependencies among transactions";
    Error::new(SqlState::T_R_SERIALIZATION_FAILURE, text)
        .detail(format!("Reason code: Canceled on {reason}."))
        .hint("The transaction might succeed if retried.")
}

impl Member {
    /// When the first transaction that wrote what this one read was prepared.
    fn first_writer(&self, members: &Map<u64, Self>) -> Option<u64> {
        let prepared = self.writers.iter().filter_map(|writer| members.get(writer)?.prepared);
        prepared.chain(self.first_writer).min()
    }
}

impl State {
    /// Notes that `reader` did not see what `writer` wrote; `me` is one of the two.
    fn conflict(&mut self, reader: u64, writer: u64, me: u64) -> Result<()> {
        if reader == writer {
            return Ok(());
        }
        let (Some(from), Some(to)) = (self.members.get(&reader), self.members.get(&writer)) else {
            return Ok(());
        };
        if from.writers.contains(&writer) || from.doomed || to.doomed {
            return Ok(());
        }
        let by = |at: u64, member: &Member| member.committed.is_none_or(|commit| at <= commit);
        let seen = |at: u64, member: &Member| !member.read_only || at <= member.snapshot;
        // reader -> writer -> somebody who committed first.
        let pivot_writer = to
            .first_writer(&self.members)
            .is_some_and(|at| by(at, from) && by(at, to) && seen(at, from));
        // Somebody -> reader -> writer, who committed first.
        let pivot_reader = !from.read_only
            && to.prepared.is_some_and(|at| {
                let others = from.readers.iter().filter_map(|other| self.members.get(other));
                by(at, from)
                    && others
                        .into_iter()
                        .any(|other| !other.doomed && by(at, other) && seen(at, other))
            });
        if pivot_writer || pivot_reader {
            if me == writer {
                return Err(failure("identification as a pivot, during write"));
            }
            if to.prepared.is_some() {
                let reason = format!("conflict out to pivot {}, during read", to.xid);
                return Err(failure(&reason));
            }
        }
        if let Some(member) = self.members.get_mut(&writer) {
            member.doomed |= pivot_writer || pivot_reader;
            member.readers.push(reader);
        }
        if let Some(member) = self.members.get_mut(&reader) {
            member.writers.push(writer);
        }
        Ok(())
    }

    /// Dependencies on all those who read what `me` writes.
    fn wrote(&mut self, me: u64, readers: &[u64]) -> Result<()> {
        let Some(member) = self.members.get(&me) else { return Ok(()) };
        if member.doomed {
            return Err(failure("identification as a pivot, during conflict in checking"));
        }
        let snapshot = member.snapshot;
        for reader in readers {
            let concurrent = self.members.get(reader).is_some_and(|reader| {
                !reader.doomed && reader.committed.is_none_or(|commit| commit > snapshot)
            });
            if concurrent {
                self.conflict(*reader, me, me)?;
            }
        }
        Ok(())
    }

    fn reading(&mut self, me: u64) -> Result<Option<&mut Member>> {
        match self.members.get_mut(&me) {
            Some(member) if member.doomed => {
                Err(failure("identification as a pivot, during conflict out checking"))
            }
            member => Ok(member),
        }
    }

    fn read_heap(&mut self, me: u64, heap: RelationId) -> Result<()> {
        let Some(member) = self.reading(me)? else { return Ok(()) };
        if member.heaps.insert(heap) {
            let rows = member.rows.remove(&heap);
            for row in rows.into_iter().flatten() {
                forget(&mut self.rows, (heap, row), me);
            }
            self.heaps.entry(heap).or_default().push(me);
        }
        Ok(())
    }

    fn read_row(&mut self, me: u64, heap: RelationId, row: RowAddress) -> Result<()> {
        let Some(member) = self.reading(me)? else { return Ok(()) };
        if member.heaps.contains(&heap) {
            return Ok(());
        }
        let rows = member.rows.entry(heap).or_default();
        if rows.len() >= ROWS_MAX {
            return self.read_heap(me, heap);
        }
        if rows.insert(row) {
            self.rows.entry((heap, row)).or_default().push(me);
        }
        Ok(())
    }

    fn read_range(
        &mut self,
        me: u64,
        index: RelationId,
        lower: Bound<&[u8]>,
        upper: Bound<&[u8]>,
    ) -> Result<()> {
        let Some(member) = self.reading(me)? else { return Ok(()) };
        let count = member.ranges.entry(index).or_default();
        if *count > RANGES_MAX {
            return Ok(());
        }
        *count += 1;
        let is_whole = *count > RANGES_MAX;
        let ranges = self.ranges.entry(index).or_default();
        let (lower, upper) = if is_whole {
            ranges.retain(|range| range.member != me);
            (Bound::Unbounded, Bound::Unbounded)
        } else {
            (lower.map(<[u8]>::to_vec), upper.map(<[u8]>::to_vec))
        };
        let known = ranges
            .iter()
            .any(|range| range.member == me && range.lower == lower && range.upper == upper);
        if !known {
            ranges.push(Range { member: me, lower, upper });
        }
        Ok(())
    }

    /// Frees the read locks of a transaction.
    fn free(&mut self, number: u64) {
        let Some(member) = self.members.get_mut(&number) else { return };
        let rows = std::mem::take(&mut member.rows);
        let heaps = std::mem::take(&mut member.heaps);
        let ranges = std::mem::take(&mut member.ranges);
        for (heap, rows) in rows {
            for row in rows {
                forget(&mut self.rows, (heap, row), number);
            }
        }
        for heap in heaps {
            forget(&mut self.heaps, heap, number);
        }
        for index in ranges.into_keys() {
            if let Some(list) = self.ranges.get_mut(&index) {
                list.retain(|range| range.member != number);
                if list.is_empty() {
                    self.ranges.remove(&index);
                }
            }
        }
    }

    /// Forgets a transaction.
    fn remove(&mut self, number: u64) {
        self.free(number);
        let Some(member) = self.members.remove(&number) else { return };
        self.by_xid.remove(&member.xid);
        for other in member.readers {
            if let Some(other) = self.members.get_mut(&other) {
                other.writers.retain(|each| *each != number);
                // That it committed first is remembered.
                if let Some(at) = member.committed.and(member.prepared) {
                    other.first_writer = Some(other.first_writer.map_or(at, |first| first.min(at)));
                }
            }
        }
        for other in member.writers {
            if let Some(other) = self.members.get_mut(&other) {
                other.readers.retain(|each| *each != number);
            }
        }
    }

    /// Tells those that only read that a writer ended; `first_writer` is of one that committed.
    fn settle_snapshots(&mut self, number: u64, first_writer: Option<u64>) {
        for member in self.members.values_mut() {
            if !member.unsafe_with.contains(&number) {
                continue;
            }
            member.unsafe_with.retain(|each| *each != number);
            if first_writer.is_some_and(|at| at <= member.snapshot) {
                member.safety = Safety::Unsafe;
                member.unsafe_with.clear();
            } else if member.unsafe_with.is_empty() && member.safety == Safety::Unknown {
                member.safety = Safety::Safe;
            }
            if let Some(slot) = member.waiting.as_ref().filter(|_| member.safety != Safety::Unknown)
            {
                slot.wake();
            }
        }
    }

    /// Forgets those that ended before all that are active began.
    fn clean(&mut self) {
        let active = self.members.values().filter(|member| member.committed.is_none());
        let oldest = active.map(|member| member.snapshot).min().unwrap_or(u64::MAX);
        let gone: Vec<u64> = self
            .members
            .iter()
            .filter(|(_, member)| member.committed.is_some_and(|at| at <= oldest))
            .map(|(number, _)| *number)
            .collect();
        for number in gone {
            self.remove(number);
        }
    }
}

fn forget<K: std::hash::Hash + Eq>(map: &mut Map<K, Vec<u64>>, key: K, number: u64) {
    if let Some(list) = map.get_mut(&key) {
        list.retain(|each| *each != number);
        if list.is_empty() {
            map.remove(&key);
        }
    }
}

fn contains(range: &Range, key: &[u8]) -> bool {
    let above = match &range.lower {
        Bound::Included(lower) => key >= lower.as_slice(),
        Bound::Excluded(lower) => key > lower.as_slice(),
        Bound::Unbounded => true,
    };
    above
        && match &range.upper {
            Bound::Included(upper) => key <= upper.as_slice(),
            Bound::Excluded(upper) => key < upper.as_slice(),
            Bound::Unbounded => true,
        }
}

impl Ssi {
    /// Begins a transaction; `take` takes its snapshot.
    pub(crate) fn begin<T>(
        self: &Arc<Self>,
        process: i32,
        kind: Serializable,
        take: impl FnOnce() -> T,
    ) -> (Arc<Serial>, T) {
        let mut state = self.0.lock();
        let read_only = kind != Serializable::ReadWrite;
        let writers = state.members.iter();
        let writers = writers.filter(|(_, other)| other.committed.is_none() && !other.read_only);
        let unsafe_with: Vec<u64> =
            if read_only { writers.map(|(number, _)| *number).collect() } else { Vec::new() };
        let is_safe = read_only && unsafe_with.is_empty();
        let number = state.next_number;
        state.next_number += 1;
        let taken = take();
        if !is_safe {
            let snapshot = state.sequence;
            let member = Member { process, read_only, snapshot, unsafe_with, ..Member::default() };
            state.members.insert(number, member);
        }
        drop(state);
        let serial = Serial {
            ssi: Arc::clone(self),
            number,
            is_safe: AtomicBool::new(is_safe),
            has_skipped: AtomicBool::new(false),
            skipped: Mutex::default(),
        };
        (Arc::new(serial), taken)
    }
}

impl Serial {
    pub(crate) fn is_safe(&self) -> bool {
        self.is_safe.load(Ordering::Relaxed)
    }

    /// Runs `f` with the state, unless no checks are needed.
    fn checked(&self, f: impl FnOnce(&mut State, u64) -> Result<()>) -> Result<()> {
        if self.is_safe() {
            return Ok(());
        }
        let mut state = self.ssi.0.lock();
        let safe = state.members.get(&self.number).is_some_and(|m| m.safety == Safety::Safe);
        if safe {
            state.remove(self.number);
            self.is_safe.store(true, Ordering::Relaxed);
            return Ok(());
        }
        f(&mut state, self.number)
    }

    /// It has this id now.
    pub(crate) fn note_xid(&self, xid: Xid) {
        let mut state = self.ssi.0.lock();
        if let Some(member) = state.members.get_mut(&self.number) {
            member.xid = xid.0;
            state.by_xid.insert(xid.0, self.number);
        }
    }

    /// It reads a whole heap. 40001.
    pub(crate) fn read_heap(&self, heap: RelationId) -> Result<()> {
        self.checked(|state, me| state.read_heap(me, heap))
    }

    /// It reads a row. 40001.
    pub(crate) fn read_row(&self, heap: RelationId, row: RowAddress) -> Result<()> {
        self.checked(|state, me| state.read_row(me, heap, row))
    }

    /// It reads what there is, and what there is not, of a range of keys. 40001.
    pub(crate) fn read_range(
        &self,
        index: RelationId,
        lower: Bound<&[u8]>,
        upper: Bound<&[u8]>,
    ) -> Result<()> {
        self.checked(|state, me| state.read_range(me, index, lower, upper))
    }

    /// It did not see what this transaction wrote. It may be called under a latch; [`Self::settle`] follows.
    pub(crate) fn skip(&self, xid: Xid) {
        if !self.is_safe() {
            let mut skipped = self.skipped.lock();
            if !skipped.contains(&xid.0) {
                skipped.push(xid.0);
                self.has_skipped.store(true, Ordering::Release);
            }
        }
    }

    /// Makes dependencies of what was skipped. 40001.
    #[inline]
    pub(crate) fn settle(&self) -> Result<()> {
        if !self.has_skipped.load(Ordering::Acquire) {
            return Ok(());
        }
        self.has_skipped.store(false, Ordering::Release);
        let skipped = std::mem::take(&mut *self.skipped.lock());
        self.checked(|state, me| {
            state.reading(me)?;
            for xid in skipped {
                let Some(writer) = state.by_xid.get(&xid).copied() else { continue };
                let (Some(other), Some(own)) = (state.members.get(&writer), state.members.get(&me))
                else {
                    continue;
                };
                // A writer that committed is in a reader's way only after one that the reader's snapshot has.
                let first = other.first_writer(&state.members);
                let harmless = own.read_only
                    && other.committed.is_some()
                    && first.is_none_or(|at| at > own.snapshot);
                if !harmless {
                    state.conflict(me, writer, me)?;
                }
            }
            Ok(())
        })
    }

    /// It wrote a row that others may have read. 40001.
    pub(crate) fn wrote_row(&self, heap: RelationId, row: RowAddress) -> Result<()> {
        self.checked(|state, me| {
            let mut readers = state.heaps.get(&heap).cloned().unwrap_or_default();
            readers.extend(state.rows.get(&(heap, row)).into_iter().flatten());
            state.wrote(me, &readers)
        })
    }

    /// It added rows to a heap. 40001.
    pub(crate) fn wrote_heap(&self, heap: RelationId) -> Result<()> {
        self.checked(|state, me| {
            let readers = state.heaps.get(&heap).cloned().unwrap_or_default();
            state.wrote(me, &readers)
        })
    }

    /// It added, or is about to add, a key to an index. 40001.
    pub(crate) fn wrote_key(&self, index: RelationId, key: &[u8]) -> Result<()> {
        self.checked(|state, me| {
            let ranges = state.ranges.get(&index).into_iter().flatten();
            let readers: Vec<u64> =
                ranges.filter(|range| contains(range, key)).map(|range| range.member).collect();
            state.wrote(me, &readers)
        })
    }

    /// Looks whether it can commit; from then on it counts as the first to have done so. 40001.
    pub(crate) fn prepare(&self) -> Result<()> {
        self.checked(|state, me| {
            let Some(own) = state.members.get(&me) else { return Ok(()) };
            if own.prepared.is_some() {
                return Ok(());
            }
            if own.doomed {
                return Err(failure("identification as a pivot, during commit attempt"));
            }
            let mut doomed = Vec::new();
            for near in &own.readers {
                let Some(pivot) = state.members.get(near) else { continue };
                if pivot.committed.is_some() || pivot.doomed {
                    continue;
                }
                let dangerous = pivot.readers.iter().any(|far| {
                    *far == me
                        || state.members.get(far).is_some_and(|far| {
                            far.committed.is_none() && !far.read_only && !far.doomed
                        })
                });
                if dangerous && pivot.prepared.is_some() {
                    let reason = "commit attempt with conflict in from prepared pivot";
                    return Err(failure(reason));
                }
                if dangerous {
                    doomed.push(*near);
                }
            }
            for pivot in doomed {
                if let Some(pivot) = state.members.get_mut(&pivot) {
                    pivot.doomed = true;
                }
            }
            state.sequence += 1;
            let now = state.sequence;
            if let Some(own) = state.members.get_mut(&me) {
                own.prepared = Some(now);
            }
            Ok(())
        })
    }

    /// It committed.
    pub(crate) fn committed(&self) {
        let mut state = self.ssi.0.lock();
        let me = self.number;
        state.sequence += 1;
        let now = state.sequence;
        let Some(mut own) = state.members.remove(&me) else { return };
        own.committed = Some(now);
        own.read_only |= own.xid == 0;
        let prepared = own.prepared.unwrap_or(now);
        for reader in &own.readers {
            if let Some(reader) = state.members.get_mut(reader).filter(|r| r.committed.is_none()) {
                reader.first_writer =
                    Some(reader.first_writer.map_or(prepared, |first| first.min(prepared)));
            }
        }
        let first_writer = own.first_writer(&state.members);
        state.members.insert(me, own);
        state.settle_snapshots(me, first_writer);
        state.clean();
    }

    /// It was rolled back.
    pub(crate) fn aborted(&self) {
        let mut state = self.ssi.0.lock();
        state.remove(self.number);
        state.settle_snapshots(self.number, None);
        state.clean();
    }

    /// The processes of the transactions that decide whether its snapshot is safe; `slot` is woken when they did.
    pub(crate) fn wait_for_safety(&self, slot: &Arc<WaitSlot>) -> Vec<i32> {
        let mut state = self.ssi.0.lock();
        let Some(member) = state.members.get_mut(&self.number) else { return Vec::new() };
        member.waiting = Some(Arc::clone(slot));
        let others = member.unsafe_with.clone();
        others.iter().filter_map(|each| Some(state.members.get(each)?.process)).collect()
    }

    /// Whether its snapshot was found safe or unsafe; `None` while that is open.
    pub(crate) fn safety(&self) -> Option<bool> {
        if self.is_safe() {
            return Some(true);
        }
        let state = self.ssi.0.lock();
        match state.members.get(&self.number).map_or(Safety::Safe, |member| member.safety) {
            Safety::Unknown => None,
            Safety::Safe => Some(true),
            Safety::Unsafe => Some(false),
        }
    }
}

impl Drop for Serial {
    fn drop(&mut self) {
        // What neither committed nor was rolled back (a snapshot that was given up) leaves nothing.
        let mut state = self.ssi.0.lock();
        let unfinished = state.members.get(&self.number).is_some_and(|m| m.committed.is_none());
        if unfinished {
            state.remove(self.number);
            state.settle_snapshots(self.number, None);
            state.clean();
        }
    }
}

/// A read lock, for `pg_locks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadLock {
    Heap(RelationId),
    Row(RelationId, RowAddress),
    Index(RelationId),
}

impl Ssi {
    /// All read locks with the processes that have them.
    pub(crate) fn locks(&self) -> Vec<(i32, ReadLock)> {
        let state = self.0.lock();
        let mut locks = Vec::new();
        for member in state.members.values() {
            locks.extend(member.heaps.iter().map(|heap| (member.process, ReadLock::Heap(*heap))));
            for (heap, rows) in &member.rows {
                locks.extend(rows.iter().map(|row| (member.process, ReadLock::Row(*heap, *row))));
            }
            locks.extend(
                member.ranges.keys().map(|index| (member.process, ReadLock::Index(*index))),
            );
        }
        locks
    }
}
