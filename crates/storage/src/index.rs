//! Indexes as transactions see them.

use crate::*;
use error::{Error, Result};
use std::ops::{Bound, ControlFlow};

/// Whether other rows may have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// They may. Also for keys with a NULL where NULLS DISTINCT.
    No,
    /// They may not.
    Yes,
}

/// What became of an attempt to add an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexInsert {
    /// It is there.
    Done,
    /// This row has the key: committed, or this transaction's own.
    Duplicate(RowAddress),
    /// Another transaction is adding, or removing, a row with the key: wait for it, then try again.
    WaitFor(Xid),
}

/// Which way a cursor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Ascending keys.
    Forward,
    /// Descending keys.
    Backward,
}

/// What a cursor found: an entry whose row is visible.
#[derive(Debug)]
pub struct Found<'a> {
    /// The entry's key.
    pub key: &'a [u8],
    /// The row.
    pub address: RowAddress,
    /// The visible version.
    pub version: Version,
    /// Its body.
    pub row: RowRef<'a>,
    /// Whether the caller must compare the visible version's key with the entry's: it is then not the
    /// row's entry if they differ.
    pub needs_key_check: bool,
}

/// A position in an index; it holds no latch and no page between calls, and reuses its memory when reset.
#[derive(Debug)]
pub struct IndexCursor {
    pub(crate) index: RelationId,
    pub(crate) heap: RelationId,
}

impl IndexCursor {
    /// A cursor over nothing, until [`Self::reset`].
    pub fn new(index: RelationId, heap: RelationId) -> Self {
        Self { index, heap }
    }

    /// Goes to the start of a range of keys. Bounds are byte strings; a prefix of keys is an inclusive lower bound and,
    /// as upper bound, `Excluded` of [`prefix_end`].
    pub fn reset(&mut self, lower: Bound<&[u8]>, upper: Bound<&[u8]>, direction: Direction) {
        let _ = (lower, upper, direction);
    }

    /// Calls `visit` with each next entry whose row the snapshot sees, in key order (then address order), until it
    /// breaks or the range ends: `false` tells that it ended. `visit` runs under the heap page's shared latch: it
    /// copies what it needs, and calls no storage.
    pub fn next(
        &mut self,
        storage: &Storage,
        snapshot: &Snapshot,
        mut visit: impl FnMut(Found<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<bool> {
        let _ = (storage, snapshot, self.index, self.heap, &mut visit);
        Err(Error::unsupported("storage"))
    }
}

/// The first byte string above all that begin with `prefix`; `None` if there is none.
pub fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}
