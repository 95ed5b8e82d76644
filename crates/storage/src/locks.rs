//! Locks: relations, rows, names, advisory keys, and waiting for a transaction's end.
//!
//! Each lock has its holders and a queue in order of arrival. A transaction's own end is waited for like a lock that
//! it holds. Lock order: a shard, then `waits`; page latches come before both, and nobody waits under either.

#[cfg(test)]
mod tests;

use crate::table::Table;
use crate::wait::Wait;
use crate::{RelationId, RowAddress, Xid};
use error::{Error, Result, SqlState};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use os::WaitSlot;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// PostgreSQL's table lock modes, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are PostgreSQL's")]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

/// The strength of a row lock, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowLock {
    /// FOR KEY SHARE: the key stays.
    KeyShare,
    /// FOR SHARE: the row stays.
    Share,
    /// FOR NO KEY UPDATE: what an update that changes no key takes.
    NoKeyUpdate,
    /// FOR UPDATE: what a delete, and an update of a key, takes.
    Update,
}

/// What can be locked besides rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LockTag {
    /// A relation by its OID (not its file).
    Relation {
        /// The database's OID, 0 for shared relations.
        database: u32,
        /// The relation's OID.
        relation: u32,
    },
    /// Any other object: of a class (the OID of its catalog) by its OID.
    Object {
        /// The database's OID, 0 for shared objects.
        database: u32,
        /// The catalog's OID.
        class: u32,
        /// The object's OID.
        object: u32,
    },
    /// A name that is being created: a hash of its kind, schema and text.
    Name {
        /// The database's OID, 0 for shared names.
        database: u32,
        /// The hash.
        hash: u64,
    },
    /// An advisory lock: PostgreSQL's classid, objid and objsubid (1 for a bigint key, 2 for two ints).
    Advisory {
        /// The database's OID.
        database: u32,
        /// The upper half or the first key.
        class: u32,
        /// The lower half or the second key.
        object: u32,
        /// 1 or 2.
        kind: u16,
    },
}

/// How long a wait may take, and what ends it. Borrowed from the session for one call.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Where the session waits. Whoever cancels the session sets its flag, then wakes this.
    pub slot: &'a Arc<WaitSlot>,
    /// Fails (57014, 57P01 ...) when the session is to stop waiting; called before and after each wait.
    pub check: &'a dyn Fn() -> Result<()>,
    /// 55P03 after so long; `None` waits forever.
    pub lock_timeout: Option<Duration>,
    /// From then on the check fails.
    pub deadline: Option<Instant>,
    /// A deadlock is looked for after so long.
    pub deadlock_timeout: Duration,
}

/// A transaction, or a session, as a holder of locks.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) number: u64,
    /// Owners of one group, a session and its transaction, are not in each other's way.
    group: AtomicU64,
    process: AtomicI32,
    /// Its id, once it has one.
    pub(crate) xid: AtomicU64,
}

impl Owner {
    pub(crate) fn group(&self) -> u64 {
        self.group.load(Ordering::Acquire)
    }

    /// The session's process; 0 for a prepared transaction.
    pub(crate) fn process(&self) -> i32 {
        self.process.load(Ordering::Acquire)
    }

    fn is_of_group(&self, other: &Self) -> bool {
        self.group() == other.group()
    }

    /// Leaves its session: a prepared transaction is on its own.
    pub(crate) fn leave(&self) {
        self.group.store(self.number, Ordering::Release);
        self.process.store(0, Ordering::Release);
    }
}

/// What a lock is on; rows are locked only through their heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Tag {
    Outer(LockTag),
    /// A row, in the modes of [`RowLock`].
    Row(RelationId, RowAddress),
    /// The right to be the next writer of a row.
    Turn(RelationId, RowAddress),
}

impl LockMode {
    pub(crate) const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// A bit for each mode that this one conflicts with.
    fn conflicts(self) -> u8 {
        match self {
            Self::AccessShare => 0b1000_0000,
            Self::RowShare => 0b1100_0000,
            Self::RowExclusive => 0b1111_0000,
            Self::ShareUpdateExclusive => 0b1111_1000,
            Self::Share => 0b1110_1100,
            Self::ShareRowExclusive => 0b1111_1100,
            Self::Exclusive => 0b1111_1110,
            Self::AccessExclusive => 0b1111_1111,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShareLock",
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }
}

/// A mode of any lock, as a bit and the bits that it conflicts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    pub(crate) bit: u8,
    conflicts: u8,
    pub(crate) name: &'static str,
}

