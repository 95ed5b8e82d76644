//! Adding nodes to the tree, and taking empty leaves out of it. All of it under the structure lock, each step one log
//! record for all its pages.
//!
//! A split goes down from the root and splits every inner node that has no room for one more separator, so that a
//! parent always has room when its child is split.

use crate::edit;
use crate::node::*;
use crate::operation::Operations;
use crate::tree::{Journal, Tree, change, scratch};
use buffer::{PageBytes, PageMut, Pin, Pool, get_u32};
use error::Result;

/// Room for the largest separator.
const SEPARATOR_MAX: usize = SLOT_SIZE + crate::KEY_SIZE_MAX + ADDRESS_SIZE + CHILD_SIZE;

/// A page for a new node, and what takes it from the free ones.
struct Fresh<'p> {
    pin: Pin<'p>,
    /// The tree's own page and what the list of free pages begins with from now on, if it came from there.
    taken: Option<(Pin<'p>, u32)>,
}

impl Tree {
    /// Splits the leaf that holds a place, unless it has `size` bytes free by now.
    pub(crate) fn split_leaf(
        &self,
        pool: &Pool,
        key: Key<'_>,
        size: usize,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let _structure = self.structure.lock();
        let mut parent = self.pin(pool, ROOT_PAGE)?;
        if needs_split(&parent.read(), size)? {
            self.split_root(pool, &parent, journal)?;
        }
        loop {
            let latched = parent.read();
            let parent_node = node(&latched)?;
            if parent_node.is_leaf() {
                return Ok(());
            }
            let child = parent_node.child(parent_node.child_index(key));
            drop(latched);
            let child = self.pin(pool, child)?;
            let splits = needs_split(&child.read(), size)?;
            if splits {
                self.split_child(pool, &parent, &child, key, journal)?;
            } else {
                parent = child;
            }
        }
    }

    /// Moves the root's content to two new nodes below it.
    fn split_root(&self, pool: &Pool, root: &Pin<'_>, journal: &mut dyn Journal) -> Result<()> {
        let (left, right) = (pool.extend(self.relation)?, pool.extend(self.relation)?);
        let root_page = root.write();
        let root_node = node(&root_page)?;
        let mut entries = edit::entries(&root_page);
        let level = root_node.level();
        let at = middle(root_node);
        let (separator, address) = separator(&entries, at, root_node.is_leaf());
        let separator = Key { bytes: &separator, address };
        forget_first(&mut entries[at..], root_node);
        let (mut left_content, mut right_content, mut root_content) =
            (scratch(), scratch(), scratch());
        edit::format(&mut left_content, level, 0, None, None);
        edit::rebuild(&mut left_content, &entries[..at], right.id().page, None, Some(separator));
        edit::format(&mut right_content, level, 0, None, None);
        edit::rebuild(&mut right_content, &entries[at..], 0, Some(separator), None);
        edit::format(&mut root_content, level + 1, 0, None, None);
        let lowest = Key { bytes: &[], address: 0 };
        edit::insert_at(&mut root_content, 0, lowest, Payload::Child(left.id().page));
        edit::insert_at(&mut root_content, 1, separator, Payload::Child(right.id().page));
        let mut operations = Operations::default();
        let stamp = buffer::page_stamp(&root_page);
        let parts = [
            (ROOT_PAGE, &mut root_content),
            (left.id().page, &mut left_content),
            (right.id().page, &mut right_content),
        ];
        for (page, content) in parts {
            buffer::raise_stamp(content, stamp);
            operations.image(page, content);
        }
        let pages = &mut [
            (ROOT_PAGE, root_page),
            (left.id().page, left.write()),
            (right.id().page, right.write()),
        ];
        change(pool, journal, &operations, None, pages)
    }

