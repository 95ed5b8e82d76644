//! Threads that read the pages of a large table ahead of the statement that takes all of them.
//!
//! Only what takes every row at once (grouping, sorting, building a hash table) has its scans read ahead: see
//! [`Context::drain`](crate::context::Context). The pages are cut into chunks, which threads claim in order, and the
//! statement's own thread too when there is nothing for it to take; the statement gets the chunks in the order of the pages.

use crate::row::{Externals, RowReader};
use batch::{Batch, ROWS_MAX};
use error::{Error, Result};
use os::Reason;
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::JoinHandle;
use storage::{RelationId, Snapshot, Storage};

/// Tables of fewer pages are not worth a thread (8 MiB).
pub(crate) const PAGES_MIN: u32 = 1024;
/// Pages of a chunk.
const CHUNK: u32 = 32;
/// How many chunks are read before the first of them is taken.
const AHEAD: u32 = 8;
/// Batches kept to be filled again.
const FREE_MAX: usize = 64;

static CORES: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));
/// Threads that read for all statements of the process: one less than there are cores, at most.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

/// Pages to be read, and how.
#[derive(Clone, Copy)]
pub(crate) struct Pages<'a> {
    pub(crate) storage: &'a Storage,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) heap: RelationId,
    pub(crate) reader: &'a RowReader,
}

/// What threads read.
pub(crate) struct Source {
    pub(crate) storage: Arc<Storage>,
    pub(crate) snapshot: Snapshot,
    pub(crate) heap: RelationId,
    pub(crate) reader: Arc<RowReader>,
    pub(crate) page_count: u32,
}

/// Rows of some pages.
pub(crate) struct Filled {
    pub(crate) batch: Batch,
    pub(crate) externals: Externals,
}

/// Chunks that were read and not taken yet.
#[derive(Default)]
struct State {
    /// The next chunk that nobody claimed.
    next: u32,
    /// How many chunks were taken.
    taken: u32,
    done: BTreeMap<u32, Result<Vec<Filled>>>,
    free: Vec<Batch>,
    stopped: bool,
}

/// A table being read ahead.
pub(crate) struct ReadAhead {
    source: Source,
    first_page: u32,
    chunk_count: u32,
    state: Mutex<State>,
    changed: Condvar,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What is being read ahead for a statement; it ends with it.
#[derive(Default)]
pub(crate) struct Started(Vec<Arc<ReadAhead>>);

impl Started {
    pub(crate) fn add(&mut self, ahead: &Arc<ReadAhead>) {
        self.0.retain(|each| !each.state.lock().stopped);
        self.0.push(Arc::clone(ahead));
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Ends those behind the first so many.
    pub(crate) fn truncate(&mut self, count: usize) {
        for each in self.0.drain(count.min(self.0.len())..) {
            each.stop();
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.truncate(0);
    }
}

impl Source {
    fn pages(&self) -> Pages<'_> {
        Pages {
            storage: &self.storage,
            snapshot: &self.snapshot,
            heap: self.heap,
            reader: &self.reader,
        }
    }
}

/// Reads pages for up to `rows_max` rows, or one that has rows, behind those of the batch; moves `page` on, by a chunk at most,
/// so that a caller looks whether it is to go on.
pub(crate) fn read_pages(
    source: Pages<'_>,
    page: &mut u32,
    end: u32,
    rows_max: usize,
    filled: &mut Filled,
) -> Result<()> {
    // Pages are added as long as one more is likely to fit.
    let mut page_rows = 0;
    let end = end.min(*page + CHUNK);
    let Filled { batch, externals } = filled;
    while *page < end && (batch.row_count == 0 || batch.row_count + page_rows <= rows_max) {
        let before = batch.row_count;
        source.storage.scan_page_runs(source.snapshot, source.heap, *page, |rows| {
            let place = batch.row_count;
            source.reader.read_run(rows, &mut batch.columns, place, externals)?;
            batch.row_count += rows.len();
            Ok(())
        })?;
        *page += 1;
        page_rows = page_rows.max(batch.row_count - before);
    }
    Ok(())
}

impl ReadAhead {
    /// Starts up to `thread_max` threads that read from a page on; `None` where none may be started.
    pub(crate) fn start(source: Source, first_page: u32, thread_max: usize) -> Option<Arc<Self>> {
        let chunk_count = (source.page_count - first_page).div_ceil(CHUNK);
        let ahead = Arc::new(Self {
            source,
            first_page,
            chunk_count,
            state: Mutex::default(),
            changed: Condvar::new(),
            threads: Mutex::default(),
        });
        let started = (0..thread_max).take_while(|_| ahead.start_thread(*CORES - 1)).count();
        (started > 0).then_some(ahead)
    }

