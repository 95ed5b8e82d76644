//! Page frames: which pages are in memory, their latches, and how they get to the disk.
//!
//! [`Pool::pin`] keeps a page in memory (and may wait for the disk); a [`Pin`] gives its latches, which are held briefly
//! and never while waiting for anything but another latch.

mod cleaner;
mod double_write;
mod files;
mod frame;
mod page;
mod pool;

pub use frame::{PageMut, PageRef, Pin};
pub use page::{
    CHECKSUM, FORMAT_VERSION, HEADER_SIZE, KIND, LSN, PAGE_SIZE, PageBytes, PageId, PageKind,
    RelationId, STAMP, UNLOGGED_FILE, VERSION, get_u16, get_u32, get_u64, initialise, page_kind,
    page_lsn, page_stamp, put_u16, put_u32, put_u64, raise_stamp, set_page_lsn,
};
pub use pool::{Counters, Pool};
