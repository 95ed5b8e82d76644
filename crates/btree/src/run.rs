//! Adding many entries in order: those that one leaf takes are one record.

use crate::edit;
use crate::node::*;
use crate::operation::{Operations, apply};
use crate::tree::{Tree, Uniqueness, is_leaf_of, may_have_start, start_of};
use buffer::{Pool, raise_stamp};
use error::Result;
use wal::Span;

/// An entry to add.
#[derive(Debug, Clone, Copy)]
pub struct RunEntry<'a> {
    /// Its key.
    pub key: &'a [u8],
    /// The row.
    pub address: u64,
    /// Whether others may have the key.
    pub uniqueness: Uniqueness,
}

impl<'a> RunEntry<'a> {
    fn place(&self) -> Key<'a> {
        Key { bytes: self.key, address: self.address }
    }
}

/// Appends the record of so many new entries, given the page and the operation on it.
pub type RunJournal<'f> = dyn FnMut(usize, u32, &[u8]) -> Result<Span> + 'f;

impl Tree {
    /// Adds the first of these entries, which ascend strictly by key and address, as many as one leaf takes as it is; returns
    /// how many. 0 where the first needs more: a split, or a look at others that may have its key.
    pub fn insert_run(
        &self,
        pool: &Pool,
        entries: &[RunEntry<'_>],
        stamp: u64,
        journal: &mut RunJournal<'_>,
    ) -> Result<usize> {
        let Some(first) = entries.first() else { return Ok(0) };
        loop {
            let leaf = self.find_leaf(pool, first.place())?;
            let mut page = leaf.write();
            let found = node(&page)?;
            if !is_leaf_of(found, first.place()) {
                continue;
            }
            let count = fitting(found, entries);
            if count == 0 {
                return Ok(0);
            }
            let number = leaf.id().page;
            let mut operations = Operations::default();
            operations.insert_run(number, entries[..count].iter().map(RunEntry::place));
            let list = operations.list();
            page.prepare(pool.log());
            let span = journal(count, number, list[0].1)?;
            apply(&mut page, list[0].1, span.start.0).expect("the entries fit the page");
            raise_stamp(&mut page, stamp);
            page.set_lsn(span.end);
            return Ok(count);
        }
    }
}

/// How many of the entries a leaf takes without more ado.
fn fitting(leaf: Node<'_>, entries: &[RunEntry<'_>]) -> usize {
    let (mut free, prefix) = (leaf.free(), leaf.prefix_length());
    let mut before: Option<&[u8]> = None;
    for (count, entry) in entries.iter().enumerate() {
        let key = entry.place();
        let size = edit::entry_size(key.bytes, prefix, Payload::Unmarked);
        if size > free || key.bytes.len() > crate::KEY_SIZE_MAX || !leaf.is_below_high(key) {
            return count;
        }
        let Err(index) = leaf.search_from_end(key) else { return count };
        if let Uniqueness::OnlyOne(length) = entry.uniqueness {
            let start = start_of(key.bytes, length);
            if before.is_some_and(|before| before.starts_with(start))
                || may_have_start(leaf, index, start)
            {
                return count;
            }
        }
        before = Some(key.bytes);
        free -= size;
    }
    entries.len()
}
