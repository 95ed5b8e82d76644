//! The engine of one data directory.

use crate::*;
use error::{Error, Result};
use os::Disk;
use std::sync::Arc;

/// How the engine is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Memory for pages, in bytes; used as pages are read.
    pub shared_buffers_bytes: usize,
    /// A checkpoint is made after so many bytes of log.
    pub checkpoint_bytes: u64,
    /// Whether background threads write pages, purge and make checkpoints. Deterministic tests say no, and
    /// call [`Storage::checkpoint`] and [`Storage::purge`] themselves.
    pub background: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { shared_buffers_bytes: 128 << 20, checkpoint_bytes: 256 << 20, background: true }
    }
}

/// How often things were done since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Pages latched.
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

/// The engine of one data directory.
pub struct Storage {
    _disk: Arc<dyn Disk>,
}

impl Storage {
    /// Opens the data directory, making it in an empty one and recovering it after a crash. 55006 if another
    /// process has it, XX001 or 0A000 if it is foreign, damaged or newer.
    pub fn open(disk: Arc<dyn Disk>, options: Options) -> Result<Arc<Self>> {
        let _ = (disk, options);
        Err(unbuilt())
    }

    /// Whether [`Self::open`] made the directory: the caller then makes its first objects.
    pub fn is_new(&self) -> bool {
        false
    }

    /// Makes a checkpoint and closes: the next open has nothing to recover. Transactions must have ended.
    pub fn shutdown(&self) -> Result<()> {
        Err(unbuilt())
    }

    /// Begins a transaction of a session; `process` is its id in the text of deadlocks and for `pg_locks`.
    pub fn begin(self: &Arc<Self>, process: i32) -> Transaction {
        let _ = process;
        unreachable!("there is no Storage yet")
    }

    /// How far the log is durable.
    pub fn durable_lsn(&self) -> Lsn {
        Lsn(0)
    }

    /// Asks the log's writer to make the log durable up to here, and returns at once.
    pub fn request_durable(&self, lsn: Lsn) {
        let _ = lsn;
    }

    /// Waits until the log is durable up to here. 58030 if it failed.
    pub fn wait_durable(&self, lsn: Lsn) -> Result<()> {
        let _ = lsn;
        Err(unbuilt())
    }

    /// Has the log's writer call this after each sync with the new durable LSN. It must not block.
    pub fn on_durable(&self, hook: Box<dyn Fn(Lsn) + Send + Sync>) {
        let _ = hook;
    }

    /// Why nothing more is accepted, once a sync has failed.
    pub fn failure(&self) -> Option<Error> {
        None
    }

    /// A file number never given before, nor after a crash.
    pub fn allocate_file(&self) -> Result<u32> {
        Err(unbuilt())
    }

    /// An OID, from 16384 up, never given before, nor after a crash (nor used as a file number's peer).
    pub fn allocate_oid(&self) -> Result<u32> {
        Err(unbuilt())
    }

    /// How many pages a heap or index has.
    pub fn page_count(&self, relation: RelationId) -> Result<u32> {
        let _ = relation;
        Err(unbuilt())
    }

    /// Calls `visit` with every row of a heap's page that the snapshot sees, in slot order. It runs under the
    /// page's shared latch: it copies what it needs, and calls no storage.
    pub fn scan_page(
        &self,
        snapshot: &Snapshot,
        heap: RelationId,
        page: u32,
        visit: impl FnMut(RowAddress, Version, RowRef<'_>) -> Result<()>,
    ) -> Result<()> {
        let _ = (snapshot, heap, page, visit);
        Err(unbuilt())
    }

    /// Calls `visit` with the version of a row that the snapshot sees; `None` if it sees none.
    pub fn fetch<T>(
        &self,
        snapshot: &Snapshot,
        heap: RelationId,
        address: RowAddress,
        visit: impl FnOnce(Version, RowRef<'_>) -> T,
    ) -> Result<Option<T>> {
        let _ = (snapshot, heap, address, visit);
        Err(unbuilt())
    }

    /// Calls `visit` with the newest version of a row, whoever made it; `None` if it is deleted (by a committed
    /// transaction or by `transaction` itself) or gone.
    pub fn fetch_newest<T>(
        &self,
        transaction: &Transaction,
        heap: RelationId,
        address: RowAddress,
        visit: impl FnOnce(Version, RowRef<'_>) -> T,
    ) -> Result<Option<T>> {
        let _ = (transaction, heap, address, visit);
        Err(unbuilt())
    }

    /// Calls `visit` with every entry of an index, in order: key, address and whether it is marked.
    pub fn index_entries(
        &self,
        index: RelationId,
        visit: impl FnMut(&[u8], RowAddress, bool) -> Result<()>,
    ) -> Result<()> {
        let _ = (index, visit);
        Err(unbuilt())
    }

    /// Calls `read` with a sequence's state.
    pub fn sequence_read<T>(
        &self,
        sequence: RelationId,
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<T> {
        let _ = (sequence, read);
        Err(unbuilt())
    }

    /// Writes what is dirty and shortens the log that recovery needs.
    pub fn checkpoint(&self) -> Result<()> {
        Err(unbuilt())
    }

    /// Removes rows and entries that no snapshot can see any more; returns how many records it went through.
    pub fn purge(&self) -> Result<u64> {
        Err(unbuilt())
    }

    /// What was done since the start.
    pub fn counters(&self) -> Counters {
        Counters::default()
    }
}

fn unbuilt() -> Error {
    Error::unsupported("storage")
}
