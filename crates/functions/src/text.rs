//! Functions of text that know nothing but characters.

use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use types::text::{TooLong, fit_bpchar, fit_varchar, is_space, name, trim_blanks};

/// The most bytes of a value.
pub(crate) const VALUE_BYTES_MAX: usize = 0x3FFF_FFFF;

#[cold]
pub(crate) fn too_large() -> Error {
    Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "requested length too large")
}

#[cold]
fn negative_length() -> Error {
    Error::new(SqlState::SUBSTRING_ERROR, "negative substring length not allowed")
}

pub(crate) fn count(n: usize) -> Result<i32> {
    i32::try_from(n).map_err(|_| too_large())
}

/// The byte position of a character by index; the text's end where there are fewer.
fn position(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

/// Characters from a 1-based position on, which may lie before the text.
fn substring_from(text: &str, start: i32) -> &str {
    let skipped = usize::try_from(i64::from(start) - 1).unwrap_or(0);
    &text[position(text, skipped)..]
}

/// So many characters from a 1-based position on, which may lie before the text. 22011 for a negative length.
pub(crate) fn substring(text: &str, start: i32, length: i32) -> Result<&str> {
    if length < 0 {
        return Err(negative_length());
    }
    let end = i64::from(start) - 1 + i64::from(length);
    let (start, end) =
        (usize::try_from(i64::from(start) - 1).unwrap_or(0), usize::try_from(end).unwrap_or(0));
    if end <= start {
        return Ok("");
    }
    let from = position(text, start);
    let rest = &text[from..];
    Ok(&rest[..position(rest, end - start)])
}

/// The first `n` characters, or all but the last `-n`.
fn left(text: &str, n: i32) -> &str {
    let kept = match usize::try_from(n) {
        Ok(n) => n,
        Err(_) => {
            text.chars().count().saturating_sub(usize::try_from(n.unsigned_abs()).unwrap_or(0))
        }
    };
    &text[..position(text, kept)]
}

/// The last `n` characters, or all but the first `-n`.
fn right(text: &str, n: i32) -> &str {
    // There is no such number of characters to drop: PostgreSQL drops none.
    if n == i32::MIN {
        return text;
    }
    let dropped = match usize::try_from(n) {
        Ok(n) => text.chars().count().saturating_sub(n),
        Err(_) => usize::try_from(n.unsigned_abs()).unwrap_or(0),
    };
    &text[position(text, dropped)..]
}

/// Unicode's simple case mapping, as the builtin locale C.UTF-8 has it: one character for one.
fn map_case(text: &str, map: impl Fn(char) -> char) -> String {
    text.chars().map(map).collect()
}

fn lower_char(c: char) -> char {
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        // The one letter whose full mapping is longer: its simple one drops the dot.
        _ if c == '\u{130}' => 'i',
        _ => c,
    }
}

fn upper_char(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { map_case(text, lower_char) }
}

pub(crate) fn upper(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { map_case(text, upper_char) }
}

fn initcap(text: &str) -> String {
    let mut in_word = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        out.push(if in_word { lower_char(c) } else { upper_char(c) });
        in_word = c.is_alphanumeric();
    }
    out
}

/// Fills up to a length in characters, or cuts. 54000.
pub(crate) fn pad(text: &str, length: i32, fill: &str, at_left: bool) -> Result<String> {
    let length = usize::try_from(length).unwrap_or(0);
    let own = text.chars().count();
    if length <= own || fill.is_empty() {
        return Ok(text[..position(text, length)].to_owned());
    }
    if length > VALUE_BYTES_MAX {
        return Err(too_large());
    }
    let padding: String = fill.chars().cycle().take(length - own).collect();
    if padding.len() + text.len() > VALUE_BYTES_MAX {
        return Err(too_large());
    }
    Ok(if at_left { padding + text } else { format!("{text}{padding}") })
}

fn repeat(text: &str, times: i32) -> Result<String> {
    let times = usize::try_from(times).unwrap_or(0);
    match text.len().checked_mul(times) {
        Some(length) if length <= VALUE_BYTES_MAX => Ok(text.repeat(times)),
        _ => Err(too_large()),
    }
}

fn replace(text: &str, from: &str, to: &str) -> Result<String> {
    if from.is_empty() {
        return Ok(text.to_owned());
    }
    let found = text.matches(from).count();
    let grown = text.len().saturating_add(found.saturating_mul(to.len()));
    if grown > VALUE_BYTES_MAX && to.len() > from.len() {
        return Err(too_large());
    }
    Ok(text.replace(from, to))
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    text.chars()
        .filter_map(|c| match from.iter().position(|f| *f == c) {
            Some(index) => to.get(index).copied(),
            None => Some(c),
        })
        .collect()
}

