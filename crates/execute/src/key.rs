//! Index keys: order-preserving bytes of an index's columns.

use batch::Vector;
use catalog::object::{Index, IndexColumn};
use types::{KeyOrder, ValueRef, encode_key};

/// The order of an index column's keys.
pub(crate) fn order_of(column: &IndexColumn) -> KeyOrder {
    KeyOrder { descending: column.descending, nulls_first: column.nulls_first }
}

/// The key of a row whose index columns are these vectors; `true` beside it where a column is NULL.
pub fn key_of_row<'a>(
    index: &Index,
    vectors: impl Iterator<Item = &'a Vector>,
    row: usize,
    key: &mut Vec<u8>,
) -> bool {
    key.clear();
    let mut has_null = false;
    for (column, vector) in index.columns[..index.key_count].iter().zip(vectors) {
        let value = vector.get(row);
        has_null = has_null || value.is_null();
        encode_key(column.type_id, value, order_of(column), key);
    }
    has_null
}

/// Appends a value to a key.
pub(crate) fn push_key(column: &IndexColumn, value: ValueRef<'_>, key: &mut Vec<u8>) {
    encode_key(column.type_id, value, order_of(column), key);
}
