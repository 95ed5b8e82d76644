//! Heaps: rows in slotted pages, at addresses that never change.

pub(crate) mod history;
pub(crate) mod page;
pub(crate) mod read;
pub(crate) mod skip;
pub(crate) mod space;
pub(crate) mod write;

pub use read::SeenRow;
