//! The changes of single pages as they stand in log records, and doing them: when they are made, and in recovery.
//!
//! An operation is its kind (u8), then its fields, little-endian. A key is length u16, bytes, address u64.

use crate::edit;
use crate::node::*;
use buffer::{
    PAGE_SIZE, PageBytes, PageKind, get_u16, get_u32, get_u64, initialise, page_stamp, put_u32,
    put_u64,
};
use error::{Error, Result, SqlState};

const INSERT: u8 = 1;
const REMOVE: u8 = 2;
const SET_MARK: u8 = 3;
const IMAGE: u8 = 4;
const TRUNCATE: u8 = 5;
const INSERT_CHILD: u8 = 6;
const META: u8 = 7;
const INSERT_RUN: u8 = 8;

/// A mark in an operation: none, this LSN, or that of the record itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    Lsn(u64),
    Own,
}

/// Writes operations one after the other into one buffer.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    bytes: Vec<u8>,
    ends: Vec<(u32, usize)>,
}

impl Operations {
    /// Begins an operation on a page.
    fn begin(&mut self, page: u32, kind: u8) {
        self.bytes.push(kind);
        self.ends.push((page, 0));
    }

    fn end(&mut self) {
        let end = self.bytes.len();
        if let Some(last) = self.ends.last_mut() {
            last.1 = end;
        }
    }

    fn key(&mut self, key: Key<'_>) {
        let length = u16::try_from(key.bytes.len()).unwrap_or(u16::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(key.bytes);
        self.bytes.extend_from_slice(&key.address.to_le_bytes());
    }

    fn mark(&mut self, mark: Mark) {
        let (tag, lsn) = match mark {
            Mark::None => (0, 0),
            Mark::Lsn(lsn) => (1, lsn),
            Mark::Own => (2, 0),
        };
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&lsn.to_le_bytes());
    }

    pub(crate) fn insert(&mut self, page: u32, key: Key<'_>, mark: Mark) {
        self.begin(page, INSERT);
        self.key(key);
        self.mark(mark);
        self.end();
    }

    /// Several new entries of a leaf, ascending, without marks.
    pub(crate) fn insert_run<'k>(&mut self, page: u32, keys: impl Iterator<Item = Key<'k>>) {
        self.begin(page, INSERT_RUN);
        keys.for_each(|key| self.key(key));
        self.end();
    }

    pub(crate) fn remove(&mut self, page: u32, key: Key<'_>) {
        self.begin(page, REMOVE);
        self.key(key);
        self.end();
    }

    pub(crate) fn set_mark(&mut self, page: u32, key: Key<'_>, mark: Mark) {
        self.begin(page, SET_MARK);
        self.key(key);
        self.mark(mark);
        self.end();
    }

    /// The whole content: what is used of the page.
    pub(crate) fn image(&mut self, page: u32, content: &PageBytes) {
        self.begin(page, IMAGE);
        let slots_end = SLOTS + SLOT_SIZE * Node(content).count();
        let data_start = usize::from(get_u16(content, DATA_START));
        self.bytes.extend_from_slice(&page_stamp(content).to_le_bytes());
        self.bytes.extend_from_slice(&content[LEVEL..slots_end]);
        self.bytes.extend_from_slice(&content[data_start..]);
        self.end();
    }

    /// Keeps the first `count` entries of a node that is split.
    pub(crate) fn truncate(&mut self, page: u32, count: usize, right: u32, high: Key<'_>) {
        self.begin(page, TRUNCATE);
        self.bytes.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
        self.bytes.extend_from_slice(&right.to_le_bytes());
        self.key(high);
        self.end();
    }

    pub(crate) fn insert_child(&mut self, page: u32, key: Key<'_>, child: u32) {
        self.begin(page, INSERT_CHILD);
        self.key(key);
        self.bytes.extend_from_slice(&child.to_le_bytes());
        self.end();
    }

    pub(crate) fn meta(&mut self, free: u32) {
        self.begin(META_PAGE, META);
        self.bytes.extend_from_slice(&free.to_le_bytes());
        self.end();
    }

    /// Each operation with its page.
    pub(crate) fn list(&self) -> Vec<(u32, &[u8])> {
        let mut start = 0;
        let slice = |(page, end): &(u32, usize)| {
            (*page, &self.bytes[std::mem::replace(&mut start, *end)..*end])
        };
        self.ends.iter().map(slice).collect()
    }
}

