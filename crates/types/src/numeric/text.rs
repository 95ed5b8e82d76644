//! numeric from and to text, and its type modifier.

use super::{Limbs, Numeric, Parts, SCALE_MAX, WHOLE_DIGITS_MAX, finish, overflow};
use crate::text::is_space;
use error::{Error, Result, SqlState};
use std::fmt;

const PRECISION_MAX: i32 = 1000;
const TYPMOD_OFFSET: i32 = 4;

#[cold]
fn invalid(source: &str) -> Error {
    Error::new(
        SqlState::INVALID_TEXT_REPRESENTATION,
        format!("invalid input syntax for type numeric: \"{source}\""),
    )
}

/// The value of a text: digits, point, exponent; 0x, 0o, 0b; NaN and Infinity. 22P02, 22003.
pub fn input(source: &str) -> Result<Numeric> {
    if let Some(value) = plain(source.as_bytes()) {
        return Ok(value);
    }
    let trimmed = source.trim_matches(is_space);
    if trimmed.eq_ignore_ascii_case("nan") {
        return Ok(Numeric::NaN);
    }
    let (negative, number) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        Some(_) | None => (false, trimmed),
    };
    if number.eq_ignore_ascii_case("infinity") || number.eq_ignore_ascii_case("inf") {
        return Ok(if negative { Numeric::NegativeInfinity } else { Numeric::Infinity });
    }
    let value = match number.as_bytes() {
        [b'0', b'x' | b'X', digits @ ..] => whole(digits, 16),
        [b'0', b'o' | b'O', digits @ ..] => whole(digits, 8),
        [b'0', b'b' | b'B', digits @ ..] => whole(digits, 2),
        digits => decimal(digits)?,
    };
    let parts = value.ok_or_else(|| invalid(source))?;
    if parts.scale > SCALE_MAX || parts.limbs.digit_count() > WHOLE_DIGITS_MAX + parts.scale {
        return Err(overflow());
    }
    Ok(finish(negative, parts.limbs, parts.scale))
}

/// The usual case: at most 18 digits with at most one point and a minus.
#[inline]
fn plain(bytes: &[u8]) -> Option<Numeric> {
    let (negative, bytes) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, bytes),
    };
    if bytes.is_empty() || bytes.len() > 19 {
        return None;
    }
    let (mut value, mut scale, mut point, mut digits) = (0i64, 0u16, 0u16, 0);
    for byte in bytes {
        match byte {
            b'0'..=b'9' if digits < 18 => {
                value = value * 10 + i64::from(byte - b'0');
                scale += point;
                digits += 1;
            }
            b'.' if point == 0 => point = 1,
            _ => return None,
        }
    }
    let value = i128::from(if negative { -value } else { value });
    (digits > 0).then_some(Numeric::Small { coefficient: value, scale })
}

/// The digit values of digits with single underscores between them.
fn digits_of(text: &[u8], radix: u32, after_prefix: bool) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(text.len());
    let mut after_digit = after_prefix;
    for (index, byte) in text.iter().enumerate() {
        if *byte == b'_' {
            if !after_digit || index + 1 == text.len() {
                return None;
            }
            after_digit = false;
        } else {
            digits.push(u8::try_from(char::from(*byte).to_digit(radix)?).ok()?);
            after_digit = true;
        }
    }
    Some(digits)
}

fn whole(text: &[u8], radix: u32) -> Option<Parts> {
    let digits = digits_of(text, radix, true).filter(|digits| !digits.is_empty())?;
    // Seven digits at a time keep the long multiplications few.
    let limbs = digits.chunks(7).fold(Limbs::default(), |value, chunk| {
        let part = chunk.iter().fold(0u128, |n, d| n * u128::from(radix) + u128::from(*d));
        let factor = chunk.iter().fold(1u32, |factor, _| factor * radix);
        value.mul_small(factor).add(&Limbs::from_u128(part))
    });
    Some(Parts { negative: false, limbs, scale: 0 })
}

fn decimal(text: &[u8]) -> Result<Option<Parts>> {
    let exponent_at = text.iter().position(|b| matches!(b, b'e' | b'E')).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(exponent_at);
    let point = mantissa.iter().position(|b| *b == b'.').unwrap_or(mantissa.len());
    let (before, after) = mantissa.split_at(point);
    let after = after.get(1..).unwrap_or(&[]);
    let (Some(mut digits), Some(fraction)) =
        (digits_of(before, 10, false), digits_of(after, 10, false))
    else {
        return Ok(None);
    };
    if digits.is_empty() && fraction.is_empty() {
        return Ok(None);
    }
    let fraction_count = fraction.len();
    digits.extend_from_slice(&fraction);
    let exponent = match exponent.get(1..) {
        None => 0,
        Some(rest) => {
            let (negative, rest) = match rest.first() {
                Some(b'-') => (true, &rest[1..]),
                Some(b'+') => (false, &rest[1..]),
                Some(_) | None => (false, rest),
            };
            let Some(value) = digits_of(rest, 10, false).filter(|d| !d.is_empty()) else {
                return Ok(None);
            };
            let value =
                value.iter().fold(0i64, |n, d| n.saturating_mul(10).saturating_add(i64::from(*d)));
            if value > i64::from(i32::MAX / 2) {
                return Err(overflow());
            }
            if negative { -value } else { value }
        }
    };
    let limbs = Limbs::from_digits(&digits);
    let scale = i64::try_from(fraction_count).expect("a length") - exponent;
    match usize::try_from(scale) {
        Ok(scale) => Ok(Some(Parts { negative: false, limbs, scale })),
        Err(_) => {
            let zeros = usize::try_from(-scale).expect("it is negative");
            if limbs.digit_count() + zeros > WHOLE_DIGITS_MAX && !limbs.is_zero() {
                return Err(overflow());
            }
            Ok(Some(Parts { negative: false, limbs: limbs.shift_up(zeros), scale: 0 }))
        }
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.write(&mut out);
        f.write_str(std::str::from_utf8(&out).expect("digits are ASCII"))
    }
}

