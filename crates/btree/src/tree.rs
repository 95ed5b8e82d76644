//! Finding, adding, marking and removing entries.
//!
//! A reader latches one node at a time. Whatever happens between two nodes, a node's fences tell whether it is the
//! right one: if the place looked for is behind its high fence the way goes right, if it is below its low fence
//! (the page was given to another part of the tree) it begins again at the root. Splits hold the tree's structure
//! lock, and latch from top to bottom and from left to right.

use crate::edit;
use crate::node::*;
use crate::operation::{Mark, Operations, apply};
use buffer::{PageBytes, PageId, PageMut, Pin, Pool, RelationId, raise_stamp};
use error::{Error, Result, SqlState};
use parking_lot::Mutex;
use wal::Span;

/// A B+tree in a relation's file.
#[derive(Debug)]
pub struct Tree {
    pub(crate) relation: RelationId,
    /// Held while nodes are added to or taken out of the tree.
    pub(crate) structure: Mutex<()>,
}

/// What a change does to an entry; what it takes to undo it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Inserted,
    /// It was there, with this mark, and has none now.
    Unmarked(u64),
    /// It is marked now; before it had this mark, 0 for none.
    Marked(u64),
    /// It is gone; it had this mark, 0 for none.
    Removed(u64),
}

/// Writes the log records of a tree's changes.
pub trait Journal {
    /// Appends the record of a change of one entry; each operation is for a page.
    fn entry(&mut self, change: Change, operations: &[(u32, &[u8])]) -> Result<Span>;
    /// Appends the record of a change of the tree's structure; it is never undone.
    fn structure(&mut self, operations: &[(u32, &[u8])]) -> Result<Span>;
    /// The transaction that the changed pages are stamped with; 0 for none.
    fn stamp(&self) -> u64;
}

/// What became of an insertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insert {
    /// The entry is new, or was marked and is not any more.
    Done,
    /// It was there, unmarked.
    Present,
    /// Nothing was done: there may be other entries with the key.
    SameKey,
}

/// Whether an insertion goes on where there are other entries with the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uniqueness {
    /// It does.
    Any,
    /// It does not where they share so many of its first bytes: all, or what stands before values that are only kept with
    /// the key.
    OnlyOne(usize),
}

impl Tree {
    /// The tree in a relation's file.
    pub fn new(relation: RelationId) -> Self {
        Self { relation, structure: Mutex::new(()) }
    }

    /// Makes the tree in an empty file.
    pub fn create(&self, pool: &Pool, journal: &mut dyn Journal) -> Result<()> {
        let meta = pool.extend(self.relation)?;
        let root = pool.extend(self.relation)?;
        let mut content = Box::new([0; buffer::PAGE_SIZE]);
        edit::format(&mut content, 0, 0, None, None);
        let mut operations = Operations::default();
        operations.meta(0);
        operations.image(ROOT_PAGE, &content);
        change(
            pool,
            journal,
            &operations,
            None,
            &mut [(META_PAGE, meta.write()), (ROOT_PAGE, root.write())],
        )
    }

    /// Adds an entry, or takes the mark off it. 54000 if the key is too long.
    pub fn insert(
        &self,
        pool: &Pool,
        key: &[u8],
        address: u64,
        uniqueness: Uniqueness,
        journal: &mut dyn Journal,
    ) -> Result<Insert> {
        if key.len() > crate::KEY_SIZE_MAX {
            return Err(key_too_long(key.len()));
        }
        let key = Key { bytes: key, address };
        loop {
            let leaf = self.find_leaf(pool, key)?;
            let page = leaf.write();
            let leaf_node = node(&page)?;
            if !is_leaf_of(leaf_node, key) {
                continue;
            }
            let mut operations = Operations::default();
            match leaf_node.search(key) {
                Ok(index) => match leaf_node.mark(index) {
                    0 => return Ok(Insert::Present),
                    _ if uniqueness != Uniqueness::Any => return Ok(Insert::SameKey),
                    mark => {
                        operations.set_mark(leaf.id().page, key, Mark::None);
                        return self
                            .finish(pool, journal, &operations, Change::Unmarked(mark), page, &leaf)
                            .map(|()| Insert::Done);
                    }
                },
                Err(index) => {
                    if let Uniqueness::OnlyOne(length) = uniqueness
                        && may_have_start(leaf_node, index, start_of(key.bytes, length))
                    {
                        return Ok(Insert::SameKey);
                    }
                    let size =
                        edit::entry_size(key.bytes, leaf_node.prefix_length(), Payload::Unmarked);
                    if size <= leaf_node.free() {
                        operations.insert(leaf.id().page, key, Mark::None);
                        self.finish(pool, journal, &operations, Change::Inserted, page, &leaf)?;
                        return Ok(Insert::Done);
                    }
                    drop(page);
                    self.split_leaf(pool, key, size, journal)?;
                }
            }
        }
    }

    /// Marks an entry with the LSN of the record that `journal` writes for it; `false` if it is not there.
    pub fn mark(
        &self,
        pool: &Pool,
        key: &[u8],
        address: u64,
        journal: &mut dyn Journal,
    ) -> Result<bool> {
        self.set_mark(pool, key, address, Mark::Own, journal)
    }

    /// Gives an entry back a mark that it had; `false` if it is not there.
    pub fn restore_mark(
        &self,
        pool: &Pool,
        key: &[u8],
        address: u64,
        mark: u64,
        journal: &mut dyn Journal,
    ) -> Result<bool> {
        let mark = if mark == 0 { Mark::None } else { Mark::Lsn(mark) };
        self.set_mark(pool, key, address, mark, journal)
    }

