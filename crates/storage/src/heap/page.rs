//! The heap's page and the changes of it. After the common header, little-endian:
//!
//! ```text
//! 24..26     slot count
//! 26..28     data start   lowest byte of the data area, which grows down from the page's end
//! 28..30     garbage      bytes of the data area that no slot refers to
//! 30..32     free slots   how many slots below the count are free
//! 32..       slots        offset u16 (0: free), capacity u16 of the body
//! ```
//!
//! In the data area, a row:
//!
//! ```text
//! 0..8       xid          the transaction that made this version
//! 8..16      version      LSN of the record that made it
//! 16..18     length       of the body
//! 18         flags        deleted, forward, moved, key changed
//! 19         zero
//! 20..       body         and unused bytes up to the capacity
//! ```
//!
//! A forwarded row's body is the address of the slot that has its real body; there it has the back address in front.
//! A slot keeps its capacity until its writer has finished, so that a rollback always fits.

use crate::codec::{Decoder, damaged, put, put_bytes};
use crate::{RowAddress, Version, Xid};
use buffer::{PAGE_SIZE, PageBytes, PageKind, get_u16, get_u64, initialise, put_u16, put_u64};
use error::Result;

const SLOT_COUNT: usize = buffer::HEADER_SIZE;
const DATA_START: usize = 26;
const GARBAGE: usize = 28;
const FREE_SLOTS: usize = 30;
const SLOTS: usize = 32;
const SLOT_SIZE: usize = 4;

const XID: usize = 0;
const VERSION: usize = 8;
const LENGTH: usize = 16;
const FLAGS: usize = 18;
const ROW_HEADER: usize = 20;

/// The size of an address in a body.
pub(crate) const POINTER_SIZE: usize = 6;
/// The largest body that fits a page.
pub(crate) const BODY_MAX: usize = PAGE_SIZE - SLOTS - SLOT_SIZE - ROW_HEADER - POINTER_SIZE;
/// What a row takes of a page besides its body.
pub(crate) const ROW_OVERHEAD: usize = SLOT_SIZE + ROW_HEADER;

/// The row was deleted by its xid.
pub(crate) const DELETED: u8 = 1;
/// The body is the address of the real one.
pub(crate) const FORWARD: u8 = 2;
/// This is a body that belongs to a row elsewhere.
pub(crate) const MOVED: u8 = 4;
/// The version's writer changed a key, or deleted the row.
pub(crate) const KEY_CHANGED: u8 = 8;

/// A row as it stands in a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) xid: Xid,
    pub(crate) version: Version,
    pub(crate) flags: u8,
    pub(crate) capacity: usize,
    pub(crate) body: &'a [u8],
}

impl Row<'_> {
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Where the real body is, of a forwarded row; and of a moved body, where its row is.
    pub(crate) fn pointer(&self) -> RowAddress {
        get_pointer(self.body)
    }
}

/// The address at the start of a body.
pub(crate) fn get_pointer(body: &[u8]) -> RowAddress {
    let mut wide = [0; 8];
    let size = POINTER_SIZE.min(body.len());
    wide[..size].copy_from_slice(&body[..size]);
    RowAddress::from_u64(u64::from_le_bytes(wide))
}

/// An address as it stands in a body.
pub(crate) fn pointer(address: RowAddress) -> [u8; POINTER_SIZE] {
    let bytes = address.to_u64().to_le_bytes();
    let mut pointer = [0; POINTER_SIZE];
    pointer.copy_from_slice(&bytes[..POINTER_SIZE]);
    pointer
}

/// How many slots the page has.
#[inline]
pub(crate) fn slot_count(page: &PageBytes) -> u16 {
    get_u16(page, SLOT_COUNT)
}

/// The row in a slot; `None` if there is none.
#[inline]
pub(crate) fn row(page: &PageBytes, slot: u16) -> Option<Row<'_>> {
    if slot >= slot_count(page) {
        return None;
    }
    let at = SLOTS + SLOT_SIZE * usize::from(slot);
    let offset = usize::from(get_u16(page, at));
    if offset == 0 {
        return None;
    }
    let bytes = page.get(offset..).filter(|bytes| bytes.len() >= ROW_HEADER)?;
    let length = usize::from(get_u16(bytes, LENGTH));
    Some(Row {
        xid: Xid(get_u64(bytes, XID)),
        version: Version(get_u64(bytes, VERSION)),
        flags: bytes[FLAGS],
        capacity: usize::from(get_u16(page, at + 2)),
        body: bytes.get(ROW_HEADER..ROW_HEADER + length)?,
    })
}

