//! The layout of a node and reading it. After the common page header, little-endian:
//!
//! ```text
//! 24        level        0 for a leaf
//! 26..28    count        of entries
//! 28..30    data start   lowest byte of the data area, which grows down from the page's end
//! 30..32    garbage      bytes of the data area that nothing refers to
//! 32..36    right        the node to the right on this level, 0 if none
//! 36..40    low fence    offset u16, length u16 of key and address; length 0xffff: none
//! 40..44    high fence   likewise
//! 44..46    prefix       how many first bytes all keys here share with both fences; entries leave them out
//! 48..      slots        count times: offset u16, key length u16 (highest bit: marked), head u32
//! ```
//!
//! An entry in the data area is the rest of its key, its address (6 bytes, big-endian) and, in a leaf, the mark's LSN if
//! marked (8 bytes), in an inner node the child (4 bytes). A node holds what is at or above its low fence and below its
//! high fence. In an inner node an entry's child holds what is at or above the entry; the first entry counts as
//! lower than all. The head is the first four bytes of the rest of the key, big-endian, so that most comparisons
//! need no other memory.

use buffer::{HEADER_SIZE, PAGE_SIZE, PageBytes, PageKind, get_u16, get_u32, get_u64, page_kind};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;

pub(crate) const LEVEL: usize = HEADER_SIZE;
pub(crate) const COUNT: usize = 26;
pub(crate) const DATA_START: usize = 28;
pub(crate) const GARBAGE: usize = 30;
pub(crate) const RIGHT: usize = 32;
pub(crate) const LOW: usize = 36;
pub(crate) const HIGH: usize = 40;
pub(crate) const PREFIX: usize = 44;
pub(crate) const SLOTS: usize = 48;
pub(crate) const SLOT_SIZE: usize = 8;
pub(crate) const ADDRESS_SIZE: usize = 6;
pub(crate) const MARK_SIZE: usize = 8;
pub(crate) const CHILD_SIZE: usize = 4;
pub(crate) const MARKED: u16 = 0x8000;
pub(crate) const NO_FENCE: u16 = 0xffff;

/// Page 0 is the tree's own page; offset 24 holds the first free page, 0 if none.
pub(crate) const META_PAGE: u32 = 0;
pub(crate) const META_FREE: usize = HEADER_SIZE;
/// The root never moves.
pub(crate) const ROOT_PAGE: u32 = 1;

/// A place in the order of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) address: u64,
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(other.bytes).then(self.address.cmp(&other.address))
    }
}

/// What an entry carries besides its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    Unmarked,
    Marked(u64),
    Child(u32),
}

/// An entry taken out of a node.
#[derive(Debug, Clone)]
pub(crate) struct Owned {
    pub(crate) key: Vec<u8>,
    pub(crate) address: u64,
    pub(crate) payload: Payload,
}

impl Owned {
    pub(crate) fn key(&self) -> Key<'_> {
        Key { bytes: &self.key, address: self.address }
    }
}

/// A node's page, for reading.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a>(pub(crate) &'a PageBytes);

/// Takes a page for a node. XX002 if it is none.
pub(crate) fn node(page: &PageBytes) -> Result<Node<'_>> {
    match page_kind(page)? {
        PageKind::IndexNode => Ok(Node(page)),
        PageKind::Empty | PageKind::Heap | PageKind::IndexMeta | PageKind::Sequence => {
            Err(Error::new(SqlState::INDEX_CORRUPTED, "index contains a page that is no node"))
        }
    }
}

/// The first four bytes as a number, zeros for those missing.
#[inline]
pub(crate) fn head(bytes: &[u8]) -> u32 {
    match bytes.first_chunk::<4>() {
        Some(chunk) => u32::from_be_bytes(*chunk),
        None => {
            let mut head = [0; 4];
            head[..bytes.len()].copy_from_slice(bytes);
            u32::from_be_bytes(head)
        }
    }
}

#[inline]
pub(crate) fn get_address(bytes: &[u8]) -> u64 {
    let mut wide = [0; 8];
    wide[2..].copy_from_slice(&bytes[..ADDRESS_SIZE]);
    u64::from_be_bytes(wide)
}

impl<'a> Node<'a> {
    #[inline]
    pub(crate) fn level(self) -> u8 {
        self.0[LEVEL]
    }

    #[inline]
    pub(crate) fn is_leaf(self) -> bool {
        self.level() == 0
    }

    #[inline]
    pub(crate) fn count(self) -> usize {
        usize::from(get_u16(self.0, COUNT))
    }

    #[inline]
    pub(crate) fn right(self) -> u32 {
        get_u32(self.0, RIGHT)
    }

    #[inline]
    pub(crate) fn prefix_length(self) -> usize {
        usize::from(get_u16(self.0, PREFIX))
    }

