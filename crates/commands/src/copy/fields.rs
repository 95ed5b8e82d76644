//! The fields of a line of COPY data. Memory is used again from line to line, and what stands in the line as it is meant is
//! not copied.

use super::Options;
use std::borrow::Cow;
use std::ops::Range;

/// The fields of one line.
#[derive(Debug, Default)]
pub(super) struct Fields {
    list: Vec<Field>,
    /// What had to be written anew: without quotes, escapes resolved.
    text: String,
}

#[derive(Debug, Clone)]
enum Field {
    Null,
    /// A part of the line.
    Line(Range<usize>),
    /// A part of `text`.
    Text(Range<usize>),
}

impl Fields {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether a field may hold a zero byte: from the line, or from an escape.
    pub(super) fn have_zero(&self, line: &[u8]) -> bool {
        memchr::memchr(0, line).or_else(|| memchr::memchr(0, self.text.as_bytes())).is_some()
    }

    /// A field of the line that was read; `Some(None)` for NULL, `None` behind the last.
    pub(super) fn get<'a>(&'a self, index: usize, line: &'a str) -> Option<Option<&'a str>> {
        self.list.get(index).map(|field| match field {
            Field::Null => None,
            Field::Line(range) => Some(&line[range.clone()]),
            Field::Text(range) => Some(&self.text[range.clone()]),
        })
    }

    /// Reads a csv line; `name` tells the columns' names by number.
    pub(super) fn read_csv<'n>(
        &mut self,
        line: &str,
        options: &Options,
        name: &dyn Fn(usize) -> Option<&'n str>,
    ) {
        self.list.clear();
        self.text.clear();
        let mut place = 0;
        loop {
            let (field, is_quoted, end) = csv_field(line, place, options, &mut self.text);
            let number = self.list.len();
            self.list.push(field);
            if self.get(number, line) == Some(Some(options.null.as_str())) {
                let listed = |list: &[String]| {
                    !list.is_empty() && name(number).is_some_and(|n| list.iter().any(|l| l == n))
                };
                if (!is_quoted || listed(&options.force_null)) && !listed(&options.force_not_null) {
                    self.list[number] = Field::Null;
                }
            }
            if end >= line.len() {
                return;
            }
            place = end + 1;
        }
    }

    /// Reads a line of the text format.
    pub(super) fn read_text(&mut self, line: &str, options: &Options) {
        self.list.clear();
        self.text.clear();
        let bytes = line.as_bytes();
        let (mut start, mut place) = (0, 0);
        loop {
            let rest = bytes.get(place..).unwrap_or_default();
            place += memchr::memchr2(options.delimiter, b'\\', rest).unwrap_or(rest.len());
            match bytes.get(place) {
                Some(b'\\') if place + 1 < bytes.len() => place += 2,
                Some(byte) if *byte != options.delimiter => place += 1,
                end => {
                    let raw = &line[start..place];
                    self.list.push(if raw == options.null {
                        Field::Null
                    } else {
                        match unescape(raw) {
                            Cow::Borrowed(_) => Field::Line(start..place),
                            Cow::Owned(text) => push(&mut self.text, &text),
                        }
                    });
                    if end.is_none() {
                        return;
                    }
                    place += 1;
                    start = place;
                }
            }
        }
    }
}

fn push(text: &mut String, field: &str) -> Field {
    let start = text.len();
    text.push_str(field);
    Field::Text(start..text.len())
}

/// The field that begins at a place, whether any of it is quoted, and where it ends.
fn csv_field(
    line: &str,
    start: usize,
    options: &Options,
    text: &mut String,
) -> (Field, bool, usize) {
    let (delimiter, quote, escape) = (options.delimiter, options.quote, options.escape);
    let rest = &line.as_bytes()[start..];
    let plain = memchr::memchr2(delimiter, quote, rest).unwrap_or(rest.len());
    if rest.get(plain) != Some(&quote) {
        return (Field::Line(start..start + plain), false, start + plain);
    }
    // All of it in quotes, with none of these within.
    if plain == 0
        && let Some(close) = memchr::memchr2(quote, escape, &rest[1..])
        && rest[1 + close] == quote
        && rest.get(close + 2).is_none_or(|next| *next == delimiter)
    {
        return (Field::Line(start + 1..start + 1 + close), true, start + close + 2);
    }
    let begin = text.len();
    let mut place = 0;
    let mut within = false;
    loop {
        let (one, other) = if within { (quote, escape) } else { (delimiter, quote) };
        let found = memchr::memchr2(one, other, &rest[place..]);
        let until = found.map_or(rest.len(), |found| place + found);
        text.push_str(&line[start + place..start + until]);
        place = until;
        let Some(byte) = rest.get(place) else { break };
        let next = rest.get(place + 1).filter(|next| **next == quote || **next == escape);
        if !within && *byte == delimiter {
            break;
        } else if !within {
            within = true;
            place += 1;
        } else if let (true, Some(next)) = (*byte == escape, next) {
            text.push(char::from(*next));
            place += 2;
        } else {
            if *byte == quote {
                within = false;
            } else {
                text.push(char::from(*byte));
            }
            place += 1;
        }
    }
    (Field::Text(begin..text.len()), true, start + place)
}

fn unescape(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            None => bytes.push(b'\\'),
            Some(b'b') => bytes.push(8),
            Some(b'f') => bytes.push(12),
            Some(b'n') => bytes.push(b'\n'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'v') => bytes.push(11),
            Some(first @ b'0'..=b'7') => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    match rest.peek() {
                        Some(digit @ b'0'..=b'7') => value = value * 8 + u32::from(digit - b'0'),
                        _ => break,
                    }
                    rest.next();
                }
                bytes.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            Some(other) => bytes.push(other),
        }
    }
    Cow::Owned(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}
