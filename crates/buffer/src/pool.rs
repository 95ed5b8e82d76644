//! The pool: a table from pages to frames, and a clock that finds frames to use again.
//!
//! Lock order: a frame's latch before a shard of the table; never two shards. Pins are raised only under the shard, so
//! a frame without pins, under the shard's lock, is nobody's.

use crate::cleaner::Cleaner;
use crate::files::Files;
use crate::frame::{CHUNK_SIZE, Content, Frame, Frames, Pin};
use crate::page::{PageId, RelationId, is_intact};
use error::{Error, Result, SqlState};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use os::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use os::sync::{Mutex, RwLockWriteGuard};
use os::{Disk, Reason};
use std::hash::BuildHasher;
use std::sync::Arc;
use wal::{Log, Lsn};

const SHARD_COUNT: usize = 128;
/// A pool needs at least so many frames to work; interleavings are tried with the fewest that will do.
const FRAME_COUNT_MIN: usize = if cfg!(feature = "shuttle") { 6 } else { 16 };
/// A pool that uses more frames, 32 MiB, has them made ahead.
const AHEAD_FROM: usize = (32 << 20) / crate::PAGE_SIZE;

type Shard = Mutex<HashMap<PageId, u32, FixedState>>;

/// How often things were done since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Pages pinned.
    pub visits: u64,
    /// Pages read from files.
    pub reads: u64,
    /// Pages written to files.
    pub writes: u64,
}

/// The pages in memory.
pub struct Pool {
    pub(crate) log: Arc<Log>,
    pub(crate) files: Files,
    pub(crate) frames: Arc<Frames>,
    /// Frames whose pages were dropped: they are used before new ones are made.
    free: Mutex<Vec<u32>>,
    has_free: AtomicBool,
    shards: Box<[Shard]>,
    hasher: FixedState,
    used: AtomicUsize,
    hand: AtomicUsize,
    visits: AtomicU64,
    reads: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) cleaner: Cleaner,
}

impl Pool {
    /// A pool of at most `size_bytes` of pages, over the files of a data directory. First heals the pages that a
    /// crash tore.
    pub fn open(disk: Arc<dyn Disk>, log: Arc<Log>, size_bytes: usize) -> Result<Self> {
        let count = (size_bytes / crate::PAGE_SIZE).max(FRAME_COUNT_MIN);
        let files = Files::new(Arc::clone(&disk));
        files.distrust_names()?;
        let cleaner = Cleaner::open(disk.as_ref(), &files)?;
        Ok(Self {
            log,
            files,
            frames: Arc::new(Frames::new(count)),
            free: Mutex::default(),
            has_free: AtomicBool::new(false),
            shards: (0..SHARD_COUNT).map(|_| Shard::default()).collect(),
            hasher: FixedState::with_seed(7),
            used: AtomicUsize::new(0),
            hand: AtomicUsize::new(0),
            visits: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            cleaner,
        })
    }

    /// The disk that the files are on.
    pub fn disk(&self) -> &Arc<dyn Disk> {
        self.files.disk()
    }