/// The bytes free for rows and slots, once the garbage is collected.
pub(crate) fn free_bytes(page: &PageBytes) -> usize {
    data_start(page) - slots_end(page) + usize::from(get_u16(page, GARBAGE))
}

/// The slot that the next row gets.
pub(crate) fn next_slot(page: &PageBytes) -> u16 {
    let count = slot_count(page);
    if get_u16(page, FREE_SLOTS) == 0 {
        return count;
    }
    (0..count).find(|slot| row(page, *slot).is_none()).unwrap_or(count)
}

/// The capacity that a body gets: room for a pointer at least.
pub(crate) fn capacity_for(length: usize) -> usize {
    length.max(POINTER_SIZE)
}

fn data_start(page: &PageBytes) -> usize {
    match get_u16(page, DATA_START) {
        0 => PAGE_SIZE,
        start => usize::from(start),
    }
}

fn slots_end(page: &PageBytes) -> usize {
    SLOTS + SLOT_SIZE * usize::from(slot_count(page))
}

/// Whose a version is, in an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// That of the record: its transaction and its LSN.
    Own,
    /// An older one, restored.
    Of(Xid, Version),
}

const PUT: u8 = 1;
const PATCH: u8 = 2;
const HEADER: u8 = 3;
const FREE: u8 = 4;
const TRIM: u8 = 5;

/// Part of a body to be replaced: what lies between the first `prefix` and the last `suffix` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delta<'a> {
    pub(crate) prefix: usize,
    pub(crate) suffix: usize,
    pub(crate) middle: &'a [u8],
}

impl<'a> Delta<'a> {
    /// What makes `to` of `from`.
    pub(crate) fn between(from: &[u8], to: &'a [u8]) -> Self {
        let both = from.len().min(to.len());
        let prefix = from.iter().zip(to).take_while(|(one, other)| one == other).count();
        let tails = from.iter().rev().zip(to.iter().rev()).take(both - prefix);
        let suffix = tails.take_while(|(one, other)| one == other).count();
        Self { prefix, suffix, middle: &to[prefix..to.len() - suffix] }
    }

    /// Replaces everything.
    pub(crate) fn whole(to: &'a [u8]) -> Self {
        Self { prefix: 0, suffix: 0, middle: to }
    }

    /// Makes the new body. XX001 if the old one is too short.
    pub(crate) fn apply(&self, from: &[u8], to: &mut Vec<u8>) -> Result<()> {
        let head = from.get(..self.prefix).ok_or_else(damaged)?;
        let tail = from.len().checked_sub(self.suffix).and_then(|at| from.get(at..));
        to.clear();
        to.extend_from_slice(head);
        to.extend_from_slice(self.middle);
        to.extend_from_slice(tail.ok_or_else(damaged)?);
        Ok(())
    }

    pub(crate) fn put(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.prefix as u64);
        put(bytes, self.suffix as u64);
        put_bytes(bytes, self.middle);
    }

    pub(crate) fn decode(decoder: &mut Decoder<'a>) -> Result<Self> {
        Ok(Self { prefix: decoder.usize()?, suffix: decoder.usize()?, middle: decoder.bytes()? })
    }
}

fn put_stamp(bytes: &mut Vec<u8>, stamp: Stamp) {
    match stamp {
        Stamp::Own => bytes.push(0),
        Stamp::Of(xid, version) => {
            bytes.push(1);
            put(bytes, xid.0);
            put(bytes, version.0);
        }
    }
}

/// Writes the operation that puts a row into a free slot.
pub(crate) fn put_row(bytes: &mut Vec<u8>, slot: u16, flags: u8, body: &[&[u8]]) {
    bytes.push(PUT);
    put(bytes, u64::from(slot));
    bytes.push(flags);
    put(bytes, body.iter().map(|part| part.len() as u64).sum());
    for part in body {
        bytes.extend_from_slice(part);
    }
}

/// Writes the operation that changes a row's body and header. Its capacity grows if need be.
pub(crate) fn put_patch(bytes: &mut Vec<u8>, slot: u16, stamp: Stamp, flags: u8, delta: Delta<'_>) {
    bytes.push(PATCH);
    put(bytes, u64::from(slot));
    put_stamp(bytes, stamp);
    bytes.push(flags);
    delta.put(bytes);
}

