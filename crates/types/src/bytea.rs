//! bytea: hex and escape forms.

use error::{Error, Result, SqlState};

/// Bytes of a text: `\x` and hex digits, or the escape form. 22023, 22P02.
pub fn input(source: &str) -> Result<Vec<u8>> {
    if let Some(digits) = source.strip_prefix("\\x") {
        return decode_hex(digits);
    }
    decode_escape(source).ok_or_else(|| {
        Error::new(SqlState::INVALID_TEXT_REPRESENTATION, "invalid input syntax for type bytea")
    })
}

/// Bytes of hex digits, blanks between pairs allowed. 22023.
pub fn decode_hex(source: &str) -> Result<Vec<u8>> {
    let invalid = |message: String| Error::new(SqlState::INVALID_PARAMETER_VALUE, message);
    let mut bytes = Vec::with_capacity(source.len() / 2);
    let mut characters = source.chars();
    while let Some(high) = characters.next() {
        if matches!(high, ' ' | '\n' | '\t' | '\r') {
            continue;
        }
        let digit = |c: char| {
            let value = c.to_digit(16).and_then(|value| u8::try_from(value).ok());
            value.ok_or_else(|| invalid(format!("invalid hexadecimal digit: \"{c}\"")))
        };
        let high = digit(high)?;
        let Some(low) = characters.next() else {
            return Err(invalid("invalid hexadecimal data: odd number of digits".to_owned()));
        };
        bytes.push((high << 4) | digit(low)?);
    }
    Ok(bytes)
}

/// Bytes of the escape form: `\\` and `\ooo`; `None` for any other backslash.
pub fn decode_escape(source: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(source.len());
    let mut rest = source.as_bytes();
    loop {
        rest = match rest {
            [] => return Some(bytes),
            [b'\\', b'\\', after @ ..] => {
                bytes.push(b'\\');
                after
            }
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] => {
                bytes.push(((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0'));
                after
            }
            [b'\\', ..] => return None,
            [byte, after @ ..] => {
                bytes.push(*byte);
                after
            }
        };
    }
}

/// Appends hex digits.
pub fn encode_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Appends the escape form.
pub fn encode_escape(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x20..=0x7E => out.push(*byte),
            _ => {
                let octal = [byte >> 6, (byte >> 3) & 7, byte & 7].map(|digit| b'0' + digit);
                out.push(b'\\');
                out.extend_from_slice(&octal);
            }
        }
    }
}