/// Reads an operation's fields.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16> {
        Ok(get_u16(self.take(2)?, 0))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(get_u32(self.take(4)?, 0))
    }

    fn u64(&mut self) -> Result<u64> {
        Ok(get_u64(self.take(8)?, 0))
    }

    fn key(&mut self) -> Result<Key<'a>> {
        let length = usize::from(self.u16()?);
        let bytes = self.take(length)?;
        Ok(Key { bytes, address: self.u64()? })
    }

    fn payload(&mut self, record_start: u64) -> Result<Payload> {
        let (tag, lsn) = (self.u8()?, self.u64()?);
        match tag {
            0 => Ok(Payload::Unmarked),
            1 => Ok(Payload::Marked(lsn)),
            2 => Ok(Payload::Marked(record_start)),
            _ => Err(damaged()),
        }
    }
}

#[cold]
fn damaged() -> Error {
    Error::new(SqlState::INDEX_CORRUPTED, "an index change in the log does not fit its page")
}

/// Does an operation to its page, as part of the record that starts at `record_start`. XX002 if it does not fit the page.
pub fn apply(page: &mut PageBytes, operation: &[u8], record_start: u64) -> Result<()> {
    let mut fields = Fields(operation);
    match fields.u8()? {
        INSERT => {
            let (key, payload) = (fields.key()?, fields.payload(record_start)?);
            let index = node(page)?.search(key).err().ok_or_else(damaged)?;
            edit::insert_at(page, index, key, payload);
        }
        INSERT_RUN => {
            while !fields.0.is_empty() {
                let key = fields.key()?;
                let index = node(page)?.search_from_end(key).err().ok_or_else(damaged)?;
                edit::insert_at(page, index, key, Payload::Unmarked);
            }
        }
        REMOVE => {
            let index = node(page)?.search(fields.key()?).map_err(|_| damaged())?;
            edit::remove_at(page, index);
        }
        SET_MARK => {
            let (key, payload) = (fields.key()?, fields.payload(record_start)?);
            let index = node(page)?.search(key).map_err(|_| damaged())?;
            edit::set_payload(page, index, payload);
        }
        IMAGE => apply_image(page, &mut fields)?,
        TRUNCATE => {
            let (count, right, high) = (usize::from(fields.u16()?), fields.u32()?, fields.key()?);
            let mut entries = edit::entries(page);
            entries.truncate(count);
            let copy = Box::new(*page);
            edit::rebuild(page, &entries, right, Node(&copy).low(), Some(high));
        }
        INSERT_CHILD => {
            let (key, child) = (fields.key()?, fields.u32()?);
            let index = node(page)?.search(key).err().ok_or_else(damaged)?;
            edit::insert_at(page, index, key, Payload::Child(child));
        }
        META => {
            initialise(page, PageKind::IndexMeta);
            put_u32(page, META_FREE, fields.u32()?);
        }
        _ => return Err(damaged()),
    }
    Ok(())
}

fn apply_image(page: &mut PageBytes, fields: &mut Fields<'_>) -> Result<()> {
    let stamp = fields.u64()?.max(page_stamp(page));
    let header = fields.0.get(..SLOTS - LEVEL).ok_or_else(damaged)?;
    let slots_end = SLOTS + SLOT_SIZE * usize::from(get_u16(header, COUNT - LEVEL));
    let data_start = usize::from(get_u16(header, DATA_START - LEVEL));
    if data_start > PAGE_SIZE || slots_end > data_start {
        return Err(damaged());
    }
    initialise(page, PageKind::IndexNode);
    put_u64(page, buffer::STAMP, stamp);
    page[LEVEL..slots_end].copy_from_slice(fields.take(slots_end - LEVEL)?);
    page[data_start..].copy_from_slice(fields.take(PAGE_SIZE - data_start)?);
    Ok(())
}

/// The stamp of a page: the highest writer it ever had.
pub fn stamp_of(page: &PageBytes) -> u64 {
    page_stamp(page)
}
