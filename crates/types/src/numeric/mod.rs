//! numeric: exact decimal numbers with a display scale, NaN and the infinities.
//!
//! A finite value is a whole coefficient and the count of its digits after the point. What has up to 38 digits is one
//! i128; longer coefficients are [`Limbs`]. The scale is always the display scale: 1.0 and 1.00 are equal, not the same.
//!
//! As bytes (the value's form in memory and on disk):
//!
//! ```text
//! scale (below 240), coefficient               up to 38 digits: two's complement, little-endian, shortest
//! 240, scale (2 bytes), coefficient            the same with a greater scale
//! 241 or 242 (negative), scale (2), limbs      more digits; a limb is 4 bytes and holds 9 digits, lowest first
//! 253 NaN, 254 Infinity, 255 -Infinity
//! ```

mod arithmetic;
mod convert;
mod limbs;
mod series;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use convert::{receive, send};
pub use text::{apply_typmod, input, precision_scale, typmod};

use crate::Datum;
use error::{Error, Result, SqlState};
use limbs::Limbs;

/// The most digits after the point that a value can show.
pub const SCALE_MAX: usize = 16383;
/// The most digits before the point.
pub const WHOLE_DIGITS_MAX: usize = 131_072;

const LONG_SCALE: u8 = 240;
const BIG: u8 = 241;
const BIG_NEGATIVE: u8 = 242;
const NAN: u8 = 253;
const INFINITY: u8 = 254;
const NEGATIVE_INFINITY: u8 = 255;

/// One more than the greatest coefficient of [`Numeric::Small`]: 10^38.
const SMALL_END: u128 = 10u128.pow(38);

/// A numeric value.
#[derive(Debug, Clone)]
pub enum Numeric {
    /// Finite, at most 38 digits.
    Small {
        /// The digits as a whole number.
        coefficient: i128,
        /// How many of them stand after the point.
        scale: u16,
    },
    /// Finite, more digits.
    Big(Box<Big>),
    /// Not a number; equal to itself and greater than all else.
    NaN,
    /// Greater than all finite values.
    Infinity,
    /// Less than all finite values.
    NegativeInfinity,
}

/// A finite value of more than 38 digits.
#[derive(Debug, Clone)]
pub struct Big {
    negative: bool,
    limbs: Limbs,
    scale: u16,
}

/// A finite value in its parts, whatever its length.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) negative: bool,
    pub(crate) limbs: Limbs,
    pub(crate) scale: usize,
}

impl Parts {
    /// The value; 22003 beyond the limits of the format.
    pub(crate) fn finish(self) -> Result<Numeric> {
        let Self { negative, mut limbs, mut scale } = self;
        if scale > SCALE_MAX {
            limbs = limbs.shift_down_rounded(scale - SCALE_MAX);
            scale = SCALE_MAX;
        }
        if limbs.digit_count() > WHOLE_DIGITS_MAX + scale {
            return Err(overflow());
        }
        Ok(self::finish(negative, limbs, scale))
    }

    /// The same value with another scale, rounded half away from zero.
    pub(crate) fn rescaled(&self, scale: usize) -> Limbs {
        if scale >= self.scale {
            self.limbs.shift_up(scale - self.scale)
        } else {
            self.limbs.shift_down_rounded(self.scale - scale)
        }
    }
}

/// The value of parts that are within the limits.
fn finish(negative: bool, limbs: Limbs, scale: usize) -> Numeric {
    let scale = u16::try_from(scale).expect("a scale is at most 16383");
    match limbs.to_u128() {
        Some(magnitude) => {
            let magnitude = i128::try_from(magnitude).expect("38 digits fit");
            Numeric::Small { coefficient: if negative { -magnitude } else { magnitude }, scale }
        }
        None => Numeric::Big(Box::new(Big { negative, limbs, scale })),
    }
}

#[cold]
pub(crate) fn overflow() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format")
}

impl Numeric {
    /// Zero with scale 0.
    pub const ZERO: Self = Self::Small { coefficient: 0, scale: 0 };
    /// One with scale 0.
    pub const ONE: Self = Self::Small { coefficient: 1, scale: 0 };

    /// The value of a coefficient and its count of digits after the point (at most 16383).
    pub fn new(coefficient: i128, scale: u16) -> Self {
        if coefficient.unsigned_abs() < SMALL_END {
            Self::Small { coefficient, scale }
        } else {
            let limbs = Limbs::from_u128(coefficient.unsigned_abs());
            Self::Big(Box::new(Big { negative: coefficient < 0, limbs, scale }))
        }
    }