impl From<LockMode> for Mode {
    fn from(mode: LockMode) -> Self {
        let position = LockMode::ALL.iter().position(|each| *each == mode).unwrap_or(0);
        Self { bit: 1 << position, conflicts: mode.conflicts(), name: mode.name() }
    }
}

impl From<RowLock> for Mode {
    fn from(lock: RowLock) -> Self {
        let (bit, conflicts, name) = match lock {
            RowLock::KeyShare => (1, 0b1000, "AccessShareLock"),
            RowLock::Share => (2, 0b1100, "RowShareLock"),
            RowLock::NoKeyUpdate => (4, 0b1110, "ExclusiveLock"),
            RowLock::Update => (8, 0b1111, "AccessExclusiveLock"),
        };
        Self { bit, conflicts, name }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Lock {
    pub(crate) holders: Vec<(Arc<Owner>, u8)>,
    queue: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    owner: Arc<Owner>,
    mode: Mode,
    slot: Arc<WaitSlot>,
    granted: Arc<AtomicBool>,
}

impl Lock {
    fn held_by(&self, owner: &Owner) -> u8 {
        let holder = self.holders.iter().find(|(holder, _)| holder.number == owner.number);
        holder.map_or(0, |(_, modes)| *modes)
    }

    fn is_held_by_group(&self, owner: &Owner) -> bool {
        self.holders.iter().any(|(holder, _)| holder.is_of_group(owner))
    }

    /// All holders whose modes conflict with one of another.
    fn in_the_way(&self, owner: &Owner, mode: Mode) -> Vec<Arc<Owner>> {
        let holders = self
            .holders
            .iter()
            .filter(|(holder, modes)| !holder.is_of_group(owner) && modes & mode.conflicts != 0);
        holders.map(|(holder, _)| Arc::clone(holder)).collect()
    }

    fn modes_of_group(&self, owner: &Owner) -> u8 {
        let own = self.holders.iter().filter(|(holder, _)| holder.is_of_group(owner));
        own.fold(0, |all, (_, modes)| all | modes)
    }

    /// Who waits for what the owner has of the lock, and has what the owner is about to wait for.
    fn mutual(&self, owner: &Owner, mode: Mode) -> Option<&Waiter> {
        let own = self.modes_of_group(owner);
        self.queue.iter().find(|waiter| {
            own & waiter.mode.conflicts != 0
                && self.modes_of_group(&waiter.owner) & mode.conflicts != 0
        })
    }

    /// Moves one in the queue before another.
    fn move_before(&mut self, owner: &Owner, other: &Owner) -> bool {
        let of = |who: &Owner| self.queue.iter().position(|waiter| waiter.owner.is_of_group(who));
        let (Some(from), Some(to)) = (of(owner), of(other)) else { return false };
        if from < to {
            return false;
        }
        if let Some(waiter) = self.queue.remove(from) {
            self.queue.insert(to, waiter);
        }
        true
    }

    fn blocked_by_holder(&self, owner: &Owner, mode: Mode) -> Option<&Arc<Owner>> {
        let blocks = |(holder, modes): &&(Arc<Owner>, u8)| {
            !holder.is_of_group(owner) && modes & mode.conflicts != 0
        };
        self.holders.iter().find(blocks).map(|(holder, _)| holder)
    }

    fn grant(&mut self, owner: &Arc<Owner>, mode: Mode) {
        match self.holders.iter_mut().find(|(holder, _)| holder.number == owner.number) {
            Some((_, modes)) => *modes |= mode.bit,
            None => self.holders.push((Arc::clone(owner), mode.bit)),
        }
    }

    /// Grants to those in the queue, in order, what no holder and nobody before them conflicts with.
    fn wake(&mut self) {
        let mut before = 0;
        let mut index = 0;
        while let Some(waiter) = self.queue.get(index) {
            let (owner, mode) = (Arc::clone(&waiter.owner), waiter.mode);
            if mode.conflicts & before == 0 && self.blocked_by_holder(&owner, mode).is_none() {
                self.grant(&owner, mode);
                if let Some(waiter) = self.queue.remove(index) {
                    waiter.granted.store(true, Ordering::Release);
                    waiter.slot.wake();
                }
            } else {
                before |= mode.bit;
                index += 1;
            }
        }
    }
}

/// What an owner waits for.
#[derive(Debug, Clone)]
pub(crate) enum Waiting {
    End(Xid),
    Lock(Tag, Mode),
    /// For those to let go of a lock who have it in a way of this mode's.
    Holders(Tag, Mode),
    /// For these processes: until a snapshot is known to be safe or unsafe, or until their older snapshots are gone.
    Safety(Vec<i32>),
}

/// Who waits, for what, and who is in the way.
type Edge = (Arc<Owner>, Waiting, Arc<Owner>);

const SHARD_COUNT: usize = 64;

/// All locks of the engine.
#[derive(Debug)]
pub(crate) struct Locks {
    shards: Box<[Mutex<HashMap<Tag, Lock, FixedState>>]>,
    hasher: FixedState,
    /// Who waits for the end of a transaction.
    pub(crate) ends: Mutex<HashMap<u64, Vec<Arc<WaitSlot>>, FixedState>>,
    /// Who waits, and for what.
    waits: Mutex<HashMap<u64, (Arc<Owner>, Waiting), FixedState>>,
    /// How many row locks are held: none is the common case.
    row_count: AtomicUsize,
    next_owner: AtomicU64,
    pub(crate) table: Arc<Table>,
}

impl Locks {
    pub(crate) fn new(table: Arc<Table>) -> Self {
        Self {
            shards: (0..SHARD_COUNT).map(|_| Mutex::default()).collect(),
            hasher: FixedState::with_seed(3),
            ends: Mutex::default(),
            waits: Mutex::default(),
            row_count: AtomicUsize::new(0),
            next_owner: AtomicU64::new(1),
            table,
        }
    }

    pub(crate) fn owner(&self, process: i32) -> Arc<Owner> {
        let number = self.next_owner.fetch_add(1, Ordering::Relaxed);
        let (group, process) = (AtomicU64::new(number), AtomicI32::new(process));
        Arc::new(Owner { number, group, process, xid: AtomicU64::new(0) })
    }

    /// An owner of another's group.
    pub(crate) fn owner_of_group(&self, other: &Owner) -> Arc<Owner> {
        let owner = self.owner(other.process());
        owner.group.store(other.group(), Ordering::Release);
        owner
    }

    #[expect(clippy::cast_possible_truncation, reason = "any part of the hash will do")]
    fn shard(&self, tag: &Tag) -> &Mutex<HashMap<Tag, Lock, FixedState>> {
        &self.shards[self.hasher.hash_one(tag) as usize % SHARD_COUNT]
    }

    /// Locks if nobody is in the way: `Ok(false)` if the owner had the mode already; else who is.
    pub(crate) fn try_lock(
        &self,
        owner: &Arc<Owner>,
        tag: Tag,
        mode: Mode,
    ) -> Result<bool, Arc<Owner>> {
        let mut shard = self.shard(&tag).lock();
        let lock = shard.entry(tag).or_default();
        let held = lock.held_by(owner);
        if held & mode.bit != 0 {
            return Ok(false);
        }
        if let Some(holder) = lock.blocked_by_holder(owner, mode) {
            return Err(Arc::clone(holder));
        }
        // Nobody overtakes who waits, except who has part of the lock and would else wait for itself.
        if !lock.is_held_by_group(owner)
            && let Some(waiter) =
                lock.queue.iter().find(|waiter| waiter.mode.bit & mode.conflicts != 0)
        {
            return Err(Arc::clone(&waiter.owner));
        }
        lock.grant(owner, mode);
        if matches!(tag, Tag::Row(..)) {
            self.row_count.fetch_add(1, Ordering::AcqRel);
        }
        Ok(true)
    }

    /// Whose lock on a row conflicts with a mode.
    #[inline]
    pub(crate) fn row_conflict(
        &self,
        owner: &Owner,
        heap: RelationId,
        address: RowAddress,
        mode: RowLock,
    ) -> Option<Xid> {
        if self.row_count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let tag = Tag::Row(heap, address);
        let shard = self.shard(&tag).lock();
        let holder = shard.get(&tag)?.blocked_by_holder(owner, mode.into())?;
        Some(Xid(holder.xid.load(Ordering::Acquire)))
    }

    /// Locks, waiting for those who are in the way: `false` if the owner had the mode already.
    pub(crate) fn lock(
        &self,
        owner: &Arc<Owner>,
        tag: Tag,
        mode: Mode,
        limits: Limits<'_>,
    ) -> Result<bool> {
        match self.try_lock(owner, tag, mode) {
            Ok(granted) => return Ok(granted),
            Err(_) => (limits.check)()?,
        }
        let wait = self.begin_lock(owner, tag, mode, limits.slot)?;
        let waited = self.wait(owner, &wait, limits);
        let is_granted = self.end_wait(owner, &wait);
        if let Err(error) = waited {
            if is_granted {
                self.unlock(owner, tag, mode);
            }
            return Err(error);
        }
        Ok(true)
    }

    /// Gets in the queue of a lock. 40P01 where the one in the way waits for what the owner has of it.
    pub(crate) fn begin_lock(
        &self,
        owner: &Arc<Owner>,
        tag: Tag,
        mode: Mode,
        slot: &Arc<WaitSlot>,
    ) -> Result<Wait> {
        let granted = Arc::new(AtomicBool::new(false));
        let mut shard = self.shard(&tag).lock();
        let lock = shard.entry(tag).or_default();
        let waiter = Waiter {
            owner: Arc::clone(owner),
            mode,
            slot: Arc::clone(slot),
            granted: Arc::clone(&granted),
        };
        if let Some(other) = lock.mutual(owner, mode) {
            let (waiting, theirs) = (Waiting::Lock(tag, mode), Waiting::Lock(tag, other.mode));
            return Err(deadlock(&[
                (Arc::clone(owner), waiting, Arc::clone(&other.owner)),
                (Arc::clone(&other.owner), theirs, Arc::clone(owner)),
            ]));
        }
        // Who has part of the lock goes first: those who wait may wait for it.
        if lock.is_held_by_group(owner) {
            lock.queue.push_front(waiter);
        } else {
            lock.queue.push_back(waiter);
        }
        lock.wake();
        drop(shard);
        Ok(Wait::for_lock(tag, mode, granted, slot))
    }

    /// Leaves a lock's queue: whether the lock was granted before.
    pub(crate) fn leave_queue(&self, tag: Tag, granted: &Arc<AtomicBool>) -> bool {
        if !granted.load(Ordering::Acquire) {
            let mut shard = self.shard(&tag).lock();
            if let Some(lock) = shard.get_mut(&tag) {
                lock.queue.retain(|waiter| !Arc::ptr_eq(&waiter.granted, granted));
                lock.wake();
            }
        }
        let is_granted = granted.load(Ordering::Acquire);
        if is_granted {
            self.count_row(&tag);
        }
        is_granted
    }

    fn count_row(&self, tag: &Tag) {
        if matches!(tag, Tag::Row(..)) {
            self.row_count.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Frees a mode of a lock.
    pub(crate) fn unlock(&self, owner: &Owner, tag: Tag, mode: Mode) {
        let mut shard = self.shard(&tag).lock();
        let Some(lock) = shard.get_mut(&tag) else { return };
        let is_own = |(holder, modes): &(Arc<Owner>, u8)| {
            holder.number == owner.number && modes & mode.bit != 0
        };
        // What is not held is not counted either.
        let Some(index) = lock.holders.iter().position(is_own) else { return };
        lock.holders[index].1 &= !mode.bit;
        if lock.holders[index].1 == 0 {
            lock.holders.swap_remove(index);
        }
        lock.wake();
        if lock.holders.is_empty() && lock.queue.is_empty() {
            shard.remove(&tag);
        }
        drop(shard);
        if matches!(tag, Tag::Row(..)) {
            self.row_count.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Wakes those who wait for a transaction's end, or for a lock on a row that it may have freed.
    pub(crate) fn ended(&self, xid: Xid) {
        let slots = self.ends.lock().remove(&xid.0);
        for slot in slots.into_iter().flatten() {
            slot.wake();
        }
    }

    /// 40P01 if the owner waits, over others, for itself.
    pub(crate) fn find_deadlock(&self, owner: &Arc<Owner>, done: &impl Fn() -> bool) -> Result<()> {
        // One at a time looks, so that of a circle only one gives up.
        static LOOKING: Mutex<()> = Mutex::new(());
        let _looking = LOOKING.lock();
        if done() {
            return Ok(());
        }
        let waits = self.waits.lock().clone();
        loop {
            let mut path = Vec::new();
            let mut seen = vec![owner.group()];
            if !self.search(&waits, owner, owner, &mut path, &mut seen) {
                return Ok(());
            }
            // Where somebody of the circle is only behind another in a queue, they change places.
            if !path.iter().any(|edge| self.overtake(edge)) {
                // The others of the circle look again, and find it gone.
                self.waits.lock().remove(&owner.group());
                return Err(deadlock(&path));
            }
        }
    }

    /// Lets a waiter go before another who is in its way by having come first, and by nothing else.
    fn overtake(&self, (waiter, waiting, blocker): &Edge) -> bool {
        let Waiting::Lock(tag, mode) = waiting else { return false };
        let mut shard = self.shard(tag).lock();
        let Some(lock) = shard.get_mut(tag) else { return false };
        if lock.modes_of_group(blocker) & mode.conflicts != 0 {
            return false;
        }
        let moved = lock.move_before(waiter, blocker);
        lock.wake();
        moved
    }

    fn search(
        &self,
        waits: &HashMap<u64, (Arc<Owner>, Waiting), FixedState>,
        from: &Arc<Owner>,
        goal: &Arc<Owner>,
        path: &mut Vec<Edge>,
        seen: &mut Vec<u64>,
    ) -> bool {
        let Some((_, waiting)) = waits.get(&from.group()) else { return false };
        for blocker in self.blockers(from, waiting) {
            path.push((Arc::clone(from), waiting.clone(), Arc::clone(&blocker)));
            if blocker.is_of_group(goal) {
                return true;
            }
            if !seen.contains(&blocker.group()) {
                seen.push(blocker.group());
                if self.search(waits, &blocker, goal, path, seen) {
                    return true;
                }
            }
            path.pop();
        }
        false
    }

    pub(crate) fn note_waiting(&self, owner: &Arc<Owner>, waiting: Waiting) {
        self.waits.lock().insert(owner.group(), (Arc::clone(owner), waiting));
    }

    pub(crate) fn note_going_on(&self, owner: &Owner) {
        self.waits.lock().remove(&owner.group());
    }

    /// Everybody who waits, and for what.
    pub(crate) fn waiting(&self) -> Vec<(Arc<Owner>, Waiting)> {
        self.waits.lock().values().cloned().collect()
    }

    /// Calls `f` with every lock.
    pub(crate) fn for_each(&self, mut f: impl FnMut(&Tag, &Lock)) {
        for shard in &self.shards {
            shard.lock().iter().for_each(|(tag, lock)| f(tag, lock));
        }
    }

    /// Those who must go on before a wait ends.
    pub(crate) fn blockers(&self, owner: &Owner, waiting: &Waiting) -> Vec<Arc<Owner>> {
        match waiting {
            Waiting::End(xid) => self
                .table
                .active(*xid)
                .map(|active| Arc::clone(&active.owner))
                .into_iter()
                .collect(),
            Waiting::Safety(_) => Vec::new(),
            Waiting::Holders(tag, mode) => {
                let shard = self.shard(tag).lock();
                shard.get(tag).map_or_else(Vec::new, |lock| lock.in_the_way(owner, *mode))
            }
            Waiting::Lock(tag, mode) => {
                let shard = self.shard(tag).lock();
                let Some(lock) = shard.get(tag) else { return Vec::new() };
                // Who is in the queue no more has the lock, though it may not have noticed yet.
                if !lock.queue.iter().any(|waiter| waiter.owner.is_of_group(owner)) {
                    return Vec::new();
                }
                let mut blockers = lock.in_the_way(owner, *mode);
                let before =
                    lock.queue.iter().take_while(|waiter| !waiter.owner.is_of_group(owner));
                let before = before.filter(|waiter| waiter.mode.bit & mode.conflicts != 0);
                blockers.extend(before.map(|waiter| Arc::clone(&waiter.owner)));
                blockers
            }
        }
    }
}

/// 40P01, with the circle as detail.
fn deadlock(path: &[Edge]) -> Error {
    let lines: Vec<String> = path
        .iter()
        .map(|(waiter, waiting, blocker)| {
            format!(
                "Process {} waits for {}; blocked by process {}.",
                waiter.process(),
                describe(waiting),
                blocker.process()
            )
        })
        .collect();
    Error::new(SqlState::T_R_DEADLOCK_DETECTED, "deadlock detected")
        .detail(lines.join("\n"))
        .hint("See server log for query details.")
}

fn describe(waiting: &Waiting) -> String {
    let (tag, mode) = match waiting {
        Waiting::End(xid) => return format!("ShareLock on transaction {xid}"),
        Waiting::Safety(_) => return "a safe snapshot".to_owned(),
        Waiting::Lock(tag, mode) | Waiting::Holders(tag, mode) => (tag, mode.name),
    };
    match tag {
        Tag::Outer(LockTag::Relation { database, relation }) => {
            format!("{mode} on relation {relation} of database {database}")
        }
        Tag::Outer(LockTag::Object { database, class, object }) => {
            format!("{mode} on object {object} of class {class} of database {database}")
        }
        Tag::Outer(LockTag::Name { database, hash }) => {
            format!("{mode} on name {hash} of database {database}")
        }
        Tag::Outer(LockTag::Advisory { database, class, object, kind }) => {
            format!("{mode} on advisory lock [{database},{class},{object},{kind}]")
        }
        Tag::Row(relation, address) | Tag::Turn(relation, address) => format!(
            "{mode} on tuple {address} of relation {} of database {}",
            relation.file, relation.database
        ),
    }
}