    fn start_thread(self: &Arc<Self>, active_max: usize) -> bool {
        let more = |active: usize| (active < active_max).then_some(active + 1);
        if ACTIVE.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_err() {
            return false;
        }
        let ahead = Arc::clone(self);
        let thread = std::thread::Builder::new().name("read ahead".to_owned()).spawn(move || {
            let _active = Active;
            while ahead.read_next(true) {}
        });
        match thread {
            Ok(thread) => {
                self.threads.lock().push(thread);
                true
            }
            Err(_) => {
                drop(Active);
                false
            }
        }
    }

    /// Claims a chunk and reads it; `false` when there is none left, or, unless it waits for room, none to be claimed now.
    fn read_next(&self, waits: bool) -> bool {
        let mut state = self.state.lock();
        while waits && !state.stopped && state.next < self.chunk_count && !state.has_room() {
            self.changed.wait(&mut state);
        }
        if state.stopped || state.next >= self.chunk_count || !state.has_room() {
            return false;
        }
        let number = state.next;
        state.next += 1;
        let mut free = state.take_free();
        drop(state);
        // Should reading panic, whoever waits for the chunk is told.
        let mut claim = Claim { ahead: self, number, result: None };
        claim.result = Some(self.read_chunk(number, &mut free));
        true
    }

    fn read_chunk(&self, number: u32, free: &mut Vec<Batch>) -> Result<Vec<Filled>> {
        let mut page = self.first_page + number * CHUNK;
        let end = (page + CHUNK).min(self.source.page_count);
        let mut chunk = Vec::new();
        while page < end {
            let batch = free.pop().unwrap_or_else(|| Batch::new(self.source.reader.kinds()));
            let mut filled = Filled { batch, externals: Externals::default() };
            read_pages(self.source.pages(), &mut page, end, ROWS_MAX, &mut filled)?;
            if filled.batch.row_count > 0 {
                chunk.push(filled);
            }
        }
        Ok(chunk)
    }

    /// The rows of the next chunk; `None` behind the last, and of one that was stopped. Tells the page behind it.
    pub(crate) fn take(&self, used: &mut Vec<Batch>) -> Option<(u32, Result<Vec<Filled>>)> {
        let mut state = self.state.lock();
        let room = FREE_MAX.saturating_sub(state.free.len());
        state.free.extend(used.drain(..).take(room));
        loop {
            if state.stopped || state.taken == self.chunk_count {
                return None;
            }
            let number = state.taken;
            if let Some(chunk) = state.done.remove(&number) {
                state.taken += 1;
                self.changed.notify_all();
                let next_page = self.first_page + (number + 1) * CHUNK;
                return Some((next_page.min(self.source.page_count), chunk));
            }
            drop(state);
            let has_read = self.read_next(false);
            state = self.state.lock();
            if !has_read && !state.done.contains_key(&number) {
                os::blocking(Reason::Read, || self.changed.wait(&mut state));
            }
        }
    }

    /// Ends the threads: behind this nobody reads.
    pub(crate) fn stop(&self) {
        self.state.lock().stopped = true;
        self.changed.notify_all();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            // One that panicked has told so in its chunk's place.
            drop(thread.join());
        }
    }
}

impl State {
    fn has_room(&self) -> bool {
        self.next < self.taken + AHEAD
    }

    /// Batches for a chunk, cleared.
    fn take_free(&mut self) -> Vec<Batch> {
        let kept = self.free.len().saturating_sub(CHUNK as usize);
        let mut free = self.free.split_off(kept);
        free.iter_mut().for_each(Batch::clear);
        free
    }
}

/// A thread that reads.
struct Active;

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A chunk that somebody reads.
struct Claim<'a> {
    ahead: &'a ReadAhead,
    number: u32,
    result: Option<Result<Vec<Filled>>>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let result = self.result.take();
        let result = result.unwrap_or_else(|| Err(Error::internal("reading ahead failed")));
        self.ahead.state.lock().done.insert(self.number, result);
        self.ahead.changed.notify_all();
    }
}
