//! Values out of line: what would make a row too long is kept in a file beside the heap, as a chain of chunks.
//!
//! The file is a heap itself, made at the first such value, and a chunk is a row of it that only its chain leads to: so
//! logging, rollback and recovery are those of rows. A row holds a pointer in place of the value:
//!
//! ```text
//! 0..4      the value's length
//! 4..8      its length as stored; less than the former if it is compressed (LZ4)
//! 8..20     the value's id: the transaction that wrote it u64, a number within it u32
//! 20..26    the address of the first chunk
//! ```
//!
//! A chunk is the value's id, the address of the next one (all ones for none), then bytes. Ids are never reused, and
//! a chunk whose id is another is not the value's. Nobody looks at the visibility of a chunk: who sees the row sees the
//! value. What an update or a delete lets go of is named in its record, and freed by purge; a rollback frees what was written.

use crate::codec::damaged;
use crate::heap::page::{self, BODY_MAX, POINTER_SIZE, get_pointer, pointer};
use crate::record::{self, Kind};
use crate::row::{Column, RowBuilder, external_pointers};
use crate::transaction::header;
use crate::{Lsn, RelationId, RowAddress, Storage, Transaction, Xid};
use buffer::get_u32;
use error::{Error, Result};
use wal::Urgency;

/// The size of a pointer to a value out of line.
pub(crate) const EXTERNAL_SIZE: usize = 26;
/// A row longer than this has its largest values moved out of line.
pub(crate) const ROW_SIZE_WANTED: usize = 4000;
/// Values shorter than this stay in the row.
const MOVED_MIN: usize = 64;
/// Values shorter than this are not compressed.
const COMPRESSED_MIN: usize = 128;

const STORED: usize = 4;
const ID: usize = 8;
const FIRST: usize = 20;
const _: () = assert!(FIRST + POINTER_SIZE == EXTERNAL_SIZE);

const ID_SIZE: usize = FIRST - ID;
const CHUNK_HEADER: usize = ID_SIZE + POINTER_SIZE;
const CHUNK_MAX: usize = BODY_MAX - CHUNK_HEADER;
const NO_CHUNK: u64 = (1 << 48) - 1;

/// The bit of a file's number that tells the file of a heap's large values.
pub(crate) const LARGE_FILE: u32 = 1 << 31;

/// Where a value out of line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct External {
    length: u32,
    stored: u32,
    id: [u8; ID_SIZE],
    first: RowAddress,
}

impl External {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.len() != EXTERNAL_SIZE {
            return Err(damaged());
        }
        let mut id = [0; ID_SIZE];
        id.copy_from_slice(&bytes[ID..FIRST]);
        let (length, stored) = (get_u32(bytes, 0), get_u32(bytes, STORED));
        Ok(Self { length, stored, id, first: get_pointer(&bytes[FIRST..]) })
    }

    fn encode(&self) -> [u8; EXTERNAL_SIZE] {
        let mut bytes = [0; EXTERNAL_SIZE];
        bytes[..STORED].copy_from_slice(&self.length.to_le_bytes());
        bytes[STORED..ID].copy_from_slice(&self.stored.to_le_bytes());
        bytes[ID..FIRST].copy_from_slice(&self.id);
        bytes[FIRST..].copy_from_slice(&pointer(self.first));
        bytes
    }
}

/// The file of a heap's large values.
pub(crate) fn large_file(heap: RelationId) -> RelationId {
    RelationId { file: heap.file | LARGE_FILE, ..heap }
}

/// The pointers of `old` that `new` has no more, one after the other.
pub(crate) fn let_go(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut gone = Vec::new();
    for each in external_pointers(old) {
        if !external_pointers(new).any(|kept| kept[ID..FIRST] == each[ID..FIRST]) {
            gone.extend_from_slice(each);
        }
    }
    gone
}

/// The pointers that a record says were let go of.
pub(crate) fn pointers(bytes: &[u8]) -> impl Iterator<Item = Result<External>> + '_ {
    bytes.chunks(EXTERNAL_SIZE).map(External::decode)
}

/// A chunk's bytes, if it is one of this value, and the address of the next one.
fn chunk<'a>(body: &'a [u8], id: &[u8; ID_SIZE]) -> Option<(&'a [u8], Option<RowAddress>)> {
    if body.len() < CHUNK_HEADER || body[..ID_SIZE] != *id {
        return None;
    }
    let next = get_pointer(&body[ID_SIZE..CHUNK_HEADER]);
    Some((&body[CHUNK_HEADER..], (next.to_u64() != NO_CHUNK).then_some(next)))
}

/// The length of a value out of line, by what [`Column::External`] holds.
pub fn external_length(pointer: &[u8]) -> usize {
    if pointer.len() == EXTERNAL_SIZE { get_u32(pointer, 0) as usize } else { 0 }
}

/// How many chunks a value out of line has.
pub fn external_chunk_count(pointer: &[u8]) -> usize {
    External::decode(pointer).map_or(0, |external| (external.stored as usize).div_ceil(CHUNK_MAX))
}