/// Writes the operation that changes a row's header.
pub(crate) fn put_header(bytes: &mut Vec<u8>, slot: u16, stamp: Stamp, flags: u8) {
    bytes.push(HEADER);
    put(bytes, u64::from(slot));
    put_stamp(bytes, stamp);
    bytes.push(flags);
}

/// Writes the operation that frees a slot.
pub(crate) fn put_free(bytes: &mut Vec<u8>, slot: u16) {
    bytes.push(FREE);
    put(bytes, u64::from(slot));
}

/// Writes the operation that takes from a slot the capacity that it does not use.
pub(crate) fn put_trim(bytes: &mut Vec<u8>, slot: u16) {
    bytes.push(TRIM);
    put(bytes, u64::from(slot));
}

/// Does operations to their page, as part of the record of `xid` that starts at `start`. XX001 if they do not fit it.
pub(crate) fn apply(
    page: &mut PageBytes,
    operations: &[u8],
    xid: Xid,
    start: Version,
) -> Result<()> {
    if buffer::page_kind(page)? == PageKind::Empty {
        initialise(page, PageKind::Heap);
        put_u16(page, DATA_START, short(PAGE_SIZE));
    }
    let mut decoder = Decoder(operations);
    while !decoder.is_empty() {
        let kind = decoder.u8()?;
        let slot = decoder.u16()?;
        match kind {
            PUT => {
                let flags = decoder.u8()?;
                let body = decoder.bytes()?;
                add_row(page, slot, body.len())?;
                set_header(page, slot, xid, start, flags);
                set_body(page, slot, body);
            }
            PATCH => {
                let (xid, version) = stamp(&mut decoder, xid, start)?;
                let flags = decoder.u8()?;
                let delta = Delta::decode(&mut decoder)?;
                patch(page, slot, &delta)?;
                set_header(page, slot, xid, version, flags);
            }
            HEADER => {
                let (xid, version) = stamp(&mut decoder, xid, start)?;
                let flags = decoder.u8()?;
                row(page, slot).ok_or_else(damaged)?;
                set_header(page, slot, xid, version, flags);
            }
            FREE => free(page, slot)?,
            TRIM => trim(page, slot)?,
            _ => return Err(damaged()),
        }
    }
    buffer::raise_stamp(page, xid.0);
    Ok(())
}

