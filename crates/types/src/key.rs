//! Order-preserving bytes for B+tree keys.

use crate::{Datum, Oid, ValueRef};

/// The order of one column of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeyOrder {
    /// DESC rather than ASC.
    pub descending: bool,
    /// NULLS FIRST rather than NULLS LAST.
    pub nulls_first: bool,
}

/// Appends bytes that compare (as bytes) as values do in the order, NULL included. The bytes of a column tell their
/// own end, so those of several columns follow each other.
pub fn encode_key(type_id: Oid, value: ValueRef<'_>, order: KeyOrder, out: &mut Vec<u8>) {
    let _ = (type_id, value, order, out);
}

/// The value that a column's bytes stand for, and the bytes after it; `None` where the type's key bytes do not tell
/// the value (numeric's scale, -0.0).
pub fn decode_key(type_id: Oid, order: KeyOrder, key: &[u8]) -> Option<(Datum, &[u8])> {
    let _ = (type_id, order, key);
    None
}

/// The bytes after a column's; `None` where there is no whole column.
pub fn skip_key(type_id: Oid, order: KeyOrder, key: &[u8]) -> Option<&[u8]> {
    let _ = (type_id, order, key);
    None
}