/// The 1-based position of a part in characters; 0 where there is none.
fn find(text: &str, part: &str) -> Result<i32> {
    match text.find(part) {
        Some(at) => count(text[..at].chars().count() + 1),
        None => Ok(0),
    }
}

/// A field by its 1-based number, from the end where negative. 22023 for 0.
fn split_part(text: &str, separator: &str, field: i32) -> Result<String> {
    let index = field.unsigned_abs() as usize;
    if index == 0 {
        return Err(Error::new(
            SqlState::INVALID_PARAMETER_VALUE,
            "field position must not be zero",
        ));
    }
    if text.is_empty() {
        return Ok(String::new());
    }
    if separator.is_empty() {
        return Ok(if index == 1 { text.to_owned() } else { String::new() });
    }
    let part = if field > 0 {
        text.split(separator).nth(index - 1)
    } else {
        let fields: Vec<&str> = text.split(separator).collect();
        fields.len().checked_sub(index).map(|at| fields[at])
    };
    Ok(part.unwrap_or("").to_owned())
}

fn ascii(text: &str) -> i32 {
    text.chars().next().map_or(0, |c| i32::try_from(u32::from(c)).unwrap_or(0))
}

/// The character of a code point. 54000 where there is none.
fn chr(code: i32) -> Result<String> {
    let limit = |message: String| Err(Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, message));
    let Ok(code) = u32::try_from(code) else {
        return Err(Error::new(
            SqlState::INVALID_PARAMETER_VALUE,
            "character number must be positive",
        ));
    };
    if code == 0 {
        return limit("null character not permitted".to_owned());
    }
    match char::from_u32(code) {
        Some(c) => Ok(c.to_string()),
        None if code > 0x10_FFFF => {
            limit(format!("requested character too large for encoding: {code}"))
        }
        None => limit(format!("requested character not valid for encoding: {code}")),
    }
}

fn overlay(text: &str, new: &str, start: i32, length: i32) -> Result<String> {
    if start <= 0 {
        return Err(negative_length());
    }
    let end = start.checked_add(length).ok_or_else(crate::integer::int4_range)?;
    let head = substring(text, 1, start - 1)?;
    Ok(format!("{head}{new}{}", substring_from(text, end)))
}

fn trim<'t>(text: &'t str, set: &str, left: bool, right: bool) -> &'t str {
    let in_set = |c: char| set.contains(c);
    let text = if left { text.trim_start_matches(in_set) } else { text };
    if right { text.trim_end_matches(in_set) } else { text }
}

fn concat(a: &str, b: &str) -> Result<String> {
    if a.len() + b.len() > VALUE_BYTES_MAX {
        return Err(too_large());
    }
    let mut both = String::with_capacity(a.len() + b.len());
    both.push_str(a);
    both.push_str(b);
    Ok(both)
}

fn to_base(value: u64, base: u32) -> String {
    match base {
        2 => format!("{value:b}"),
        8 => format!("{value:o}"),
        _ => format!("{value:x}"),
    }
}

fn narrow_base(value: i32, base: u32) -> String {
    to_base(u64::from(value.cast_unsigned()), base)
}

/// Text with `\XXXX`, `\+XXXXXX`, `\uXXXX` and `\UXXXXXXXX` replaced. 42601, 22P02.
fn unistr(text: &str) -> Result<String> {
    let invalid = || {
        Error::new(SqlState::SYNTAX_ERROR, "invalid Unicode escape")
            .hint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")
    };
    let pair = || Error::new(SqlState::SYNTAX_ERROR, "invalid Unicode surrogate pair");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut high: Option<u32> = None;
    while let Some(c) = rest.chars().next() {
        if c != '\\' || rest.starts_with("\\\\") {
            if high.is_some() {
                return Err(pair());
            }
            out.push(c);
            rest = &rest[if c == '\\' { 2 } else { c.len_utf8() }..];
            continue;
        }
        let (skip, digits) = match rest.as_bytes().get(1) {
            Some(b'u') => (2, 4),
            Some(b'U') => (2, 8),
            Some(b'+') => (2, 6),
            Some(_) | None => (1, 4),
        };
        let code =
            rest.get(skip..skip + digits).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = code.and_then(|d| u32::from_str_radix(d, 16).ok()).ok_or_else(invalid)?;
        rest = &rest[skip + digits..];
        match (high.take(), code) {
            (None, 0xD800..=0xDBFF) => high = Some(code),
            (Some(first), 0xDC00..=0xDFFF) => {
                let joined = 0x10000 + ((first - 0xD800) << 10) + (code - 0xDC00);
                out.push(char::from_u32(joined).ok_or_else(pair)?);
            }
            (Some(_), _) | (None, 0xDC00..=0xDFFF) => return Err(pair()),
            (None, 0) => return Err(invalid_code()),
            (None, code) => out.push(char::from_u32(code).ok_or_else(invalid_code)?),
        }
    }
    if high.is_some() { Err(pair()) } else { Ok(out) }
}

