//! float4 and float8.

use crate::text::is_space;
use error::{Error, Result, SqlState};

#[cold]
fn invalid(kind: &str, source: &str) -> Error {
    Error::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        format!("invalid input syntax for type {kind}: \"{source}\""),
    )
}

#[cold]
fn out_of_range(kind: &str, digits: &str) -> Error {
    Error::new(
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
        format!("\"{digits}\" is out of range for type {kind}"),
    )
}

/// A float8 from text. 22P02, 22003.
pub fn input8(source: &str) -> Result<f64> {
    const KIND: &str = "double precision";
    let trimmed = source.trim_matches(is_space);
    if let Some(special) = special(trimmed) {
        return Ok(special);
    }
    let value: f64 = well_formed(trimmed)
        .then(|| trimmed.parse().ok())
        .flatten()
        .ok_or_else(|| invalid(KIND, source))?;
    if value.is_infinite() || (value == 0.0 && has_nonzero_digit(trimmed)) {
        return Err(out_of_range(KIND, trimmed));
    }
    Ok(value)
}

/// A float4 from text. 22P02, 22003.
pub fn input4(source: &str) -> Result<f32> {
    const KIND: &str = "real";
    let trimmed = source.trim_matches(is_space);
    if let Some(special) = special(trimmed) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "infinities and NaN stay what they are"
        )]
        return Ok(special as f32);
    }
    let value: f32 = well_formed(trimmed)
        .then(|| trimmed.parse().ok())
        .flatten()
        .ok_or_else(|| invalid(KIND, source))?;
    if value.is_infinite() || (value == 0.0 && has_nonzero_digit(trimmed)) {
        return Err(out_of_range(KIND, trimmed));
    }
    Ok(value)
}

fn special(word: &str) -> Option<f64> {
    let (negative, name) = match word.as_bytes().first()? {
        b'-' => (true, &word[1..]),
        b'+' => (false, &word[1..]),
        _ => (false, word),
    };
    if name.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let infinite = name.eq_ignore_ascii_case("infinity") || name.eq_ignore_ascii_case("inf");
    infinite.then_some(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
}

/// Whether Rust's parser and C's take it alike: no words.
fn well_formed(number: &str) -> bool {
    number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
}

fn has_nonzero_digit(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or(number);
    mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'))
}
