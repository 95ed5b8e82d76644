//! Functions of bytea, encodings and digests.

use crate::call::{int4, int8};
use crate::text::count;
use crate::{Builtin, builtin};
use base64::Engine;
use error::{Error, Result, SqlState};
use md5::Digest;
use types::bytea::{decode_escape, decode_hex, encode_escape, encode_hex};

fn invalid(message: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

/// base64 with a line end after every 76 characters.
fn encode_base64(bytes: &[u8]) -> Vec<u8> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut out = Vec::with_capacity(encoded.len() + encoded.len() / 76);
    for (index, line) in encoded.as_bytes().chunks(76).enumerate() {
        if index > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(line);
    }
    out
}

/// base64 with blanks anywhere. 22023.
fn decode_base64(source: &str) -> Result<Vec<u8>> {
    let unexpected = || invalid("unexpected \"=\" while decoding base64 sequence");
    let mut out = Vec::with_capacity(source.len() * 3 / 4);
    let (mut buffer, mut position, mut end) = (0u32, 0, 0);
    for c in source.chars() {
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        }
        let value = match c {
            'A'..='Z' => u32::from(c) - u32::from('A'),
            'a'..='z' => u32::from(c) - u32::from('a') + 26,
            '0'..='9' => u32::from(c) - u32::from('0') + 52,
            '+' => 62,
            '/' => 63,
            '=' => {
                if end == 0 {
                    end = match position {
                        2 => 1,
                        3 => 2,
                        _ => return Err(unexpected()),
                    };
                }
                0
            }
            _ => {
                return Err(invalid(format!(
                    "invalid symbol \"{c}\" found while decoding base64 sequence"
                )));
            }
        };
        buffer = (buffer << 6) | value;
        position += 1;
        if position == 4 {
            let bytes = buffer.to_be_bytes();
            let kept = if end == 0 { 3 } else { end };
            out.extend_from_slice(&bytes[1..=kept]);
            (buffer, position) = (0, 0);
        }
    }
    if position != 0 {
        return Err(invalid("invalid base64 end sequence")
            .hint("Input data is missing padding, is truncated, or is otherwise corrupted."));
    }
    Ok(out)
}

fn unrecognized(name: &str) -> Error {
    invalid(format!("unrecognized encoding: \"{name}\""))
}

fn encode(bytes: &[u8], form: &str) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    match form.to_ascii_lowercase().as_str() {
        "hex" => encode_hex(bytes, &mut out),
        "escape" => escape_high(bytes, &mut out),
        "base64" => out = encode_base64(bytes),
        _ => return Err(unrecognized(form)),
    }
    Ok(out)
}

/// encode's escape form: only zeros, high bytes and the backslash are escaped.
fn escape_high(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        if (1..0x80).contains(byte) && *byte != b'\\' {
            out.push(*byte);
        } else {
            encode_escape(&[*byte], out);
        }
    }
}

