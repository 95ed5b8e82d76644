//! Filling an empty tree with sorted entries, from the leaves up.

use crate::edit;
use crate::node::*;
use crate::operation::Operations;
use crate::split::shortest;
use crate::tree::{Journal, Tree, change, scratch};
use buffer::Pool;
use error::Result;

/// What is left free in a node.
const SPARE_BYTES: usize = buffer::PAGE_SIZE / 12;

/// Puts the next entry's key into the buffer and returns its address; `None` behind the last.
pub type EntrySource<'f> = dyn FnMut(&mut Vec<u8>) -> Result<Option<u64>> + 'f;

type Fence = (Vec<u8>, u64);

/// A level being built: the node that is filled, and the nodes done, each with where it begins.
struct Level {
    level: u8,
    page: u32,
    low: Option<Fence>,
    entries: Entries,
    size: usize,
    done: Entries,
}

/// Entries with all their keys' bytes in one place.
#[derive(Default)]
struct Entries {
    bytes: Vec<u8>,
    list: Vec<(usize, u64, Payload)>,
}

impl Entries {
    fn push(&mut self, key: Key<'_>, payload: Payload) {
        self.bytes.extend_from_slice(key.bytes);
        self.list.push((self.bytes.len(), key.address, payload));
    }

    fn pop(&mut self) {
        self.list.pop();
        self.bytes.truncate(self.list.last().map_or(0, |last| last.0));
    }

    fn get(&self, index: usize) -> (Key<'_>, Payload) {
        let start = index.checked_sub(1).map_or(0, |before| self.list[before].0);
        let (end, address, payload) = self.list[index];
        (Key { bytes: &self.bytes[start..end], address }, payload)
    }

    fn iter(&self) -> impl Iterator<Item = (Key<'_>, Payload)> {
        (0..self.list.len()).map(|index| self.get(index))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.list.clear();
    }
}

impl Level {
    /// The key that an entry is stored with. The first of an inner node is lower than all, whatever its key, which is the low
    /// fence too.
    fn stored<'k>(&self, key: Key<'k>) -> Key<'k> {
        let is_lowest = self.level > 0 && self.entries.list.is_empty();
        if is_lowest { Key { bytes: &[], ..key } } else { key }
    }

    /// The room that all of it takes with a high fence of so many bytes.
    fn size_with(&self, fence: usize) -> usize {
        self.size + self.low.as_ref().map_or(0, |low| low.0.len()) + fence + 2 * ADDRESS_SIZE
    }

    /// Whether an entry belongs into another node. An inner node has two entries at least, whose size `KEY_SIZE_MAX` bounds.
    fn is_full(&self, key: Key<'_>, payload: Payload) -> bool {
        let least = if self.level == 0 { 1 } else { 2 };
        let entry = edit::entry_size(self.stored(key).bytes, 0, payload);
        let size = self.size_with(key.bytes.len() + 1) + entry;
        self.entries.list.len() >= least && size > buffer::PAGE_SIZE - SLOTS - SPARE_BYTES
    }

    fn add(&mut self, key: Key<'_>, payload: Payload) {
        let key = self.stored(key);
        self.size += edit::entry_size(key.bytes, 0, payload);
        self.entries.push(key, payload);
    }

    /// What divides the node from the next, which begins with a key, and the node's last entry if it goes there too: where that key
    /// is too long to be the fence.
    fn fence_before(&mut self, key: Key<'_>) -> (Fence, Option<Owned>) {
        let count = self.entries.list.len();
        let (last, payload) = self.entries.get(count - 1);
        if self.level == 0 {
            return (shortest(Some(last.bytes), key), None);
        }
        if count <= 2 || self.size_with(key.bytes.len()) <= buffer::PAGE_SIZE - SLOTS {
            return ((key.bytes.to_vec(), key.address), None);
        }
        let last = Owned { key: last.bytes.to_vec(), address: last.address, payload };
        self.entries.pop();
        ((last.key.clone(), last.address), Some(last))
    }

    fn key(fence: Option<&Fence>) -> Option<Key<'_>> {
        fence.map(|(bytes, address)| Key { bytes, address: *address })
    }
}

impl Tree {
    /// Fills an empty tree, that nobody else sees, with entries in strictly ascending order of (key, address).
    pub fn build(
        &self,
        pool: &Pool,
        source: &mut EntrySource<'_>,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let mut leaves = self.level(pool, 0)?;
        let mut key = Vec::new();
        while let Some(address) = source(&mut key)? {
            let place = Key { bytes: &key, address };
            self.push(pool, &mut leaves, place, Payload::Unmarked, journal)?;
        }
        let mut level = leaves;
        while !level.done.list.is_empty() {
            self.write_node(pool, &mut level, 0, None, journal)?;
            let mut above = self.level(pool, level.level + 1)?;
            for (key, payload) in std::mem::take(&mut level.done).iter() {
                self.push(pool, &mut above, key, payload, journal)?;
            }
            level = above;
        }
        level.page = ROOT_PAGE;
        self.write_node(pool, &mut level, 0, None, journal)
    }

    fn level(&self, pool: &Pool, level: u8) -> Result<Level> {
        let page = pool.extend(self.relation)?.id().page;
        Ok(Level {
            level,
            page,
            low: None,
            entries: Entries::default(),
            size: 0,
            done: Entries::default(),
        })
    }

    fn push(
        &self,
        pool: &Pool,
        level: &mut Level,
        key: Key<'_>,
        payload: Payload,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        if level.is_full(key, payload) {
            let next = pool.extend(self.relation)?.id().page;
            let (fence, last) = level.fence_before(key);
            self.write_node(pool, level, next, Some(fence), journal)?;
            level.page = next;
            if let Some(last) = last {
                level.add(last.key(), last.payload);
            }
        }
        level.add(key, payload);
        Ok(())
    }

    fn write_node(
        &self,
        pool: &Pool,
        level: &mut Level,
        right: u32,
        high: Option<Fence>,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let mut content = scratch();
        let low = Level::key(level.low.as_ref());
        edit::format(&mut content, level.level, right, low, Level::key(high.as_ref()));
        for (index, (key, payload)) in level.entries.iter().enumerate() {
            edit::insert_at(&mut content, index, key, payload);
        }
        buffer::raise_stamp(&mut content, journal.stamp());
        let mut operations = Operations::default();
        operations.image(level.page, &content);
        let pin = self.pin(pool, level.page)?;
        change(pool, journal, &operations, None, &mut [(level.page, pin.write())])?;
        let (key, address) = std::mem::replace(&mut level.low, high).unwrap_or_default();
        level.done.push(Key { bytes: &key, address }, Payload::Child(level.page));
        level.entries.clear();
        level.size = 0;
        Ok(())
    }
}
