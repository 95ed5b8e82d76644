//! Multiranges: sets of ranges in their normal form.

use super::{Range, adjacent, compare_bounds, range_key};
use crate::text::is_space;
use crate::{Oid, TextContext};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;

/// The ranges of a multirange's bytes. XX001.
pub fn decode_multirange(bytes: &[u8]) -> Result<Vec<Range>> {
    let corrupted = || Error::corrupted("bytes are not a multirange");
    let mut rest = bytes.get(4..).ok_or_else(corrupted)?;
    let mut list = Vec::new();
    while !rest.is_empty() {
        let head = rest.get(..4).and_then(|head| head.try_into().ok()).ok_or_else(corrupted)?;
        let length = usize::try_from(u32::from_le_bytes(head)).map_err(|_| corrupted())?;
        list.push(Range::decode(rest.get(4..4 + length).ok_or_else(corrupted)?)?);
        rest = &rest[4 + length..];
    }
    Ok(list)
}

/// The bytes of a multirange of ranges in normal form.
pub fn encode_multirange(subtype: Oid, ranges: &[Range]) -> Vec<u8> {
    let mut out = subtype.0.to_le_bytes().to_vec();
    for range in ranges {
        let bytes = range.encode();
        let length = u32::try_from(bytes.len()).expect("a value is at most 1 GB");
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&bytes);
    }
    out
}

/// Ranges in order, without empty ones, those that overlap or touch joined.
pub fn normalised(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.retain(|range| !range.empty);
    ranges.sort_by(Range::order);
    let mut out: Vec<Range> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last)
                if last.overlaps(&range) || adjacent(last.subtype, &last.upper, &range.lower) =>
            {
                *last = last.merge(&range);
            }
            Some(_) | None => out.push(range),
        }
    }
    out
}

/// What is in both of two sets in normal form.
pub fn intersection(a: &[Range], b: &[Range]) -> Vec<Range> {
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let common = x.intersect(y);
        if !common.empty {
            out.push(common);
        }
        if compare_bounds(x.subtype, &x.upper, &y.upper).is_le() {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

/// What is in the first set and not in the second, both in normal form.
pub fn minus(a: &[Range], b: &[Range]) -> Vec<Range> {
    let mut out = Vec::new();
    for range in a {
        let mut lower = range.lower.clone();
        let mut ended = false;
        for cut in b.iter().filter(|cut| cut.overlaps(range)) {
            if compare_bounds(range.subtype, &cut.lower, &lower).is_gt() {
                out.push(Range::between(range.subtype, lower, cut.lower.turned()));
            }
            lower = cut.upper.turned();
            if compare_bounds(range.subtype, &cut.upper, &range.upper).is_ge() {
                ended = true;
                break;
            }
        }
        if !ended {
            out.push(Range::between(range.subtype, lower, range.upper.clone()));
        }
    }
    normalised(out)
}

pub(crate) fn compare_multiranges(a: &[u8], b: &[u8]) -> Ordering {
    let (Ok(x), Ok(y)) = (decode_multirange(a), decode_multirange(b)) else { return a.cmp(b) };
    for (x, y) in x.iter().zip(&y) {
        let by_range = x.order(y);
        if by_range.is_ne() {
            return by_range;
        }
    }
    x.len().cmp(&y.len())
}

/// The key that orders as [`compare_multiranges`] does.
pub(crate) fn multirange_key(bytes: &[u8], run: &mut Vec<u8>) {
    for range in decode_multirange(bytes).unwrap_or_default() {
        run.push(1);
        range_key(&range.encode(), run);
    }
    run.push(0);
}

#[cold]
fn malformed(source: &str, detail: &str) -> Error {
    let text = format!("malformed multirange literal: \"{source}\"");
    Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text).detail(detail)
}

/// A multirange from text: `{[a,b),[c,d)}`. 22P02 and the errors of ranges.
pub(crate) fn input_multirange(
    subtype: Oid,
    typmod: i32,
    source: &str,
    context: &TextContext<'_>,
) -> Result<Vec<u8>> {
    let trimmed = source.trim_start_matches(is_space);
    let mut rest = trimmed
        .strip_prefix('{')
        .ok_or_else(|| malformed(source, "Missing left brace."))?
        .trim_start_matches(is_space);
    let mut ranges = Vec::new();
    if let Some(after) = rest.strip_prefix('}') {
        rest = after;
    } else {
        loop {
            let end = range_end(source, rest)?;
            ranges.push(super::input_range(subtype, typmod, &rest[..end], context)?);
            rest = rest[end..].trim_start_matches(is_space);
            if let Some(after) = rest.strip_prefix(',') {
                rest = after.trim_start_matches(is_space);
            } else if let Some(after) = rest.strip_prefix('}') {
                rest = after;
                break;
            } else if rest.is_empty() {
                return Err(malformed(source, "Unexpected end of input."));
            } else {
                return Err(malformed(source, "Expected comma or end of multirange."));
            }
        }
    }
    if !rest.trim_start_matches(is_space).is_empty() {
        return Err(malformed(source, "Junk after closing right brace."));
    }
    Ok(encode_multirange(subtype, &normalised(ranges)))
}

/// Where the range at a text's start ends.
fn range_end(source: &str, text: &str) -> Result<usize> {
    if text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty")) {
        return Ok(5);
    }
    if !text.starts_with(['[', '(']) {
        let detail =
            if text.is_empty() { "Unexpected end of input." } else { "Expected range start." };
        return Err(malformed(source, detail));
    }
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ')' | ']' if !quoted => return Ok(at + 1),
            _ => {}
        }
    }
    Err(malformed(source, "Unexpected end of input."))
}

/// Appends the text form.
pub(crate) fn write_multirange(
    bytes: &[u8],
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    out.push(b'{');
    for (index, range) in decode_multirange(bytes)?.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        super::write_range(range, context, out)?;
    }
    out.push(b'}');
    Ok(())
}
