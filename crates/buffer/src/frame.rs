//! A frame: room for a page in memory, its latch and its pins.

use crate::page::{PAGE_SIZE, PageBytes, PageId, set_page_lsn};
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use wal::{Log, Lsn};

/// How often the clock passes over a page that was used, at most.
const USAGE_MAX: u8 = 3;

/// What stands for the first-dirty LSN of a page whose changes no recovery does again: above all others.
const UNLOGGED_DIRTY: u64 = u64::MAX - 1;

#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) content: RwLock<Content>,
    /// Raised only under the lock of the page table's shard.
    pub(crate) pins: AtomicU32,
    pub(crate) usage: AtomicU8,
    /// The LSN before the oldest record that is not in the file yet; 0 when the file has all, [`UNLOGGED_DIRTY`] when it has
    /// not and no record has it.
    pub(crate) first_dirty: AtomicU64,
    /// Whether the page is there; while it is being read, it is not.
    pub(crate) ready: AtomicBool,
    /// Raised with every change, before the latch goes.
    pub(crate) version: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct Content {
    /// The page that is here; `None` when a read failed or the frame is free.
    pub(crate) id: Option<PageId>,
    pub(crate) bytes: Box<PageBytes>,
}

impl Frame {
    /// A free frame, pinned once.
    pub(crate) fn new() -> Self {
        Self {
            content: RwLock::new(Content { id: None, bytes: Box::new([0; PAGE_SIZE]) }),
            pins: AtomicU32::new(1),
            usage: AtomicU8::new(0),
            first_dirty: AtomicU64::new(0),
            ready: AtomicBool::new(false),
            version: AtomicU64::new(0),
        }
    }

    #[inline]
    pub(crate) fn touch(&self) {
        let usage = self.usage.load(Ordering::Relaxed);
        if usage < USAGE_MAX {
            self.usage.store(usage + 1, Ordering::Relaxed);
        }
    }
}

type Chunk = Box<[OnceLock<Frame>]>;

/// Frames are made in chunks of so many slots.
pub(crate) const CHUNK_SIZE: usize = 256;
/// From this chunk on, 64 MiB, a pool takes huge pages.
const HUGE_FROM: usize = (64 << 20) / PAGE_SIZE / CHUNK_SIZE;

/// A pool's frames, each made when it is first used: a large pool that is not used costs nothing.
#[derive(Debug)]
pub(crate) struct Frames {
    chunks: Box<[OnceLock<Chunk>]>,
    count: usize,
    /// A thread makes some ahead.
    making: AtomicBool,
}

impl Frames {
    pub(crate) fn new(count: usize) -> Self {
        let chunks = (0..count.div_ceil(CHUNK_SIZE)).map(|_| OnceLock::new()).collect();
        Self { chunks, count, making: AtomicBool::new(false) }
    }

    /// How many there can be.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&Frame> {
        self.chunks.get(index / CHUNK_SIZE)?.get()?[index % CHUNK_SIZE].get()
    }

    pub(crate) fn get_or_make(&self, index: usize) -> &Frame {
        let make_chunk = || {
            if index / CHUNK_SIZE == HUGE_FROM {
                os::allow_huge_pages(true);
            }
            (0..CHUNK_SIZE).map(|_| OnceLock::new()).collect()
        };
        self.chunks[index / CHUNK_SIZE].get_or_init(make_chunk)[index % CHUNK_SIZE]
            .get_or_init(Frame::new)
    }

    /// Makes the frames of the next two chunks in a thread, unless one does: the kernel takes long to give memory that was
    /// never used, and whoever fills a pool by the megabyte does not wait for it then.
    pub(crate) fn make_ahead(self: &Arc<Self>, next: usize) {
        if self.making.swap(true, Ordering::AcqRel) {
            return;
        }
        let frames = Arc::clone(self);
        let thread = std::thread::Builder::new().name("frames".to_owned()).spawn(move || {
            for index in next..(next + 2 * CHUNK_SIZE).min(frames.count) {
                frames.get_or_make(index);
            }
            frames.making.store(false, Ordering::Release);
        });
        if thread.is_err() {
            self.making.store(false, Ordering::Release);
        }
    }

    #[cfg(test)]
    pub(crate) fn is_making(&self) -> bool {
        self.making.load(Ordering::Acquire)
    }

    /// Those that were made, with their indexes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Frame)> {
        let chunks = self.chunks.iter().enumerate();
        chunks.filter_map(|(number, chunk)| Some((number, chunk.get()?))).flat_map(
            |(number, chunk)| {
                let made = chunk.iter().enumerate();
                made.filter_map(move |(index, frame)| {
                    Some((number * CHUNK_SIZE + index, frame.get()?))
                })
            },
        )
    }
}

