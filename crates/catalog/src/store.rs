//! Where catalogs live: rows of system heaps on disk, and the newest committed catalog of each database in memory.
//!
//! A transaction's DDL is a list of [`Change`]s beside its rows in the system heaps. At commit the changes are applied to
//! the newest catalog inside the commit's critical section, so that publication has the order of commits.

use crate::object::Object;
use crate::snapshot::{Catalog, Change, Entry};
use error::{Error, Result};
use hashbrown::HashMap;
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use storage::{
    ColumnKind, RelationId, RowAddress, RowBuilder, RowLayout, RowRef, Snapshot, Storage,
    Transaction, UpdateKind, Write,
};
use types::Oid;

/// The file of a database's system heap, and of the shared one in database 0.
const SYSTEM_FILE: u32 = 1;
/// Object rows have one column: the object.
const COLUMNS: [ColumnKind; 1] = [ColumnKind::Variable];

/// All databases' newest committed catalogs.
pub struct Catalogs {
    storage: Arc<Storage>,
    /// Held shortly, to publish and to open a database.
    state: Mutex<State>,
    /// Bumped by every publication: what a session compares before it asks for its catalog again.
    version: AtomicU64,
}

#[derive(Default)]
struct State {
    /// What databases share: applied to each database opened later.
    shared: Catalog,
    databases: HashMap<Oid, Arc<RwLock<Arc<Catalog>>>>,
}

/// The system heap that holds an object's row.
pub fn system_heap(object: &Object, database: Oid) -> RelationId {
    RelationId { database: if object.is_shared() { 0 } else { database.0 }, file: SYSTEM_FILE }
}

impl Catalogs {
    /// Reads the shared objects; with `is_new` storage, [`Self::create_shared`] comes first.
    pub fn open(storage: Arc<Storage>) -> Result<Arc<Self>> {
        let mut state = State::default();
        crate::builtin::shared_objects().iter().for_each(|change| state.shared.apply(change));
        let mut transaction = storage.begin(0);
        let snapshot = transaction.take_snapshot()?;
        load(&storage, &snapshot, 0, &mut state.shared)?;
        transaction.rollback()?;
        Ok(Arc::new(Self { storage, state: Mutex::new(state), version: AtomicU64::new(1) }))
    }

    /// Makes the shared system heap of a new data directory.
    pub fn create_shared(transaction: &mut Transaction) -> Result<()> {
        transaction.create_heap(RelationId { database: 0, file: SYSTEM_FILE })
    }

    /// Makes a database's directory with its system heap.
    pub fn create_database(transaction: &mut Transaction, database: Oid) -> Result<()> {
        transaction.create_database_dir(database.0)?;
        transaction.create_heap(RelationId { database: database.0, file: SYSTEM_FILE })
    }

    /// Grows with every publication.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// The newest catalog of what databases share.
    pub fn shared(&self) -> Catalog {
        self.state.lock().shared.clone()
    }

    /// The newest committed catalog of a database, read from its heap at first.
    pub fn newest(&self, database: Oid) -> Result<Arc<Catalog>> {
        let known = self.state.lock().databases.get(&database).map(Arc::clone);
        if let Some(catalog) = known {
            return Ok(Arc::clone(&catalog.read()));
        }
        // Changes committed while the heap is read are in the heap or not: reading under the publication's lock
        // leaves no gap between the two.
        let mut state = self.state.lock();
        if let Some(catalog) = state.databases.get(&database) {
            return Ok(Arc::clone(&catalog.read()));
        }
        let mut catalog = state.shared.clone();
        catalog.database = database;
        crate::builtin::database_objects().iter().for_each(|change| catalog.apply(change));
        let mut transaction = self.storage.begin(0);
        let snapshot = transaction.take_snapshot()?;
        load(&self.storage, &snapshot, database.0, &mut catalog)?;
        catalog.version = self.version();
        let catalog = Arc::new(catalog);
        state.databases.insert(database, Arc::new(RwLock::new(Arc::clone(&catalog))));
        drop(state);
        transaction.rollback()?;
        Ok(catalog)
    }