    pub(crate) fn prefix(self) -> &'a [u8] {
        self.low().map_or(&[], |low| &low.bytes[..self.prefix_length()])
    }

    pub(crate) fn low(self) -> Option<Key<'a>> {
        self.fence(LOW)
    }

    pub(crate) fn high(self) -> Option<Key<'a>> {
        self.fence(HIGH)
    }

    #[inline]
    fn fence(self, at: usize) -> Option<Key<'a>> {
        let length = get_u16(self.0, at + 2);
        if length == NO_FENCE {
            return None;
        }
        let offset = usize::from(get_u16(self.0, at));
        let bytes = &self.0[offset..offset + usize::from(length)];
        let (bytes, address) = bytes.split_at(bytes.len() - ADDRESS_SIZE);
        Some(Key { bytes, address: get_address(address) })
    }

    /// Offset, length of the rest of the key, and whether it is marked.
    #[inline]
    pub(crate) fn slot(self, index: usize) -> (usize, usize, bool) {
        let at = SLOTS + SLOT_SIZE * index;
        let length = get_u16(self.0, at + 2);
        (usize::from(get_u16(self.0, at)), usize::from(length & !MARKED), length & MARKED != 0)
    }

    /// The key without the node's prefix.
    #[inline]
    pub(crate) fn rest(self, index: usize) -> &'a [u8] {
        let (offset, length, _) = self.slot(index);
        &self.0[offset..offset + length]
    }

    #[inline]
    pub(crate) fn address(self, index: usize) -> u64 {
        let (offset, length, _) = self.slot(index);
        get_address(&self.0[offset + length..])
    }

    /// The mark's LSN; 0 if it is unmarked.
    #[inline]
    pub(crate) fn mark(self, index: usize) -> u64 {
        let (offset, length, marked) = self.slot(index);
        if marked { get_u64(self.0, offset + length + ADDRESS_SIZE) } else { 0 }
    }

    #[inline]
    pub(crate) fn child(self, index: usize) -> u32 {
        let (offset, length, _) = self.slot(index);
        get_u32(self.0, offset + length + ADDRESS_SIZE)
    }

    pub(crate) fn payload(self, index: usize) -> Payload {
        match (self.is_leaf(), self.mark(index)) {
            (false, _) => Payload::Child(self.child(index)),
            (true, 0) => Payload::Unmarked,
            (true, mark) => Payload::Marked(mark),
        }
    }

    pub(crate) fn owned(self, index: usize) -> Owned {
        let key = [self.prefix(), self.rest(index)].concat();
        Owned { key, address: self.address(index), payload: self.payload(index) }
    }

    /// The bytes of the data area that an entry takes.
    pub(crate) fn data_size(self, index: usize) -> usize {
        let (_, length, marked) = self.slot(index);
        let payload = match (self.is_leaf(), marked) {
            (false, _) => CHILD_SIZE,
            (true, true) => MARK_SIZE,
            (true, false) => 0,
        };
        length + ADDRESS_SIZE + payload
    }

    /// The bytes free for slots and data, once the garbage is collected.
    pub(crate) fn free(self) -> usize {
        let start = usize::from(get_u16(self.0, DATA_START));
        let data_start = if start == 0 { PAGE_SIZE } else { start };
        let slots_end = SLOTS + SLOT_SIZE * self.count();
        data_start - slots_end + usize::from(get_u16(self.0, GARBAGE))
    }

    /// Whether a place is at or above the low fence.
    #[inline]
    pub(crate) fn is_above_low(self, key: Key<'_>) -> bool {
        self.low().is_none_or(|low| low <= key)
    }

    /// Whether a place is below the high fence.
    #[inline]
    pub(crate) fn is_below_high(self, key: Key<'_>) -> bool {
        self.high().is_none_or(|high| key < high)
    }

    #[inline]
    fn compare(self, index: usize, rest: &[u8], rest_head: u32, address: u64) -> Ordering {
        let mine = get_u32(self.0, SLOTS + SLOT_SIZE * index + 4);
        mine.cmp(&rest_head)
            .then_with(|| self.rest(index).cmp(rest))
            .then_with(|| self.address(index).cmp(&address))
    }

    /// Where a place is among the entries, or would be. The place is within the fences.
    #[inline]
    pub(crate) fn search(self, key: Key<'_>) -> Result<usize, usize> {
        let rest = key.bytes.get(self.prefix_length()..).unwrap_or_default();
        let rest_head = head(rest);
        // The first entry of an inner node is below all.
        let (mut from, mut to) = (usize::from(!self.is_leaf()), self.count());
        while from < to {
            let middle = from.midpoint(to);
            match self.compare(middle, rest, rest_head, key.address) {
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Err(from)
    }

    /// The entry of an inner node whose child holds a place.
    #[inline]
    pub(crate) fn child_index(self, key: Key<'_>) -> usize {
        match self.search(key) {
            Ok(index) => index,
            Err(index) => index - 1,
        }
    }

    /// Whether the key of an entry, of any address, begins with these bytes.
    pub(crate) fn has_start(self, index: usize, start: &[u8]) -> bool {
        match start.split_at_checked(self.prefix_length()) {
            Some((prefix, rest)) => prefix == self.prefix() && self.rest(index).starts_with(rest),
            None => self.prefix().starts_with(start),
        }
    }

    /// Where a place is among the entries, or would be; at once if it is behind the last.
    #[inline]
    pub(crate) fn search_from_end(self, key: Key<'_>) -> Result<usize, usize> {
        let count = self.count();
        if let Some(last) = count.checked_sub(1) {
            let rest = key.bytes.get(self.prefix_length()..).unwrap_or_default();
            if self.compare(last, rest, head(rest), key.address) == Ordering::Less {
                return Err(count);
            }
        }
        self.search(key)
    }
}