#[cold]
fn invalid_code() -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, "invalid Unicode code point")
}

fn too_long(explicit: bool) -> TooLong {
    if explicit { TooLong::Cut } else { TooLong::Check }
}

fn as_str(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("")
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("textcat", |call| call.map2(concat)),
    builtin("textlen", |call| call.map1(|a: &str| count(a.chars().count()))),
    builtin("textoctetlen", |call| call.map1(|a: &str| count(a.len()))),
    builtin("bpcharlen", |call| {
        call.map1(|a: &[u8]| count(as_str(trim_blanks(a)).chars().count()))
    }),
    builtin("bpcharoctetlen", |call| call.map1(|a: &str| count(a.len()))),
    builtin("lower", |call| call.map1(|a: &str| Ok(lower(a)))),
    builtin("upper", |call| call.map1(|a: &str| Ok(upper(a)))),
    builtin("initcap", |call| call.map1(|a: &str| Ok(initcap(a)))),
    builtin("casefold", |call| call.map1(|a: &str| Ok(lower(a)))),
    builtin("text_substr", |call| {
        call.map3(|a: &str, start: i32, length: i32| substring(a, start, length).map(str::to_owned))
    }),
    builtin("text_substr_no_len", |call| {
        call.map2(|a: &str, start: i32| Ok(substring_from(a, start).to_owned()))
    }),
    builtin("text_left", |call| call.map2(|a: &str, n: i32| Ok(left(a, n).to_owned()))),
    builtin("text_right", |call| call.map2(|a: &str, n: i32| Ok(right(a, n).to_owned()))),
    builtin("text_reverse", |call| call.map1(|a: &str| Ok(a.chars().rev().collect::<String>()))),
    builtin("lpad", |call| call.map3(|a: &str, n: i32, fill: &str| pad(a, n, fill, true))),
    builtin("rpad", |call| call.map3(|a: &str, n: i32, fill: &str| pad(a, n, fill, false))),
    builtin("btrim", |call| {
        call.map2(|a: &str, set: &str| Ok(trim(a, set, true, true).to_owned()))
    }),
    builtin("ltrim", |call| {
        call.map2(|a: &str, set: &str| Ok(trim(a, set, true, false).to_owned()))
    }),
    builtin("rtrim", |call| {
        call.map2(|a: &str, set: &str| Ok(trim(a, set, false, true).to_owned()))
    }),
    builtin("btrim1", |call| call.map1(|a: &str| Ok(trim(a, " ", true, true).to_owned()))),
    builtin("ltrim1", |call| call.map1(|a: &str| Ok(trim(a, " ", true, false).to_owned()))),
    builtin("rtrim1", |call| call.map1(|a: &str| Ok(trim(a, " ", false, true).to_owned()))),
    builtin("replace_text", |call| call.map3(replace)),
    builtin("translate", |call| {
        call.map3(|a: &str, from: &str, to: &str| Ok(translate(a, from, to)))
    }),
    builtin("repeat", |call| call.map2(repeat)),
    builtin("textpos", |call| call.map2(find)),
    builtin("split_part", |call| call.map3(split_part)),
    builtin("text_starts_with", |call| call.map2(|a: &str, b: &str| Ok(a.starts_with(b)))),
    builtin("ascii", |call| call.map1(|a: &str| Ok(ascii(a)))),
    builtin("chr", |call| call.map1(chr)),
    builtin("textoverlay", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            let text = |index: usize| arguments[index].get(row).bytes().map_or("", as_str);
            let number = |index: usize| crate::call::int4(arguments[index].get(row));
            overlay(text(0), text(1), number(2), number(3))
        })
    }),
    builtin("textoverlay_no_len", |call| {
        call.map3(|a: &str, new: &str, start: i32| {
            overlay(a, new, start, count(new.chars().count())?)
        })
    }),
    builtin("to_hex32", |call| call.map1(|a: i32| Ok(narrow_base(a, 16)))),
    builtin("to_hex64", |call| call.map1(|a: i64| Ok(to_base(a.cast_unsigned(), 16)))),
    builtin("to_oct32", |call| call.map1(|a: i32| Ok(narrow_base(a, 8)))),
    builtin("to_oct64", |call| call.map1(|a: i64| Ok(to_base(a.cast_unsigned(), 8)))),
    builtin("to_bin32", |call| call.map1(|a: i32| Ok(narrow_base(a, 2)))),
    builtin("to_bin64", |call| call.map1(|a: i64| Ok(to_base(a.cast_unsigned(), 2)))),
    builtin("unistr", |call| call.map1(unistr)),
    builtin("quote_ident", |call| call.map1(|a: &str| Ok(types::quote_identifier(a)))),
    builtin("quote_literal", |call| call.map1(|a: &str| Ok(types::quote_literal(a)))),
    builtin("quote_nullable", |call| {
        call.map1(|a: Option<&str>| Ok(a.map_or("NULL".to_owned(), types::quote_literal)))
    }),
    builtin("text_name", |call| call.map1(|a: &str| Ok(name(a).to_owned()))),
    builtin("bpchar_name", |call| {
        call.map1(|a: &[u8]| Ok(name(as_str(trim_blanks(a))).to_owned()))
    }),
    builtin("name_text", |call| call.map1(|a: &str| Ok(a.to_owned()))),
    builtin("name_bpchar", |call| call.map1(|a: &str| Ok(a.to_owned()))),
    builtin("nameconcatoid", |call| {
        call.map2(|a: &str, b: i64| {
            let suffix = format!("_{b}");
            let kept = a.floor_char_boundary(types::text::NAME_BYTES_MAX - suffix.len());
            Ok(format!("{}{suffix}", &a[..kept]))
        })
    }),
    builtin("text_char", |call| call.map1(|a: &str| Ok(i16::from(types::text::input_char(a))))),
    builtin("char_text", |call| call.map1(char_text)),
    builtin("char_bpchar", |call| call.map1(char_text)),
    builtin("bpchar", |call| {
        call.map3(|a: &str, typmod: i32, explicit: bool| {
            let size = usize::try_from(typmod).unwrap_or(0);
            // Only padding is asked for before it is known that there is room for it.
            if size > VALUE_BYTES_MAX && a.len() < size {
                let padded = size + a.len() - a.chars().count();
                let text = format!("invalid memory alloc request size {padded}");
                return Err(Error::internal(text));
            }
            fit_bpchar(a, typmod, too_long(explicit))
        })
    }),
    builtin("varchar", |call| {
        call.map3(|a: &str, typmod: i32, explicit: bool| {
            fit_varchar(a, typmod, too_long(explicit)).map(str::to_owned)
        })
    }),
];

