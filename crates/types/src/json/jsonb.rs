//! jsonb: JSON as a tree in one run of bytes.
//!
//! A value is a tag byte and, little-endian:
//!
//! ```text
//! 0 null   1 false   2 true   3 number: the bytes of a numeric   4 string: UTF-8
//! 5 array: count (4), the end of each element (4, from the first's start), elements
//! 6 object: count (4), the ends of the keys (4 each), the ends of the values (4 each), keys, values
//! ```
//!
//! Keys are unique and ordered by length, then bytes, as PostgreSQL prints them.

use super::{Lexer, Token, write_string};
use crate::numeric::{self, Numeric};
use error::{Error, Result, SqlState, stack_check};
use std::cmp::Ordering;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NUMBER: u8 = 3;
const STRING: u8 = 4;
const ARRAY: u8 = 5;
const OBJECT: u8 = 6;
const WORD: usize = 4;

/// A value of jsonb, borrowed.
#[derive(Debug, Clone, Copy)]
pub enum Json<'a> {
    /// null
    Null,
    /// true or false
    Bool(bool),
    /// The bytes of a numeric.
    Number(&'a [u8]),
    /// Text
    String(&'a str),
    /// Elements
    Array(Items<'a>),
    /// Pairs
    Object(Pairs<'a>),
}

/// The elements of an array.
#[derive(Debug, Clone, Copy)]
pub struct Items<'a> {
    count: usize,
    ends: &'a [u8],
    data: &'a [u8],
}

/// The pairs of an object.
#[derive(Debug, Clone, Copy)]
pub struct Pairs<'a> {
    keys: Items<'a>,
    values: Items<'a>,
}

fn word(bytes: &[u8], index: usize) -> usize {
    let word = bytes.get(index * WORD..(index + 1) * WORD).and_then(|bytes| bytes.try_into().ok());
    usize::try_from(word.map_or(0, u32::from_le_bytes)).unwrap_or(0)
}

impl<'a> Items<'a> {
    /// How many.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn bytes(&self, index: usize) -> &'a [u8] {
        let start = index.checked_sub(1).map_or(0, |before| word(self.ends, before));
        self.data.get(start..word(self.ends, index)).unwrap_or(&[])
    }

    /// The bytes of an element, a jsonb value of its own; `None` beyond the end.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        (index < self.count).then(|| self.bytes(index))
    }

    /// The elements' bytes.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let items = *self;
        (0..items.count).map(move |index| items.bytes(index))
    }
}

impl<'a> Pairs<'a> {
    /// How many.
    pub fn len(&self) -> usize {
        self.keys.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.count == 0
    }

    /// The bytes of a key's value, a jsonb value of its own.
    pub fn get(&self, key: &str) -> Option<&'a [u8]> {
        let (mut low, mut high) = (0, self.keys.count);
        while low < high {
            let middle = (low + high) / 2;
            match key_order(self.keys.bytes(middle), key.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(self.values.bytes(middle)),
            }
        }
        None
    }

    /// The keys and the bytes of their values.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> + use<'a> {
        let pairs = *self;
        (0..pairs.keys.count).map(move |index| {
            let key = std::str::from_utf8(pairs.keys.bytes(index)).unwrap_or("");
            (key, pairs.values.bytes(index))
        })
    }
}

fn key_order(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The value of its bytes; null where they are none.
pub fn parse(bytes: &[u8]) -> Json<'_> {
    let Some((tag, rest)) = bytes.split_first() else { return Json::Null };
    match *tag {
        FALSE => Json::Bool(false),
        TRUE => Json::Bool(true),
        NUMBER => Json::Number(rest),
        STRING => Json::String(std::str::from_utf8(rest).unwrap_or("")),
        ARRAY => {
            let count = word(rest, 0);
            let (ends, data) = rest.split_at((WORD + count * WORD).min(rest.len()));
            Json::Array(Items { count, ends: ends.get(WORD..).unwrap_or(&[]), data })
        }
        OBJECT => {
            let count = word(rest, 0);
            let (head, data) = rest.split_at((WORD + 2 * count * WORD).min(rest.len()));
            let ends = head.get(WORD..).unwrap_or(&[]);
            let (key_ends, value_ends) = ends.split_at((count * WORD).min(ends.len()));
            let keys_size = count.checked_sub(1).map_or(0, |last| word(key_ends, last));
            let (keys, values) = data.split_at(keys_size.min(data.len()));
            Json::Object(Pairs {
                keys: Items { count, ends: key_ends, data: keys },
                values: Items { count, ends: value_ends, data: values },
            })
        }
        _ => Json::Null,
    }
}

