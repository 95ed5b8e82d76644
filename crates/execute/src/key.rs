//! Index entries: order-preserving bytes of the key columns, then those of INCLUDE columns as they are stored.
//!
//! An INCLUDE column is a zero for NULL, or a one, the length u16 (little-endian) and the value's bytes.

use batch::Vector;
use catalog::object::{Index, IndexColumn};
use types::{KeyOrder, ValueRef, encode_key};

/// The order of an index column's keys.
pub(crate) fn order_of(column: &IndexColumn) -> KeyOrder {
    KeyOrder { descending: column.descending, nulls_first: column.nulls_first }
}

/// What of an entry's bytes is its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPart {
    /// How many bytes are of the key columns.
    pub length: usize,
    /// Whether one of these is NULL.
    pub has_null: bool,
}

/// The entry of a row whose index columns, INCLUDE columns last, are these vectors.
pub fn key_of_row<'a>(
    index: &Index,
    vectors: impl Iterator<Item = &'a Vector>,
    row: usize,
    key: &mut Vec<u8>,
) -> KeyPart {
    key.clear();
    let mut part = KeyPart { length: 0, has_null: false };
    for (place, vector) in vectors.enumerate() {
        let value = vector.get(row);
        push_column(index, place, value, key);
        if place < index.key_count {
            part.has_null |= value.is_null();
            part.length = key.len();
        }
    }
    part
}

/// How many bytes of an entry are of the key columns.
pub fn key_length(index: &Index, entry: &[u8]) -> usize {
    if index.columns.len() == index.key_count {
        return entry.len();
    }
    let mut rest = entry;
    for column in &index.columns[..index.key_count] {
        rest = types::skip_key(column.type_id, order_of(column), rest).unwrap_or_default();
    }
    entry.len() - rest.len()
}

/// Appends the value of the index's column of this place to an entry.
pub(crate) fn push_column(index: &Index, place: usize, value: ValueRef<'_>, entry: &mut Vec<u8>) {
    if place < index.key_count {
        push_key(&index.columns[place], value, entry);
    } else if value.is_null() {
        entry.push(0);
    } else {
        value.with_disk(|bytes| {
            // What is longer is too long for an entry anyway.
            let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
            entry.push(1);
            entry.extend_from_slice(&length.to_le_bytes());
            entry.extend_from_slice(bytes);
        });
    }
}

/// Takes the bytes of an INCLUDE column off an entry: the value's, `None` for NULL, then the rest; `None` where they are
/// damaged.
pub(crate) fn take_included(entry: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (tag, rest) = entry.split_first()?;
    if *tag == 0 {
        return Some((None, rest));
    }
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (value, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    Some((Some(value), rest))
}

/// Appends a value to a key.
pub(crate) fn push_key(column: &IndexColumn, value: ValueRef<'_>, key: &mut Vec<u8>) {
    encode_key(column.type_id, value, order_of(column), key);
}
