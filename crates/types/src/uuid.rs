//! uuid: 16 bytes.

use error::{Error, Result, SqlState};

/// The bytes of a text: 32 hex digits, a hyphen after any four, braces around. 22P02.
pub fn input(source: &str) -> Result<[u8; 16]> {
    parse(source.as_bytes()).ok_or_else(|| {
        Error::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            format!("invalid input syntax for type uuid: \"{source}\""),
        )
    })
}

fn parse(source: &[u8]) -> Option<[u8; 16]> {
    let mut rest = match source {
        [b'{', inner @ .., b'}'] => inner,
        [b'{', ..] => return None,
        _ => source,
    };
    let mut bytes = [0; 16];
    for (index, byte) in bytes.iter_mut().enumerate() {
        let [high, low, after @ ..] = rest else { return None };
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = (digit(*high)? << 4) | digit(*low)?;
        rest = match after {
            [b'-', after @ ..] if index % 2 == 1 && index < 15 => after,
            _ => after,
        };
    }
    rest.is_empty().then_some(bytes)
}

/// Appends the text form.
pub fn write(bytes: [u8; 16], out: &mut Vec<u8>) {
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        crate::bytea::encode_hex(&[*byte], out);
    }
}
