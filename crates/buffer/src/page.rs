//! What all pages have in common: size and header, little-endian.
//!
//! ```text
//! 0..8      lsn        end of the last log record that changed the page
//! 8..12     checksum   CRC-32C of the page with this field zero
//! 12..14    kind       what the rest is; 0 for a page that was never written
//! 14..16    version    of the kind's format
//! 16..24    stamp      the highest transaction id that ever wrote here; never lowered
//! ```

use error::{Error, Result};
use std::fmt;

/// The size of a page.
pub const PAGE_SIZE: usize = 16 * 1024;
/// Offset of the LSN.
pub const LSN: usize = 0;
/// Offset of the checksum.
pub const CHECKSUM: usize = LSN + size_of::<u64>();
/// Offset of the kind.
pub const KIND: usize = CHECKSUM + size_of::<u32>();
/// Offset of the format's version.
pub const VERSION: usize = KIND + size_of::<u16>();
/// Offset of the stamp.
pub const STAMP: usize = VERSION + size_of::<u16>();
/// Where a kind's own content begins.
pub const HEADER_SIZE: usize = STAMP + size_of::<u64>();
const _: () = assert!(HEADER_SIZE == 24);

/// The version of all formats of pages so far.
pub const FORMAT_VERSION: u16 = 1;

/// The bytes of a page.
pub type PageBytes = [u8; PAGE_SIZE];

/// A relation's file: `base/<database>/<file>`. File numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationId {
    /// The directory; 0 is for what all databases share.
    pub database: u32,
    /// The file in it.
    pub file: u32,
}

/// The bit of a file's number that tells that changes of it have no redo in the log: its pages need not be in the file when
/// a checkpoint ends, and a crash empties it.
pub const UNLOGGED_FILE: u32 = 1 << 30;

impl RelationId {
    /// Whether the log can do changes of it again.
    #[inline]
    pub const fn is_logged(self) -> bool {
        self.file & UNLOGGED_FILE == 0
    }
}

impl fmt::Display for RelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "base/{}/{}", self.database, self.file)
    }
}

/// A page of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId {
    /// The relation.
    pub relation: RelationId,
    /// The page in it, from 0.
    pub page: u32,
}

/// What a page holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// Nothing: it was never written.
    Empty,
    /// Rows.
    Heap,
    /// The first page of an index.
    IndexMeta,
    /// A node of an index.
    IndexNode,
    /// A sequence's state.
    Sequence,
}

impl PageKind {
    const ALL: [Self; 5] =
        [Self::Empty, Self::Heap, Self::IndexMeta, Self::IndexNode, Self::Sequence];
}

/// Reads a little-endian number.
#[inline]
pub fn get_u16(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// Reads a little-endian number.
#[inline]
pub fn get_u32(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes)
}

/// Reads a little-endian number.
#[inline]
pub fn get_u64(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes)
}

/// Writes a little-endian number.
#[inline]
pub fn put_u16(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

/// Writes a little-endian number.
#[inline]
pub fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Writes a little-endian number.
#[inline]
pub fn put_u64(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

/// The end of the last record that changed the page.
#[inline]
pub fn page_lsn(page: &PageBytes) -> wal::Lsn {
    wal::Lsn(get_u64(page, LSN))
}

/// Sets the end of the last record that changed the page.
#[inline]
pub fn set_page_lsn(page: &mut PageBytes, lsn: wal::Lsn) {
    put_u64(page, LSN, lsn.0);
}

/// The highest transaction id that ever wrote to the page.
#[inline]
pub fn page_stamp(page: &PageBytes) -> u64 {
    get_u64(page, STAMP)
}

/// Raises the stamp to a transaction id.
#[inline]
pub fn raise_stamp(page: &mut PageBytes, xid: u64) {
    if page_stamp(page) < xid {
        put_u64(page, STAMP, xid);
    }
}

/// What the page holds. XX001 for a kind or version that there is not.
#[inline]
pub fn page_kind(page: &PageBytes) -> Result<PageKind> {
    let kind = PageKind::ALL.get(usize::from(get_u16(page, KIND))).copied();
    match kind {
        Some(PageKind::Empty) => Ok(PageKind::Empty),
        Some(kind) if get_u16(page, VERSION) == FORMAT_VERSION => Ok(kind),
        _ => Err(Error::corrupted("page has an unknown kind or version")),
    }
}

/// Makes an empty page of a kind; its stamp stays.
pub fn initialise(page: &mut PageBytes, kind: PageKind) {
    let stamp = page_stamp(page);
    page.fill(0);
    let number = PageKind::ALL.iter().zip(0u16..).find(|(each, _)| **each == kind);
    put_u16(page, KIND, number.map_or(0, |(_, number)| number));
    put_u16(page, VERSION, FORMAT_VERSION);
    put_u64(page, STAMP, stamp);
}

/// The checksum that the page must have.
pub(crate) fn checksum(page: &PageBytes) -> u32 {
    let crc = crc32c::crc32c(&page[..CHECKSUM]);
    crc32c::crc32c_append(crc32c::crc32c_append(crc, &[0; 4]), &page[CHECKSUM + 4..])
}

/// Whether the page is as it was written; one of zeros was never written.
pub(crate) fn is_intact(page: &PageBytes) -> bool {
    get_u32(page, CHECKSUM) == checksum(page) || page.iter().all(|byte| *byte == 0)
}
