//! Heaps.
pub(crate) mod page;
