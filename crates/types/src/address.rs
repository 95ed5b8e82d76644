//! pg_lsn and tid: places in the log and in tables.

use crate::text::is_space;
use error::{Error, Result, SqlState};

#[cold]
fn invalid(kind: &str, source: &str) -> Error {
    Error::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        format!("invalid input syntax for type {kind}: \"{source}\""),
    )
}

/// A pg_lsn from text: two hex numbers of up to eight digits. 22P02.
pub(crate) fn input_lsn(source: &str) -> Result<u64> {
    let half = |text: &str| {
        let fits = (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| u64::from_str_radix(text, 16).ok()).flatten()
    };
    let parsed =
        source.split_once('/').and_then(|(high, low)| Some((half(high)? << 32) | half(low)?));
    parsed.ok_or_else(|| invalid("pg_lsn", source))
}

/// Appends the text form of a pg_lsn.
pub(crate) fn write_lsn(lsn: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{:X}/{:X}", lsn >> 32, lsn & 0xFFFF_FFFF).as_bytes());
}

/// The bytes of a tid: block (4) and number (2), big-endian.
pub fn tid(block: u32, number: u16) -> [u8; 6] {
    let mut bytes = [0; 6];
    bytes[..4].copy_from_slice(&block.to_be_bytes());
    bytes[4..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// The block and number of a tid's bytes.
pub fn tid_parts(bytes: &[u8]) -> Option<(u32, u16)> {
    let block = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    Some((block, u16::from_be_bytes(bytes.get(4..6)?.try_into().ok()?)))
}

/// A tid from text: `(block,number)`. 22P02.
pub(crate) fn input_tid(source: &str) -> Result<[u8; 6]> {
    let inner = source.trim_start_matches(is_space).strip_prefix('(');
    let parts =
        inner.and_then(|rest| rest.split_once(')')).and_then(|(inner, _)| inner.split_once(','));
    let parsed = parts.and_then(|(block, number)| {
        let block: i64 = block.trim_start_matches(is_space).parse().ok()?;
        let block = u32::try_from(block)
            .ok()
            .or_else(|| i32::try_from(block).ok().map(i32::cast_unsigned))?;
        Some(tid(block, number.trim_start_matches(is_space).parse().ok()?))
    });
    parsed.ok_or_else(|| invalid("tid", source))
}

/// Appends the text form of a tid.
pub(crate) fn write_tid(bytes: &[u8], out: &mut Vec<u8>) {
    let (block, number) = tid_parts(bytes).unwrap_or((0, 0));
    out.extend_from_slice(format!("({block},{number})").as_bytes());
}