fn char_text(value: i16) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    types::text::write_char(u8::try_from(value).unwrap_or(0), &mut out);
    Ok(out)
}

/// A list of identifiers with dots between, as SQL reads them. 22023.
pub(crate) fn parse_identifiers(source: &str, strict: bool) -> Result<Vec<String>> {
    let invalid = || {
        Error::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("string is not a valid identifier: \"{source}\""),
        )
    };
    let mut parts = Vec::new();
    let mut rest = source.trim_start_matches(is_space);
    let mut after_dot = false;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut part = String::new();
            let mut inner = quoted;
            loop {
                let Some(end) = inner.find('"') else {
                    return Err(invalid().detail("String has unclosed double quotes."));
                };
                part.push_str(&inner[..end]);
                inner = &inner[end + 1..];
                match inner.strip_prefix('"') {
                    Some(after) => {
                        part.push('"');
                        inner = after;
                    }
                    None => break,
                }
            }
            if part.is_empty() {
                return Err(invalid().detail("Quoted identifier must not be empty."));
            }
            parts.push(part);
            rest = inner;
        } else {
            let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
            let goes_on = |c: char| starts(c) || c.is_ascii_digit() || c == '$';
            let end = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
            if !rest.starts_with(starts) || end == 0 {
                let detail = if after_dot {
                    "No valid identifier after \".\"."
                } else if rest.starts_with('.') {
                    "No valid identifier before \".\"."
                } else {
                    ""
                };
                return Err(if detail.is_empty() { invalid() } else { invalid().detail(detail) });
            }
            parts.push(lower(&rest[..end]));
            rest = &rest[end..];
        }
        rest = rest.trim_start_matches(is_space);
        match rest.strip_prefix('.') {
            Some(after) => {
                rest = after.trim_start_matches(is_space);
                after_dot = true;
            }
            None if rest.is_empty() || !strict => return Ok(parts),
            None => return Err(invalid()),
        }
    }
}