/// A page kept in memory. It holds no latch.
#[derive(Debug)]
pub struct Pin<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) id: PageId,
}

impl<'a> Pin<'a> {
    /// Which page it is.
    #[inline]
    pub fn id(&self) -> PageId {
        self.id
    }

    /// Latches the page for reading.
    #[inline]
    pub fn read(&self) -> PageRef<'_> {
        PageRef { content: self.frame.content.read() }
    }

    /// Latches the page for writing.
    #[inline]
    pub fn write(&self) -> PageMut<'_> {
        PageMut::new(self.frame, self.frame.content.write())
    }

    /// Latches the page for writing if nobody has it latched.
    #[inline]
    pub fn try_write(&self) -> Option<PageMut<'_>> {
        let content = self.frame.content.try_write()?;
        Some(PageMut::new(self.frame, content))
    }

    /// A number that every change of the page raises before its latch goes. It needs no latch.
    #[inline]
    pub fn version(&self) -> u64 {
        self.frame.version.load(Ordering::Acquire)
    }
}

impl Drop for Pin<'_> {
    #[inline]
    fn drop(&mut self) {
        self.frame.pins.fetch_sub(1, Ordering::Release);
    }
}

/// A page latched for reading.
#[derive(Debug)]
pub struct PageRef<'a> {
    content: RwLockReadGuard<'a, Content>,
}

impl Deref for PageRef<'_> {
    type Target = PageBytes;

    #[inline]
    fn deref(&self) -> &PageBytes {
        &self.content.bytes
    }
}

/// A page latched for writing.
#[derive(Debug)]
pub struct PageMut<'a> {
    frame: &'a Frame,
    content: RwLockWriteGuard<'a, Content>,
    changed: bool,
    /// A rollback may run while a panic unwinds its session.
    unwinding: bool,
}

impl<'a> PageMut<'a> {
    #[inline]
    fn new(frame: &'a Frame, content: RwLockWriteGuard<'a, Content>) -> Self {
        Self { frame, content, changed: false, unwinding: std::thread::panicking() }
    }

    /// Says that the page is about to be changed by a record that is yet to be appended. Without it the change may be
    /// lost: a checkpoint would take the file to have it.
    #[inline]
    pub fn prepare(&mut self, log: &Log) {
        self.prepare_from(log.next_lsn());
    }

    /// As [`Self::prepare`], in recovery: the record is at `lsn`.
    pub fn prepare_from(&mut self, lsn: Lsn) {
        self.changed = true;
        if self.frame.first_dirty.load(Ordering::Relaxed) == 0 {
            let is_logged = self.content.id.is_none_or(|id| id.relation.is_logged());
            let first = if is_logged { lsn.0.max(1) } else { UNLOGGED_DIRTY };
            self.frame.first_dirty.store(first, Ordering::Release);
        }
    }

    /// Sets the end of the record that changed the page.
    #[inline]
    pub fn set_lsn(&mut self, end: Lsn) {
        set_page_lsn(&mut self.content.bytes, end);
    }
}

impl Deref for PageMut<'_> {
    type Target = PageBytes;

    #[inline]
    fn deref(&self) -> &PageBytes {
        &self.content.bytes
    }
}

impl DerefMut for PageMut<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut PageBytes {
        debug_assert!(self.changed, "a page is prepared before it is changed");
        &mut self.content.bytes
    }
}

impl Drop for PageMut<'_> {
    fn drop(&mut self) {
        if self.changed {
            if std::thread::panicking() && !self.unwinding {
                // A page may be half changed and others would go on with it; the log knows what is right.
                std::process::abort();
            }
            self.frame.version.fetch_add(1, Ordering::Release);
        }
    }
}
