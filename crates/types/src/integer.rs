//! int2, int4, int8, oid and the other unsigned numbers.

use crate::Oid;
use crate::text::is_space;
use error::{Error, Result, SqlState};

#[cold]
fn invalid(kind: &str, source: &str) -> Error {
    Error::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        format!("invalid input syntax for type {kind}: \"{source}\""),
    )
}

#[cold]
fn out_of_range(kind: &str, source: &str) -> Error {
    Error::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("value \"{source}\" is out of range for type {kind}"),
    )
}

/// An int2 from text: decimal, 0x, 0o, 0b, underscores between digits. 22P02, 22003.
pub fn input2(source: &str) -> Result<i16> {
    let value = parse(source, "smallint")?;
    i16::try_from(value).map_err(|_| out_of_range("smallint", source))
}

/// An int4 from text. 22P02, 22003.
pub fn input4(source: &str) -> Result<i32> {
    let value = parse(source, "integer")?;
    i32::try_from(value).map_err(|_| out_of_range("integer", source))
}

/// An int8 from text. 22P02, 22003.
pub fn input8(source: &str) -> Result<i64> {
    let value = parse(source, "bigint")?;
    i64::try_from(value).map_err(|_| out_of_range("bigint", source))
}

/// The number of a text; one beyond i64 is i128's maximum or minimum, so that the caller finds it out of range.
fn parse(source: &str, kind: &str) -> Result<i128> {
    let bytes = source.as_bytes();
    // The usual case: a few plain digits.
    if !bytes.is_empty() && bytes.len() <= 18 && bytes.iter().all(u8::is_ascii_digit) {
        return Ok(i128::from(bytes.iter().fold(0i64, |n, b| n * 10 + i64::from(b - b'0'))));
    }
    let trimmed = source.trim_matches(is_space);
    let (negative, digits) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        Some(_) | None => (false, trimmed),
    };
    let (radix, digits, prefixed) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..], true),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..], true),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..], true),
        _ => (10, digits, false),
    };
    let value =
        magnitude(digits.as_bytes(), radix, prefixed).ok_or_else(|| invalid(kind, source))?;
    Ok(if negative { -value } else { value })
}

/// Digits with single underscores between them (and before, after a prefix); saturates.
fn magnitude(digits: &[u8], radix: u32, prefixed: bool) -> Option<i128> {
    let mut value = 0i128;
    let mut after_digit = prefixed;
    for (index, &byte) in digits.iter().enumerate() {
        if byte == b'_' {
            if !after_digit || index + 1 == digits.len() {
                return None;
            }
            after_digit = false;
            continue;
        }
        let digit = char::from(byte).to_digit(radix)?;
        value = value.saturating_mul(i128::from(radix)).saturating_add(i128::from(digit));
        after_digit = true;
    }
    (after_digit && !digits.is_empty()).then_some(value)
}

/// Appends the decimal digits.
#[inline]
pub fn write(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// An oid from text: a number of 32 bits, negative ones wrapped. 22P02, 22003.
pub fn input_oid(source: &str) -> Result<Oid> {
    input_u32(source, "oid").map(Oid)
}

/// A number of 32 bits as C's strtoul reads it (decimal, octal after 0, hex after 0x), negative ones wrapped.
pub(crate) fn input_u32(source: &str, kind: &str) -> Result<u32> {
    let value = unsigned(source, kind)?;
    if let Ok(value) = u32::try_from(value) {
        return Ok(value);
    }
    i32::try_from(value).map(i32::cast_unsigned).map_err(|_| out_of_range(kind, source))
}

/// A number of 64 bits, read likewise.
pub(crate) fn input_u64(source: &str, kind: &str) -> Result<u64> {
    let value = unsigned(source, kind)?;
    if let Ok(value) = u64::try_from(value) {
        return Ok(value);
    }
    i64::try_from(value).map(i64::cast_unsigned).map_err(|_| out_of_range(kind, source))
}

fn unsigned(source: &str, kind: &str) -> Result<i128> {
    let trimmed = source.trim_matches(is_space);
    let (negative, digits) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        Some(_) | None => (false, trimmed),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.contains('_') {
        return Err(invalid(kind, source));
    }
    let value = magnitude(digits.as_bytes(), radix, false).ok_or_else(|| invalid(kind, source))?;
    Ok(if negative { -value } else { value })
}
