//! Reading entries in order, a leaf at a time.

use crate::node::*;
use crate::tree::Tree;
use buffer::{Pin, Pool};
use error::Result;
use std::ops::Bound;

/// Which way to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Ascending.
    Forward,
    /// Descending.
    Backward,
}

/// An entry that was read.
#[derive(Debug, Clone, Copy)]
pub struct BatchEntry {
    start: usize,
    end: usize,
    /// The row.
    pub address: u64,
    /// The mark's LSN; 0 if there is none.
    pub mark: u64,
}

/// The entries of one leaf that are in a range; reused from leaf to leaf.
#[derive(Debug, Default)]
pub struct Batch {
    keys: Vec<u8>,
    entries: Vec<BatchEntry>,
    /// The leaf's highest writer.
    pub stamp: u64,
}

impl Batch {
    /// The entries, in the direction of reading.
    pub fn entries(&self) -> &[BatchEntry] {
        &self.entries
    }

    /// An entry's key.
    pub fn key(&self, entry: BatchEntry) -> &[u8] {
        &self.keys[entry.start..entry.end]
    }

    /// Forgets the entries.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.entries.clear();
    }

    fn push(&mut self, node: Node<'_>, index: usize) {
        let start = self.keys.len();
        self.keys.extend_from_slice(node.prefix());
        self.keys.extend_from_slice(node.rest(index));
        let entry = BatchEntry {
            start,
            end: self.keys.len(),
            address: node.address(index),
            mark: node.mark(index),
        };
        self.entries.push(entry);
    }
}

/// A range of keys and how far it was read.
#[derive(Debug)]
pub struct Position {
    direction: Direction,
    /// What is next: at or above it going forward, below it going backward; the address breaks ties.
    next: Vec<u8>,
    next_address: u64,
    /// Going backward from above all keys.
    from_top: bool,
    /// Where to stop.
    limit: Bound<Vec<u8>>,
    done: bool,
}

impl Default for Position {
    fn default() -> Self {
        Self {
            direction: Direction::Forward,
            next: Vec::new(),
            next_address: 0,
            from_top: false,
            limit: Bound::Unbounded,
            done: true,
        }
    }
}

impl Position {
    /// What is left of the range, its ends among it.
    pub fn range(&self) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
        // Below (key, MAX) and above (key, 0) is what has the key itself.
        let beyond = match self.direction {
            Direction::Forward => self.next_address == u64::MAX,
            Direction::Backward => self.next_address == 0,
        };
        let next = self.next.clone();
        let next = if beyond { Bound::Excluded(next) } else { Bound::Included(next) };
        match self.direction {
            Direction::Forward => (next, self.limit.clone()),
            Direction::Backward if self.from_top => (self.limit.clone(), Bound::Unbounded),
            Direction::Backward => (self.limit.clone(), next),
        }
    }

    /// Goes to the beginning of a range.
    pub fn reset(&mut self, lower: Bound<&[u8]>, upper: Bound<&[u8]>, direction: Direction) {
        let (from, limit) = match direction {
            Direction::Forward => (lower, upper),
            Direction::Backward => (upper, lower),
        };
        self.direction = direction;
        self.done = false;
        self.next.clear();
        // What is at the key itself lies above (key, 0) and below (key, MAX).
        let inside = direction == Direction::Forward;
        self.from_top = false;
        match from {
            Bound::Included(key) => {
                self.next.extend_from_slice(key);
                self.next_address = if inside { 0 } else { u64::MAX };
            }
            Bound::Excluded(key) => {
                self.next.extend_from_slice(key);
                self.next_address = if inside { u64::MAX } else { 0 };
            }
            Bound::Unbounded => {
                self.next_address = 0;
                self.from_top = direction == Direction::Backward;
            }
        }
        self.limit = limit.map(<[u8]>::to_vec);
    }

    /// Whether the range is read to its end.
    pub fn is_done(&self) -> bool {
        self.done
    }

    fn next_key(&self) -> Key<'_> {
        Key { bytes: &self.next, address: self.next_address }
    }

    /// Whether a key is still inside the limit.
    fn admits(&self, key: &[u8]) -> bool {
        match (&self.limit, self.direction) {
            (Bound::Unbounded, _) => true,
            (Bound::Included(limit), Direction::Forward) => key <= limit.as_slice(),
            (Bound::Excluded(limit), Direction::Forward) => key < limit.as_slice(),
            (Bound::Included(limit), Direction::Backward) => key >= limit.as_slice(),
            (Bound::Excluded(limit), Direction::Backward) => key > limit.as_slice(),
        }
    }
}