/// Appends null.
pub fn write_null(out: &mut Vec<u8>) {
    out.push(NULL);
}

/// Appends true or false.
pub fn write_bool(value: bool, out: &mut Vec<u8>) {
    out.push(if value { TRUE } else { FALSE });
}

/// Appends a number.
pub fn write_number(value: &Numeric, out: &mut Vec<u8>) {
    out.push(NUMBER);
    value.encode(out);
}

/// Appends a string.
pub fn write_text(value: &str, out: &mut Vec<u8>) {
    out.push(STRING);
    out.extend_from_slice(value.as_bytes());
}

/// Appends an array of values' bytes.
pub fn write_items<'v>(items: impl IntoIterator<Item = &'v [u8]>, out: &mut Vec<u8>) -> Result<()> {
    let (mut ends, mut data) = (Vec::new(), Vec::new());
    for item in items {
        data.extend_from_slice(item);
        ends.extend_from_slice(&end_of(&data)?);
    }
    out.push(ARRAY);
    out.extend_from_slice(
        &(u32::try_from(ends.len() / WORD).map_err(|_| too_long())?).to_le_bytes(),
    );
    out.extend_from_slice(&ends);
    out.extend_from_slice(&data);
    Ok(())
}

/// Appends an object; of equal keys the last stays.
pub fn write_pairs(mut pairs: Vec<(String, Vec<u8>)>, out: &mut Vec<u8>) -> Result<()> {
    pairs.reverse();
    pairs.sort_by(|a, b| key_order(a.0.as_bytes(), b.0.as_bytes()));
    pairs.dedup_by(|next, kept| next.0 == kept.0);
    let (mut keys, mut values, mut key_ends, mut value_ends) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (key, value) in &pairs {
        keys.extend_from_slice(key.as_bytes());
        key_ends.extend_from_slice(&end_of(&keys)?);
        values.extend_from_slice(value);
        value_ends.extend_from_slice(&end_of(&values)?);
    }
    out.push(OBJECT);
    out.extend_from_slice(&(u32::try_from(pairs.len()).map_err(|_| too_long())?).to_le_bytes());
    for part in [key_ends, value_ends, keys, values] {
        out.extend_from_slice(&part);
    }
    Ok(())
}

fn end_of(data: &[u8]) -> Result<[u8; WORD]> {
    const SIZE_MAX: usize = 0x0FFF_FFFF;
    if data.len() > SIZE_MAX {
        return Err(too_long());
    }
    Ok(u32::try_from(data.len()).map_err(|_| too_long())?.to_le_bytes())
}

#[cold]
fn too_long() -> Error {
    Error::new(
        SqlState::PROGRAM_LIMIT_EXCEEDED,
        "total size of jsonb array elements exceeds the maximum of 268435455 bytes",
    )
}

/// The bytes of JSON text. 22P02, 22P05, 22003.
pub fn input(source: &str) -> Result<Vec<u8>> {
    let mut lexer = Lexer::new(source);
    let mut out = Vec::with_capacity(source.len() + 16);
    let first = lexer.next_token()?;
    read_value(&mut lexer, first, &mut out)?;
    let last = lexer.next_token()?;
    if last == Token::End { Ok(out) } else { Err(lexer.expected("end of input", last)) }
}

