//! money: an i64 of hundredths, shown as the C locale has it in PostgreSQL: `$1,234.56`.

use crate::io::invalid_input;
use crate::text::is_space;
use error::{Error, Result, SqlState};

/// A money value from text. 22P02, 22003.
pub(crate) fn input(source: &str) -> Result<i64> {
    let overflow = || {
        let text = format!("value \"{source}\" is out of range for type money");
        Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, text)
    };
    let mut rest = source.trim_start_matches(is_space);
    rest = rest.strip_prefix('$').unwrap_or(rest).trim_start_matches(is_space);
    let mut negative = false;
    if let Some(after) = rest.strip_prefix(['-', '(']) {
        negative = true;
        rest = after;
    } else if let Some(after) = rest.strip_prefix('+') {
        rest = after;
    }
    rest = rest.trim_start_matches(is_space);
    rest = rest.strip_prefix('$').unwrap_or(rest).trim_start_matches(is_space);
    let (mut value, mut places, mut point, mut round, mut any) = (0i64, 0, false, None, false);
    let mut at = 0;
    for c in rest.chars() {
        match c.to_digit(10) {
            Some(digit) if !point || places < 2 => {
                // The value is kept negative, where there is one more.
                value = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_sub(i64::from(digit)))
                    .ok_or_else(overflow)?;
                places += i32::from(point);
            }
            Some(digit) => {
                if round.is_none() {
                    round = Some(digit >= 5);
                }
            }
            None if c == '.' && !point => point = true,
            None if c == ',' && !point => {}
            None => break,
        }
        any |= c.is_ascii_digit();
        at += c.len_utf8();
    }
    for _ in places..2 {
        value = value.checked_mul(10).ok_or_else(overflow)?;
    }
    if round == Some(true) {
        value = value.checked_sub(1).ok_or_else(overflow)?;
    }
    let mut tail = &rest[at..];
    while let Some(c) = tail.chars().next() {
        if is_space(c) || matches!(c, ')' | '+' | '$') {
        } else if c == '-' {
            negative = true;
        } else {
            return Err(invalid_input("money", source));
        }
        tail = &tail[c.len_utf8()..];
    }
    if !any {
        return Err(invalid_input("money", source));
    }
    if negative { Ok(value) } else { value.checked_neg().ok_or_else(overflow) }
}

/// Appends the text form.
pub(crate) fn write(value: i64, out: &mut Vec<u8>) {
    let magnitude = value.unsigned_abs();
    let whole = (magnitude / 100).to_string();
    if value < 0 {
        out.push(b'-');
    }
    out.push(b'$');
    for (index, digit) in whole.bytes().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(b',');
        }
        out.push(digit);
    }
    out.extend_from_slice(format!(".{:02}", magnitude % 100).as_bytes());
}
