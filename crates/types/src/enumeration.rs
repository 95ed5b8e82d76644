//! Values of enums. As bytes: the label's place as a sortable float8 (8), the label's OID (4), both big-endian; so byte
//! order is the order of the labels, also of those put between others later.

use crate::Oid;

/// The bytes of a label's place and OID.
pub fn encode(order: f64, label: Oid) -> Vec<u8> {
    let bits = order.to_bits();
    let sortable = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    [sortable.to_be_bytes().as_slice(), &label.0.to_be_bytes()].concat()
}

/// The OID of a value's label; invalid for bytes that are no value.
pub fn label_of(bytes: &[u8]) -> Oid {
    let tail = bytes.get(8..12).and_then(|tail| tail.try_into().ok());
    Oid(tail.map_or(0, u32::from_be_bytes))
}
