//! Comparison, equality and hashes of values, by type.

use crate::datetime::{Interval, calendar::SECOND, unpack_timetz};
use crate::json::jsonb;
use crate::numeric::Numeric;
use crate::text::trim_blanks;
use crate::{
    Oid, ValueRef, array, bits, builtin_type, element_of, float, is_domain, is_own_multirange,
    is_own_range, lies_as, range, record, type_oid,
};
use foldhash::fast::FixedState;
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};

/// How values of `Kind::Bytes` compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BytesOrder {
    /// Byte by byte: text in collation C, bytea, name.
    Plain,
    Blanks,
    Numeric,
    Jsonb,
    Array,
    Record,
    Bits,
    OidVector,
    Range,
    Multirange,
}

pub(crate) fn bytes_order(type_id: Oid) -> BytesOrder {
    match type_id {
        type_oid::TEXT | type_oid::VARCHAR | type_oid::NAME | type_oid::BYTEA | type_oid::TID => {
            BytesOrder::Plain
        }
        type_oid::BPCHAR => BytesOrder::Blanks,
        type_oid::NUMERIC => BytesOrder::Numeric,
        type_oid::JSONB => BytesOrder::Jsonb,
        type_oid::RECORD => BytesOrder::Record,
        type_oid::ANYARRAY | type_oid::ANYCOMPATIBLEARRAY => BytesOrder::Array,
        type_oid::BIT | type_oid::VARBIT => BytesOrder::Bits,
        type_oid::OIDVECTOR => BytesOrder::OidVector,
        type_oid::ANYRANGE => BytesOrder::Range,
        type_oid::ANYMULTIRANGE => BytesOrder::Multirange,
        _ => match builtin_type(type_id) {
            Some(row) if row.subscript == "array_subscript_handler" => BytesOrder::Array,
            Some(row) if row.kind == 'c' => BytesOrder::Record,
            Some(row) if row.kind == 'r' => BytesOrder::Range,
            Some(row) if row.kind == 'm' => BytesOrder::Multirange,
            Some(_) => BytesOrder::Plain,
            None if is_domain(type_id) => bytes_order(lies_as(type_id)),
            None if element_of(type_id).is_some() => BytesOrder::Array,
            None if is_own_range(type_id) => BytesOrder::Range,
            None if is_own_multirange(type_id) => BytesOrder::Multirange,
            None => BytesOrder::Plain,
        },
    }
}

/// Whether an i64 is to be compared as unsigned.
pub(crate) fn is_unsigned8(type_id: Oid) -> bool {
    matches!(lies_as(type_id), type_oid::XID8 | type_oid::PG_LSN)
}

/// The order of two values that are not NULL, as the type's default B-tree operator class has it.
pub fn compare(type_id: Oid, collation: Oid, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    match (a, b) {
        (ValueRef::Bool(a), ValueRef::Bool(b)) => a.cmp(&b),
        (ValueRef::I16(a), ValueRef::I16(b)) => a.cmp(&b),
        (ValueRef::I32(a), ValueRef::I32(b)) => a.cmp(&b),
        (ValueRef::I64(a), ValueRef::I64(b)) if is_unsigned8(type_id) => {
            a.cast_unsigned().cmp(&b.cast_unsigned())
        }
        (ValueRef::I64(a), ValueRef::I64(b)) => a.cmp(&b),
        (ValueRef::F32(a), ValueRef::F32(b)) => float::compare(f64::from(a), f64::from(b)),
        (ValueRef::F64(a), ValueRef::F64(b)) => float::compare(a, b),
        (ValueRef::Fixed16(a), ValueRef::Fixed16(b)) => match lies_as(type_id) {
            type_oid::INTERVAL => Interval::unpack(a).compare(Interval::unpack(b)),
            type_oid::TIMETZ => timetz_key(a).cmp(&timetz_key(b)),
            _ => a.cmp(&b),
        },
        (ValueRef::Bytes(a), ValueRef::Bytes(b)) => match bytes_order(type_id) {
            BytesOrder::Plain => a.cmp(b),
            BytesOrder::Blanks => trim_blanks(a).cmp(trim_blanks(b)),
            BytesOrder::Numeric => Numeric::decode(a).cmp(&Numeric::decode(b)),
            BytesOrder::Jsonb => jsonb::compare(a, b),
            BytesOrder::Array => array::compare(collation, a, b),
            BytesOrder::Record => record::compare(collation, a, b),
            BytesOrder::Bits => bits::compare(a, b),
            BytesOrder::OidVector => {
                array::compare_lengths(a, b).then_with(|| array::compare(collation, a, b))
            }
            BytesOrder::Range => range::compare_ranges(a, b),
            BytesOrder::Multirange => range::compare_multiranges(a, b),
        },
        (a, b) => panic!("{a:?} and {b:?} of type {type_id} are not of one kind"),
    }
}

