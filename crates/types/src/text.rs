//! text, varchar, bpchar, name, "char", bytea: characters and bytes.

use error::{Error, Result, SqlState};

/// The most bytes of a name, its end not counted.
pub const NAME_BYTES_MAX: usize = 63;
/// The greatest length of varchar(n) and char(n).
const LENGTH_MAX: i32 = 10_485_760;
/// A typmod of varchar(n) is n plus this.
const TYPMOD_OFFSET: i32 = 4;

/// What C's isspace takes for blank.
pub fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// The text of bytes from a client. 22021 where they are not UTF-8 or hold a zero.
pub fn checked_utf8(bytes: &[u8]) -> Result<&str> {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => match bytes.iter().position(|b| *b == 0) {
            None => return Ok(text),
            Some(zero) => zero,
        },
        Err(error) => {
            let valid = error.valid_up_to();
            bytes.iter().position(|b| *b == 0).map_or(valid, |zero| zero.min(valid))
        }
    };
    let rest = &bytes[valid..];
    let length = match rest[0] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    };
    let shown: Vec<String> = rest.iter().take(length).map(|b| format!("0x{b:02x}")).collect();
    Err(Error::new(
        SqlState::CHARACTER_NOT_IN_REPERTOIRE,
        format!("invalid byte sequence for encoding \"UTF8\": {}", shown.join(" ")),
    ))
}

/// A name: cut to 63 bytes between characters.
pub fn name(source: &str) -> &str {
    &source[..source.floor_char_boundary(NAME_BYTES_MAX)]
}

/// A "char" from text: its first byte, or an octal escape `\ooo`; 0 for nothing.
pub fn input_char(source: &str) -> u8 {
    match source.as_bytes() {
        [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7'] => {
            ((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0')
        }
        [first, ..] => *first,
        [] => 0,
    }
}

/// Appends the text form of a "char".
pub fn write_char(value: u8, out: &mut Vec<u8>) {
    match value {
        0 => {}
        1..=0x7F => out.push(value),
        _ => {
            let octal = [value >> 6, (value >> 3) & 7, value & 7].map(|digit| b'0' + digit);
            out.push(b'\\');
            out.extend_from_slice(&octal);
        }
    }
}

/// A text without its trailing blanks: what counts of a bpchar.
#[inline]
pub fn trim_blanks(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| *b != b' ').map_or(0, |last| last + 1);
    &bytes[..end]
}

/// The most characters of a typmod of varchar or bpchar; `None` for -1.
pub fn length_limit(typmod: i32) -> Option<usize> {
    typmod.checked_sub(TYPMOD_OFFSET).and_then(|length| usize::try_from(length).ok())
}

/// What becomes of a text that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLong {
    /// Blanks are cut, other characters are an error: an assignment.
    Check,
    /// Everything is cut: an explicit cast.
    Cut,
}

/// The text within a varchar's limit. 22001.
pub fn fit_varchar(source: &str, typmod: i32, too_long: TooLong) -> Result<&str> {
    let Some(limit) = length_limit(typmod).filter(|limit| source.len() > *limit) else {
        return Ok(source);
    };
    let Some((end, _)) = source.char_indices().nth(limit) else { return Ok(source) };
    if too_long == TooLong::Check && source[end..].bytes().any(|b| b != b' ') {
        return Err(too_long_error("character varying", limit));
    }
    Ok(&source[..end])
}

/// The text cut or filled with blanks to a bpchar's length. 22001.
pub fn fit_bpchar(source: &str, typmod: i32, too_long: TooLong) -> Result<String> {
    let Some(limit) = length_limit(typmod) else { return Ok(source.to_owned()) };
    if let Some((end, _)) = source.char_indices().nth(limit) {
        if too_long == TooLong::Check && source[end..].bytes().any(|b| b != b' ') {
            return Err(too_long_error("character", limit));
        }
        return Ok(source[..end].to_owned());
    }
    let missing = limit - source.chars().count();
    let mut padded = String::with_capacity(source.len() + missing);
    padded.push_str(source);
    padded.extend(std::iter::repeat_n(' ', missing));
    Ok(padded)
}

#[cold]
fn too_long_error(kind: &str, limit: usize) -> Error {
    Error::new(
        SqlState::STRING_DATA_RIGHT_TRUNCATION,
        format!("value too long for type {kind}({limit})"),
    )
}

/// The typmod of varchar(n) or char(n). 22023.
pub(crate) fn typmod(modifiers: &[i32], kind: &str) -> Result<i32> {
    let invalid = |message: String| Error::new(SqlState::INVALID_PARAMETER_VALUE, message);
    let [length] = *modifiers else { return Err(invalid("invalid type modifier".to_owned())) };
    if length < 1 {
        return Err(invalid(format!("length for type {kind} must be at least 1")));
    }
    if length > LENGTH_MAX {
        return Err(invalid(format!("length for type {kind} cannot exceed {LENGTH_MAX}")));
    }
    Ok(length + TYPMOD_OFFSET)
}

/// The typmod of bit(n) or varbit(n): n itself. 22023.
pub(crate) fn typmod_bits(modifiers: &[i32], kind: &str) -> Result<i32> {
    typmod(modifiers, kind).map(|typmod| typmod - TYPMOD_OFFSET)
}
