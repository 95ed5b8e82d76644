//! The engine of one data directory.

use crate::background::Background;
use crate::commit::{self, Purgeable};
use crate::control::Control;
use crate::files::Numbers;
use crate::heap::page;
use crate::heap::space::Space;
use crate::locks::Locks;
use crate::prepare::Found;
use crate::purge::Restored;
use crate::recovery::{self, Recovered};
use crate::ssi::Ssi;
use crate::table::{Table, TransactionStatus};
use crate::temporary;
use crate::transaction::Dropped;
use crate::{Csn, Lsn, NewEntry, RelationId, Transaction, UndoTime, Unique, Xid};
use btree::Tree;
use buffer::Pool;
use error::{Error, Result, SqlState};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use os::{Disk, DiskLock};
use parking_lot::{Mutex, MutexGuard, RwLock};
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use wal::Log;

/// Unique insertions of one key exclude each other by one of so many locks.
const UNIQUE_LOCK_COUNT: usize = 256;

/// How the engine is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Memory for pages, in bytes, used as pages are read; by default a quarter of the machine's, at most 1 GiB.
    pub shared_buffers_bytes: usize,
    /// A checkpoint is made after so many bytes of log.
    pub checkpoint_bytes: u64,
    /// The size of a segment of the log; only a new data directory takes it.
    pub log_segment_bytes: u64,
    /// So much of the durable log stays in memory.
    pub log_memory_bytes: u64,
    /// A snapshot counts as old when so many bytes of log were added since: then updates of rows that it sees otherwise have
    /// pointers past the versions between.
    pub old_snapshot_bytes: u64,
    /// When transactions that a crash cut short are undone.
    pub undo: UndoTime,
    /// Whether background threads write the log, purge and make checkpoints. Deterministic tests say no, and
    /// call [`Storage::checkpoint`] and [`Storage::purge`] themselves.
    pub background: bool,
}

impl Default for Options {
    fn default() -> Self {
        let quarter = usize::try_from(os::memory_bytes() / 4).unwrap_or(usize::MAX);
        Self {
            shared_buffers_bytes: quarter.clamp(64 << 20, 1 << 30),
            checkpoint_bytes: 256 << 20,
            log_segment_bytes: 16 << 20,
            log_memory_bytes: 8 << 20,
            old_snapshot_bytes: 64 << 10,
            undo: UndoTime::Behind,
            background: true,
        }
    }
}

/// How often things were done since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Pages pinned.
    pub page_visits: u64,
    /// Pages read from files.
    pub page_reads: u64,
    /// Pages written to files.
    pub page_writes: u64,
    /// Syncs of the log.
    pub log_syncs: u64,
    /// Log records appended.
    pub log_records: u64,
}

/// What a heap's pages hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeapUsage {
    /// Rows, those deleted that wait for purge among them.
    pub rows: u64,
    /// Rows whose body is on another page.
    pub forwarded: u64,
    /// Bodies of rows of other pages, those left behind that wait for purge among them.
    pub moved: u64,
    /// Bytes free.
    pub free_bytes: u64,
}

type ById<T> = RwLock<HashMap<RelationId, Arc<T>, FixedState>>;

/// The engine of one data directory. The shared state, with its locks in order: `control`, `removing`, `maintaining`,
/// the table's `committing`, then the small ones, each held alone and briefly.
pub struct Storage {
    pub(crate) options: Options,
    pub(crate) log: Arc<Log>,
    pub(crate) pool: Pool,
    pub(crate) table: Arc<Table>,
    pub(crate) locks: Locks,
    pub(crate) ssi: Arc<Ssi>,
    pub(crate) spaces: ById<Space>,
    pub(crate) trees: ById<Tree>,
    unique_locks: Box<[Mutex<()>]>,
    pub(crate) numbers: Mutex<Numbers>,
    /// Held for the whole of a checkpoint.
    pub(crate) control: Mutex<Control>,
    pub(crate) checkpoint_end: AtomicU64,
    /// A checkpoint is to be made whatever was logged since the last.
    pub(crate) checkpoint_due: AtomicBool,
    /// Committed transactions that purge must visit, oldest first.
    pub(crate) purgeable: Mutex<VecDeque<Purgeable>>,
    /// The one that it is visiting.
    pub(crate) purging: Mutex<Option<Purgeable>>,
    pub(crate) restored: Mutex<Vec<Restored>>,
    /// Prepared transactions that nobody has taken up since the start.
    pub(crate) found_prepared: Mutex<Vec<Found>>,
    /// Transactions that a crash cut short and that are not undone yet, the newest last.
    pub(crate) unfinished: Mutex<Vec<Xid>>,
    /// The thread that undoes them.
    pub(crate) undoing: Mutex<Option<JoinHandle<()>>>,
    /// Dropped files, each with the end of the commit that must be durable first.
    pub(crate) pending_drops: Mutex<Vec<(Lsn, Dropped)>>,
    /// Held while files are removed, and while purge works on them.
    pub(crate) removing: Mutex<()>,
    pub(crate) maintaining: Mutex<()>,
    /// Held while a heap gets its file of large values.
    pub(crate) making_file: Mutex<()>,
    pub(crate) commit_count: AtomicU64,
    pub(crate) temporary_count: AtomicU64,
    pub(crate) disk: Arc<dyn Disk>,
    /// What earlier records did to unlogged relations is gone.
    pub(crate) emptied_at: Lsn,
    pub(crate) background: Arc<Background>,
    is_new: bool,
    /// Whether anything was ever committed here.
    pub(crate) has_committed: AtomicBool,
    _lock: DiskLock,
}