/// A timetz's time in UTC, then its zone.
pub(crate) fn timetz_key(bytes: [u8; 16]) -> (i64, i32) {
    let (time, zone) = unpack_timetz(bytes);
    (time.saturating_add(i64::from(zone) * SECOND), zone)
}

/// Whether two values that are not NULL are equal.
pub fn equal(type_id: Oid, collation: Oid, a: ValueRef<'_>, b: ValueRef<'_>) -> bool {
    if let (ValueRef::Bytes(a), ValueRef::Bytes(b)) = (a, b)
        && bytes_order(type_id) == BytesOrder::Plain
    {
        return a == b;
    }
    compare(type_id, collation, a, b).is_eq()
}

/// A hash that is the same for equal values; NULL has one too.
pub fn hash(type_id: Oid, value: ValueRef<'_>) -> u64 {
    let state = FixedState::default();
    match value {
        ValueRef::Null => state.hash_one(0u8),
        ValueRef::Bool(v) => state.hash_one(v),
        ValueRef::I16(v) => state.hash_one(i64::from(v)),
        ValueRef::I32(v) => state.hash_one(i64::from(v)),
        ValueRef::I64(v) => state.hash_one(v),
        ValueRef::F32(v) => state.hash_one(float_bits(f64::from(v))),
        ValueRef::F64(v) => state.hash_one(float_bits(v)),
        ValueRef::Fixed16(v) => match lies_as(type_id) {
            type_oid::INTERVAL => state.hash_one(Interval::unpack(v).span()),
            type_oid::TIMETZ => state.hash_one(timetz_key(v)),
            _ => state.hash_one(v),
        },
        ValueRef::Bytes(v) => match bytes_order(type_id) {
            BytesOrder::Plain | BytesOrder::Bits => state.hash_one(v),
            // What is equal has the same key.
            BytesOrder::Range | BytesOrder::Multirange => {
                let mut key = Vec::new();
                if bytes_order(type_id) == BytesOrder::Range {
                    range::range_key(v, &mut key);
                } else {
                    range::multirange_key(v, &mut key);
                }
                state.hash_one(key)
            }
            BytesOrder::Blanks => state.hash_one(trim_blanks(v)),
            BytesOrder::Numeric => state.hash_one(Numeric::decode(v)),
            BytesOrder::Jsonb => {
                let mut hasher = state.build_hasher();
                hash_json(v, &mut hasher);
                hasher.finish()
            }
            BytesOrder::Array | BytesOrder::OidVector => {
                let mut hasher = state.build_hasher();
                if let Ok(array) = array::Array::parse(v) {
                    array.iter().for_each(|v| hash(array.element_type(), v).hash(&mut hasher));
                }
                hasher.finish()
            }
            BytesOrder::Record => {
                let mut hasher = state.build_hasher();
                if let Ok(record) = record::Record::parse(v) {
                    record.iter().for_each(|(id, v)| hash(id, v).hash(&mut hasher));
                }
                hasher.finish()
            }
        },
    }
}

fn float_bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}

fn hash_json(bytes: &[u8], hasher: &mut impl Hasher) {
    match jsonb::parse(bytes) {
        jsonb::Json::Null => 0u8.hash(hasher),
        jsonb::Json::Bool(v) => (1u8, v).hash(hasher),
        jsonb::Json::Number(v) => Numeric::decode(v).hash(hasher),
        jsonb::Json::String(v) => v.hash(hasher),
        jsonb::Json::Array(items) => items.iter().for_each(|item| hash_json(item, hasher)),
        jsonb::Json::Object(pairs) => pairs.iter().for_each(|(key, value)| {
            key.hash(hasher);
            hash_json(value, hasher);
        }),
    }
}