impl Numeric {
    /// Appends the text form: all digits, no exponent.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (negative, digits, scale) = match self {
            Self::Small { coefficient, scale } => {
                let magnitude = coefficient.unsigned_abs();
                let digits = match u64::try_from(magnitude) {
                    Ok(small) => small.to_string(),
                    Err(_) => magnitude.to_string(),
                };
                (*coefficient < 0, digits.into_bytes(), usize::from(*scale))
            }
            Self::Big(big) => (big.negative, big.limbs.to_ascii(), usize::from(big.scale)),
            Self::NaN => return out.extend_from_slice(b"NaN"),
            Self::Infinity => return out.extend_from_slice(b"Infinity"),
            Self::NegativeInfinity => return out.extend_from_slice(b"-Infinity"),
        };
        if negative {
            out.push(b'-');
        }
        if digits.len() > scale {
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            out.extend_from_slice(whole);
            if scale > 0 {
                out.push(b'.');
                out.extend_from_slice(fraction);
            }
        } else {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + scale - digits.len(), b'0');
            out.extend_from_slice(&digits);
        }
    }
}

/// The typmod of numeric(p) and numeric(p, s). 22023 out of range.
pub fn typmod(modifiers: &[i32]) -> Result<i32> {
    let invalid = |message: String| Error::new(SqlState::INVALID_PARAMETER_VALUE, message);
    let (precision, scale) = match *modifiers {
        [precision] => (precision, 0),
        [precision, scale] => (precision, scale),
        _ => return Err(invalid("invalid NUMERIC type modifier".to_owned())),
    };
    if !(1..=PRECISION_MAX).contains(&precision) {
        return Err(invalid(format!(
            "NUMERIC precision {precision} must be between 1 and {PRECISION_MAX}"
        )));
    }
    if !(-PRECISION_MAX..=PRECISION_MAX).contains(&scale) {
        return Err(invalid(format!(
            "NUMERIC scale {scale} must be between -{PRECISION_MAX} and {PRECISION_MAX}"
        )));
    }
    Ok(((precision << 16) | (scale & 0x7FF)) + TYPMOD_OFFSET)
}

/// The precision and scale of a typmod; `None` for -1.
pub fn precision_scale(typmod: i32) -> Option<(i32, i32)> {
    if typmod < TYPMOD_OFFSET {
        return None;
    }
    let packed = typmod - TYPMOD_OFFSET;
    // The scale is 11 bits with a sign.
    let scale = ((packed & 0x7FF) ^ 0x400) - 0x400;
    Some(((packed >> 16) & 0xFFFF, scale))
}

/// The value rounded to a typmod's scale. 22003 where its precision does not suffice.
pub fn apply_typmod(value: Numeric, typmod: i32) -> Result<Numeric> {
    let Some((precision, scale)) = precision_scale(typmod) else { return Ok(value) };
    if let Numeric::Small { coefficient, scale: own } = value
        && i32::from(own) == scale
        && let Ok(precision) = usize::try_from(precision)
        && super::arithmetic::power_of_ten(precision).is_none_or(|end| coefficient.abs() < end)
    {
        return Ok(value);
    }
    let field_overflow = |detail: String| {
        Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow").detail(detail)
    };
    if value.is_nan() {
        return Ok(value);
    }
    let Some(_) = value.parts() else {
        return Err(field_overflow(format!(
            "A field with precision {precision}, scale {scale} cannot hold an infinite value."
        )));
    };
    let rounded = value.round(scale)?;
    let parts = rounded.parts().expect("a finite value rounds to one");
    let whole_digits = i64::try_from(parts.limbs.digit_count()).unwrap_or(i64::MAX)
        - i64::try_from(parts.scale).unwrap_or(0);
    let most = precision - scale;
    if !parts.limbs.is_zero() && whole_digits > i64::from(most) {
        let bound = if most == 0 { "1".to_owned() } else { format!("10^{most}") };
        return Err(field_overflow(format!(
            "A field with precision {precision}, scale {scale} must round to an absolute value less than {bound}."
        )));
    }
    Ok(rounded)
}