impl Storage {
    /// Opens the data directory, making it in an empty one and recovering it after a crash. 55006 if another
    /// process has it, XX001, 55000 or 0A000 if it is damaged, foreign or newer.
    pub fn open(disk: Arc<dyn Disk>, options: Options) -> Result<Arc<Self>> {
        let lock = disk.lock().map_err(|error| match error.kind() == ErrorKind::WouldBlock {
            true => Error::new(
                SqlState::OBJECT_IN_USE,
                "the data directory is in use by another surus server",
            ),
            false => error.into(),
        })?;
        let mut control = Control::open(disk.as_ref(), options.log_segment_bytes)?;
        control.fields.epoch += 1;
        let was_shut_down = std::mem::take(&mut control.fields.was_shut_down);
        control.write()?;
        let fields = control.fields;
        let log_options = wal::Options {
            segment_bytes: fields.segment_bytes,
            memory_bytes: options.log_memory_bytes,
        };
        let log = Log::open(Arc::clone(&disk), log_options, fields.redo, fields.epoch)?;
        temporary::remove_leftovers(disk.as_ref())?;
        let pool = Pool::open(Arc::clone(&disk), Arc::clone(&log), options.shared_buffers_bytes)?;
        refuse_gap(&log)?;
        let recovered = recovery::redo(&pool, &log, fields.checkpoint, fields.redo)?;
        let mut storage = Self::assemble(options, disk, log, pool, control, &recovered, lock);
        if !was_shut_down {
            storage.emptied_at = storage.log.next_lsn();
            storage.empty_unlogged(storage.disk.as_ref())?;
        }
        let storage = Arc::new(storage);
        recovered.undo(&storage)?;
        if storage.options.undo == UndoTime::AtOpen {
            storage.undo_unfinished()?;
        }
        storage.table.maintain(storage.log.next_lsn());
        if storage.options.background {
            storage.log.start_writer()?;
        }
        for dropped in &recovered.drops {
            storage.remove_dropped(*dropped)?;
        }
        if recovered.has_work() && !storage.options.background {
            storage.checkpoint()?;
            storage.unlink_dropped()?;
        }
        if storage.options.background {
            // The log still has what was done again: the pages can be written behind.
            storage.checkpoint_due.store(recovered.has_work(), Ordering::Relaxed);
            storage.background.start(Arc::downgrade(&storage))?;
        }
        if storage.options.undo == UndoTime::Behind {
            storage.undo_unfinished_behind()?;
        }
        Ok(storage)
    }

    fn assemble(
        options: Options,
        disk: Arc<dyn Disk>,
        log: Arc<Log>,
        pool: Pool,
        control: Control,
        recovered: &Recovered,
        lock: DiskLock,
    ) -> Self {
        let table = Arc::new(recovered.table(&log));
        Self {
            checkpoint_end: AtomicU64::new(control.fields.redo.0),
            checkpoint_due: AtomicBool::new(false),
            options,
            locks: Locks::new(Arc::clone(&table)),
            ssi: Arc::default(),
            table,
            spaces: RwLock::default(),
            trees: RwLock::default(),
            unique_locks: (0..UNIQUE_LOCK_COUNT).map(|_| Mutex::new(())).collect(),
            numbers: Mutex::new(recovered.numbers),
            control: Mutex::new(control),
            purgeable: Mutex::new(recovered.purgeable.clone()),
            purging: Mutex::new(None),
            restored: Mutex::default(),
            found_prepared: Mutex::default(),
            unfinished: Mutex::default(),
            undoing: Mutex::default(),
            pending_drops: Mutex::default(),
            removing: Mutex::new(()),
            maintaining: Mutex::new(()),
            making_file: Mutex::new(()),
            commit_count: AtomicU64::new(0),
            temporary_count: AtomicU64::new(0),
            disk,
            emptied_at: Lsn(0),
            background: Arc::default(),
            log,
            pool,
            is_new: !recovered.has_committed,
            has_committed: AtomicBool::new(recovered.has_committed),
            _lock: lock,
        }
    }

