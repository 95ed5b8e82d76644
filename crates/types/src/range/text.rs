//! The text and binary forms of a range.

use super::{
    Bound, EMPTY, LOWER_INCLUSIVE, LOWER_INFINITE, Range, UPPER_INCLUSIVE, UPPER_INFINITE,
};
use crate::binary::Reader;
use crate::io::{input, output, receive, send_counted};
use crate::text::is_space;
use crate::{Datum, Oid, TextContext};
use error::{Error, Result, SqlState};

#[cold]
fn malformed(source: &str, detail: &str) -> Error {
    let text = format!("malformed range literal: \"{source}\"");
    Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text).detail(detail)
}

/// A range from text: `empty`, `[a,b)`. 22P02 and the errors of bounds.
pub(crate) fn input_range(
    subtype: Oid,
    typmod: i32,
    source: &str,
    context: &TextContext<'_>,
) -> Result<Range> {
    let trimmed = source.trim_start_matches(is_space);
    if trimmed.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty")) {
        if trimmed[5..].trim_start_matches(is_space).is_empty() {
            return Ok(Range::empty(subtype));
        }
        return Err(malformed(source, "Junk after \"empty\" key word."));
    }
    let lower_inclusive = trimmed.starts_with('[');
    if !lower_inclusive && !trimmed.starts_with('(') {
        return Err(malformed(source, "Missing left parenthesis or bracket."));
    }
    let (lower, rest) = bound_text(source, &trimmed[1..])?;
    let rest = rest
        .strip_prefix(',')
        .ok_or_else(|| malformed(source, "Missing comma after lower bound."))?;
    let (upper, rest) = bound_text(source, rest)?;
    let upper_inclusive = rest.starts_with(']');
    if !upper_inclusive && !rest.starts_with(')') {
        return Err(malformed(source, "Too many commas."));
    }
    if !rest[1..].trim_start_matches(is_space).is_empty() {
        return Err(malformed(source, "Junk after right parenthesis or bracket."));
    }
    let read = |text: Option<String>| -> Result<Option<Datum>> {
        text.map(|text| input(subtype, typmod, &text, context)).transpose()
    };
    let lower = Bound { value: read(lower)?, inclusive: lower_inclusive, lower: true };
    let upper = Bound { value: read(upper)?, inclusive: upper_inclusive, lower: false };
    Range::new(subtype, lower, upper)
}

/// A bound's text without its quotes, `None` where there is none, and what follows.
fn bound_text<'a>(source: &str, text: &'a str) -> Result<(Option<String>, &'a str)> {
    if text.starts_with([',', ')', ']']) {
        return Ok((None, text));
    }
    let (mut out, mut quoted) = (String::new(), false);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            ',' | ')' | ']' if !quoted => return Ok((Some(out), &text[at..])),
            '\\' => match chars.next() {
                Some((_, escaped)) => out.push(escaped),
                None => break,
            },
            '"' if !quoted => quoted = true,
            '"' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                chars.next();
                out.push('"');
            }
            '"' => quoted = false,
            c => out.push(c),
        }
    }
    Err(malformed(source, "Unexpected end of input."))
}

/// Appends the text form.
pub(crate) fn write_range(
    range: &Range,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if range.empty {
        out.extend_from_slice(b"empty");
        return Ok(());
    }
    out.push(if range.lower.inclusive { b'[' } else { b'(' });
    write_bound(range, &range.lower, context, out)?;
    out.push(b',');
    write_bound(range, &range.upper, context, out)?;
    out.push(if range.upper.inclusive { b']' } else { b')' });
    Ok(())
}

fn write_bound(
    range: &Range,
    bound: &Bound,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let Some(value) = &bound.value else { return Ok(()) };
    let mut text = Vec::new();
    output(range.subtype, value.as_ref(), context, &mut text)?;
    let special = |byte: &u8| b"\"\\()[],".contains(byte) || is_space(char::from(*byte));
    let quoted = text.is_empty() || text.iter().any(special);
    if !quoted {
        out.append(&mut text);
        return Ok(());
    }
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'"');
    Ok(())
}

/// Appends the binary form: flags, and each finite bound with its length.
pub(crate) fn send_range(
    range: &Range,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let encoded = range.encode();
    out.push(encoded[4]);
    for value in range.lower.value.iter().chain(&range.upper.value) {
        send_counted(range.subtype, value.as_ref(), context, out)?;
    }
    Ok(())
}

/// A range from its binary form. 08P01, 22P03.
pub(crate) fn receive_range(
    subtype: Oid,
    typmod: i32,
    reader: &mut Reader<'_>,
    context: &TextContext<'_>,
) -> Result<Range> {
    let flags = reader.u8()?;
    if flags & EMPTY != 0 {
        return Ok(Range::empty(subtype));
    }
    let mut value = |infinite: bool| -> Result<Option<Datum>> {
        if infinite {
            return Ok(None);
        }
        let length = reader.u32()?;
        let bytes = reader.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        receive(subtype, typmod, bytes, context).map(Some)
    };
    let lower = value(flags & LOWER_INFINITE != 0)?;
    let upper = value(flags & UPPER_INFINITE != 0)?;
    Range::new(
        subtype,
        Bound { value: lower, inclusive: flags & LOWER_INCLUSIVE != 0, lower: true },
        Bound { value: upper, inclusive: flags & UPPER_INCLUSIVE != 0, lower: false },
    )
}
