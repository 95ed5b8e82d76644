//! Records: rows as values, each field with its type.
//!
//! As bytes, little-endian: count of fields (4, the top bit set where names follow); per field its type (4) and the end
//! of its bytes (4, from the first's start; the top bit set where it is NULL); perhaps the end of each field's name (4)
//! and the names; then the fields' bytes in their form on disk.

use crate::{Kind, Oid, TextContext, ValueRef, io, order};
use error::{Error, Result};
use std::cmp::Ordering;

const COUNT_SIZE: usize = 4;
const FIELD_SIZE: usize = 8;
const WORD: usize = 4;
const NULL_BIT: u32 = 1 << 31;
const NAMES_BIT: u32 = 1 << 31;

/// A record value, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    fields: &'a [u8],
    name_ends: &'a [u8],
    names: &'a [u8],
    data: &'a [u8],
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..at + WORD).and_then(|bytes| bytes.try_into().ok());
    word.map_or(0, u32::from_le_bytes)
}

fn index(word: u32) -> usize {
    usize::try_from(word).expect("32 bits are an index")
}

/// The bytes of a record of typed fields, whose names are f1, f2 ...
pub fn build_record<'v>(fields: impl IntoIterator<Item = (Oid, ValueRef<'v>)>) -> Vec<u8> {
    build(fields, None)
}

/// The bytes of a record of typed fields with names, for what shows them (json).
pub fn build_named_record<'v>(
    names: &[&str],
    fields: impl IntoIterator<Item = (Oid, ValueRef<'v>)>,
) -> Vec<u8> {
    build(fields, Some(names))
}

fn build<'v>(
    fields: impl IntoIterator<Item = (Oid, ValueRef<'v>)>,
    names: Option<&[&str]>,
) -> Vec<u8> {
    let narrow = |length: usize| u32::try_from(length).expect("a value is at most 1 GB");
    let (mut heads, mut data) = (Vec::new(), Vec::new());
    let mut count = 0u32;
    for (type_id, value) in fields {
        value.with_disk(|bytes| data.extend_from_slice(bytes));
        let flag = if value.is_null() { NULL_BIT } else { 0 };
        heads.extend_from_slice(&type_id.0.to_le_bytes());
        heads.extend_from_slice(&(narrow(data.len()) | flag).to_le_bytes());
        count += 1;
    }
    let mut bytes = Vec::with_capacity(COUNT_SIZE + heads.len() + data.len());
    let flag = if names.is_some() { NAMES_BIT } else { 0 };
    bytes.extend_from_slice(&(count | flag).to_le_bytes());
    bytes.extend_from_slice(&heads);
    if let Some(names) = names {
        let mut end = 0;
        for name in names {
            end += name.len();
            bytes.extend_from_slice(&narrow(end).to_le_bytes());
        }
        names.iter().for_each(|name| bytes.extend_from_slice(name.as_bytes()));
    }
    bytes.extend_from_slice(&data);
    bytes
}

impl<'a> Record<'a> {
    /// The record of its bytes. XX001 where they are none.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::try_parse(bytes).ok_or_else(|| Error::corrupted("bytes are not a record"))
    }

    fn try_parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(COUNT_SIZE)?;
        let head = word(head, 0);
        let count = index(head & !NAMES_BIT);
        let (fields, rest) = rest.split_at_checked(count.checked_mul(FIELD_SIZE)?)?;
        if head & NAMES_BIT == 0 {
            return Some(Self { fields, name_ends: &[], names: &[], data: rest });
        }
        let (name_ends, rest) = rest.split_at_checked(count * WORD)?;
        let size = count.checked_sub(1).map_or(0, |last| index(word(name_ends, last * WORD)));
        let (names, data) = rest.split_at_checked(size)?;
        Some(Self { fields, name_ends, names, data })
    }

    /// The name of a field by index from 0: f1, f2 ... where the record has none.
    pub fn name(&self, field: usize) -> String {
        if self.name_ends.is_empty() {
            return format!("f{}", field + 1);
        }
        let end = |field: usize| index(word(self.name_ends, field * WORD));
        let start = field.checked_sub(1).map_or(0, end);
        let bytes = self.names.get(start..end(field)).unwrap_or(&[]);
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// How many fields.
    pub fn len(&self) -> usize {
        self.fields.len() / FIELD_SIZE
    }

    /// Whether it has no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The type and value of a field by index from 0; it must be below `len`.
    pub fn get(&self, field: usize) -> (Oid, ValueRef<'a>) {
        let type_id = Oid(word(self.fields, field * FIELD_SIZE));
        let end_of = |field: usize| word(self.fields, field * FIELD_SIZE + WORD);
        let end = end_of(field);
        if end & NULL_BIT != 0 {
            return (type_id, ValueRef::Null);
        }
        let start = field.checked_sub(1).map_or(0, |before| end_of(before) & !NULL_BIT);
        let bytes = self.data.get(index(start)..index(end)).unwrap_or(&[]);
        (type_id, ValueRef::from_disk(Kind::of(type_id), bytes).unwrap_or(ValueRef::Null))
    }

    /// The types and values of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (Oid, ValueRef<'a>)> + use<'a> {
        let record = *self;
        (0..self.len()).map(move |field| record.get(field))
    }
}

