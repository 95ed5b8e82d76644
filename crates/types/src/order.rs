//! Comparison, equality and hashes of values, by type.

use crate::{Oid, ValueRef};
use std::cmp::Ordering;

/// The order of two values that are not NULL, as the type's default B-tree operator class has it.
pub fn compare(type_id: Oid, collation: Oid, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    let _ = (type_id, collation);
    match (a, b) {
        (ValueRef::Bool(a), ValueRef::Bool(b)) => a.cmp(&b),
        (ValueRef::I16(a), ValueRef::I16(b)) => a.cmp(&b),
        (ValueRef::I32(a), ValueRef::I32(b)) => a.cmp(&b),
        (ValueRef::I64(a), ValueRef::I64(b)) => a.cmp(&b),
        (ValueRef::F32(a), ValueRef::F32(b)) => a.total_cmp(&b),
        (ValueRef::F64(a), ValueRef::F64(b)) => a.total_cmp(&b),
        (ValueRef::Fixed16(a), ValueRef::Fixed16(b)) => a.cmp(&b),
        (ValueRef::Bytes(a), ValueRef::Bytes(b)) => a.cmp(b),
        (a, b) => panic!("{a:?} and {b:?} are not of one kind"),
    }
}

/// Whether two values that are not NULL are equal.
pub fn equal(type_id: Oid, collation: Oid, a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    compare(type_id, collation, a, b) == Ordering::Equal
}

/// A hash that is the same for equal values; NULL has one too.
pub fn hash(type_id: Oid, value: ValueRef<'_>) -> u64 {
    let _ = (type_id, value);
    0
}
