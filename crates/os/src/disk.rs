//! Files, as the engine sees them. Paths are relative to the data directory, with `/` between names.

use std::any::Any;
use std::io;
use std::sync::Arc;

/// What [`Disk::open`] does about a file that is there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// It must be there.
    Existing,
    /// It is made if it is not there.
    Create,
}

/// What offsets, lengths and addresses of writes past the system's cache are multiples of, in bytes.
pub const DIRECT_BYTES: usize = 4096;

/// Held for as long as this process owns the data directory.
pub type DiskLock = Box<dyn Any + Send + Sync>;

/// A data directory: the real file system's or a simulated one.
pub trait Disk: Send + Sync {
    /// Opens a file for reading and writing.
    fn open(&self, path: &str, mode: OpenMode) -> io::Result<Arc<dyn File>>;
    /// Opens a file that is there for writes past the system's cache, see [`DIRECT_BYTES`]. An error where the file system
    /// has none; it may be `InvalidInput` of the first write, too.
    fn open_direct(&self, path: &str) -> io::Result<Arc<dyn File>>;
    /// Whether a file or directory is there.
    fn exists(&self, path: &str) -> io::Result<bool>;
    /// Removes a file; one that is not there is fine.
    fn remove(&self, path: &str) -> io::Result<()>;
    /// Renames a file over another.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Makes a directory and those above it.
    fn create_dir(&self, path: &str) -> io::Result<()>;
    /// Removes a directory with all in it; one that is not there is fine.
    fn remove_dir(&self, path: &str) -> io::Result<()>;
    /// The names in a directory, sorted.
    fn list(&self, path: &str) -> io::Result<Vec<String>>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, path: &str) -> io::Result<()>;
    /// Takes the directory for this process; `WouldBlock` when another has it.
    fn lock(&self) -> io::Result<DiskLock>;
}

/// An open file.
pub trait File: Send + Sync {
    /// Reads at a byte offset; fewer bytes than asked for only at the file's end.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all bytes at a byte offset.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&self) -> io::Result<()>;
    /// The length in bytes.
    fn size(&self) -> io::Result<u64>;
}