    /// Removes an entry if it has this mark (0: none); `false` if not.
    pub fn remove(
        &self,
        pool: &Pool,
        key: &[u8],
        address: u64,
        mark: u64,
        journal: &mut dyn Journal,
    ) -> Result<bool> {
        let key = Key { bytes: key, address };
        loop {
            let leaf = self.find_leaf(pool, key)?;
            let page = leaf.write();
            let leaf_node = node(&page)?;
            if !is_leaf_of(leaf_node, key) {
                continue;
            }
            let Ok(index) = leaf_node.search(key) else { return Ok(false) };
            if leaf_node.mark(index) != mark {
                return Ok(false);
            }
            let emptied = leaf_node.count() == 1 && leaf.id().page != ROOT_PAGE;
            let mut operations = Operations::default();
            operations.remove(leaf.id().page, key);
            self.finish(pool, journal, &operations, Change::Removed(mark), page, &leaf)?;
            if emptied {
                self.remove_empty_leaf(pool, key, journal)?;
            }
            return Ok(true);
        }
    }

    fn set_mark(
        &self,
        pool: &Pool,
        key: &[u8],
        address: u64,
        mark: Mark,
        journal: &mut dyn Journal,
    ) -> Result<bool> {
        let key = Key { bytes: key, address };
        loop {
            let leaf = self.find_leaf(pool, key)?;
            let page = leaf.write();
            let leaf_node = node(&page)?;
            if !is_leaf_of(leaf_node, key) {
                continue;
            }
            let Ok(index) = leaf_node.search(key) else { return Ok(false) };
            let old = leaf_node.mark(index);
            if old == 0 && mark != Mark::None && leaf_node.free() < MARK_SIZE {
                drop(page);
                self.split_leaf(pool, key, MARK_SIZE, journal)?;
                continue;
            }
            let mut operations = Operations::default();
            operations.set_mark(leaf.id().page, key, mark);
            self.finish(pool, journal, &operations, Change::Marked(old), page, &leaf)?;
            return Ok(true);
        }
    }

    /// The leaf that holds a place, or did a moment ago: the caller latches it and looks again.
    pub(crate) fn find_leaf<'p>(&self, pool: &'p Pool, key: Key<'_>) -> Result<Pin<'p>> {
        let mut page = ROOT_PAGE;
        loop {
            let pin = self.pin(pool, page)?;
            let latched = pin.read();
            let Ok(found) = node(&latched) else {
                if page == ROOT_PAGE {
                    node(&latched)?;
                }
                page = ROOT_PAGE;
                continue;
            };
            if !found.is_above_low(key) {
                page = ROOT_PAGE;
            } else if !found.is_below_high(key) {
                page = found.right();
            } else if found.is_leaf() {
                drop(latched);
                return Ok(pin);
            } else {
                page = found.child(found.child_index(key));
            }
        }
    }

    pub(crate) fn pin<'p>(&self, pool: &'p Pool, page: u32) -> Result<Pin<'p>> {
        pool.pin(PageId { relation: self.relation, page })
    }

    /// Logs and does a change of one leaf.
    fn finish(
        &self,
        pool: &Pool,
        journal: &mut dyn Journal,
        operations: &Operations,
        what: Change,
        page: PageMut<'_>,
        leaf: &Pin<'_>,
    ) -> Result<()> {
        change(pool, journal, operations, Some(what), &mut [(leaf.id().page, page)])
    }
}

/// Logs operations as one record and does them to their latched pages.
pub(crate) fn change(
    pool: &Pool,
    journal: &mut dyn Journal,
    operations: &Operations,
    what: Option<Change>,
    pages: &mut [(u32, PageMut<'_>)],
) -> Result<()> {
    for (_, page) in pages.iter_mut() {
        page.prepare(pool.log());
    }
    let list = operations.list();
    let span = match what {
        Some(what) => journal.entry(what, &list)?,
        None => journal.structure(&list)?,
    };
    for (number, operation) in list {
        let page = pages.iter_mut().find(|(page, _)| *page == number);
        let (_, page) = page.expect("every operation's page is latched");
        // A change that is logged but cannot be done would leave the page unlike its log.
        apply(page, operation, span.start.0).expect("an operation fits the page it was made for");
        if what.is_some() {
            raise_stamp(page, journal.stamp());
        }
        page.set_lsn(span.end);
    }
    Ok(())
}

pub(crate) fn is_leaf_of(node: Node<'_>, key: Key<'_>) -> bool {
    node.is_leaf() && node.is_above_low(key) && node.is_below_high(key)
}

pub(crate) fn start_of(key: &[u8], length: usize) -> &[u8] {
    &key[..length.min(key.len())]
}

/// Whether an entry beside a place, or one in a leaf beside this one, may begin with these bytes. (A fence between two
/// entries that do does so too.)
pub(crate) fn may_have_start(leaf: Node<'_>, index: usize, start: &[u8]) -> bool {
    let before = match index.checked_sub(1) {
        Some(before) => leaf.has_start(before, start),
        None => leaf.low().is_some_and(|low| low.bytes.starts_with(start)),
    };
    before
        || if index < leaf.count() {
            leaf.has_start(index, start)
        } else {
            leaf.high().is_some_and(|high| high.bytes.starts_with(start))
        }
}

/// 54000, as PostgreSQL words it.
#[cold]
pub fn key_too_long(size: usize) -> Error {
    Error::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        format!("index row size {size} exceeds btree version 4 maximum {}", crate::KEY_SIZE_MAX),
    )
    .hint(
        "Values larger than 1/3 of a buffer page cannot be indexed.\nConsider a function index of an MD5 hash of the value, or use full text indexing.",
    )
}

/// A node's page, empty.
pub(crate) fn scratch() -> Box<PageBytes> {
    Box::new([0; buffer::PAGE_SIZE])
}