fn decode(source: &str, form: &str) -> Result<Vec<u8>> {
    match form.to_ascii_lowercase().as_str() {
        "hex" => decode_hex(source),
        "escape" => decode_escape(source).ok_or_else(|| {
            Error::new(SqlState::INVALID_TEXT_REPRESENTATION, "invalid input syntax for type bytea")
        }),
        "base64" => decode_base64(source),
        _ => Err(unrecognized(form)),
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    encode_hex(bytes, &mut out);
    out
}

fn slice(bytes: &[u8], start: i64, length: Option<i64>) -> Result<Vec<u8>> {
    let from = usize::try_from(start - 1).unwrap_or(0).min(bytes.len());
    let Some(length) = length else { return Ok(bytes[from..].to_vec()) };
    if length < 0 {
        return Err(Error::new(SqlState::SUBSTRING_ERROR, "negative substring length not allowed"));
    }
    let end = usize::try_from(start - 1 + length).unwrap_or(0).min(bytes.len());
    Ok(bytes.get(from..end).unwrap_or(&[]).to_vec())
}

fn find(bytes: &[u8], part: &[u8]) -> Result<i32> {
    if part.is_empty() {
        return Ok(1);
    }
    bytes.windows(part.len()).position(|window| window == part).map_or(Ok(0), |at| count(at + 1))
}

fn trim(bytes: &[u8], set: &[u8], left: bool, right: bool) -> Vec<u8> {
    let kept = |byte: &u8| !set.contains(byte);
    let start = if left { bytes.iter().position(kept).unwrap_or(bytes.len()) } else { 0 };
    let end = if right { bytes.iter().rposition(kept).map_or(0, |at| at + 1) } else { bytes.len() };
    bytes.get(start..end).unwrap_or(&[]).to_vec()
}

fn overlay(bytes: &[u8], new: &[u8], start: i32, length: i32) -> Result<Vec<u8>> {
    if start <= 0 {
        return Err(Error::new(SqlState::SUBSTRING_ERROR, "negative substring length not allowed"));
    }
    let end = start.checked_add(length).ok_or_else(crate::integer::int4_range)?;
    let mut out = slice(bytes, 1, Some(i64::from(start) - 1))?;
    out.extend_from_slice(new);
    out.extend(slice(bytes, i64::from(end), None)?);
    Ok(out)
}

#[cold]
fn index_error(index: i64, end: usize) -> Error {
    let last = i64::try_from(end).unwrap_or(i64::MAX) - 1;
    Error::new(
        SqlState::ARRAY_SUBSCRIPT_ERROR,
        format!("index {index} out of valid range, 0..{last}"),
    )
}

fn at(index: i64, end: usize) -> Result<usize> {
    usize::try_from(index).ok().filter(|index| *index < end).ok_or_else(|| index_error(index, end))
}

fn set_byte(bytes: &[u8], index: i64, value: i32) -> Result<Vec<u8>> {
    let index = at(index, bytes.len())?;
    let mut out = bytes.to_vec();
    out[index] = u8::try_from(value & 0xFF).expect("eight bits");
    Ok(out)
}

fn set_bit(bytes: &[u8], index: i64, value: i32) -> Result<Vec<u8>> {
    let index = at(index, bytes.len() * 8)?;
    if !(0..=1).contains(&value) {
        return Err(invalid("new bit must be 0 or 1"));
    }
    let mut out = bytes.to_vec();
    let bit = 1 << (index % 8);
    if value == 1 {
        out[index / 8] |= bit
    } else {
        out[index / 8] &= !bit
    }
    Ok(out)
}

fn whole<const N: usize>(bytes: &[u8], range: fn() -> Error) -> Result<i64> {
    if bytes.len() > N {
        return Err(range());
    }
    let negative = bytes.len() == N && bytes.first().is_some_and(|byte| *byte >= 0x80);
    let start = if negative { -1i64 } else { 0 };
    Ok(bytes.iter().fold(start, |value, byte| (value << 8) | i64::from(*byte)))
}

/// A cyclic redundancy check by its reversed polynomial.
fn cyclic_check(bytes: &[u8], polynomial: u32) -> i64 {
    let mut check = u32::MAX;
    for byte in bytes {
        check ^= u32::from(*byte);
        for _ in 0..8 {
            check = if check & 1 == 1 { check >> 1 ^ polynomial } else { check >> 1 };
        }
    }
    i64::from(!check)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("crc32_bytea", |call| call.map1(|a: &[u8]| Ok(cyclic_check(a, 0xEDB8_8320)))),
    builtin("crc32c_bytea", |call| call.map1(|a: &[u8]| Ok(cyclic_check(a, 0x82F6_3B78)))),
    builtin("byteacat", |call| call.map2(|a: &[u8], b: &[u8]| Ok([a, b].concat()))),
    builtin("byteaoctetlen", |call| call.map1(|a: &[u8]| count(a.len()))),
    builtin("bytea_substr", |call| {
        call.map3(|a: &[u8], start: i32, length: i32| {
            slice(a, i64::from(start), Some(i64::from(length)))
        })
    }),
    builtin("bytea_substr_no_len", |call| {
        call.map2(|a: &[u8], start: i32| slice(a, i64::from(start), None))
    }),
    builtin("byteapos", |call| call.map2(find)),
    builtin("byteatrim", |call| call.map2(|a: &[u8], set: &[u8]| Ok(trim(a, set, true, true)))),
    builtin("bytealtrim", |call| call.map2(|a: &[u8], set: &[u8]| Ok(trim(a, set, true, false)))),
    builtin("byteartrim", |call| call.map2(|a: &[u8], set: &[u8]| Ok(trim(a, set, false, true)))),
    builtin("byteaoverlay", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            let bytes = |index: usize| arguments[index].get(row).bytes().unwrap_or(&[]);
            let number = |index: usize| int4(arguments[index].get(row));
            overlay(bytes(0), bytes(1), number(2), number(3))
        })
    }),
    builtin("byteaoverlay_no_len", |call| {
        call.map3(|a: &[u8], new: &[u8], start: i32| overlay(a, new, start, count(new.len())?))
    }),
    builtin("byteaGetByte", |call| {
        call.map2(|a: &[u8], index: i32| Ok(i32::from(a[at(i64::from(index), a.len())?])))
    }),
    builtin("byteaSetByte", |call| {
        call.map3(|a: &[u8], index: i32, value: i32| set_byte(a, i64::from(index), value))
    }),
    builtin("byteaGetBit", |call| {
        call.map2(|a: &[u8], index: i64| {
            let index = at(index, a.len() * 8)?;
            Ok(i32::from(a[index / 8] >> (index % 8) & 1))
        })
    }),
    builtin("byteaSetBit", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            let bytes = arguments[0].get(row).bytes().unwrap_or(&[]);
            set_bit(bytes, int8(arguments[1].get(row)), int4(arguments[2].get(row)))
        })
    }),
    builtin("bytea_bit_count", |call| {
        call.map1(|a: &[u8]| Ok(a.iter().map(|byte| i64::from(byte.count_ones())).sum::<i64>()))
    }),
    builtin("bytea_reverse", |call| {
        call.map1(|a: &[u8]| Ok(a.iter().rev().copied().collect::<Vec<u8>>()))
    }),
    builtin("bytea_int2", |call| {
        call.map1(|a: &[u8]| {
            let value = whole::<2>(a, crate::integer::int2_range)?;
            i16::try_from(value).map_err(|_| crate::integer::int2_range())
        })
    }),
    builtin("bytea_int4", |call| {
        call.map1(|a: &[u8]| {
            let value = whole::<4>(a, crate::integer::int4_range)?;
            i32::try_from(value).map_err(|_| crate::integer::int4_range())
        })
    }),
    builtin("bytea_int8", |call| call.map1(|a: &[u8]| whole::<8>(a, crate::integer::int8_range))),
    builtin("int2_bytea", |call| call.map1(|a: i16| Ok(a.to_be_bytes().to_vec()))),
    builtin("int4_bytea", |call| call.map1(|a: i32| Ok(a.to_be_bytes().to_vec()))),
    builtin("int8_bytea", |call| call.map1(|a: i64| Ok(a.to_be_bytes().to_vec()))),
    builtin("binary_encode", |call| call.map2(encode)),
    builtin("binary_decode", |call| call.map2(decode)),
    builtin("md5_text", |call| call.map1(|a: &[u8]| Ok(hex(&md5::Md5::digest(a))))),
    builtin("md5_bytea", |call| call.map1(|a: &[u8]| Ok(hex(&md5::Md5::digest(a))))),
    builtin("sha224_bytea", |call| call.map1(|a: &[u8]| Ok(sha2::Sha224::digest(a).to_vec()))),
    builtin("sha256_bytea", |call| call.map1(|a: &[u8]| Ok(sha2::Sha256::digest(a).to_vec()))),
    builtin("sha384_bytea", |call| call.map1(|a: &[u8]| Ok(sha2::Sha384::digest(a).to_vec()))),
    builtin("sha512_bytea", |call| call.map1(|a: &[u8]| Ok(sha2::Sha512::digest(a).to_vec()))),
];