impl Tree {
    /// Puts the next leaf's entries of a range into `batch` (there may be none although the range goes on), and returns
    /// the leaf with the [`Pin::version`] it had. XX002 if the tree is damaged.
    pub fn read<'p>(
        &self,
        pool: &'p Pool,
        position: &mut Position,
        batch: &mut Batch,
    ) -> Result<(Pin<'p>, u64)> {
        batch.clear();
        loop {
            let (pin, version) = match position.direction {
                Direction::Forward => {
                    let pin = self.find_leaf(pool, position.next_key())?;
                    let page = pin.read();
                    let leaf = node(&page)?;
                    if !crate::tree::is_leaf_of(leaf, position.next_key()) {
                        continue;
                    }
                    batch.stamp = buffer::page_stamp(&page);
                    let version = pin.version();
                    read_forward(leaf, position, batch);
                    drop(page);
                    (pin, version)
                }
                Direction::Backward => {
                    let pin = self.find_leaf_below(pool, position)?;
                    let page = pin.read();
                    let leaf = node(&page)?;
                    if !leaf.is_leaf() || !holds_below(leaf, position) {
                        continue;
                    }
                    batch.stamp = buffer::page_stamp(&page);
                    let version = pin.version();
                    read_backward(leaf, position, batch);
                    drop(page);
                    (pin, version)
                }
            };
            return Ok((pin, version));
        }
    }

    /// The leaf that holds what is just below the position.
    fn find_leaf_below<'p>(&self, pool: &'p Pool, position: &Position) -> Result<Pin<'p>> {
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
            let key = position.next_key();
            if !position.from_top && found.low().is_some_and(|low| low >= key) {
                page = ROOT_PAGE;
            } else if found.high().is_some_and(|high| position.from_top || high < key) {
                page = found.right();
            } else if found.is_leaf() {
                drop(latched);
                return Ok(pin);
            } else if position.from_top {
                page = found.child(found.count() - 1);
            } else {
                // The last child whose separator is below the position; the first is below all.
                let after = found.search(key).unwrap_or_else(|index| index);
                page = found.child(after.saturating_sub(1));
            }
        }
    }
}

fn holds_below(leaf: Node<'_>, position: &Position) -> bool {
    let key = position.next_key();
    let low = position.from_top || leaf.low().is_none_or(|low| low < key);
    let high = leaf.high().is_none_or(|high| !position.from_top && key <= high);
    low && high
}

fn read_forward(leaf: Node<'_>, position: &mut Position, batch: &mut Batch) {
    let from = leaf.search(position.next_key()).unwrap_or_else(|index| index);
    for index in from..leaf.count() {
        batch.push(leaf, index);
        if let Some(entry) = batch.entries.last().copied()
            && !position.admits(batch.key(entry))
        {
            batch.entries.pop();
            position.done = true;
            return;
        }
    }
    match leaf.high() {
        Some(high) if position.admits(high.bytes) => {
            position.next.clear();
            position.next.extend_from_slice(high.bytes);
            position.next_address = high.address;
        }
        _ => position.done = true,
    }
}

fn read_backward(leaf: Node<'_>, position: &mut Position, batch: &mut Batch) {
    let to = match position.from_top {
        true => leaf.count(),
        false => leaf.search(position.next_key()).unwrap_or_else(|index| index),
    };
    for index in (0..to).rev() {
        batch.push(leaf, index);
        if let Some(entry) = batch.entries.last().copied()
            && !position.admits(batch.key(entry))
        {
            batch.entries.pop();
            position.done = true;
            return;
        }
    }
    position.from_top = false;
    match leaf.low() {
        Some(low) if position.admits(low.bytes) => {
            position.next.clear();
            position.next.extend_from_slice(low.bytes);
            position.next_address = low.address;
        }
        _ => position.done = true,
    }
}
