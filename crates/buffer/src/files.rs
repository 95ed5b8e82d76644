//! The relations' files and how many pages they have.

use crate::page::{PAGE_SIZE, PageBytes, RelationId};
use error::Result;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use os::sync::atomic::{AtomicU32, Ordering};
use os::sync::{Mutex, RwLock};
use os::{Disk, File, OpenMode};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

pub(crate) struct Files {
    disk: Arc<dyn Disk>,
    open: RwLock<HashMap<RelationId, Arc<RelationFile>, FixedState>>,
    /// Directories whose names changed since the last [`Files::sync_names`].
    changed: Mutex<BTreeSet<String>>,
}

/// A relation's file; the pages behind its end are in memory only.
pub(crate) struct RelationFile {
    file: Arc<dyn File>,
    pub(crate) page_count: AtomicU32,
}

impl RelationFile {
    /// Reads a page; what is behind the file's end is zeros.
    pub(crate) fn read(&self, page: u32, bytes: &mut PageBytes) -> Result<()> {
        let count = self.file.read_at(bytes, offset(page))?;
        bytes[count..].fill(0);
        Ok(())
    }

    pub(crate) fn write(&self, page: u32, bytes: &PageBytes) -> Result<()> {
        Ok(self.file.write_at(bytes, offset(page))?)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}

fn offset(page: u32) -> u64 {
    u64::from(page) * PAGE_SIZE as u64
}

impl Files {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, open: RwLock::default(), changed: Mutex::default() }
    }

    /// Has all names made durable by the next [`Self::sync_names`]: an earlier process may have died before it did.
    pub(crate) fn distrust_names(&self) -> Result<()> {
        let mut changed = self.changed.lock();
        changed.extend([String::new(), "base".to_owned()]);
        for database in self.disk.list("base")? {
            changed.insert(format!("base/{database}"));
        }
        Ok(())
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// A relation's file. 58P01 or 58030 if it cannot be opened.
    pub(crate) fn get(&self, relation: RelationId) -> Result<Arc<RelationFile>> {
        if let Some(file) = self.open.read().get(&relation) {
            return Ok(Arc::clone(file));
        }
        let mut open = self.open.write();
        if let Some(file) = open.get(&relation) {
            return Ok(Arc::clone(file));
        }
        let file = self.open_file(relation, OpenMode::Existing)?;
        open.insert(relation, Arc::clone(&file));
        Ok(file)
    }

    pub(crate) fn exists(&self, relation: RelationId) -> Result<bool> {
        Ok(self.open.read().contains_key(&relation) || self.disk.exists(&relation.to_string())?)
    }

    /// Makes a relation's file, empty.
    pub(crate) fn create(&self, relation: RelationId) -> Result<()> {
        let mut open = self.open.write();
        self.disk.remove(&relation.to_string())?;
        let file = self.open_file(relation, OpenMode::Create)?;
        self.changed.lock().insert(format!("base/{}", relation.database));
        open.insert(relation, file);
        Ok(())
    }

    /// Puts an empty file in the place of a relation's.
    pub(crate) fn empty(&self, relation: RelationId) -> Result<()> {
        let mut open = self.open.write();
        open.remove(&relation);
        let new = format!("{relation}.new");
        self.disk.remove(&new)?;
        self.disk.open(&new, OpenMode::Create)?;
        self.disk.rename(&new, &relation.to_string())?;
        self.changed.lock().insert(format!("base/{}", relation.database));
        Ok(())
    }

    pub(crate) fn remove(&self, relation: RelationId) -> Result<()> {
        self.open.write().remove(&relation);
        self.disk.remove(&relation.to_string())?;
        self.changed.lock().insert(format!("base/{}", relation.database));
        Ok(())
    }

    pub(crate) fn create_directory(&self, database: u32) -> Result<()> {
        self.disk.create_dir(&format!("base/{database}"))?;
        self.changed.lock().extend([String::new(), "base".to_owned()]);
        Ok(())
    }

    pub(crate) fn remove_directory(&self, database: u32) -> Result<()> {
        self.open.write().retain(|relation, _| relation.database != database);
        self.disk.remove_dir(&format!("base/{database}"))?;
        let mut changed = self.changed.lock();
        changed.remove(&format!("base/{database}"));
        changed.insert("base".to_owned());
        Ok(())
    }

    /// Makes all changes of names durable. Where that fails so does the log, and nobody asks again: nothing is kept for that.
    pub(crate) fn sync_names(&self) -> io::Result<()> {
        let changed = std::mem::take(&mut *self.changed.lock());
        for directory in changed {
            if directory.is_empty() || self.disk.exists(&directory)? {
                self.disk.sync_dir(&directory)?;
            }
        }
        Ok(())
    }

    fn open_file(&self, relation: RelationId, mode: OpenMode) -> Result<Arc<RelationFile>> {
        let file = self.disk.open(&relation.to_string(), mode)?;
        let pages = file.size()?.div_ceil(PAGE_SIZE as u64);
        let page_count = AtomicU32::new(u32::try_from(pages).unwrap_or(u32::MAX));
        Ok(Arc::new(RelationFile { file, page_count }))
    }

    /// Counts a new page of a relation and returns its number.
    pub(crate) fn extend(&self, relation: RelationId) -> Result<u32> {
        Ok(self.get(relation)?.page_count.fetch_add(1, Ordering::AcqRel))
    }
}