/// Appends the text form: `(1,"a b",)`.
pub(crate) fn output(bytes: &[u8], context: &TextContext<'_>, out: &mut Vec<u8>) -> Result<()> {
    let record = Record::parse(bytes)?;
    out.push(b'(');
    let mut text = Vec::new();
    for (index, (type_id, value)) in record.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if value.is_null() {
            continue;
        }
        text.clear();
        io::output(type_id, value, context, &mut text)?;
        let special = |b: &u8| {
            matches!(b, b'"' | b'\\' | b'(' | b')' | b',') || crate::text::is_space(char::from(*b))
        };
        if !text.is_empty() && !text.iter().any(special) {
            out.extend_from_slice(&text);
            continue;
        }
        out.push(b'"');
        for byte in &text {
            if matches!(byte, b'"' | b'\\') {
                out.push(*byte);
            }
            out.push(*byte);
        }
        out.push(b'"');
    }
    out.push(b')');
    Ok(())
}

/// Appends the binary format: count, then type and counted value of each field.
pub(crate) fn send(bytes: &[u8], context: &TextContext<'_>, out: &mut Vec<u8>) -> Result<()> {
    let record = Record::parse(bytes)?;
    let count = i32::try_from(record.len()).expect("a record has few fields");
    out.extend_from_slice(&count.to_be_bytes());
    for (type_id, value) in record.iter() {
        out.extend_from_slice(&type_id.0.to_be_bytes());
        io::send_counted(type_id, value, context, out)?;
    }
    Ok(())
}

/// The order of two records: by fields, NULL greatest, then by their count.
pub(crate) fn compare(collation: Oid, a: &[u8], b: &[u8]) -> Ordering {
    let (Some(a), Some(b)) = (Record::try_parse(a), Record::try_parse(b)) else { return a.cmp(b) };
    for ((type_id, x), (other, y)) in a.iter().zip(b.iter()) {
        if Kind::of(type_id) != Kind::of(other) {
            // Values of different kinds have no order of their own.
            return type_id.cmp(&other);
        }
        let by_field = match (x.is_null(), y.is_null()) {
            (false, false) => order::compare(type_id, collation, x, y),
            (x, y) => x.cmp(&y),
        };
        if by_field.is_ne() {
            return by_field;
        }
    }
    a.len().cmp(&b.len())
}

#[cold]
fn malformed(source: &str, detail: &str) -> Error {
    let text = format!("malformed record literal: \"{source}\"");
    Error::new(error::SqlState::INVALID_TEXT_REPRESENTATION, text).detail(detail)
}

/// The bytes of a record from text: `(a,"b c",)`. 22P02 and the errors of its fields.
pub(crate) fn input(
    fields: &[(String, Oid, i32)],
    source: &str,
    context: &TextContext<'_>,
) -> Result<Vec<u8>> {
    error::stack_check()?;
    let mut rest = source.trim_start_matches(crate::text::is_space);
    rest = rest.strip_prefix('(').ok_or_else(|| malformed(source, "Missing left parenthesis."))?;
    let mut values = Vec::with_capacity(fields.len());
    for (index, (_, type_id, typmod)) in fields.iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(',').ok_or_else(|| malformed(source, "Too few columns."))?;
        }
        let (text, after) = field_text(source, rest)?;
        rest = after;
        values.push(match text {
            None => crate::Datum::Null,
            Some(text) => {
                let value = io::input(*type_id, *typmod, &text, context)?;
                crate::apply_typmod(*type_id, *typmod, value, false)?
            }
        });
    }
    let after = rest.strip_prefix(')').ok_or_else(|| malformed(source, "Too many columns."))?;
    if !after.trim_start_matches(crate::text::is_space).is_empty() {
        return Err(malformed(source, "Junk after right parenthesis."));
    }
    Ok(build_record(
        fields.iter().map(|field| field.1).zip(values.iter().map(crate::Datum::as_ref)),
    ))
}

/// A field's text without its quotes, `None` where there is none, and what follows.
fn field_text<'a>(source: &str, text: &'a str) -> Result<(Option<String>, &'a str)> {
    if text.starts_with([',', ')']) {
        return Ok((None, text));
    }
    let (mut out, mut quoted) = (String::new(), false);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            ',' | ')' if !quoted => return Ok((Some(out), &text[at..])),
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