    /// Whether nothing had ever been committed here when it was opened: the caller then makes its first objects, in
    /// one transaction.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Makes a checkpoint and stops the background threads: the next open has nothing to recover. Transactions must
    /// have ended. 58030 or 53100 if that fails; then the next open recovers.
    pub fn shutdown(&self) -> Result<()> {
        self.end_undo();
        self.background.stop();
        self.log.flush()?;
        self.unlink_dropped()?;
        self.purge()?;
        // Checkpoints leave out what a crash would empty.
        self.pool.clean(Lsn(u64::MAX))?;
        let checkpointed =
            self.checkpoint().and_then(|()| self.control.lock().note_shutdown(&self.log));
        self.log.stop_writer();
        checkpointed
    }

    /// Begins a transaction of a session; `process` is its id in the text of deadlocks and for `pg_locks`.
    pub fn begin(self: &Arc<Self>, process: i32) -> Transaction {
        Transaction::new(Arc::clone(self), self.locks.owner(process), None)
    }

    /// What became of a transaction, as far as that is kept.
    pub fn transaction_status(&self, xid: Xid) -> TransactionStatus {
        self.table.status(xid, self.durable_lsn())
    }

    /// How far the log is durable.
    pub fn durable_lsn(&self) -> Lsn {
        self.log.durable_lsn()
    }

    /// The newest commit.
    pub fn newest_csn(&self) -> Csn {
        self.table.published()
    }

    /// Where the log ends now.
    pub fn log_end(&self) -> Lsn {
        self.log.next_lsn()
    }

    /// Asks the log's writer to make the log durable up to here, and returns at once.
    pub fn request_durable(&self, lsn: Lsn) {
        self.log.request(lsn);
    }

    /// Waits until the log is durable up to here. 58030 if it failed.
    pub fn wait_durable(&self, lsn: Lsn) -> Result<()> {
        self.log.wait(lsn)
    }

    /// Has the log's writer call this after each sync with the new durable LSN, and when it failed. It must not block.
    pub fn on_durable(&self, hook: Box<dyn Fn(Lsn) + Send + Sync>) {
        self.log.on_durable(hook);
    }

    /// Has this called when a write or sync failed, and nothing more is accepted. It must not block.
    pub fn on_failure(&self, hook: Box<dyn Fn() + Send + Sync>) {
        self.log.on_failure(hook);
    }

    /// Why nothing more is accepted, once a sync has failed.
    pub fn failure(&self) -> Option<Error> {
        self.log.failure().cloned()
    }

    /// What was done since the start.
    pub fn counters(&self) -> Counters {
        let pages = self.pool.counters();
        Counters {
            page_visits: pages.visits,
            page_reads: pages.reads,
            page_writes: pages.writes,
            log_syncs: self.log.sync_count(),
            log_records: self.log.record_count(),
        }
    }

    pub(crate) fn unique_lock(&self, index: RelationId, key: &[u8]) -> &Mutex<()> {
        &self.unique_locks[unique_place(index, key)]
    }

    /// The locks of all keys that must be alone, taken in one order.
    pub(crate) fn unique_locks(
        &self,
        index: RelationId,
        entries: &[NewEntry<'_>],
    ) -> Vec<MutexGuard<'_, ()>> {
        let alone = entries.iter().filter(|entry| entry.unique != Unique::No);
        let mut places: Vec<usize> =
            alone.map(|entry| unique_place(index, &entry.key.bytes[..entry.key.length])).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| self.unique_locks[place].lock()).collect()
    }

    /// What a heap's pages hold.
    pub fn heap_usage(&self, heap: RelationId) -> Result<HeapUsage> {
        let mut usage = HeapUsage::default();
        for number in 0..self.pool.page_count(heap)? {
            let pin = self.heap_pin(heap, number)?;
            let page = pin.read();
            usage.free_bytes += page::free_bytes(&page) as u64;
            for row in (0..page::slot_count(&page)).filter_map(|slot| page::row(&page, slot)) {
                if row.has(page::MOVED) {
                    usage.moved += 1;
                } else {
                    usage.rows += 1;
                    usage.forwarded += u64::from(row.has(page::FORWARD));
                }
            }
        }
        Ok(usage)
    }

    /// Checks the pages of a heap. XX001 with what is wrong.
    pub fn check_heap(&self, heap: RelationId) -> Result<()> {
        for page in 0..self.pool.page_count(heap)? {
            page::check(&self.heap_pin(heap, page)?.read())?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "any part of the hash will do")]
fn unique_place(index: RelationId, key: &[u8]) -> usize {
    FixedState::with_seed(5).hash_one((index, key)) as usize % UNIQUE_LOCK_COUNT
}

/// XX001 where the log ends before what was durable of it: then it is damaged in the middle, and what follows is lost.
fn refuse_gap(log: &Log) -> Result<()> {
    let end = log.next_lsn();
    let mut durable = Lsn(0);
    log.records_behind_end(&mut |payload| {
        if let Ok(found) = commit::durable_before(payload) {
            durable = durable.max(found);
        }
    })?;
    if durable <= end {
        return Ok(());
    }
    let text = format!("the log is damaged at {end}, though it was durable up to {durable}");
    Err(Error::corrupted(text).hint("Restore the data directory from a backup."))
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.background.stop();
        self.log.stop_writer();
    }
}