impl Storage {
    /// A value out of line, by what [`Column::External`] holds; under no latch, with a snapshot that saw its row still there.
    /// XX001 if it is damaged or gone.
    pub fn read_external(&self, heap: RelationId, pointer: &[u8]) -> Result<Vec<u8>> {
        let external = External::decode(pointer)?;
        let mut stored = Vec::with_capacity(external.stored as usize);
        let mut next = Some(external.first);
        while let Some(at) = next {
            let pin = self.heap_pin(large_file(heap), at.page)?;
            let latched = pin.read();
            let found = page::row(&latched, at.slot).and_then(|row| chunk(row.body, &external.id));
            let Some((bytes, after)) = found else {
                return Err(Error::corrupted(format!("a large value of {heap} lacks a chunk")));
            };
            stored.extend_from_slice(bytes);
            next = after;
            if stored.len() > external.stored as usize {
                break;
            }
        }
        let wrong = || Error::corrupted(format!("a large value of {heap} has a wrong length"));
        if stored.len() != external.stored as usize {
            return Err(wrong());
        }
        if external.stored == external.length {
            return Ok(stored);
        }
        let value = lz4_flex::block::decompress(&stored, external.length as usize);
        value.ok().filter(|value| value.len() == external.length as usize).ok_or_else(wrong)
    }

    /// The bytes of a column wherever they are; `None` for NULL and for a column that the row is too old to have.
    pub fn read_column(&self, heap: RelationId, column: Column<'_>) -> Result<Option<Vec<u8>>> {
        match column {
            Column::Value(bytes) => Ok(Some(bytes.to_vec())),
            Column::External(pointer) => self.read_external(heap, pointer).map(Some),
            Column::Null | Column::Absent => Ok(None),
        }
    }

    /// The file of a heap's values out of line, if it has had any.
    pub fn external_file(&self, heap: RelationId) -> Result<Option<RelationId>> {
        Ok(self.has_external(heap)?.then(|| large_file(heap)))
    }

    /// Whether rows of a heap may have values out of line.
    pub fn has_external(&self, heap: RelationId) -> Result<bool> {
        let space = self.space(heap)?;
        match space.known_large() {
            Some(known) => Ok(known),
            None => {
                let exists = self.pool.exists(large_file(heap))?;
                space.learn_large(exists);
                Ok(exists)
            }
        }
    }

    /// Makes the file of a heap's large values, if it is not there. It goes with the heap, not with the transaction.
    fn make_external_file(&self, heap: RelationId) -> Result<()> {
        let space = self.space(heap)?;
        if space.is_large_logged() {
            return Ok(());
        }
        let _making = self.making_file.lock();
        let relation = large_file(heap);
        if !self.pool.exists(relation)? {
            // The file comes first: a checkpoint that skips the record has seen the file.
            self.pool.create(relation)?;
        }
        // A file that is there already may be so without its record, or without its name being durable.
        if !space.is_large_logged() {
            let mut buffer = Vec::new();
            let header = header(Kind::CreateFile, Xid::NONE, Lsn(0), 0, Lsn(0), relation);
            record::begin(&mut buffer, header, &[1]);
            self.log.append(&buffer, Urgency::Ordinary, |_| {})?;
        }
        space.note_large_logged();
        Ok(())
    }

    /// Frees the chunks of a value, the last one first: so what a crash leaves is still a chain.
    pub(crate) fn free_external(&self, heap: RelationId, external: &External) -> Result<()> {
        let file = large_file(heap);
        if !self.pool.exists(file)? {
            return Ok(());
        }
        let mut addresses = Vec::new();
        let mut next = Some(external.first);
        while let Some(at) = next {
            if at.page >= self.pool.page_count(file)? {
                break;
            }
            let pin = self.heap_pin(file, at.page)?;
            let latched = pin.read();
            let found = page::row(&latched, at.slot).and_then(|row| chunk(row.body, &external.id));
            let Some((_, after)) = found else { break };
            addresses.push(at);
            next = after;
        }
        for address in addresses.into_iter().rev() {
            self.free_rows(file, &[address])?;
        }
        Ok(())
    }
}

impl Transaction {
    /// Moves a row's largest values out of line until it has a good length; then [`RowBuilder::finish`] makes its body. What
    /// is written must be undone (a savepoint) if the row is not written after all. 53100 if the disk is full.
    pub fn move_out(&mut self, heap: RelationId, builder: &mut RowBuilder) -> Result<()> {
        while builder.size() > ROW_SIZE_WANTED {
            let Some(column) = builder.largest(MOVED_MIN) else { return Ok(()) };
            let external = self.write_external(heap, builder.variable(column))?;
            builder.replace(column, &external.encode());
        }
        Ok(())
    }

    /// How many values it wrote out of line.
    pub fn external_count(&self) -> u32 {
        self.next_external
    }

    fn write_external(&mut self, heap: RelationId, value: &[u8]) -> Result<External> {
        let length = u32::try_from(value.len()).map_err(|_| damaged())?;
        self.storage.make_external_file(heap)?;
        let xid = self.assign_xid()?;
        let mut id = [0; ID_SIZE];
        id[..8].copy_from_slice(&xid.0.to_le_bytes());
        id[8..].copy_from_slice(&self.next_external.to_le_bytes());
        self.next_external += 1;
        let compressed = compress(value);
        let stored = compressed.as_deref().unwrap_or(value);
        let mut next = RowAddress::from_u64(NO_CHUNK);
        let mut body = Vec::with_capacity(BODY_MAX);
        // From the last one on, so that each knows where the next one is.
        for bytes in stored.chunks(CHUNK_MAX).rev() {
            body.clear();
            body.extend_from_slice(&id);
            body.extend_from_slice(&pointer(next));
            body.extend_from_slice(bytes);
            (next, _) = self.insert(large_file(heap), &body)?;
        }
        let stored = u32::try_from(stored.len()).map_err(|_| damaged())?;
        Ok(External { length, stored, id, first: next })
    }
}

/// The value compressed, if that makes it shorter by more than a sixteenth.
fn compress(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() < COMPRESSED_MIN {
        return None;
    }
    let compressed = lz4_flex::block::compress(value);
    (compressed.len() < value.len() - value.len() / 16).then_some(compressed)
}
