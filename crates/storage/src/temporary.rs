//! Files for what a statement cannot keep in memory. They are never synced; those that a crash left go at the next start.

use crate::Storage;
use error::Result;
use os::{Disk, File, OpenMode, Reason};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const DIRECTORY: &str = "tmp";

/// A file that is written from its beginning to its end and read anywhere; it is removed when this is dropped.
pub struct TemporaryFile {
    disk: Arc<dyn Disk>,
    path: String,
    file: Arc<dyn File>,
    length: u64,
}

impl TemporaryFile {
    /// How many bytes were written.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Writes bytes behind those that are there. 53100 or 58030 if that fails.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        os::blocking(Reason::Space, || self.file.write_at(bytes, self.length))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Reads bytes at an offset, fewer than asked for only at the end; returns how many.
    pub fn read_at(&self, bytes: &mut [u8], offset: u64) -> Result<usize> {
        Ok(os::blocking(Reason::Read, || self.file.read_at(bytes, offset))?)
    }
}

impl fmt::Debug for TemporaryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemporaryFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // What stays goes at the next start.
        let _ = self.disk.remove(&self.path);
    }
}

impl Storage {
    /// Makes a temporary file. 53100 or 58030 if that fails.
    pub fn temporary_file(&self) -> Result<TemporaryFile> {
        let number = self.temporary_count.fetch_add(1, Ordering::Relaxed);
        let path = format!("{DIRECTORY}/{number}");
        self.disk.create_dir(DIRECTORY)?;
        let file = self.disk.open(&path, OpenMode::Create)?;
        Ok(TemporaryFile { disk: Arc::clone(&self.disk), path, file, length: 0 })
    }
}

/// Removes the temporary files that a crash left.
pub(crate) fn remove_leftovers(disk: &dyn Disk) -> Result<()> {
    if disk.exists(DIRECTORY)? {
        disk.remove_dir(DIRECTORY)?;
    }
    Ok(())
}
