//! bit and bit varying.

use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use types::bits::{build, concatenate, fit, get, parts, slice};

fn invalid(state: SqlState, message: impl Into<String>) -> Error {
    Error::new(state, message)
}

/// Bit by bit. 22026 where the lengths differ.
fn zip(a: &[u8], b: &[u8], name: &str, f: fn(u8, u8) -> u8) -> Result<Vec<u8>> {
    let ((count, x), (other, y)) = (parts(a), parts(b));
    if count != other {
        let text = format!("cannot {name} bit strings of different sizes");
        return Err(invalid(SqlState::STRING_DATA_LENGTH_MISMATCH, text));
    }
    Ok(build(count, x.iter().zip(y).map(|(x, y)| f(*x, *y)).collect()))
}

fn not(a: &[u8]) -> Vec<u8> {
    let (count, data) = parts(a);
    build(count, data.iter().map(|byte| !byte).collect())
}

/// Shifted to the right, or to the left where negative; the length stays.
fn shift(a: &[u8], by: i64) -> Vec<u8> {
    let (count, data) = parts(a);
    let distance = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX).min(count);
    if by >= 0 {
        let zeros = build(distance, Vec::new());
        let kept = slice(data, 0, count - distance);
        return concatenate(&zeros, &kept).unwrap_or(zeros);
    }
    let (_, kept) = (0, slice(data, distance, count - distance));
    build(count, parts(&kept).1.to_vec())
}

/// Bits from a 1-based position on. 22011 for a negative length.
fn substring(a: &[u8], start: i32, length: Option<i32>) -> Result<Vec<u8>> {
    let (count, data) = parts(a);
    let end = match length {
        Some(length) if length < 0 => {
            return Err(invalid(
                SqlState::SUBSTRING_ERROR,
                "negative substring length not allowed",
            ));
        }
        Some(length) => i64::from(start) - 1 + i64::from(length),
        None => i64::MAX,
    };
    let bound = |at: i64| usize::try_from(at.max(0)).unwrap_or(usize::MAX).min(count);
    let (from, to) = (bound(i64::from(start) - 1), bound(end));
    Ok(slice(data, from, to.saturating_sub(from)))
}

