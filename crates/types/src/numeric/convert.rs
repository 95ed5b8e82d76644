//! numeric from and to whole numbers, floats and the binary format.

use super::{Limbs, Numeric, Parts, finish, input};
use crate::binary::Reader;
use error::{Error, Result, SqlState};

#[cold]
fn out_of_range(kind: &str) -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, format!("{kind} out of range"))
}

impl From<i64> for Numeric {
    fn from(value: i64) -> Self {
        Self::Small { coefficient: i128::from(value), scale: 0 }
    }
}

impl From<i32> for Numeric {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<i128> for Numeric {
    fn from(value: i128) -> Self {
        Self::new(value, 0)
    }
}

impl Numeric {
    /// The value of a float8, to 15 digits as PostgreSQL has it.
    pub fn from_f64(value: f64) -> Self {
        Self::from_float(value, &format!("{value:.14e}"))
    }

    /// The value of a float4, to 6 digits as PostgreSQL has it.
    pub fn from_f32(value: f32) -> Self {
        Self::from_float(f64::from(value), &format!("{value:.5e}"))
    }

    fn from_float(value: f64, digits: &str) -> Self {
        if value.is_nan() {
            return Self::NaN;
        }
        if value.is_infinite() {
            return if value > 0.0 { Self::Infinity } else { Self::NegativeInfinity };
        }
        let (mantissa, exponent) = digits.split_once('e').expect("the format has an exponent");
        let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
        let value = input(&format!("{mantissa}e{exponent}")).expect("a float is within the range");
        if value.is_zero() { Self::ZERO } else { value }
    }

    /// The nearest float8. 22003 beyond its range.
    pub fn to_f64(&self) -> Result<f64> {
        match self {
            Self::NaN => Ok(f64::NAN),
            Self::Infinity => Ok(f64::INFINITY),
            Self::NegativeInfinity => Ok(f64::NEG_INFINITY),
            Self::Small { .. } | Self::Big(_) => crate::float::input8(&self.to_string()),
        }
    }

    /// The nearest float4. 22003 beyond its range.
    pub fn to_f32(&self) -> Result<f32> {
        match self {
            Self::NaN => Ok(f32::NAN),
            Self::Infinity => Ok(f32::INFINITY),
            Self::NegativeInfinity => Ok(f32::NEG_INFINITY),
            Self::Small { .. } | Self::Big(_) => crate::float::input4(&self.to_string()),
        }
    }