fn read_value(lexer: &mut Lexer<'_>, first: Token, out: &mut Vec<u8>) -> Result<()> {
    match first {
        Token::Null => write_null(out),
        Token::True => write_bool(true, out),
        Token::False => write_bool(false, out),
        Token::Number => write_number(&numeric::input(lexer.token())?, out),
        Token::String => write_text(&lexer.unescaped()?, out),
        Token::OpenArray => return read_array(lexer, out),
        Token::OpenObject => return read_object(lexer, out),
        Token::CloseObject | Token::CloseArray | Token::Comma | Token::Colon | Token::End => {
            return Err(lexer.expected("JSON value", first));
        }
    }
    Ok(())
}

fn read_array(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<()> {
    stack_check()?;
    let mut items: Vec<Vec<u8>> = Vec::new();
    let mut token = lexer.next_token()?;
    while token != Token::CloseArray || !items.is_empty() {
        let mut item = Vec::new();
        read_value(lexer, token, &mut item)?;
        items.push(item);
        token = lexer.next_token()?;
        if token == Token::CloseArray {
            break;
        }
        if token != Token::Comma {
            return Err(lexer.expected("\",\" or \"]\"", token));
        }
        token = lexer.next_token()?;
    }
    write_items(items.iter().map(Vec::as_slice), out)
}

fn read_object(lexer: &mut Lexer<'_>, out: &mut Vec<u8>) -> Result<()> {
    stack_check()?;
    let mut pairs = Vec::new();
    let mut token = lexer.next_token()?;
    while token != Token::CloseObject || !pairs.is_empty() {
        if token != Token::String {
            let wanted = if pairs.is_empty() { "string or \"}\"" } else { "string" };
            return Err(lexer.expected(wanted, token));
        }
        let key = lexer.unescaped()?;
        token = lexer.next_token()?;
        if token != Token::Colon {
            return Err(lexer.expected("\":\"", token));
        }
        token = lexer.next_token()?;
        let mut value = Vec::new();
        read_value(lexer, token, &mut value)?;
        pairs.push((key, value));
        token = lexer.next_token()?;
        if token == Token::CloseObject {
            break;
        }
        if token != Token::Comma {
            return Err(lexer.expected("\",\" or \"}\"", token));
        }
        token = lexer.next_token()?;
    }
    write_pairs(pairs, out)
}

/// Appends the text form: `{"a": 1, "b": [1, 2]}`.
pub fn output(bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    stack_check()?;
    match parse(bytes) {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Number(number) => Numeric::decode(number).write(out),
        Json::String(text) => write_string(text, out),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(b", ");
                }
                output(item, out)?;
            }
            out.push(b']');
        }
        Json::Object(pairs) => {
            out.push(b'{');
            for (index, (key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(b", ");
                }
                write_string(key, out);
                out.extend_from_slice(b": ");
                output(value, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

/// The order of two values: objects after arrays, booleans, numbers, strings and null; an empty array at the top first.
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let empty = |json: &Json<'_>| matches!(json, Json::Array(items) if items.is_empty());
    let (x, y) = (parse(a), parse(b));
    match (empty(&x), empty(&y)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => compare_values(x, y),
    }
}

fn rank(json: &Json<'_>) -> u8 {
    match json {
        Json::Null => 0,
        Json::String(_) => 1,
        Json::Number(_) => 2,
        Json::Bool(_) => 3,
        Json::Array(_) => 4,
        Json::Object(_) => 5,
    }
}

fn compare_values(a: Json<'_>, b: Json<'_>) -> Ordering {
    match (a, b) {
        (Json::String(a), Json::String(b)) => a.cmp(b),
        (Json::Number(a), Json::Number(b)) => Numeric::decode(a).cmp(&Numeric::decode(b)),
        (Json::Bool(a), Json::Bool(b)) => a.cmp(&b),
        (Json::Array(a), Json::Array(b)) => a.len().cmp(&b.len()).then_with(|| {
            let orders = a.iter().zip(b.iter()).map(|(x, y)| compare_values(parse(x), parse(y)));
            orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }),
        (Json::Object(a), Json::Object(b)) => a.len().cmp(&b.len()).then_with(|| {
            let orders = a
                .iter()
                .zip(b.iter())
                .map(|((k, x), (l, y))| k.cmp(l).then_with(|| compare_values(parse(x), parse(y))));
            orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }),
        (a, b) => rank(&a).cmp(&rank(&b)),
    }
}
