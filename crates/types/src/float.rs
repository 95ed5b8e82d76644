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
    if let Some(special) = special(trimmed).or_else(|| hexadecimal(trimmed)) {
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
    if let Some(special) = special(trimmed).or_else(|| hexadecimal(trimmed)) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "infinities and NaN stay what they are, hexadecimal numbers round once"
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

/// A hexadecimal number as C's strtod reads it: 0x1.8p3.
fn hexadecimal(word: &str) -> Option<f64> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"))?;
    let (mantissa, exponent) = match digits.find(['p', 'P']) {
        Some(at) => (&digits[..at], digits[at + 1..].parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || all.len() > 13 || !all.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let value = u64::from_str_radix(&all, 16).ok()? as f64;
    let scale = exponent - 4 * i32::try_from(fraction.len()).ok()?;
    let value = value * 2f64.powi(scale);
    Some(if negative { -value } else { value })
}

/// Whether Rust's parser and C's take it alike: no words.
fn well_formed(number: &str) -> bool {
    number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
}

fn has_nonzero_digit(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or(number);
    mantissa.bytes().any(|b| matches!(b, b'1'..=b'9'))
}

/// Appends the text form of a float8: the shortest exact one where `extra_float_digits` is above 0.
pub fn write8(value: f64, extra_float_digits: i32, out: &mut Vec<u8>) {
    if special_name(value, out) {
        return;
    }
    if extra_float_digits > 0 {
        let mut buffer = zmij::Buffer::new();
        shortest(buffer.format_finite(value), 15, out);
    } else {
        general(value, (15 + extra_float_digits).max(1), out);
    }
}

/// Appends the text form of a float4.
pub fn write4(value: f32, extra_float_digits: i32, out: &mut Vec<u8>) {
    if special_name(f64::from(value), out) {
        return;
    }
    if extra_float_digits > 0 {
        let mut buffer = zmij::Buffer::new();
        shortest(buffer.format_finite(value), 6, out);
    } else {
        general(f64::from(value), (6 + extra_float_digits).max(1), out);
    }
}

fn special_name(value: f64, out: &mut Vec<u8>) -> bool {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b"Infinity" } else { b"-Infinity" });
    } else {
        return false;
    }
    true
}

/// The shortest digits, in whatever notation they come, in PostgreSQL's.
fn shortest(text: &str, exponent_end: i32, out: &mut Vec<u8>) {
    let (text, negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = String::with_capacity(32);
    digits.push_str(whole);
    digits.push_str(fraction);
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let point = i32::try_from(whole.len()).expect("a few digits") + exponent
        - i32::try_from(leading).expect("a few digits");
    let digits = digits.trim_matches('0');
    if negative {
        out.push(b'-');
    }
    if digits.is_empty() {
        return out.push(b'0');
    }
    place(digits, point - 1, exponent_end, out);
}

/// Digits with the decimal exponent of the first, plain from -4 up to the end given, else with an exponent.
fn place(digits: &str, exponent: i32, exponent_end: i32, out: &mut Vec<u8>) {
    if !(-4..exponent_end).contains(&exponent) {
        out.extend_from_slice(&digits.as_bytes()[..1]);
        if digits.len() > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits.as_bytes()[1..]);
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        out.extend_from_slice(format!("e{sign}{:02}", exponent.abs()).as_bytes());
        return;
    }
    let Ok(before) = usize::try_from(exponent + 1) else {
        return fraction(digits, exponent, out);
    };
    if before == 0 {
        return fraction(digits, exponent, out);
    }
    if digits.len() <= before {
        out.extend_from_slice(digits.as_bytes());
        out.resize(out.len() + before - digits.len(), b'0');
    } else {
        out.extend_from_slice(&digits.as_bytes()[..before]);
        out.push(b'.');
        out.extend_from_slice(&digits.as_bytes()[before..]);
    }
}

fn fraction(digits: &str, exponent: i32, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0.");
    let zeros = usize::try_from(-exponent - 1).expect("the exponent is negative");
    out.resize(out.len() + zeros, b'0');
    out.extend_from_slice(digits.as_bytes());
}

/// C's %.*g.
fn general(value: f64, precision: i32, out: &mut Vec<u8>) {
    if value.is_sign_negative() {
        out.push(b'-');
    }
    if value == 0.0 {
        return out.push(b'0');
    }
    let decimals = usize::try_from(precision - 1).unwrap_or(0);
    let text = format!("{:.decimals$e}", value.abs());
    let (mantissa, exponent) = text.split_once('e').expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    place(digits, exponent, precision, out);
}

/// The order of floats: NaN equals itself and is greater than all else; zeros are equal.
#[inline]
pub fn compare(a: f64, b: f64) -> std::cmp::Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