    /// The log that pages wait for.
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// Keeps a page in memory, reading it if it is not there. Not called under a latch. XX001 if the page is
    /// damaged, 58030 if it cannot be read.
    #[inline]
    pub fn pin(&self, id: PageId) -> Result<Pin<'_>> {
        self.visits.fetch_add(1, Ordering::Relaxed);
        match self.find(id) {
            Some(pin) => Ok(pin),
            None => os::blocking(Reason::Read, || self.load(id)),
        }
    }

    /// Adds a page of zeros to a relation.
    pub fn extend(&self, relation: RelationId) -> Result<Pin<'_>> {
        let page = self.files.extend(relation)?;
        self.visits.fetch_add(1, Ordering::Relaxed);
        os::blocking(Reason::Read, || self.load(PageId { relation, page }))
    }

    /// How many pages a relation has.
    pub fn page_count(&self, relation: RelationId) -> Result<u32> {
        Ok(self.files.get(relation)?.page_count.load(Ordering::Acquire))
    }

    /// Has a relation count this page, in recovery.
    pub fn grow_to(&self, id: PageId) -> Result<()> {
        self.files.get(id.relation)?.page_count.fetch_max(id.page + 1, Ordering::AcqRel);
        Ok(())
    }

    /// Whether a relation's file is there.
    pub fn exists(&self, relation: RelationId) -> Result<bool> {
        self.files.exists(relation)
    }

    /// Makes a relation's file, empty.
    pub fn create(&self, relation: RelationId) -> Result<()> {
        self.forget(|id| id.relation == relation);
        self.files.create(relation)
    }

    /// Puts an empty file in the place of a relation's: whatever happens there is one or the other.
    pub fn empty(&self, relation: RelationId) -> Result<()> {
        let _cleaning = self.cleaner.pause();
        self.forget(|id| id.relation == relation);
        self.files.empty(relation)
    }

    /// Removes a relation's file and its pages. Nobody uses it any more.
    pub fn remove(&self, relation: RelationId) -> Result<()> {
        let _cleaning = self.cleaner.pause();
        self.forget(|id| id.relation == relation);
        self.files.remove(relation)
    }

    /// Makes a database's directory.
    pub fn create_directory(&self, database: u32) -> Result<()> {
        self.files.create_directory(database)
    }

    /// Removes a database's directory with all in it. Nobody uses it any more.
    pub fn remove_directory(&self, database: u32) -> Result<()> {
        let _cleaning = self.cleaner.pause();
        self.forget(|id| id.relation.database == database);
        self.files.remove_directory(database)
    }

    /// The lowest LSN whose record may not be in the files yet; `None` when they have all.
    pub fn first_dirty(&self) -> Option<Lsn> {
        let frames = self.frames.iter();
        let dirty = frames.map(|(_, frame)| frame.first_dirty.load(Ordering::Acquire));
        dirty.filter(|lsn| *lsn != 0).min().map(Lsn)
    }

    /// What was done since the start.
    pub fn counters(&self) -> Counters {
        Counters {
            visits: self.visits.load(Ordering::Relaxed),
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
        }
    }

    /// Where the clock stands.
    pub(crate) fn hand_position(&self) -> usize {
        self.hand.load(Ordering::Relaxed) % self.frames.len()
    }

    #[expect(clippy::cast_possible_truncation, reason = "any part of the hash will do")]
    fn shard(&self, id: PageId) -> &Shard {
        &self.shards[self.hasher.hash_one(id) as usize % SHARD_COUNT]
    }

    #[inline]
    fn find(&self, id: PageId) -> Option<Pin<'_>> {
        let shard = self.shard(id).lock();
        let frame = self.frame(*shard.get(&id)?);
        frame.pins.fetch_add(1, Ordering::Acquire);
        drop(shard);
        frame.touch();
        let pin = Pin { frame, id };
        // While it is being read its reader has the latch; if the read failed it is not there then.
        let there = frame.ready.load(Ordering::Acquire) || frame.content.read().id == Some(id);
        there.then_some(pin)
    }

    fn frame(&self, index: u32) -> &Frame {
        self.frames.get(index as usize).expect("the table names frames that were made")
    }

    /// Reads a page into a frame, unless another thread does.
    fn load(&self, id: PageId) -> Result<Pin<'_>> {
        loop {
            if let Some(pin) = self.find(id) {
                return Ok(pin);
            }
            let file = self.files.get(id.relation)?;
            let (index, frame, mut content) = self.take_frame()?;
            let mut shard = self.shard(id).lock();
            if shard.contains_key(&id) {
                // Somebody was faster; the frame stays free for the next.
                drop(shard);
                drop(content);
                frame.pins.fetch_sub(1, Ordering::Release);
                os::sync::thread::yield_now();
                continue;
            }
            shard.insert(id, index);
            drop(shard);
            self.reads.fetch_add(1, Ordering::Relaxed);
            let read = file
                .read(id.page, &mut content.bytes)
                .and_then(|()| if is_intact(&content.bytes) { Ok(()) } else { Err(damaged(id)) });
            if let Err(error) = read {
                self.shard(id).lock().remove(&id);
                drop(content);
                frame.pins.fetch_sub(1, Ordering::Release);
                return Err(error);
            }
            content.id = Some(id);
            frame.ready.store(true, Ordering::Release);
            drop(content);
            frame.touch();
            return Ok(Pin { frame, id });
        }
    }

    /// A frame that is in no table, pinned once and latched.
    fn take_frame(&self) -> Result<(u32, &Frame, RwLockWriteGuard<'_, Content>)> {
        let count = self.frames.len();
        if let Some(taken) = self.take_free() {
            return Ok(taken);
        }
        loop {
            let fresh = self.used.load(Ordering::Relaxed);
            if fresh >= count {
                break;
            }
            let taken =
                self.used.compare_exchange(fresh, fresh + 1, Ordering::Relaxed, Ordering::Relaxed);
            if taken.is_ok() {
                let frame = self.frames.get_or_make(fresh);
                if fresh.is_multiple_of(CHUNK_SIZE) && fresh >= AHEAD_FROM {
                    self.frames.make_ahead(fresh + 1);
                }
                return Ok((
                    u32::try_from(fresh).unwrap_or(u32::MAX),
                    frame,
                    frame.content.write(),
                ));
            }
        }
        // With a full disk no dirty page leaves, but readers go on with the frames that are clean.
        let mut refused: Option<Error> = None;
        for _ in 0..1000 {
            let mut dirty = 0;
            for _ in 0..4 * count {
                let index = self.hand.fetch_add(1, Ordering::Relaxed) % count;
                let Some(frame) = self.frames.get(index) else { continue };
                if frame.pins.load(Ordering::Acquire) != 0 {
                    continue;
                }
                let usage = frame.usage.load(Ordering::Relaxed);
                if usage > 0 {
                    frame.usage.store(usage - 1, Ordering::Relaxed);
                } else if frame.first_dirty.load(Ordering::Acquire) != 0 {
                    dirty += 1;
                    if dirty > count / 8 && refused.is_none() {
                        break;
                    }
                } else if let Some(content) = self.evict(frame) {
                    return Ok((u32::try_from(index).unwrap_or(u32::MAX), frame, content));
                }
            }
            if let Some(error) = refused.take() {
                return Err(error);
            }
            if dirty > 0 {
                match self.clean_batch() {
                    Err(error) if error.code() == SqlState::DISK_FULL => refused = Some(error),
                    other => other?,
                }
            } else {
                os::sync::thread::yield_now();
            }
        }
        Err(Error::new(SqlState::INSUFFICIENT_RESOURCES, "no unpinned buffers available")
            .hint("Raise shared_buffers."))
    }

    /// A frame whose page was dropped, as [`Self::take_frame`] gives it.
    fn take_free(&self) -> Option<(u32, &Frame, RwLockWriteGuard<'_, Content>)> {
        while self.has_free.load(Ordering::Acquire) {
            let index = {
                let mut free = self.free.lock();
                let index = free.pop();
                self.has_free.store(!free.is_empty(), Ordering::Release);
                index?
            };
            let frame = self.frame(index);
            let Some(content) = frame.content.try_write() else { continue };
            // The clock may have given it to somebody.
            let is_free = content.id.is_none()
                && frame.pins.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok();
            if is_free {
                return Some((index, frame, content));
            }
        }
        None
    }

    /// Takes a clean frame without pins out of the table, pinned once and latched.
    fn evict<'a>(&'a self, frame: &'a Frame) -> Option<RwLockWriteGuard<'a, Content>> {
        let mut content = frame.content.try_write()?;
        let Some(id) = content.id else {
            // Free: it belongs to whoever pins it first.
            let free = frame.pins.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed);
            return free.is_ok().then_some(content);
        };
        let mut shard = self.shard(id).lock();
        let idle = frame.first_dirty.load(Ordering::Acquire) == 0
            && frame.pins.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if !idle {
            return None;
        }
        shard.remove(&id);
        frame.ready.store(false, Ordering::Release);
        content.id = None;
        Some(content)
    }

    /// Drops pages from memory without writing them.
    fn forget(&self, dropped: impl Fn(PageId) -> bool) {
        let mut free = Vec::new();
        for (index, frame) in self.frames.iter() {
            let id = frame.content.read().id;
            let Some(id) = id.filter(|id| dropped(*id)) else { continue };
            let mut content = frame.content.write();
            if content.id == Some(id) {
                self.shard(id).lock().remove(&id);
                frame.ready.store(false, Ordering::Release);
                content.id = None;
                frame.first_dirty.store(0, Ordering::Release);
                free.extend(u32::try_from(index));
            }
        }
        if !free.is_empty() {
            let mut list = self.free.lock();
            list.append(&mut free);
            self.has_free.store(true, Ordering::Release);
        }
    }
}