    /// Splits a node whose parent has room for the separator.
    fn split_child(
        &self,
        pool: &Pool,
        parent: &Pin<'_>,
        child: &Pin<'_>,
        key: Key<'_>,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let fresh = self.fresh_page(pool)?;
        let meta = fresh.taken.as_ref().map(|(meta, _)| meta.write());
        let parent_page = parent.write();
        let child_page = child.write();
        let child_node = node(&child_page)?;
        let mut entries = edit::entries(&child_page);
        let (at, (separator, address)) = divide(child_node, &entries, key);
        let separator = Key { bytes: &separator, address };
        forget_first(&mut entries[at..], child_node);
        let new = fresh.pin.id().page;
        let mut content = scratch();
        edit::format(&mut content, child_node.level(), 0, None, None);
        edit::rebuild(
            &mut content,
            &entries[at..],
            child_node.right(),
            Some(separator),
            child_node.high(),
        );
        buffer::raise_stamp(&mut content, buffer::page_stamp(&child_page));
        let mut operations = Operations::default();
        operations.insert_child(parent.id().page, separator, new);
        operations.truncate(child.id().page, at, new, separator);
        operations.image(new, &content);
        let mut pages: Vec<(u32, PageMut<'_>)> = vec![
            (parent.id().page, parent_page),
            (child.id().page, child_page),
            (new, fresh.pin.write()),
        ];
        if let (Some(meta), Some((_, free))) = (meta, &fresh.taken) {
            operations.meta(*free);
            pages.push((META_PAGE, meta));
        }
        change(pool, journal, &operations, None, &mut pages)
    }

    /// Takes a page from the free ones, or adds one to the file.
    fn fresh_page<'p>(&self, pool: &'p Pool) -> Result<Fresh<'p>> {
        let meta = self.pin(pool, META_PAGE)?;
        let free = get_u32(&meta.read()[..], META_FREE);
        if free == 0 {
            return Ok(Fresh { pin: pool.extend(self.relation)?, taken: None });
        }
        let pin = self.pin(pool, free)?;
        let next = node(&pin.read())?.right();
        Ok(Fresh { pin, taken: Some((meta, next)) })
    }

    /// Takes the leaf that holds a place out of the tree if it is empty; its page becomes free.
    ///
    /// The range of the leaf goes to its left neighbour under the same parent. Where there is none it stays.
    pub(crate) fn remove_empty_leaf(
        &self,
        pool: &Pool,
        key: Key<'_>,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let _structure = self.structure.lock();
        let mut parent = self.pin(pool, ROOT_PAGE)?;
        loop {
            let latched = parent.read();
            let parent_node = node(&latched)?;
            if parent_node.is_leaf() {
                return Ok(());
            }
            let index = parent_node.child_index(key);
            let next = parent_node.child(index);
            if parent_node.level() > 1 {
                drop(latched);
                parent = self.pin(pool, next)?;
                continue;
            }
            let Some(before) = index.checked_sub(1) else { return Ok(()) };
            let left = parent_node.child(before);
            drop(latched);
            let left = self.pin(pool, left)?;
            let empty = self.pin(pool, next)?;
            return self.unlink(pool, &parent, index, &left, &empty, journal);
        }
    }

    fn unlink(
        &self,
        pool: &Pool,
        parent: &Pin<'_>,
        index: usize,
        left: &Pin<'_>,
        empty: &Pin<'_>,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let meta = self.pin(pool, META_PAGE)?;
        let meta_page = meta.write();
        let (parent_page, left_page, empty_page) = (parent.write(), left.write(), empty.write());
        let (left_node, empty_node) = (node(&left_page)?, node(&empty_page)?);
        if empty_node.count() > 0 || !empty_node.is_leaf() || left_node.right() != empty.id().page {
            return Ok(());
        }
        let stamp = buffer::page_stamp(&left_page).max(buffer::page_stamp(&empty_page));
        let entries = edit::entries(&left_page);
        // Wider fences can mean a shorter prefix: it must still fit.
        let growth = left_node.prefix_length() * entries.len() + SEPARATOR_MAX;
        if left_node.free() < growth {
            return Ok(());
        }
        let mut left_content = scratch();
        edit::format(&mut left_content, 0, 0, None, None);
        edit::rebuild(
            &mut left_content,
            &entries,
            empty_node.right(),
            left_node.low(),
            empty_node.high(),
        );
        let mut parent_content = scratch();
        parent_content.copy_from_slice(&parent_page[..]);
        edit::remove_at(&mut parent_content, index);
        // No place is between these fences, so whoever comes here late goes back to the root.
        let nowhere = Key { bytes: &[], address: 0 };
        let free = get_u32(&meta_page[..], META_FREE);
        let mut free_content = scratch();
        edit::format(&mut free_content, 0, free, Some(nowhere), Some(nowhere));
        buffer::raise_stamp(&mut left_content, stamp);
        let mut operations = Operations::default();
        operations.image(parent.id().page, &compacted(&parent_content));
        operations.image(left.id().page, &left_content);
        operations.image(empty.id().page, &free_content);
        operations.meta(empty.id().page);
        let pages = &mut [
            (META_PAGE, meta_page),
            (parent.id().page, parent_page),
            (left.id().page, left_page),
            (empty.id().page, empty_page),
        ];
        change(pool, journal, &operations, None, pages)
    }
}

