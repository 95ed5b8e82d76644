//! What the OID of a type that a user made tells by itself, so that no catalog has to be asked for it.
//!
//! ```text
//!   bit 31      an array: the other bits are the element type's OID
//!   bit 30      a range
//!   bit 29      a multirange: with bit 30 instead, it is its range's OID
//!   bit 28      a domain: bits 21 to 27 say which built-in type its values lie in memory as, the rest is a number
//! ```
//!
//! All other types of users (enums, composite types, row types) have plain OIDs, which count up from 16384.

use crate::{Oid, builtin_type, builtin_types, type_oid};
use std::sync::LazyLock;

const ARRAY: u32 = 1 << 31;
const RANGE: u32 = 1 << 30;
const MULTIRANGE: u32 = 1 << 29;
const DOMAIN: u32 = 1 << 28;
const LIKE_SHIFT: u32 = 21;
const LIKE_MASK: u32 = 0x7f;
const NUMBER_MASK: u32 = (1 << LIKE_SHIFT) - 1;
/// The first OID of users' objects.
const FIRST: u32 = 16384;

/// The array type of a type that a user made.
pub(crate) fn array_of_own(type_id: Oid) -> Option<Oid> {
    (type_id.0 >= FIRST && type_id.0 & ARRAY == 0).then_some(Oid(type_id.0 | ARRAY))
}

/// The element type of an array type whose elements are of a type that a user made.
pub(crate) fn element_of_own(type_id: Oid) -> Option<Oid> {
    (type_id.0 & ARRAY != 0).then_some(Oid(type_id.0 & !ARRAY))
}

/// The OID of a new range type, from a number that no other type has.
pub fn range_oid(number: u32) -> Oid {
    Oid((number & NUMBER_MASK) | RANGE)
}

/// Whether it is a range type that a user made.
pub fn is_own_range(type_id: Oid) -> bool {
    type_id.0 & (ARRAY | RANGE) == RANGE
}

/// Whether it is the multirange type of a range type that a user made.
pub fn is_own_multirange(type_id: Oid) -> bool {
    type_id.0 & (ARRAY | RANGE | MULTIRANGE) == MULTIRANGE
}

/// The multirange type of a range type that a user made.
pub(crate) fn multirange_of_own(range: Oid) -> Option<Oid> {
    is_own_range(range).then_some(Oid(range.0 & !RANGE | MULTIRANGE))
}

/// The range type of its multirange type.
pub(crate) fn range_of_own(multirange: Oid) -> Option<Oid> {
    is_own_multirange(multirange).then_some(Oid(multirange.0 & !MULTIRANGE | RANGE))
}

/// The OID of a new domain over a type, from a number that no other type has.
pub fn domain_oid(base: Oid, number: u32) -> Oid {
    let like = stand_in(lies_as(base));
    let place = LIKE_TYPES.iter().position(|oid| *oid == like).unwrap_or(0);
    let place = u32::try_from(place).unwrap_or(0);
    Oid(DOMAIN | (place & LIKE_MASK) << LIKE_SHIFT | number & NUMBER_MASK)
}

/// Whether it is a domain.
pub fn is_domain(type_id: Oid) -> bool {
    type_id.0 & (ARRAY | RANGE | MULTIRANGE | DOMAIN) == DOMAIN
}

/// A type whose values lie in memory, compare and print as this one's, which is itself unless it is a domain:
/// the built-in base type, `anyarray`, `record`, `anyrange` or `anymultirange`; `bytea` for domains over enums, which
/// print otherwise.
pub fn lies_as(type_id: Oid) -> Oid {
    if !is_domain(type_id) {
        return type_id;
    }
    let place = (type_id.0 >> LIKE_SHIFT & LIKE_MASK) as usize;
    LIKE_TYPES.get(place).copied().unwrap_or(type_oid::BYTEA)
}

static LIKE_TYPES: LazyLock<Vec<Oid>> = LazyLock::new(|| like_types().collect());

/// The built-in types that domains lie as, in their order.
fn like_types() -> impl Iterator<Item = Oid> {
    let like = builtin_types().iter().filter(|row| {
        row.oid.0 < 10_000
            && (row.kind == 'b' && row.subscript != "array_subscript_handler"
                || matches!(
                    row.oid,
                    type_oid::ANYARRAY
                        | type_oid::RECORD
                        | type_oid::ANYRANGE
                        | type_oid::ANYMULTIRANGE
                ))
    });
    like.map(|row| row.oid)
}

/// The built-in type that stands for a type which is no domain.
fn stand_in(base: Oid) -> Oid {
    if crate::element_of(base).is_some()
        && !matches!(base, type_oid::INT2VECTOR | type_oid::OIDVECTOR)
    {
        return type_oid::ANYARRAY;
    }
    match builtin_type(base) {
        Some(row) if row.kind == 'r' => type_oid::ANYRANGE,
        Some(row) if row.kind == 'm' => type_oid::ANYMULTIRANGE,
        Some(row) if row.kind == 'c' => type_oid::RECORD,
        Some(row) => row.oid,
        None if is_own_range(base) => type_oid::ANYRANGE,
        None if is_own_multirange(base) => type_oid::ANYMULTIRANGE,
        // Enums order by their bytes, and so do records' bytes well enough for those that are not compared.
        None => type_oid::BYTEA,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_lies_as_its_base() {
        assert!(like_types().count() <= LIKE_MASK as usize, "{}", like_types().count());
        for base in [type_oid::INT4, type_oid::NUMERIC, type_oid::UUID, type_oid::TEXT] {
            let domain = domain_oid(base, 17_000);
            assert!(is_domain(domain));
            assert_eq!(lies_as(domain), base);
            assert_eq!(lies_as(domain_oid(domain, 17_001)), base);
        }
        assert_eq!(lies_as(domain_oid(Oid(1007), 17_000)), type_oid::ANYARRAY);
        let range = range_oid(17_000);
        assert_eq!(multirange_of_own(range).and_then(range_of_own), Some(range));
        assert_eq!(array_of_own(range).and_then(element_of_own), Some(range));
    }
}