fn stamp(decoder: &mut Decoder<'_>, xid: Xid, start: Version) -> Result<(Xid, Version)> {
    match decoder.u8()? {
        0 => Ok((xid, start)),
        1 => Ok((Xid(decoder.u64()?), Version(decoder.u64()?))),
        _ => Err(damaged()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "offsets and lengths on a page are below 65536"
)]
fn short(value: usize) -> u16 {
    value as u16
}

fn slot_at(slot: u16) -> usize {
    SLOTS + SLOT_SIZE * usize::from(slot)
}

fn offset_of(page: &PageBytes, slot: u16) -> usize {
    usize::from(get_u16(page, slot_at(slot)))
}

fn set_header(page: &mut PageBytes, slot: u16, xid: Xid, version: Version, flags: u8) {
    let offset = offset_of(page, slot);
    put_u64(page, offset + XID, xid.0);
    put_u64(page, offset + VERSION, version.0);
    page[offset + FLAGS] = flags;
    page[offset + FLAGS + 1] = 0;
}

fn set_body(page: &mut PageBytes, slot: u16, body: &[u8]) {
    let offset = offset_of(page, slot);
    put_u16(page, offset + LENGTH, short(body.len()));
    page[offset + ROW_HEADER..offset + ROW_HEADER + body.len()].copy_from_slice(body);
}

/// Gives a free slot room for a body.
fn add_row(page: &mut PageBytes, slot: u16, length: usize) -> Result<()> {
    let count = slot_count(page);
    if slot > count || row(page, slot).is_some() {
        return Err(damaged());
    }
    let capacity = capacity_for(length);
    let new_slot = if slot == count { SLOT_SIZE } else { 0 };
    if free_bytes(page) < new_slot + ROW_HEADER + capacity {
        return Err(damaged());
    }
    if data_start(page) < slots_end(page) + new_slot + ROW_HEADER + capacity {
        compact(page);
    }
    if slot == count {
        put_u16(page, SLOT_COUNT, count + 1);
    } else {
        let free_slots = get_u16(page, FREE_SLOTS);
        put_u16(page, FREE_SLOTS, free_slots.saturating_sub(1));
    }
    place(page, slot, capacity);
    Ok(())
}

/// Gives a slot the next bytes of the data area, which are there.
fn place(page: &mut PageBytes, slot: u16, capacity: usize) {
    let offset = data_start(page) - ROW_HEADER - capacity;
    put_u16(page, DATA_START, short(offset));
    put_u16(page, slot_at(slot), short(offset));
    put_u16(page, slot_at(slot) + 2, short(capacity));
}

fn add_garbage(page: &mut PageBytes, size: usize) {
    let garbage = usize::from(get_u16(page, GARBAGE)) + size;
    put_u16(page, GARBAGE, short(garbage));
}

fn patch(page: &mut PageBytes, slot: u16, delta: &Delta<'_>) -> Result<()> {
    let old = row(page, slot).ok_or_else(damaged)?;
    let same_place = old.body.len() == delta.prefix + delta.middle.len() + delta.suffix;
    if same_place {
        let at = offset_of(page, slot) + ROW_HEADER + delta.prefix;
        page[at..at + delta.middle.len()].copy_from_slice(delta.middle);
        return Ok(());
    }
    let mut body = Vec::new();
    delta.apply(old.body, &mut body)?;
    let capacity = old.capacity;
    if body.len() > capacity {
        // The old room is garbage first, so that the page needs no more than the difference.
        add_garbage(page, ROW_HEADER + capacity);
        put_u16(page, slot_at(slot), 0);
        if free_bytes(page) < ROW_HEADER + body.len() {
            return Err(damaged());
        }
        if data_start(page) < slots_end(page) + ROW_HEADER + body.len() {
            compact(page);
        }
        place(page, slot, body.len());
    }
    set_body(page, slot, &body);
    Ok(())
}

fn free(page: &mut PageBytes, slot: u16) -> Result<()> {
    let capacity = row(page, slot).ok_or_else(damaged)?.capacity;
    add_garbage(page, ROW_HEADER + capacity);
    put_u16(page, slot_at(slot), 0);
    put_u16(page, slot_at(slot) + 2, 0);
    let free_slots = get_u16(page, FREE_SLOTS);
    put_u16(page, FREE_SLOTS, free_slots + 1);
    Ok(())
}

fn trim(page: &mut PageBytes, slot: u16) -> Result<()> {
    let old = row(page, slot).ok_or_else(damaged)?;
    let (capacity, kept) = (old.capacity, capacity_for(old.body.len()));
    add_garbage(page, capacity.saturating_sub(kept));
    put_u16(page, slot_at(slot) + 2, short(kept));
    Ok(())
}

/// Moves all rows together, so that the free bytes are in one piece.
fn compact(page: &mut PageBytes) {
    let copy = Box::new(*page);
    let mut start = PAGE_SIZE;
    for slot in 0..slot_count(&copy) {
        let offset = offset_of(&copy, slot);
        if offset == 0 {
            continue;
        }
        let size = ROW_HEADER + usize::from(get_u16(&copy[..], slot_at(slot) + 2));
        start -= size;
        page[start..start + size].copy_from_slice(&copy[offset..offset + size]);
        put_u16(page, slot_at(slot), short(start));
    }
    put_u16(page, DATA_START, short(start));
    put_u16(page, GARBAGE, 0);
}

/// Checks the page's own invariants, for tests. XX001 with what is wrong.
pub(crate) fn check(page: &PageBytes) -> Result<()> {
    if buffer::page_kind(page)? == PageKind::Empty {
        return Ok(());
    }
    let mut used = 0;
    let mut free_slots = 0;
    for slot in 0..slot_count(page) {
        match row(page, slot) {
            None => free_slots += 1,
            Some(row) if row.body.len() > row.capacity => {
                return Err(error::Error::corrupted("row is longer than its room"));
            }
            Some(row) => used += ROW_HEADER + row.capacity,
        }
    }
    let whole = slots_end(page) + free_bytes(page) + used == PAGE_SIZE;
    if whole && free_slots == usize::from(get_u16(page, FREE_SLOTS)) {
        Ok(())
    } else {
        Err(error::Error::corrupted("heap page's space is miscounted"))
    }
}
