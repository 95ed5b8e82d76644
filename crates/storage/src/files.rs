//! Relations as files: making and dropping them, and the numbers that name them.

use crate::codec::put;
use crate::heap::space::Space;
use crate::large::large_file;
use crate::record::{self, Kind, NO_RELATION};
use crate::transaction::{Dropped, Purged, header};
use crate::{Lsn, RelationId, Storage, Transaction, Xid};
use btree::{Change, Journal, Tree};
use buffer::{Pool, UNLOGGED_FILE};
use error::{Error, Result, SqlState};
use std::sync::Arc;
use wal::{Span, Urgency};

/// The first OID and file number of what users make.
pub(crate) const FIRST_NUMBER: u32 = 16384;
/// The bit of an unlogged index's number: it is not the number alone that tells it from a heap.
pub(crate) const UNLOGGED_INDEX_FILE: u32 = 1 << 29;
/// File numbers are below this, so that there is room for bits that tell what a file is.
const NUMBER_END: u32 = 1 << 29;
/// So many numbers are given for one log record.
const NUMBERS_AHEAD: u32 = 64;

/// The numbers to give next, and those up to which the log knows that they may have been given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) file: u32,
    pub(crate) file_logged: u32,
    pub(crate) oid: u32,
    pub(crate) oid_logged: u32,
}

impl Numbers {
    pub(crate) fn from(file: u32, oid: u32) -> Self {
        Self { file, file_logged: file, oid, oid_logged: oid }
    }
}

/// How the changes of a file are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// In the log.
    Logged,
    /// A crash empties it.
    Unlogged,
}

impl Storage {
    /// A number for a heap's file, as [`Self::allocate_file`] gives one.
    pub fn allocate_heap_file(&self, durability: Durability) -> Result<u32> {
        let file = self.allocate_file()?;
        Ok(match durability {
            Durability::Logged => file,
            Durability::Unlogged => file | UNLOGGED_FILE,
        })
    }

    /// A number for an index's file, as [`Self::allocate_file`] gives one.
    pub fn allocate_index_file(&self, durability: Durability) -> Result<u32> {
        let file = self.allocate_heap_file(durability)?;
        Ok(match durability {
            Durability::Logged => file,
            Durability::Unlogged => file | UNLOGGED_INDEX_FILE,
        })
    }

    /// A file number never given before, nor after a crash. 54000 when there are no more.
    pub fn allocate_file(&self) -> Result<u32> {
        let mut numbers = self.numbers.lock();
        if numbers.file >= numbers.file_logged {
            let file = ahead(numbers.file)?;
            self.log_numbers(file, numbers.oid_logged)?;
            numbers.file_logged = file;
        }
        if numbers.file >= NUMBER_END {
            return Err(no_numbers());
        }
        numbers.file += 1;
        Ok(numbers.file - 1)
    }

    /// An OID, from 16384 up, never given before, nor after a crash. 54000 when there are no more.
    pub fn allocate_oid(&self) -> Result<u32> {
        let mut numbers = self.numbers.lock();
        if numbers.oid >= numbers.oid_logged {
            let oid = ahead(numbers.oid)?;
            self.log_numbers(numbers.file_logged, oid)?;
            numbers.oid_logged = oid;
        }
        numbers.oid += 1;
        Ok(numbers.oid - 1)
    }

    fn log_numbers(&self, file: u32, oid: u32) -> Result<()> {
        let mut buffer = Vec::new();
        let header = header(Kind::Counters, Xid::NONE, Lsn(0), 0, Lsn(0), NO_RELATION);
        record::begin(&mut buffer, header, &[]);
        put(&mut buffer, u64::from(file));
        put(&mut buffer, u64::from(oid));
        self.log.append(&buffer, Urgency::Ordinary, |_| {})?;
        Ok(())
    }

    /// How many pages a heap or index has.
    pub fn page_count(&self, relation: RelationId) -> Result<u32> {
        self.pool.page_count(relation)
    }

    /// What is known of a heap's room.
    pub(crate) fn space(&self, heap: RelationId) -> Result<Arc<Space>> {
        if let Some(space) = self.spaces.read().get(&heap) {
            return Ok(Arc::clone(space));
        }
        let count = self.pool.page_count(heap)?;
        let mut spaces = self.spaces.write();
        Ok(Arc::clone(spaces.entry(heap).or_insert_with(|| Arc::new(Space::new(count)))))
    }

