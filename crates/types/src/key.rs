//! Order-preserving bytes for B+tree keys.
//!
//! A column is a marker byte that places NULLs, and a payload that compares as the values do; for DESC the payload's
//! bytes are complemented. Fixed-width values are big-endian with the sign bit turned. All else is a run of bytes in
//! which a zero is written as 00 FF and whose end is 00 00, so a prefix comes before what it begins, and the columns
//! that follow never matter before this one ends.
//!
//! numeric's run: class (negative, zero, positive ...), decimal exponent, pairs of digits; complemented for negative
//! numbers. Arrays and records: their elements as columns, then what breaks ties.

#[cfg(test)]
mod tests;

use crate::array::Array;
use crate::datetime::{Interval, pack_timetz};
use crate::json::jsonb::{self, Json};
use crate::lies_as;
use crate::numeric::Numeric;
use crate::order::{BytesOrder, bytes_order, is_unsigned8, timetz_key};
use crate::record::Record;
use crate::text::trim_blanks;
use crate::{Datum, Kind, Oid, ValueRef, bits, range, type_oid};

/// The order of one column of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeyOrder {
    /// DESC rather than ASC.
    pub descending: bool,
    /// NULLS FIRST rather than NULLS LAST.
    pub nulls_first: bool,
}

const NULL_FIRST: u8 = 0;
const VALUE: u8 = 1;
const NULL_LAST: u8 = 2;
/// What ends the elements of an array or record: less than any element's marker.
const END: u8 = 0;

