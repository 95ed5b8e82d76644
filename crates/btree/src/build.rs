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

/// A level being built: the node that is filled, and the nodes done, each with where it begins.
struct Level {
    level: u8,
    page: u32,
    low: Option<(Vec<u8>, u64)>,
    entries: Vec<Owned>,
    size: usize,
    done: Vec<Owned>,
}

impl Level {
    fn key(fence: Option<&(Vec<u8>, u64)>) -> Option<Key<'_>> {
        fence.map(|(bytes, address)| Key { bytes, address: *address })
    }
}

impl Tree {
    /// Fills an empty tree, that nobody else sees, with entries in strictly ascending order of (key, address).
    pub fn build(
        &self,
        pool: &Pool,
        entries: &mut dyn Iterator<Item = Result<(Vec<u8>, u64)>>,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let mut leaves = self.level(pool, 0)?;
        for entry in entries {
            let (key, address) = entry?;
            let owned = Owned { key, address, payload: Payload::Unmarked };
            self.push(pool, &mut leaves, owned, journal)?;
        }
        let mut level = leaves;
        while !level.done.is_empty() {
            self.write_node(pool, &mut level, 0, None, journal)?;
            let mut above = self.level(pool, level.level + 1)?;
            for child in std::mem::take(&mut level.done) {
                self.push(pool, &mut above, child, journal)?;
            }
            level = above;
        }
        level.page = ROOT_PAGE;
        self.write_node(pool, &mut level, 0, None, journal)
    }

    fn level(&self, pool: &Pool, level: u8) -> Result<Level> {
        let page = pool.extend(self.relation)?.id().page;
        Ok(Level { level, page, low: None, entries: Vec::new(), size: 0, done: Vec::new() })
    }

    fn push(
        &self,
        pool: &Pool,
        level: &mut Level,
        entry: Owned,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let room = buffer::PAGE_SIZE - SLOTS - SPARE_BYTES;
        let size = edit::entry_size(&entry.key, 0, entry.payload);
        let fences =
            level.low.as_ref().map_or(0, |low| low.0.len()) + entry.key.len() + 2 * ADDRESS_SIZE;
        if level.entries.len() > 1 && level.size + size + fences > room {
            let fence = match level.entries.last() {
                Some(last) if level.level == 0 => shortest(Some(&last.key), entry.key()),
                _ => (entry.key.clone(), entry.address),
            };
            let next = pool.extend(self.relation)?.id().page;
            self.write_node(pool, level, next, Some(fence), journal)?;
            level.page = next;
        }
        level.size += size;
        level.entries.push(entry);
        Ok(())
    }

    fn write_node(
        &self,
        pool: &Pool,
        level: &mut Level,
        right: u32,
        high: Option<(Vec<u8>, u64)>,
        journal: &mut dyn Journal,
    ) -> Result<()> {
        let mut content = scratch();
        edit::format(&mut content, level.level, 0, None, None);
        let low = Level::key(level.low.as_ref());
        edit::rebuild(&mut content, &level.entries, right, low, Level::key(high.as_ref()));
        buffer::raise_stamp(&mut content, journal.stamp());
        let mut operations = Operations::default();
        operations.image(level.page, &content);
        let pin = self.pin(pool, level.page)?;
        change(pool, journal, &operations, None, &mut [(level.page, pin.write())])?;
        let (key, address) = std::mem::replace(&mut level.low, high).unwrap_or_default();
        level.done.push(Owned { key, address, payload: Payload::Child(level.page) });
        level.entries.clear();
        level.size = 0;
        Ok(())
    }
}