    /// An index's tree.
    pub(crate) fn tree(&self, index: RelationId) -> Arc<Tree> {
        if let Some(tree) = self.trees.read().get(&index) {
            return Arc::clone(tree);
        }
        Arc::clone(self.trees.write().entry(index).or_insert_with(|| Arc::new(Tree::new(index))))
    }

    /// Makes an index's tree in its empty file.
    pub(crate) fn create_tree(&self, index: RelationId) -> Result<()> {
        let mut journal = CreationJournal { storage: self, index, buffer: Vec::new() };
        self.tree(index).create(&self.pool, &mut journal)
    }

    /// Removes a relation's file, and that of its large values.
    pub(crate) fn remove_files(&self, relation: RelationId) -> Result<()> {
        self.forget_relation(relation);
        remove_files(&self.pool, relation)
    }

    pub(crate) fn forget_relation(&self, relation: RelationId) {
        self.spaces.write().remove(&relation);
        self.spaces.write().remove(&large_file(relation));
        self.trees.write().remove(&relation);
    }

    pub(crate) fn forget_database(&self, database: u32) {
        self.spaces.write().retain(|relation, _| relation.database != database);
        self.trees.write().retain(|relation, _| relation.database != database);
    }
}

/// Removes a relation's file, and that of its large values, where they are there.
pub(crate) fn remove_files(pool: &Pool, relation: RelationId) -> Result<()> {
    for file in [large_file(relation), relation] {
        if pool.exists(file)? {
            pool.remove(file)?;
        }
    }
    Ok(())
}

fn ahead(number: u32) -> Result<u32> {
    number.checked_add(NUMBERS_AHEAD).ok_or_else(no_numbers)
}

#[cold]
fn no_numbers() -> Error {
    Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "there are no more object identifiers")
}

struct CreationJournal<'a> {
    storage: &'a Storage,
    index: RelationId,
    buffer: Vec<u8>,
}

impl Journal for CreationJournal<'_> {
    fn entry(&mut self, _: Change, operations: &[(u32, &[u8])]) -> Result<Span> {
        self.structure(operations)
    }

    fn structure(&mut self, operations: &[(u32, &[u8])]) -> Result<Span> {
        self.storage.log_structure(self.index, operations, &mut self.buffer, Urgency::Ordinary)
    }

    fn stamp(&self) -> u64 {
        0
    }
}

/// All are undone by a rollback; what is dropped is unlinked once the commit is durable.
impl Transaction {
    /// Makes an empty heap.
    pub fn create_heap(&mut self, relation: RelationId) -> Result<()> {
        self.create_file(relation)
    }

    /// Makes an empty index.
    pub fn create_index(&mut self, relation: RelationId) -> Result<()> {
        self.create_file(relation)?;
        self.storage.create_tree(relation)
    }

    /// Makes a sequence with this state. 54000 if it is longer than [`crate::SEQUENCE_STATE_MAX`] bytes.
    pub fn create_sequence(&mut self, relation: RelationId, state: &[u8]) -> Result<()> {
        self.create_file(relation)?;
        self.storage.pool.extend(relation)?;
        self.sequence_set(relation, state)
    }

    // The file comes first: a checkpoint that skips the record has seen the file.
    fn create_file(&mut self, relation: RelationId) -> Result<()> {
        self.storage.forget_relation(relation);
        self.storage.pool.create(relation)?;
        self.begin_record(Kind::CreateFile, relation, &[1])?;
        self.append_record(Purged::No)?;
        Ok(())
    }

    /// Drops a heap, index or sequence at commit.
    pub fn drop_relation(&mut self, relation: RelationId) -> Result<()> {
        self.assign_xid()?;
        self.drops.push(Dropped::File(relation));
        Ok(())
    }

    /// Makes a database's directory.
    pub fn create_database_dir(&mut self, database: u32) -> Result<()> {
        self.storage.pool.create_directory(database)?;
        self.begin_record(Kind::CreateDirectory, RelationId { database, file: 0 }, &[1])?;
        self.append_record(Purged::No)?;
        Ok(())
    }

    /// Drops a database's directory with all relations in it at commit.
    pub fn drop_database_dir(&mut self, database: u32) -> Result<()> {
        self.assign_xid()?;
        self.drops.push(Dropped::Directory(database));
        Ok(())
    }
}
