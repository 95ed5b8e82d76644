//! Checking a whole tree, for tests and for amcheck's like.

use crate::node::*;
use crate::tree::Tree;
use buffer::{PAGE_SIZE, PageId, Pool, get_u16, get_u32};
use error::{Error, Result, SqlState};

/// What is looked for in a node: its level and its fences.
struct Expected {
    page: u32,
    level: Option<u8>,
    low: Option<(Vec<u8>, u64)>,
    high: Option<(Vec<u8>, u64)>,
}

impl Tree {
    /// Checks order, fences, links, levels and room, and that no page is lost; nobody changes the tree meanwhile.
    /// XX002 with what is wrong.
    pub fn check(&self, pool: &Pool) -> Result<()> {
        let page_count = pool.page_count(self.relation)?;
        let mut seen = vec![false; page_count as usize];
        let mut todo = vec![Expected { page: ROOT_PAGE, level: None, low: None, high: None }];
        let mut last_of_level: Vec<(u8, u32)> = Vec::new();
        while let Some(expected) = todo.pop() {
            self.check_node(pool, &expected, &mut seen, &mut todo, &mut last_of_level)?;
        }
        if let Some((_, right)) = last_of_level.iter().find(|(_, right)| *right != 0) {
            return Err(wrong(*right, "the last node of a level has a right link"));
        }
        let meta = pool.pin(PageId { relation: self.relation, page: META_PAGE })?;
        let mut free = get_u32(&meta.read()[..], META_FREE);
        while free != 0 {
            if std::mem::replace(&mut seen[free as usize], true) {
                return Err(wrong(free, "a free page is used"));
            }
            free = node(&self.pin(pool, free)?.read())?.right();
        }
        Ok(())
    }

    fn check_node(
        &self,
        pool: &Pool,
        expected: &Expected,
        seen: &mut [bool],
        todo: &mut Vec<Expected>,
        last_of_level: &mut Vec<(u8, u32)>,
    ) -> Result<()> {
        let number = expected.page;
        let pin = self.pin(pool, number)?;
        let page = pin.read();
        let this = node(&page)?;
        let fence = |fence: Option<Key<'_>>| fence.map(|key| (key.bytes.to_vec(), key.address));
        let ensure =
            |holds: bool, what: &str| if holds { Ok(()) } else { Err(wrong(number, what)) };
        ensure(!std::mem::replace(&mut seen[number as usize], true), "a page is used twice")?;
        ensure(expected.level.is_none_or(|level| level == this.level()), "wrong level")?;
        ensure(fence(this.low()) == expected.low, "wrong low fence")?;
        ensure(fence(this.high()) == expected.high, "wrong high fence")?;
        check_room(this).or_else(|what| ensure(false, what))?;
        // Nodes are visited from left to right, so the last one seen on this level links here.
        match last_of_level.iter_mut().find(|(level, _)| *level == this.level()) {
            Some((_, right)) => {
                ensure(*right == number, "wrong right link")?;
                *right = this.right();
            }
            None => last_of_level.push((this.level(), this.right())),
        }
        let entries: Vec<Owned> = (0..this.count()).map(|index| this.owned(index)).collect();
        for (index, entry) in entries.iter().enumerate().skip(usize::from(!this.is_leaf())) {
            let ordered = index == 0
                || (index == 1 && !this.is_leaf())
                || entries[index - 1].key() < entry.key();
            ensure(ordered, "entries out of order")?;
            ensure(this.is_above_low(entry.key()), "entry below the low fence")?;
            ensure(this.is_below_high(entry.key()), "entry above the high fence")?;
        }
        ensure(this.is_leaf() || !entries.is_empty(), "inner node without children")?;
        let level = this.level().checked_sub(1);
        for (index, entry) in entries.iter().enumerate().rev() {
            let Payload::Child(child) = entry.payload else { continue };
            let bound = |entry: &Owned| Some((entry.key.clone(), entry.address));
            let low = if index == 0 { fence(this.low()) } else { bound(entry) };
            let high = entries.get(index + 1).map_or_else(|| fence(this.high()), bound);
            todo.push(Expected { page: child, level, low, high });
        }
        Ok(())
    }
}

fn check_room(node: Node<'_>) -> Result<(), &'static str> {
    let fences: usize =
        [node.low(), node.high()].iter().flatten().map(|key| key.bytes.len() + ADDRESS_SIZE).sum();
    let used: usize = (0..node.count()).map(|index| SLOT_SIZE + node.data_size(index)).sum();
    if used + fences + node.free() != PAGE_SIZE - SLOTS {
        return Err("free space is miscounted");
    }
    let start = usize::from(get_u16(node.0, DATA_START));
    let inside = (0..node.count()).all(|index| node.slot(index).0 >= start);
    if inside { Ok(()) } else { Err("entry outside the data area") }
}

fn wrong(page: u32, what: &str) -> Error {
    Error::new(SqlState::INDEX_CORRUPTED, format!("index page {page}: {what}"))
}