/// The same node without garbage.
fn compacted(page: &PageBytes) -> Box<PageBytes> {
    let mut content = scratch();
    let old = Node(page);
    edit::format(&mut content, old.level(), 0, None, None);
    edit::rebuild(&mut content, &edit::entries(page), old.right(), old.low(), old.high());
    buffer::raise_stamp(&mut content, buffer::page_stamp(page));
    content
}

/// Whether a split has to divide this node, to make room below it or in it.
fn needs_split(page: &PageBytes, size: usize) -> Result<bool> {
    let node = node(page)?;
    let needed = if node.is_leaf() { size } else { SEPARATOR_MAX };
    Ok(node.free() < needed)
}

/// Where a node is divided to make room for a key, and by what. Both parts fit their nodes: at an entry, the separator takes no more
/// than that entry and the one before it did.
fn divide(node: Node<'_>, entries: &[Owned], key: Key<'_>) -> (usize, (Vec<u8>, u64)) {
    let count = entries.len();
    let single = node.is_leaf() && count == 1;
    let is_behind = node.is_leaf() && node.search(key) == Err(count);
    if is_behind && (node.right() == 0 || single) {
        // Keys that only ever rise fill their leaves.
        let fence = shortest(entries.last().map(|last| last.key.as_slice()), key);
        if single || node.free() >= fence.0.len() + ADDRESS_SIZE {
            return (count, fence);
        }
        return (count - 1, separator(entries, count - 1, true));
    }
    if single {
        return (0, shortest(Some(key.bytes), entries[0].key()));
    }
    let at = middle(node);
    (at, separator(entries, at, node.is_leaf()))
}

/// The first entry of an inner node is lower than all: its key, which may be long, is the low fence too.
fn forget_first(entries: &mut [Owned], node: Node<'_>) {
    if let Some(first) = entries.first_mut().filter(|_| !node.is_leaf()) {
        first.key.clear();
    }
}

/// The entry that the right half begins with, so that both have about as many bytes.
fn middle(node: Node<'_>) -> usize {
    let count = node.count();
    let size = |index| SLOT_SIZE + node.data_size(index);
    let total: usize = (0..count).map(size).sum();
    let mut sum = 0;
    for index in 0..count {
        sum += size(index);
        if 2 * sum >= total {
            // At least one entry on either side; an inner node keeps two.
            return (index + 1).clamp(1, count.saturating_sub(1).max(1));
        }
    }
    count / 2
}

/// What divides the entries before `at` from the others: in a leaf the shortest key that does.
fn separator(entries: &[Owned], at: usize, leaf: bool) -> (Vec<u8>, u64) {
    let right = &entries[at];
    if leaf {
        let left = at.checked_sub(1).map(|left| entries[left].key.as_slice());
        shortest(left, right.key())
    } else {
        (right.key.clone(), right.address)
    }
}

/// The shortest key above `left` and not above `right`.
pub(crate) fn shortest(left: Option<&[u8]>, right: Key<'_>) -> (Vec<u8>, u64) {
    let Some(left) = left else { return (right.bytes.to_vec(), right.address) };
    let common = left.iter().zip(right.bytes).take_while(|(one, other)| one == other).count();
    match right.bytes.get(..=common) {
        Some(prefix) => (prefix.to_vec(), 0),
        None => (right.bytes.to_vec(), right.address),
    }
}
