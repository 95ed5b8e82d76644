//! Changing a node's page. What is done here is done again, the same way, in recovery.

use crate::node::*;
use buffer::{PAGE_SIZE, PageBytes, PageKind, get_u16, initialise, put_u16, put_u32, put_u64};

#[expect(
    clippy::cast_possible_truncation,
    reason = "offsets and lengths on a page are below 65536"
)]
fn short(value: usize) -> u16 {
    value as u16
}

/// Makes a page an empty node.
pub(crate) fn format(
    page: &mut PageBytes,
    level: u8,
    right: u32,
    low: Option<Key<'_>>,
    high: Option<Key<'_>>,
) {
    initialise(page, PageKind::IndexNode);
    page[LEVEL] = level;
    put_u16(page, DATA_START, short(PAGE_SIZE));
    put_u32(page, RIGHT, right);
    put_fence(page, LOW, low);
    put_fence(page, HIGH, high);
    let prefix = match (low, high) {
        (Some(low), Some(high)) => {
            low.bytes.iter().zip(high.bytes).take_while(|(one, other)| one == other).count()
        }
        _ => 0,
    };
    put_u16(page, PREFIX, short(prefix));
}

fn put_fence(page: &mut PageBytes, at: usize, fence: Option<Key<'_>>) {
    match fence {
        None => put_u16(page, at + 2, NO_FENCE),
        Some(key) => {
            let size = key.bytes.len() + ADDRESS_SIZE;
            let offset = usize::from(get_u16(page, DATA_START)) - size;
            put_u16(page, DATA_START, short(offset));
            page[offset..offset + key.bytes.len()].copy_from_slice(key.bytes);
            put_address(page, offset + key.bytes.len(), key.address);
            put_u16(page, at, short(offset));
            put_u16(page, at + 2, short(size));
        }
    }
}

fn put_address(page: &mut PageBytes, at: usize, address: u64) {
    page[at..at + ADDRESS_SIZE].copy_from_slice(&address.to_be_bytes()[2..]);
}

/// The room that an entry takes, slot and data, where its key loses so long a prefix.
pub(crate) fn entry_size(key: &[u8], prefix: usize, payload: Payload) -> usize {
    SLOT_SIZE + key.len().saturating_sub(prefix) + ADDRESS_SIZE + payload_size(payload)
}

fn payload_size(payload: Payload) -> usize {
    match payload {
        Payload::Unmarked => 0,
        Payload::Marked(_) => MARK_SIZE,
        Payload::Child(_) => CHILD_SIZE,
    }
}

/// Adds an entry at an index. There is room for it.
pub(crate) fn insert_at(page: &mut PageBytes, index: usize, key: Key<'_>, payload: Payload) {
    let prefix = Node(page).prefix_length();
    let count = Node(page).count();
    let rest = key.bytes.get(prefix..).unwrap_or_default();
    let size = rest.len() + ADDRESS_SIZE + payload_size(payload);
    let slots_end = SLOTS + SLOT_SIZE * (count + 1);
    if usize::from(get_u16(page, DATA_START)) < slots_end + size {
        collect_garbage(page);
    }
    let start = usize::from(get_u16(page, DATA_START));
    assert!(start >= slots_end + size, "no room for an index entry: {start} {slots_end} {size}");
    let offset = start - size;
    put_u16(page, DATA_START, short(offset));
    page[offset..offset + rest.len()].copy_from_slice(rest);
    let mut at = offset + rest.len();
    put_address(page, at, key.address);
    at += ADDRESS_SIZE;
    let mut length = short(rest.len());
    match payload {
        Payload::Unmarked => {}
        Payload::Marked(lsn) => {
            length |= MARKED;
            put_u64(page, at, lsn);
        }
        Payload::Child(child) => put_u32(page, at, child),
    }
    let slot = SLOTS + SLOT_SIZE * index;
    page.copy_within(slot..slots_end - SLOT_SIZE, slot + SLOT_SIZE);
    put_u16(page, slot, short(offset));
    put_u16(page, slot + 2, length);
    put_u32(page, slot + 4, head(rest));
    put_u16(page, COUNT, short(count + 1));
}

/// Removes the entry at an index.
pub(crate) fn remove_at(page: &mut PageBytes, index: usize) {
    let node = Node(page);
    let (count, size) = (node.count(), node.data_size(index));
    let garbage = usize::from(get_u16(page, GARBAGE)) + size;
    put_u16(page, GARBAGE, short(garbage));
    let slot = SLOTS + SLOT_SIZE * index;
    page.copy_within(slot + SLOT_SIZE..SLOTS + SLOT_SIZE * count, slot);
    put_u16(page, COUNT, short(count - 1));
}

/// Gives an entry another payload.
pub(crate) fn set_payload(page: &mut PageBytes, index: usize, payload: Payload) {
    let entry = Node(page).owned(index);
    remove_at(page, index);
    insert_at(page, index, entry.key(), payload);
}

/// Makes the page anew with these fences and those of its entries.
pub(crate) fn rebuild(
    page: &mut PageBytes,
    entries: &[Owned],
    right: u32,
    low: Option<Key<'_>>,
    high: Option<Key<'_>>,
) {
    let level = Node(page).level();
    format(page, level, right, low, high);
    for (index, entry) in entries.iter().enumerate() {
        insert_at(page, index, entry.key(), entry.payload);
    }
}

/// All entries of a node.
pub(crate) fn entries(page: &PageBytes) -> Vec<Owned> {
    (0..Node(page).count()).map(|index| Node(page).owned(index)).collect()
}

fn collect_garbage(page: &mut PageBytes) {
    let copy = Box::new(*page);
    let old = Node(&copy);
    format(page, old.level(), old.right(), old.low(), old.high());
    let mut start = usize::from(get_u16(page, DATA_START));
    for index in 0..old.count() {
        let (offset, ..) = old.slot(index);
        let size = old.data_size(index);
        start -= size;
        page[start..start + size].copy_from_slice(&copy[offset..offset + size]);
        let slot = SLOTS + SLOT_SIZE * index;
        page[slot..slot + SLOT_SIZE].copy_from_slice(&copy[slot..slot + SLOT_SIZE]);
        put_u16(page, slot, short(start));
    }
    put_u16(page, DATA_START, short(start));
    put_u16(page, COUNT, short(old.count()));
}