fn overlay(a: &[u8], new: &[u8], start: i32, length: i32) -> Result<Vec<u8>> {
    if start <= 0 {
        return Err(invalid(SqlState::SUBSTRING_ERROR, "negative substring length not allowed"));
    }
    let after = start
        .checked_add(length)
        .ok_or_else(|| invalid(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range"))?;
    let head = substring(a, 1, Some(start - 1))?;
    concatenate(&concatenate(&head, new)?, &substring(a, after, None)?)
}

fn length(a: &[u8]) -> Result<i32> {
    crate::text::count(parts(a).0)
}

fn index(a: &[u8], n: i32) -> Result<usize> {
    let count = parts(a).0;
    usize::try_from(n).ok().filter(|n| *n < count).ok_or_else(|| {
        let last = i64::try_from(count).unwrap_or(0) - 1;
        invalid(
            SqlState::ARRAY_SUBSCRIPT_ERROR,
            format!("bit index {n} out of valid range (0..{last})"),
        )
    })
}

fn set_bit(a: &[u8], n: i32, value: i32) -> Result<Vec<u8>> {
    let at = index(a, n)?;
    if !matches!(value, 0 | 1) {
        return Err(invalid(SqlState::INVALID_PARAMETER_VALUE, "new bit must be 0 or 1"));
    }
    let (count, data) = parts(a);
    let mut data = data.to_vec();
    let bit = 0x80u8 >> (at % 8);
    if value == 1 {
        data[at / 8] |= bit;
    } else {
        data[at / 8] &= !bit;
    }
    Ok(build(count, data))
}

/// The 1-based place of a part; 0 where there is none.
fn position(a: &[u8], part: &[u8]) -> Result<i32> {
    let ((count, _), (wanted, _)) = (parts(a), parts(part));
    if count == 0 || wanted > count {
        return Ok(0);
    }
    let ((_, data), (_, pattern)) = (parts(a), parts(part));
    let found = (0..=count - wanted)
        .find(|start| (0..wanted).all(|index| get(data, start + index) == get(pattern, index)));
    found.map_or(Ok(0), |start| crate::text::count(start + 1))
}

/// The low bits of a number, filled up with its sign.
/// The longest length that a cast asks for; a greater one is none.
const LENGTH_MAX: usize = i32::MAX as usize - 7;

fn from_integer(value: i64, width: usize, typmod: i32) -> Result<Vec<u8>> {
    let count = usize::try_from(typmod).ok().filter(|count| (1..=LENGTH_MAX).contains(count));
    let count = count.unwrap_or(1);
    if count > types::bits::BITS_MAX {
        return Err(crate::text::too_large());
    }
    let bytes = value.to_be_bytes();
    let data = &bytes[8 - width / 8..];
    if count <= width {
        return Ok(slice(data, width - count, count));
    }
    let sign = if value < 0 { 0xFF } else { 0 };
    let filled = build(count - width, vec![sign; (count - width).div_ceil(8)]);
    concatenate(&filled, &build(width, data.to_vec()))
}

/// The number that up to so many bits are. 22003.
fn to_integer(a: &[u8], width: usize, name: &str) -> Result<i64> {
    let (count, data) = parts(a);
    if count > width {
        return Err(invalid(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, format!("{name} out of range")));
    }
    let value = (0..count).fold(0u64, |value, index| value << 1 | u64::from(get(data, index)));
    Ok(value.cast_signed())
}

fn to_int4(a: &[u8]) -> Result<i32> {
    let value = u32::try_from(to_integer(a, 32, "integer")?).unwrap_or(0);
    Ok(value.cast_signed())
}

fn bit_count(a: &[u8]) -> i64 {
    parts(a).1.iter().map(|byte| i64::from(byte.count_ones())).sum()
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("biteq", |call| call.compare_by_type(std::cmp::Ordering::is_eq)),
    builtin("bitne", |call| call.compare_by_type(std::cmp::Ordering::is_ne)),
    builtin("bitlt", |call| call.compare_by_type(std::cmp::Ordering::is_lt)),
    builtin("bitle", |call| call.compare_by_type(std::cmp::Ordering::is_le)),
    builtin("bitgt", |call| call.compare_by_type(std::cmp::Ordering::is_gt)),
    builtin("bitge", |call| call.compare_by_type(std::cmp::Ordering::is_ge)),
    builtin("bitcmp", |call| {
        call.map2(|a: &[u8], b: &[u8]| {
            let ((count, x), (other, y)) = (parts(a), parts(b));
            let common = x.len().min(y.len());
            let found = crate::compare_bytes::difference(&x[..common], &y[..common]);
            Ok(if found == 0 { count.cmp(&other) as i32 } else { found })
        })
    }),
    builtin("bit_and", |call| call.map2(|a, b| zip(a, b, "AND", |x, y| x & y))),
    builtin("bit_or", |call| call.map2(|a, b| zip(a, b, "OR", |x, y| x | y))),
    builtin("bitxor", |call| call.map2(|a, b| zip(a, b, "XOR", |x, y| x ^ y))),
    builtin("bitnot", |call| call.map1(|a| Ok(not(a)))),
    builtin("bitshiftleft", |call| call.map2(|a: &[u8], n: i32| Ok(shift(a, -i64::from(n))))),
    builtin("bitshiftright", |call| call.map2(|a: &[u8], n: i32| Ok(shift(a, i64::from(n))))),
    builtin("bitcat", |call| call.map2(concatenate)),
    builtin("bitsubstr", |call| call.map3(|a, start, n| substring(a, start, Some(n)))),
    builtin("bitsubstr_no_len", |call| call.map2(|a, start| substring(a, start, None))),
    builtin("bitlength", |call| call.map1(length)),
    builtin("bitoctetlength", |call| call.map1(|a: &[u8]| crate::text::count(parts(a).1.len()))),
    builtin("bitposition", |call| call.map2(position)),
    builtin("bitgetbit", |call| {
        call.map2(|a: &[u8], n: i32| Ok(i32::from(get(parts(a).1, index(a, n)?))))
    }),
    builtin("bitsetbit", |call| call.map3(set_bit)),
    builtin("bitoverlay", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            let bytes = |index: usize| arguments[index].get(row).bytes().unwrap_or(&[]);
            let number = |index: usize| crate::call::int4(arguments[index].get(row));
            overlay(bytes(0), bytes(1), number(2), number(3))
        })
    }),
    builtin("bitoverlay_no_len", |call| {
        call.map3(|a: &[u8], new: &[u8], start: i32| overlay(a, new, start, length(new)?))
    }),
    builtin("bitfromint4", |call| {
        call.map2(|value: i32, typmod| from_integer(i64::from(value), 32, typmod))
    }),
    builtin("bitfromint8", |call| call.map2(|value, typmod| from_integer(value, 64, typmod))),
    builtin("bittoint4", |call| call.map1(to_int4)),
    builtin("bittoint8", |call| call.map1(|a: &[u8]| to_integer(a, 64, "bigint"))),
    builtin("bit", |call| {
        call.map3(|a: &[u8], typmod: i32, explicit: bool| {
            let there = usize::try_from(typmod).is_ok_and(|length| length <= LENGTH_MAX);
            fit(a.to_vec(), if there { typmod } else { -1 }, explicit, false)
        })
    }),
    builtin("varbit", |call| {
        call.map3(|a: &[u8], typmod: i32, explicit: bool| fit(a.to_vec(), typmod, explicit, true))
    }),
    builtin("bit_bit_count", |call| call.map1(|a: &[u8]| Ok(bit_count(a)))),
];