    /// The value of its bytes. Bytes that are none give some value: the pages they came from are checked.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Self {
        match bytes.first() {
            Some(&scale) if scale < LONG_SCALE => {
                Self::Small { coefficient: small(&bytes[1..]), scale: u16::from(scale) }
            }
            Some(_) => Self::decode_long(bytes),
            None => Self::ZERO,
        }
    }

    /// The coefficient and scale of bytes of a short form: what most values have.
    #[inline]
    pub fn decode_short(bytes: &[u8]) -> Option<(i64, u8)> {
        match bytes {
            [scale, coefficient @ ..] if *scale < LONG_SCALE && coefficient.len() <= 8 => {
                let is_zero = coefficient.is_empty();
                Some((if is_zero { 0 } else { small_word(coefficient) }, *scale))
            }
            _ => None,
        }
    }

    #[cold]
    fn decode_long(bytes: &[u8]) -> Self {
        let scale = match bytes {
            [_, low, high, ..] => u16::from_le_bytes([*low, *high]),
            _ => 0,
        };
        match bytes[0] {
            LONG_SCALE => Self::Small { coefficient: small(bytes.get(3..).unwrap_or(&[])), scale },
            tag @ (BIG | BIG_NEGATIVE) => {
                let limbs = bytes.get(3..).unwrap_or(&[]).chunks_exact(4);
                let limbs = limbs.map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
                let limbs = Limbs::from_limbs(limbs);
                Self::Big(Box::new(Big { negative: tag == BIG_NEGATIVE, limbs, scale }))
            }
            INFINITY => Self::Infinity,
            NEGATIVE_INFINITY => Self::NegativeInfinity,
            _ => Self::NaN,
        }
    }

    /// Appends its bytes.
    #[inline]
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Small { coefficient, scale } => {
                match u8::try_from(*scale) {
                    Ok(scale) if scale < LONG_SCALE => out.push(scale),
                    Ok(_) | Err(_) => {
                        out.push(LONG_SCALE);
                        out.extend_from_slice(&scale.to_le_bytes());
                    }
                }
                let bytes = coefficient.to_le_bytes();
                out.extend_from_slice(&bytes[..small_length(*coefficient)]);
            }
            Self::Big(big) => {
                out.push(if big.negative { BIG_NEGATIVE } else { BIG });
                out.extend_from_slice(&big.scale.to_le_bytes());
                out.extend(big.limbs.limbs().iter().flat_map(|limb| limb.to_le_bytes()));
            }
            Self::NaN => out.push(NAN),
            Self::Infinity => out.push(INFINITY),
            Self::NegativeInfinity => out.push(NEGATIVE_INFINITY),
        }
    }

    /// Its bytes as a value.
    pub fn to_datum(&self) -> Datum {
        let mut bytes = Vec::with_capacity(20);
        self.encode(&mut bytes);
        Datum::Bytes(bytes.into())
    }

    /// Whether it is neither NaN nor infinite.
    pub fn is_finite(&self) -> bool {
        matches!(self, Self::Small { .. } | Self::Big(_))
    }

    /// Whether it is NaN.
    pub fn is_nan(&self) -> bool {
        matches!(self, Self::NaN)
    }

    /// Whether it is a zero.
    pub fn is_zero(&self) -> bool {
        matches!(self, Self::Small { coefficient: 0, .. })
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match self {
            Self::Small { coefficient, .. } => *coefficient < 0,
            Self::Big(big) => big.negative,
            Self::NegativeInfinity => true,
            Self::NaN | Self::Infinity => false,
        }
    }

    /// The display scale: digits after the point; 0 where it is not finite.
    pub fn scale(&self) -> usize {
        match self {
            Self::Small { scale, .. } => usize::from(*scale),
            Self::Big(big) => usize::from(big.scale),
            Self::NaN | Self::Infinity | Self::NegativeInfinity => 0,
        }
    }

    /// The parts of a finite value.
    pub(crate) fn parts(&self) -> Option<Parts> {
        match self {
            Self::Small { coefficient, scale } => Some(Parts {
                negative: *coefficient < 0,
                limbs: Limbs::from_u128(coefficient.unsigned_abs()),
                scale: usize::from(*scale),
            }),
            Self::Big(big) => Some(Parts {
                negative: big.negative,
                limbs: big.limbs.clone(),
                scale: usize::from(big.scale),
            }),
            Self::NaN | Self::Infinity | Self::NegativeInfinity => None,
        }
    }

    /// The parts of a value that the caller knows to be finite.
    fn finite(&self) -> Parts {
        self.parts().expect("the caller has handled NaN and the infinities")
    }
}

/// The shortest length of the two's complement bytes; 0 for zero.
#[inline]
fn small_length(coefficient: i128) -> usize {
    if coefficient == 0 {
        return 0;
    }
    let magnitude = if coefficient < 0 { !coefficient } else { coefficient };
    (128 - magnitude.leading_zeros() as usize) / 8 + 1
}

/// A two's complement number of 1 to 8 bytes, little-endian: from loads of a width that the compiler knows, which overlap.
#[inline]
fn small_word(bytes: &[u8]) -> i64 {
    let count = bytes.len();
    let word = match count {
        4.. => {
            let low = u32::from_le_bytes(bytes[..4].try_into().unwrap_or_default());
            let high = u32::from_le_bytes(bytes[count - 4..].try_into().unwrap_or_default());
            u64::from(low) | u64::from(high) << (8 * (count - 4))
        }
        _ => {
            let byte = |at: usize| u64::from(bytes[at]) << (8 * at);
            byte(0) | byte(count / 2) | byte(count - 1)
        }
    };
    let unused = 64 - 8 * count;
    (word << unused).cast_signed() >> unused
}

#[inline]
fn small(bytes: &[u8]) -> i128 {
    let Some(&top) = bytes.last() else { return 0 };
    if bytes.len() <= 8 {
        return i128::from(small_word(bytes));
    }
    let mut wide = [if top >= 0x80 { 0xFF } else { 0 }; 16];
    let length = bytes.len().min(16);
    wide[..length].copy_from_slice(&bytes[..length]);
    i128::from_le_bytes(wide)
}
