//! bit and bit varying. As bytes: the count of bits (4, little-endian), then the bits, first one highest; unused low
//! bits of the last byte are zero.

use error::{Error, Result, SqlState};
use std::cmp::Ordering;

const COUNT_SIZE: usize = 4;
/// The most bits of a value.
pub const BITS_MAX: usize = 83_886_080;

/// The count of bits and the bits of a value.
pub fn parts(bytes: &[u8]) -> (usize, &[u8]) {
    match bytes.split_at_checked(COUNT_SIZE) {
        Some((head, data)) => {
            let count = head.try_into().map_or(0, u32::from_le_bytes);
            (usize::try_from(count).unwrap_or(0).min(data.len() * 8), data)
        }
        None => (0, &[]),
    }
}

/// The value of so many bits; what `data` holds beyond them is cut off.
pub fn build(count: usize, mut data: Vec<u8>) -> Vec<u8> {
    data.resize(count.div_ceil(8), 0);
    if !count.is_multiple_of(8)
        && let Some(last) = data.last_mut()
    {
        *last &= 0xFFu8 << (8 - count % 8);
    }
    let mut bytes = u32::try_from(count).unwrap_or(0).to_le_bytes().to_vec();
    bytes.append(&mut data);
    bytes
}

/// A bit by its index from 0.
pub fn get(data: &[u8], index: usize) -> bool {
    data.get(index / 8).is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1)
}

/// So many bits from an index on, as a value.
pub fn slice(data: &[u8], start: usize, count: usize) -> Vec<u8> {
    let (first, shift) = (start / 8, start % 8);
    let byte = |index: usize| data.get(index).copied().unwrap_or(0);
    let out = (0..count.div_ceil(8)).map(|index| {
        let pair = u16::from_be_bytes([byte(first + index), byte(first + index + 1)]);
        (pair << shift).to_be_bytes()[0]
    });
    build(count, out.collect())
}

/// Two values, one after the other. 54000 beyond the limit.
pub fn concatenate(a: &[u8], b: &[u8]) -> Result<Vec<u8>> {
    let ((count_a, data_a), (count_b, data_b)) = (parts(a), parts(b));
    let count = count_a + count_b;
    if count > BITS_MAX {
        let text = format!("bit string length exceeds the maximum allowed ({BITS_MAX})");
        return Err(Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, text));
    }
    let mut out = data_a.to_vec();
    out.resize(count.div_ceil(8) + 1, 0);
    for (index, byte) in data_b.iter().enumerate() {
        let at = count_a + index * 8;
        let [high, low] = (u16::from(*byte) << (8 - at % 8)).to_be_bytes();
        out[at / 8] |= high;
        if let Some(next) = out.get_mut(at / 8 + 1) {
            *next |= low;
        }
    }
    Ok(build(count, out))
}

#[cold]
fn bad_digit(c: char, kind: &str) -> Error {
    let text = format!("\"{c}\" is not a valid {kind} digit");
    Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text)
}

/// A value from binary digits, or from hexadecimal ones after an x. 22P02, 22026, 22001.
pub(crate) fn input(source: &str, typmod: i32, varying: bool) -> Result<Vec<u8>> {
    let hex = source.strip_prefix(['x', 'X']);
    let digits = hex.or_else(|| source.strip_prefix(['b', 'B'])).unwrap_or(source);
    let mut data = Vec::with_capacity(digits.len() / 2 + 1);
    let count = if hex.is_some() {
        for (index, c) in digits.chars().enumerate() {
            let value = c.to_digit(16).ok_or_else(|| bad_digit(c, "hexadecimal"))?;
            let value = u8::try_from(value).unwrap_or(0);
            if index % 2 == 0 {
                data.push(value << 4);
            } else if let Some(last) = data.last_mut() {
                *last |= value;
            }
        }
        digits.len() * 4
    } else {
        for (index, c) in digits.chars().enumerate() {
            if !matches!(c, '0' | '1') {
                return Err(bad_digit(c, "binary"));
            }
            if index % 8 == 0 {
                data.push(0);
            }
            if c == '1'
                && let Some(last) = data.last_mut()
            {
                *last |= 0x80 >> (index % 8);
            }
        }
        digits.len()
    };
    fit(build(count, data), typmod, false, varying)
}

/// Appends the binary digits.
pub(crate) fn write(bytes: &[u8], out: &mut Vec<u8>) {
    let (count, data) = parts(bytes);
    out.extend((0..count).map(|index| if get(data, index) { b'1' } else { b'0' }));
}

/// The value made to fit bit(n) or varbit(n): an explicit cast cuts off or fills up with zeros. 22026, 22001.
pub fn fit(bytes: Vec<u8>, typmod: i32, explicit: bool, varying: bool) -> Result<Vec<u8>> {
    let (count, data) = parts(&bytes);
    let Some(wanted) = usize::try_from(typmod).ok().filter(|wanted| *wanted > 0) else {
        return Ok(bytes);
    };
    if count == wanted || varying && count < wanted {
        return Ok(bytes);
    }
    if explicit {
        return Ok(build(wanted, data.to_vec()));
    }
    Err(if varying {
        let text = format!("bit string too long for type bit varying({wanted})");
        Error::new(SqlState::STRING_DATA_RIGHT_TRUNCATION, text)
    } else {
        let text = format!("bit string length {count} does not match type bit({wanted})");
        Error::new(SqlState::STRING_DATA_LENGTH_MISMATCH, text)
    })
}

/// By the bits, then by length.
pub(crate) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let ((count_a, data_a), (count_b, data_b)) = (parts(a), parts(b));
    let common = data_a.len().min(data_b.len());
    data_a[..common].cmp(&data_b[..common]).then(count_a.cmp(&count_b))
}

/// The key that orders as [`compare`] does: what the order looks at, in its order.
pub(crate) fn key(bytes: &[u8]) -> Vec<u8> {
    let (count, data) = parts(bytes);
    let mut key = Vec::with_capacity(data.len() * 2 + 8);
    for byte in data {
        key.extend_from_slice(&[1, *byte]);
    }
    key.push(0);
    key.extend_from_slice(&u32::try_from(count).unwrap_or(0).to_be_bytes());
    key
}