    /// A float8 near it; infinite beyond its range.
    pub fn to_f64_lossy(&self) -> f64 {
        match self {
            Self::NaN => f64::NAN,
            Self::Infinity => f64::INFINITY,
            Self::NegativeInfinity => f64::NEG_INFINITY,
            Self::Small { .. } | Self::Big(_) => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// Rounded to a whole number; `None` beyond i128 or where it is not finite.
    pub fn to_i128(&self) -> Option<i128> {
        match self.round(0).ok()? {
            Self::Small { coefficient, .. } => Some(coefficient),
            Self::Big(_) | Self::NaN | Self::Infinity | Self::NegativeInfinity => None,
        }
    }

    /// Rounded to an int8. 22003; 0A000 for NaN and the infinities.
    pub fn to_i64(&self) -> Result<i64> {
        self.whole("bigint")
    }

    /// Rounded to an int4. 22003; 0A000 for NaN and the infinities.
    pub fn to_i32(&self) -> Result<i32> {
        self.whole("integer")
    }

    /// Rounded to an int2. 22003; 0A000 for NaN and the infinities.
    pub fn to_i16(&self) -> Result<i16> {
        self.whole("smallint")
    }

    fn whole<T: TryFrom<i128>>(&self, kind: &str) -> Result<T> {
        if !self.is_finite() {
            let what = if self.is_nan() { "NaN" } else { "infinity" };
            return Err(Error::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                format!("cannot convert {what} to {kind}"),
            ));
        }
        self.to_i128().and_then(|value| T::try_from(value).ok()).ok_or_else(|| out_of_range(kind))
    }
}

// The binary format, all big-endian: count of groups, exponent of the first (of 10,000), sign, scale; then groups of
// four digits.
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;
const SCALE_MASK: u16 = 0x3FFF;

/// Appends the binary format.
pub(crate) fn send(value: &Numeric, out: &mut Vec<u8>) {
    let special = match value {
        Numeric::NaN => NAN,
        Numeric::Infinity => INFINITY,
        Numeric::NegativeInfinity => NEGATIVE_INFINITY,
        Numeric::Small { .. } | Numeric::Big(_) => 0,
    };
    let Some(parts) = value.parts() else {
        // PostgreSQL shows a scale for the infinities, and none for NaN.
        let scale = if special == NAN { 0 } else { 0x20 };
        for word in [0, 0, special, scale] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        return;
    };
    let scale = parts.scale;
    // Groups count from the point, so the fraction is filled up to a multiple of four.
    let fraction_groups = scale.div_ceil(4);
    let digits = parts.limbs.shift_up(fraction_groups * 4 - scale).to_ascii();
    let mut groups: Vec<u16> = digits
        .rchunks(4)
        .rev()
        .map(|chunk| chunk.iter().fold(0, |group, digit| group * 10 + u16::from(digit - b'0')))
        .collect();
    let signed = |count: usize| i64::try_from(count).expect("a count of digits is small");
    let weight =
        i16::try_from(signed(groups.len()) - signed(fraction_groups) - 1).unwrap_or(i16::MAX);
    while groups.last() == Some(&0) {
        groups.pop();
    }
    let weight = if groups.is_empty() { 0 } else { weight };
    out.extend_from_slice(&as_i16(groups.len()).to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&(if parts.negative { NEGATIVE } else { 0 }).to_be_bytes());
    out.extend_from_slice(&as_i16(scale).to_be_bytes());
    for group in groups {
        out.extend_from_slice(&group.to_be_bytes());
    }
}

fn as_i16(value: usize) -> i16 {
    i16::try_from(value.min(0x7FFF)).expect("it was cut")
}

/// The value of the binary format. 22P03, 08P01.
pub(crate) fn receive(reader: &mut Reader<'_>) -> Result<Numeric> {
    let invalid = |what: &str| {
        Error::new(
            SqlState::INVALID_BINARY_REPRESENTATION,
            format!("invalid {what} in external \"numeric\" value"),
        )
    };
    let group_count = reader.u16()?;
    let weight = reader.i16()?;
    let sign = reader.u16()?;
    if ![0, NEGATIVE, NAN, INFINITY, NEGATIVE_INFINITY].contains(&sign) {
        return Err(invalid("sign"));
    }
    let scale = reader.u16()?;
    if scale & SCALE_MASK != scale {
        return Err(invalid("scale"));
    }
    let mut digits = Vec::with_capacity(usize::from(group_count) * 4);
    for _ in 0..group_count {
        let group = reader.u16()?;
        if group > 9999 {
            return Err(invalid("digit"));
        }
        for power in [1000, 100, 10, 1] {
            digits.push(u8::try_from(group / power % 10).expect("a digit"));
        }
    }
    match sign {
        NAN => return Ok(Numeric::NaN),
        INFINITY => return Ok(Numeric::Infinity),
        NEGATIVE_INFINITY => return Ok(Numeric::NegativeInfinity),
        _ => {}
    }
    let scale = usize::from(scale);
    // The digits' own count after the point, then cut or filled to the scale.
    let own = (i64::from(group_count) - i64::from(weight) - 1) * 4;
    let limbs = Limbs::from_digits(&digits);
    let shift = i64::try_from(scale).expect("a scale") - own;
    let limbs = match usize::try_from(shift) {
        Ok(up) => limbs.shift_up(up),
        Err(_) => limbs.shift_down(usize::try_from(-shift).expect("it is negative")),
    };
    let negative = sign == NEGATIVE && !limbs.is_zero();
    let parts = Parts { negative, limbs, scale };
    if parts.limbs.digit_count() > super::WHOLE_DIGITS_MAX + scale {
        return Err(super::overflow());
    }
    Ok(finish(negative, parts.limbs, scale))
}