/// Appends bytes that compare (as bytes) as values do in the order, NULL included. The bytes of a column tell their
/// own end, so those of several columns follow each other.
pub fn encode_key(type_id: Oid, value: ValueRef<'_>, order: KeyOrder, out: &mut Vec<u8>) {
    if value.is_null() {
        return out.push(if order.nulls_first { NULL_FIRST } else { NULL_LAST });
    }
    out.push(VALUE);
    let start = out.len();
    payload(type_id, value, out);
    if order.descending {
        out[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

fn payload(type_id: Oid, value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null => {}
        ValueRef::Bool(v) => out.push(u8::from(v)),
        ValueRef::I16(v) => out.extend_from_slice(&(v.cast_unsigned() ^ 0x8000).to_be_bytes()),
        ValueRef::I32(v) => out.extend_from_slice(&flip4(v)),
        ValueRef::I64(v) if is_unsigned8(type_id) => out.extend_from_slice(&v.to_be_bytes()),
        ValueRef::I64(v) => out.extend_from_slice(&flip8(v)),
        ValueRef::F32(v) => out.extend_from_slice(&float4(v)),
        ValueRef::F64(v) => out.extend_from_slice(&float8(v)),
        ValueRef::Fixed16(v) => match lies_as(type_id) {
            type_oid::INTERVAL => {
                let span = Interval::unpack(v).span().cast_unsigned() ^ (1 << 127);
                out.extend_from_slice(&span.to_be_bytes());
            }
            type_oid::TIMETZ => {
                let (time, zone) = timetz_key(v);
                out.extend_from_slice(&flip8(time));
                // The kind is 16 bytes wide: four of them are always zero.
                out.extend_from_slice(&flip4(zone));
                out.extend_from_slice(&[0; 4]);
            }
            _ => out.extend_from_slice(&v),
        },
        ValueRef::Bytes(v) => match bytes_order(type_id) {
            BytesOrder::Plain => escape(v, out),
            BytesOrder::Blanks => escape(trim_blanks(v), out),
            BytesOrder::Numeric => escaped(out, |run| numeric(&Numeric::decode(v), run)),
            BytesOrder::Jsonb => escaped(out, |run| top_json(v, run)),
            BytesOrder::Array => escaped(out, |run| array(v, run)),
            BytesOrder::Record => escaped(out, |run| record(v, run)),
            BytesOrder::OidVector => escaped(out, |run| {
                let count = Array::parse(v).map_or(0, |array| array.len());
                run.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
                array(v, run);
            }),
            BytesOrder::Bits => escape(&bits::key(v), out),
            BytesOrder::Range => escaped(out, |run| range::range_key(v, run)),
            BytesOrder::Multirange => escaped(out, |run| range::multirange_key(v, run)),
        },
    }
}

fn flip4(value: i32) -> [u8; 4] {
    (value.cast_unsigned() ^ (1 << 31)).to_be_bytes()
}

fn flip8(value: i64) -> [u8; 8] {
    (value.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

/// Zeros are one, NaNs are one and greatest; negative numbers are turned over.
fn float8(value: f64) -> [u8; 8] {
    let value = if value == 0.0 { 0.0 } else { value };
    let bits = if value.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { value.to_bits() };
    let turned = if bits >> 63 == 1 { !bits } else { bits | (1 << 63) };
    turned.to_be_bytes()
}

fn float4(value: f32) -> [u8; 4] {
    let value = if value == 0.0 { 0.0 } else { value };
    let bits = if value.is_nan() { f32::NAN.to_bits() & !(1 << 31) } else { value.to_bits() };
    let turned = if bits >> 31 == 1 { !bits } else { bits | (1 << 31) };
    turned.to_be_bytes()
}

fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() + 2);
    for byte in bytes {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xFF);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

fn escaped(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut run = Vec::with_capacity(24);
    write(&mut run);
    escape(&run, out);
}

/// Added to a decimal exponent, so that it is positive and its bytes are not zero.
const EXPONENT_BIAS: i64 = 0x41_4141;

fn numeric(value: &Numeric, run: &mut Vec<u8>) {
    let class = match value {
        Numeric::NegativeInfinity => 1,
        Numeric::Infinity => 5,
        Numeric::NaN => 6,
        Numeric::Small { .. } | Numeric::Big(_) if value.is_zero() => 3,
        Numeric::Small { .. } | Numeric::Big(_) if value.is_negative() => 2,
        Numeric::Small { .. } | Numeric::Big(_) => 4,
    };
    run.push(class);
    if !matches!(class, 2 | 4) {
        return;
    }
    let (digits, exponent) = value.significant();
    let start = run.len();
    let exponent = (exponent + EXPONENT_BIAS).to_be_bytes();
    run.extend_from_slice(&exponent[5..]);
    for pair in digits.chunks(2) {
        let high = pair[0] - b'0';
        let low = pair.get(1).map_or(0, |digit| digit - b'0');
        // One more, so that the end is less than any pair.
        run.push(high * 10 + low + 1);
    }
    run.push(0);
    if class == 2 {
        run[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

fn array(bytes: &[u8], run: &mut Vec<u8>) {
    let Ok(array) = Array::parse(bytes) else { return };
    for element in array.iter() {
        encode_key(array.element_type(), element, KeyOrder::default(), run);
    }
    run.push(END);
    run.push(u8::try_from(array.dimension_count()).unwrap_or(u8::MAX));
    array.dimensions().for_each(|dimension| run.extend_from_slice(&flip4(dimension.length)));
    array.dimensions().for_each(|dimension| run.extend_from_slice(&flip4(dimension.lower)));
}

fn record(bytes: &[u8], run: &mut Vec<u8>) {
    let Ok(record) = Record::parse(bytes) else { return };
    for (type_id, value) in record.iter() {
        encode_key(type_id, value, KeyOrder::default(), run);
    }
    run.push(END);
}

fn top_json(bytes: &[u8], run: &mut Vec<u8>) {
    match jsonb::parse(bytes) {
        Json::Array(items) if items.is_empty() => run.push(0),
        top @ (Json::Null
        | Json::Bool(_)
        | Json::Number(_)
        | Json::String(_)
        | Json::Array(_)
        | Json::Object(_)) => json(top, run),
    }
}

fn json(value: Json<'_>, run: &mut Vec<u8>) {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes();
    match value {
        Json::Null => run.push(1),
        Json::String(text) => {
            run.push(2);
            escape(text.as_bytes(), run);
        }
        Json::Number(number) => {
            run.push(3);
            numeric(&Numeric::decode(number), run);
        }
        Json::Bool(value) => run.extend_from_slice(&[4, u8::from(value)]),
        Json::Array(items) => {
            run.push(5);
            run.extend_from_slice(&count(items.len()));
            items.iter().for_each(|item| json(jsonb::parse(item), run));
        }
        Json::Object(pairs) => {
            run.push(6);
            run.extend_from_slice(&count(pairs.len()));
            for (key, value) in pairs.iter() {
                escape(key.as_bytes(), run);
                json(jsonb::parse(value), run);
            }
        }
    }
}

/// Whether [`decode_key`] gives back the values of a type: not where equal values can differ (numeric's scale, -0.0,
/// the blanks of char(n), the parts of intervals).
pub fn key_is_invertible(type_id: Oid) -> bool {
    match Kind::of(type_id) {
        Kind::Bool | Kind::I16 | Kind::I32 | Kind::I64 => true,
        Kind::F32 | Kind::F64 => false,
        Kind::Fixed16 => lies_as(type_id) != type_oid::INTERVAL,
        Kind::Bytes => bytes_order(type_id) == BytesOrder::Plain,
    }
}

/// The value that a column's bytes stand for, and the bytes after it; `None` where the type's key bytes do not tell
/// the value (see [`key_is_invertible`]) or there is no whole column.
pub fn decode_key(type_id: Oid, order: KeyOrder, key: &[u8]) -> Option<(Datum, &[u8])> {
    let after = skip_key(type_id, order, key)?;
    if !key_is_invertible(type_id) {
        return None;
    }
    if key[0] != VALUE {
        return Some((Datum::Null, after));
    }
    let mut bytes = key[1..key.len() - after.len()].to_vec();
    if order.descending {
        bytes.iter_mut().for_each(|byte| *byte = !*byte);
    }
    let value = match Kind::of(type_id) {
        Kind::Bool => Datum::Bool(bytes[0] != 0),
        Kind::I16 => {
            Datum::I16((u16::from_be_bytes(bytes.try_into().ok()?) ^ 0x8000).cast_signed())
        }
        Kind::I32 => Datum::I32(unflip4(&bytes)?),
        Kind::I64 if is_unsigned8(type_id) => {
            Datum::I64(i64::from_be_bytes(bytes.try_into().ok()?))
        }
        Kind::I64 => Datum::I64(unflip8(&bytes)?),
        Kind::Fixed16 if lies_as(type_id) == type_oid::TIMETZ => {
            let zone = unflip4(bytes.get(8..12)?)?;
            let time = unflip8(&bytes[..8])? - i64::from(zone) * 1_000_000;
            Datum::Fixed16(pack_timetz(time, zone))
        }
        Kind::Fixed16 => Datum::Fixed16(bytes.try_into().ok()?),
        Kind::Bytes => Datum::Bytes(unescape(&bytes).into()),
        Kind::F32 | Kind::F64 => return None,
    };
    Some((value, after))
}

fn unflip4(bytes: &[u8]) -> Option<i32> {
    Some((u32::from_be_bytes(bytes.try_into().ok()?) ^ (1 << 31)).cast_signed())
}

fn unflip8(bytes: &[u8]) -> Option<i64> {
    Some((u64::from_be_bytes(bytes.try_into().ok()?) ^ (1 << 63)).cast_signed())
}

fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = &bytes[..bytes.len().saturating_sub(2)];
    while let Some((byte, after)) = rest.split_first() {
        out.push(*byte);
        rest = if *byte == 0 { after.get(1..).unwrap_or(&[]) } else { after };
    }
    out
}

/// The bytes after a column's; `None` where there is no whole column.
pub fn skip_key(type_id: Oid, order: KeyOrder, key: &[u8]) -> Option<&[u8]> {
    let (marker, rest) = key.split_first()?;
    if *marker != VALUE {
        return Some(rest);
    }
    if let Some(width) = Kind::of(type_id).width_bytes() {
        return rest.get(width..);
    }
    let (zero, escape) = if order.descending { (0xFF, 0x00) } else { (0x00, 0xFF) };
    let mut at = 0;
    loop {
        at += rest.get(at..)?.iter().position(|byte| *byte == zero)?;
        match rest.get(at + 1) {
            Some(next) if *next == escape => at += 2,
            Some(_) => return rest.get(at + 2..),
            None => return None,
        }
    }
}
