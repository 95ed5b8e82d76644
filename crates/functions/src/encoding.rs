//! Text in other encodings than the server's own, UTF-8: the single-byte ones.
//!
//! What their bytes from 80 on are is `data/encodings.tsv`, written by `scripts/encodings.py`.

use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use std::collections::HashMap;
use std::sync::LazyLock;

/// An encoding by name.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Ascii,
    Single(&'static Single),
    /// One that surus has not: its name.
    Other(&'static str),
}

/// A single-byte encoding.
struct Single {
    name: &'static str,
    /// The characters of the bytes from 80 to FF.
    characters: Vec<Option<char>>,
    bytes: HashMap<char, u8>,
}

static SINGLE: LazyLock<Vec<Single>> = LazyLock::new(|| {
    let rows = include_str!("../data/encodings.tsv").split('\n').skip(1);
    rows.filter_map(|row| {
        let (name, characters) = row.split_once('\t')?;
        let characters: Vec<Option<char>> =
            characters.chars().map(|c| (c != ' ').then_some(c)).collect();
        let bytes = (0x80u8..=0xFF).zip(&characters);
        let bytes = bytes.filter_map(|(byte, c)| c.map(|c| (c, byte))).collect();
        Some(Single { name, characters, bytes })
    })
    .collect()
});

impl Encoding {
    fn named(name: &str) -> Option<Self> {
        let name = types::encoding::Encoding::named(name)?.name;
        Some(match name {
            "UTF8" => Self::Utf8,
            "SQL_ASCII" => Self::Ascii,
            name => SINGLE
                .iter()
                .find(|single| single.name == name)
                .map_or(Self::Other(name), Self::Single),
        })
    }
}

fn unknown(which: &str, name: &str) -> Error {
    let text = format!("invalid {which} encoding name \"{name}\"");
    Error::new(SqlState::INVALID_PARAMETER_VALUE, text)
}

fn bytes_shown(bytes: &[u8]) -> String {
    let list: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    list.join(" ")
}

fn untranslatable(bytes: &[u8], from: &str, to: &str) -> Error {
    let text = format!(
        "character with byte sequence {} in encoding \"{from}\" has no equivalent in encoding \"{to}\"",
        bytes_shown(bytes)
    );
    Error::new(SqlState::UNTRANSLATABLE_CHARACTER, text)
}

fn not_built(name: &str) -> Error {
    Error::unsupported(format!("encoding {name}"))
}

/// 22021 where the bytes hold a zero.
fn without_zero(bytes: &[u8], encoding: &str) -> Result<()> {
    if bytes.contains(&0) {
        let text = format!("invalid byte sequence for encoding \"{encoding}\": 0x00");
        return Err(Error::new(SqlState::CHARACTER_NOT_IN_REPERTOIRE, text));
    }
    Ok(())
}

/// Text of bytes. 22021 where they are none, 22P05 where a character is none of UTF-8.
fn decode(bytes: &[u8], encoding: Encoding) -> Result<String> {
    match encoding {
        Encoding::Utf8 | Encoding::Ascii => types::text::checked_utf8(bytes).map(str::to_owned),
        Encoding::Single(single) => {
            without_zero(bytes, single.name)?;
            let character = |byte: &u8| match byte.checked_sub(0x80) {
                None => Ok(char::from(*byte)),
                Some(index) => single.characters[usize::from(index)]
                    .ok_or_else(|| untranslatable(&[*byte], single.name, "UTF8")),
            };
            bytes.iter().map(character).collect()
        }
        Encoding::Other(name) => Err(not_built(name)),
    }
}

fn encode(text: &str, encoding: Encoding) -> Result<Vec<u8>> {
    match encoding {
        Encoding::Utf8 | Encoding::Ascii => Ok(text.as_bytes().to_vec()),
        Encoding::Single(single) => {
            let byte =
                |c: char| match u8::try_from(c) {
                    Ok(byte) if byte < 0x80 => Ok(byte),
                    _ => single.bytes.get(&c).copied().ok_or_else(|| {
                        untranslatable(c.to_string().as_bytes(), "UTF8", single.name)
                    }),
                };
            text.chars().map(byte).collect()
        }
        Encoding::Other(name) => Err(not_built(name)),
    }
}

/// Text of bytes in an encoding. 22021, 22023 for an unknown encoding, 0A000 for one that surus has not.
fn convert_from(bytes: &[u8], name: &str) -> Result<String> {
    decode(bytes, Encoding::named(name).ok_or_else(|| unknown("source", name))?)
}

/// The bytes of a text in an encoding. 22P05 where a character has none.
fn convert_to(text: &str, name: &str) -> Result<Vec<u8>> {
    encode(text, Encoding::named(name).ok_or_else(|| unknown("destination", name))?)
}

/// Bytes of one encoding as those of another. 42883 where neither is UTF-8.
fn convert(bytes: &[u8], from: &str, to: &str) -> Result<Vec<u8>> {
    let source = Encoding::named(from).ok_or_else(|| unknown("source", from))?;
    let target = Encoding::named(to).ok_or_else(|| unknown("destination", to))?;
    match (source, target) {
        (Encoding::Single(a), Encoding::Single(b)) if a.name == b.name => {
            without_zero(bytes, a.name)?;
            Ok(bytes.to_vec())
        }
        (Encoding::Single(a), Encoding::Single(b)) => {
            let text = format!(
                "default conversion function for encoding \"{}\" to \"{}\" does not exist",
                a.name, b.name
            );
            Err(Error::new(SqlState::UNDEFINED_FUNCTION, text))
        }
        _ => encode(&decode(bytes, source)?, target),
    }
}

/// The characters of bytes in an encoding. 22021.
fn length(bytes: &[u8], name: &str) -> Result<i32> {
    match Encoding::named(name).ok_or_else(|| {
        let text = format!("invalid encoding name \"{name}\"");
        Error::new(SqlState::INVALID_PARAMETER_VALUE, text)
    })? {
        Encoding::Single(single) => {
            without_zero(bytes, single.name)?;
            crate::text::count(bytes.len())
        }
        encoding @ (Encoding::Utf8 | Encoding::Ascii | Encoding::Other(_)) => {
            crate::text::count(decode(bytes, encoding)?.chars().count())
        }
    }
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("pg_convert_from", |call| call.map2(convert_from)),
    builtin("pg_convert_to", |call| call.map2(convert_to)),
    builtin("pg_convert", |call| call.map3(convert)),
    builtin("length_in_encoding", |call| call.map2(length)),
];