    /// Applies a committing transaction's changes to the newest catalogs; called inside the commit.
    pub fn publish(&self, database: Oid, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let mut state = self.state.lock();
        let version = self.version() + 1;
        for change in changes.iter().filter(|change| change.object().is_shared()) {
            state.shared.apply(change);
            if let Change::Remove(Object::Database(gone)) = change {
                state.databases.remove(&gone.oid);
            }
        }
        for (oid, catalog) in &state.databases {
            let mut newest = catalog.write();
            let next = Arc::make_mut(&mut newest);
            for change in
                changes.iter().filter(|change| *oid == database || change.object().is_shared())
            {
                next.apply(change);
            }
            next.version = version;
        }
        self.version.store(version, Ordering::Release);
    }
}

/// Writes an object's new row, or the next version of the row at `address`.
pub fn put(
    transaction: &mut Transaction,
    database: Oid,
    object: Object,
    address: Option<RowAddress>,
) -> Result<Change> {
    let bytes = rmp_serde::to_vec_named(&object)
        .map_err(|error| Error::internal(format!("could not encode a catalog object: {error}")))?;
    // Field names repeat: compressed, a table of hundreds of columns fits its row.
    let bytes = lz4_flex::compress_prepend_size(&bytes);
    let mut builder = RowBuilder::new();
    builder.clear();
    builder.push(ColumnKind::Variable, &bytes);
    let heap = system_heap(&object, database);
    transaction.move_out(heap, &mut builder)?;
    let body = builder.finish()?.to_vec();
    let address = match address {
        None => transaction.insert(heap, &body)?.0,
        Some(address) => {
            write_newest(transaction, heap, address, |transaction, version| {
                transaction.update(heap, address, version, &body, UpdateKind::KeyKept)
            })?;
            address
        }
    };
    Ok(Change::Put(Entry { object, address }))
}

/// Deletes an object's row.
pub fn remove(transaction: &mut Transaction, database: Oid, entry: &Entry) -> Result<Change> {
    let heap = system_heap(&entry.object, database);
    let address = entry.address;
    write_newest(transaction, heap, address, |transaction, version| {
        transaction.delete(heap, address, version)
    })?;
    Ok(Change::Remove(entry.object.clone()))
}

/// Changes the newest version of a catalog row. The object's lock keeps others away, so anything but success is the
/// race of two DDL statements on an object that has no lock of its own.
fn write_newest(
    transaction: &mut Transaction,
    heap: RelationId,
    address: RowAddress,
    write: impl FnOnce(&mut Transaction, storage::Version) -> Result<Write>,
) -> Result<()> {
    // A command may change one object twice: each change is a command of its own.
    transaction.begin_command();
    let storage = Arc::clone(transaction.storage());
    let version = storage.fetch_newest(transaction, heap, address, |version, _| version)?;
    let raced = || Error::new(error::SqlState::INTERNAL_ERROR, "tuple concurrently updated");
    match write(transaction, version.ok_or_else(raced)?)? {
        Write::Done(_) => Ok(()),
        Write::WaitFor(_) | Write::Changed | Write::Deleted | Write::SelfModified => Err(raced()),
    }
}

fn load(
    storage: &Storage,
    snapshot: &Snapshot,
    database: u32,
    catalog: &mut Catalog,
) -> Result<()> {
    let heap = RelationId { database, file: SYSTEM_FILE };
    let layout = RowLayout::new(&COLUMNS);
    let mut rows = Vec::new();
    for page in 0..storage.page_count(heap)? {
        storage.scan_page(snapshot, heap, page, |address, _, row| {
            rows.push((address, row.bytes.to_vec()));
            Ok(())
        })?;
    }
    let mut entries = Vec::with_capacity(rows.len());
    for (address, row) in rows {
        let column = layout.column(RowRef { bytes: &row }, 0);
        let bytes = storage.read_column(heap, column)?;
        let bytes = bytes.ok_or_else(|| Error::corrupted("a catalog row has no object"))?;
        entries.push(Change::Put(Entry { object: decode(&bytes)?, address }));
    }
    // Oldest first, so that a table's indexes keep their order.
    entries.sort_unstable_by_key(|entry| entry.object().oid());
    for entry in &entries {
        catalog.apply(entry);
    }
    Ok(())
}

fn decode(bytes: &[u8]) -> Result<Object> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::corrupted(format!("unreadable catalog row: {error}"))
    };
    let bytes = lz4_flex::decompress_size_prepended(bytes).map_err(|error| unreadable(&error))?;
    rmp_serde::from_slice(&bytes).map_err(|error| unreadable(&error))
}