#[cold]
fn damaged(id: PageId) -> Error {
    Error::corrupted(format!("invalid page in block {} of relation {}", id.page, id.relation))
}

#[cfg(all(test, feature = "shuttle"))]
mod interleavings;

#[cfg(all(test, not(feature = "shuttle")))]
mod tests {
    use super::*;
    use os::SimDisk;

    fn pool(frame_count: usize) -> Pool {
        let disk: Arc<dyn Disk> = Arc::new(SimDisk::new());
        let options = wal::Options { segment_bytes: 1 << 20, memory_bytes: 1 << 20 };
        let log = Log::open(Arc::clone(&disk), options, Lsn(0), 1).expect("an empty log");
        let pool = Pool::open(disk, log, frame_count * crate::PAGE_SIZE).expect("an empty pool");
        pool.create_directory(1).expect("a directory");
        pool
    }

    fn fill(pool: &Pool, file: u32, page_count: u32) {
        let relation = RelationId { database: 1, file };
        pool.create(relation).expect("a file");
        for page in 0..page_count {
            assert_eq!(pool.extend(relation).expect("a page").id(), PageId { relation, page });
        }
    }

    #[test]
    fn frames_of_dropped_pages_are_used_again() {
        let pool = pool(1000);
        fill(&pool, 1, 100);
        let kept = pool.pin(PageId { relation: RelationId { database: 1, file: 1 }, page: 0 });
        fill(&pool, 2, 50);
        let used = pool.used.load(Ordering::Relaxed);
        for _ in 0..20 {
            pool.remove(RelationId { database: 1, file: 2 }).expect("it is there");
            fill(&pool, 2, 50);
        }
        assert_eq!(pool.used.load(Ordering::Relaxed), used);
        assert_eq!(kept.expect("a page").read().len(), crate::PAGE_SIZE);
    }

    #[test]
    fn frames_are_made_ahead_of_a_fast_writer() {
        let pool = pool(AHEAD_FROM + 4 * CHUNK_SIZE);
        fill(&pool, 1, u32::try_from(AHEAD_FROM + CHUNK_SIZE).expect("few"));
        while pool.frames.is_making() {
            os::sync::thread::yield_now();
        }
        let made = pool.frames.iter().count();
        assert!(made > AHEAD_FROM + 2 * CHUNK_SIZE, "{made}");
        // They are as good as others.
        fill(&pool, 2, u32::try_from(3 * CHUNK_SIZE).expect("few"));
        assert_eq!(pool.used.load(Ordering::Relaxed), pool.frames.len());
    }
}
