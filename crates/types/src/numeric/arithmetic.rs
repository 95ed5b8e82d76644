//! Sums, products, quotients, rounding, order and hash, with PostgreSQL's rules for the result's scale.

use super::{Big, Limbs, Numeric, Parts, SCALE_MAX, SMALL_END, finish};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// How many significant digits a quotient or root has at least.
pub(super) const SIGNIFICANT_MIN: i64 = 16;
/// The most digits after the point that a quotient or root is given.
pub(super) const RESULT_SCALE_MAX: i64 = 1000;

/// How a number is brought to fewer digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rounding {
    HalfAway,
    Cut,
    Up,
    Down,
}

/// 10 to a power that fits.
pub(super) fn power_of_ten(exponent: usize) -> Option<i128> {
    const POWERS: [i128; 39] = {
        let mut powers = [1i128; 39];
        let mut index = 1;
        while index < 39 {
            powers[index] = powers[index - 1] * 10;
            index += 1;
        }
        powers
    };
    POWERS.get(exponent).copied()
}

#[cold]
pub(super) fn division_by_zero() -> Error {
    Error::new(SqlState::DIVISION_BY_ZERO, "division by zero")
}

/// The scale that fits all of a result within what is asked.
pub(super) fn clamp_scale(scale: i64, least: usize) -> usize {
    let least = i64::try_from(least).expect("a scale is small");
    let scale = scale.max(least).clamp(0, RESULT_SCALE_MAX);
    usize::try_from(scale).expect("it is not negative")
}

#[inline]
fn small(coefficient: i128, scale: u16) -> Option<Numeric> {
    (coefficient.unsigned_abs() < SMALL_END).then_some(Numeric::Small { coefficient, scale })
}

/// Both coefficients at the greater scale.
#[inline]
fn aligned(a: (i128, u16), b: (i128, u16)) -> Option<(i128, i128, u16)> {
    match a.1.cmp(&b.1) {
        Ordering::Equal => Some((a.0, b.0, a.1)),
        Ordering::Less => Some((a.0.checked_mul(power_of_ten(usize::from(b.1 - a.1))?)?, b.0, b.1)),
        Ordering::Greater => {
            Some((a.0, b.0.checked_mul(power_of_ten(usize::from(a.1 - b.1))?)?, a.1))
        }
    }
}

impl Numeric {
    fn as_small(&self) -> Option<(i128, u16)> {
        if let Self::Small { coefficient, scale } = self {
            Some((*coefficient, *scale))
        } else {
            None
        }
    }

    /// -1, 0 or 1; 0 for NaN.
    pub fn signum(&self) -> i32 {
        if self.is_nan() || self.is_zero() {
            0
        } else if self.is_negative() {
            -1
        } else {
            1
        }
    }

    /// The sum; its scale is the greater of both. 22003 on overflow.
    #[inline]
    pub fn add(&self, other: &Self) -> Result<Self> {
        if let (Some(a), Some(b)) = (self.as_small(), other.as_small())
            && let Some((x, y, scale)) = aligned(a, b)
            && let Some(sum) = x.checked_add(y).and_then(|sum| small(sum, scale))
        {
            return Ok(sum);
        }
        self.add_long(other)
    }

    #[cold]
    fn add_long(&self, other: &Self) -> Result<Self> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            return Ok(match (self, other) {
                (Self::NaN, _) | (_, Self::NaN) => Self::NaN,
                (Self::Infinity, Self::NegativeInfinity)
                | (Self::NegativeInfinity, Self::Infinity) => Self::NaN,
                (Self::Infinity | Self::NegativeInfinity, _) => self.clone(),
                (Self::Small { .. } | Self::Big(_), _) => other.clone(),
            });
        };
        let scale = a.scale.max(b.scale);
        let (x, y) = (a.rescaled(scale), b.rescaled(scale));
        let (negative, limbs) = if a.negative == b.negative {
            (a.negative, x.add(&y))
        } else if x.compare(&y) == Ordering::Less {
            (b.negative, y.sub(&x))
        } else {
            (a.negative, x.sub(&y))
        };
        Parts { negative, limbs, scale }.finish()
    }

    /// The difference. 22003 on overflow.
    #[inline]
    pub fn sub(&self, other: &Self) -> Result<Self> {
        self.add(&other.neg())
    }

    /// The product; its scale is the sum of both. 22003 on overflow.
    #[inline]
    pub fn mul(&self, other: &Self) -> Result<Self> {
        if let (Some(a), Some(b)) = (self.as_small(), other.as_small())
            && usize::from(a.1) + usize::from(b.1) <= SCALE_MAX
            && let Some(product) = a.0.checked_mul(b.0).and_then(|c| small(c, a.1 + b.1))
        {
            return Ok(product);
        }
        self.mul_long(other)
    }

    #[cold]
    fn mul_long(&self, other: &Self) -> Result<Self> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            return Ok(match self.signum() * other.signum() {
                _ if self.is_nan() || other.is_nan() => Self::NaN,
                0 => Self::NaN,
                1 => Self::Infinity,
                _ => Self::NegativeInfinity,
            });
        };
        let limbs = a.limbs.mul(&b.limbs);
        Parts { negative: a.negative != b.negative, limbs, scale: a.scale + b.scale }.finish()
    }

    /// The quotient with at least 16 significant digits, rounded. 22012 where `other` is 0, 22003 on overflow.
    pub fn div(&self, other: &Self) -> Result<Self> {
        if !self.is_finite() || !other.is_finite() {
            return self.divide_special(other);
        }
        if other.is_zero() {
            return Err(division_by_zero());
        }
        self.div_scaled(other, self.quotient_scale(other))
    }

    /// The quotient of finite values with a given scale, rounded.
    pub(super) fn div_scaled(&self, other: &Self, scale: usize) -> Result<Self> {
        if let (Some(a), Some(b)) = (self.as_small(), other.as_small())
            && let Some(shift) = (scale + usize::from(b.1)).checked_sub(usize::from(a.1))
            && let Some(numerator) = power_of_ten(shift).and_then(|power| a.0.checked_mul(power))
        {
            let quotient = divide_rounded(numerator, b.0);
            if let Some(result) = u16::try_from(scale).ok().and_then(|s| small(quotient, s)) {
                return Ok(result);
            }
        }
        let (a, b) = (self.finite(), other.finite());
        let (numerator, denominator) = if scale + b.scale >= a.scale {
            (a.limbs.shift_up(scale + b.scale - a.scale), b.limbs.clone())
        } else {
            (a.limbs.clone(), b.limbs.shift_up(a.scale - scale - b.scale))
        };
        let (quotient, rest) = numerator.div_rem(&denominator);
        let up = rest.mul_small(2).compare(&denominator) != Ordering::Less;
        let limbs = if up { quotient.add(&Limbs::one()) } else { quotient };
        Parts { negative: a.negative != b.negative, limbs, scale }.finish()
    }

    fn divide_special(&self, other: &Self) -> Result<Self> {
        if self.is_nan() || other.is_nan() {
            return Ok(Self::NaN);
        }
        if self.is_finite() {
            return Ok(Self::ZERO);
        }
        if !other.is_finite() {
            return Ok(Self::NaN);
        }
        match self.signum() * other.signum() {
            0 => Err(division_by_zero()),
            1 => Ok(Self::Infinity),
            _ => Ok(Self::NegativeInfinity),
        }
    }

    /// The scale of a quotient: at least 16 significant digits, counted in groups of four as PostgreSQL does.
    fn quotient_scale(&self, other: &Self) -> usize {
        let (weight_a, first_a) = self.leading_group();
        let (weight_b, first_b) = other.leading_group();
        let weight = weight_a - weight_b - i64::from(first_a <= first_b);
        clamp_scale(SIGNIFICANT_MIN - weight * 4, self.scale().max(other.scale()))
    }

    /// The exponent (of 10,000) and the value of the first group of four digits, groups counted from the point.
    pub(super) fn leading_group(&self) -> (i64, u32) {
        let (digit_count, top) = match self {
            Self::Small { coefficient: 0, .. } => return (0, 0),
            Self::Small { coefficient, .. } => {
                let magnitude = coefficient.unsigned_abs();
                (magnitude.ilog10() as usize + 1, None)
            }
            Self::Big(big) => (big.limbs.digit_count(), Some(&big.limbs)),
            Self::NaN | Self::Infinity | Self::NegativeInfinity => return (0, 0),
        };
        let signed = |n: usize| i64::try_from(n).expect("a count of digits is small");
        let exponent = signed(digit_count) - 1 - signed(self.scale());
        let weight = exponent.div_euclid(4);
        let group_digits = usize::try_from(exponent.rem_euclid(4)).expect("it is 0 to 3") + 1;
        let digit = |index: usize| match (top, self.as_small()) {
            (Some(limbs), _) => limbs.digit(index),
            (None, Some((coefficient, _))) => {
                let power = power_of_ten(index).expect("38 digits").unsigned_abs();
                u32::try_from(coefficient.unsigned_abs() / power % 10).expect("a digit")
            }
            (None, None) => 0,
        };
        // Digits past the coefficient's end are zeros.
        let first = (0..group_digits)
            .fold(0, |value, step| value * 10 + digit_count.checked_sub(step + 1).map_or(0, digit));
        (weight, first)
    }

    /// The whole part of the quotient. 22012.
    pub fn div_whole(&self, other: &Self) -> Result<Self> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            return self.divide_special(other);
        };
        if other.is_zero() {
            return Err(division_by_zero());
        }
        let scale = a.scale.max(b.scale);
        let quotient = a.rescaled(scale).div_rem(&b.rescaled(scale)).0;
        Parts { negative: a.negative != b.negative, limbs: quotient, scale: 0 }.finish()
    }

    /// The remainder, with the sign of `self`. 22012.
    pub fn rem(&self, other: &Self) -> Result<Self> {
        if self.is_nan() || other.is_nan() {
            return Ok(Self::NaN);
        }
        if other.is_zero() {
            return Err(division_by_zero());
        }
        if let (Some(a), Some(b)) = (self.as_small(), other.as_small())
            && let Some((x, y, scale)) = aligned(a, b)
        {
            return Ok(Self::new(x % y, scale));
        }
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            return Ok(if self.is_finite() { self.clone() } else { Self::NaN });
        };
        let scale = a.scale.max(b.scale);
        let rest = a.rescaled(scale).div_rem(&b.rescaled(scale)).1;
        Parts { negative: a.negative, limbs: rest, scale }.finish()
    }

    /// The value with its sign changed.
    #[inline]
    pub fn neg(&self) -> Self {
        match self {
            Self::Small { coefficient, scale } => {
                Self::Small { coefficient: -coefficient, scale: *scale }
            }
            Self::Big(big) => {
                Self::Big(Box::new(Big { negative: !big.negative, ..(**big).clone() }))
            }
            Self::NaN => Self::NaN,
            Self::Infinity => Self::NegativeInfinity,
            Self::NegativeInfinity => Self::Infinity,
        }
    }

    /// The value without its sign.
    pub fn abs(&self) -> Self {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    /// Rounded half away from zero to so many digits after the point; negative counts are before it. 22003.
    pub fn round(&self, digits: i32) -> Result<Self> {
        self.to_scale(digits, Rounding::HalfAway)
    }

    /// Cut to so many digits after the point; negative counts are before it.
    pub fn trunc(&self, digits: i32) -> Result<Self> {
        self.to_scale(digits, Rounding::Cut)
    }

    /// The least whole number not below it.
    pub fn ceil(&self) -> Result<Self> {
        self.to_scale(0, Rounding::Up)
    }

    /// The greatest whole number not above it.
    pub fn floor(&self) -> Result<Self> {
        self.to_scale(0, Rounding::Down)
    }

    fn to_scale(&self, digits: i32, rounding: Rounding) -> Result<Self> {
        let Some(parts) = self.parts() else { return Ok(self.clone()) };
        let limit = i32::try_from(SCALE_MAX).expect("16383");
        let digits = digits.clamp(-i32::try_from(super::WHOLE_DIGITS_MAX).expect("131072"), limit);
        let scale = usize::try_from(digits).unwrap_or(0);
        // A negative count of digits: cut there, then put the zeros back.
        let zeros = usize::try_from(-digits).unwrap_or(0);
        if scale >= parts.scale && zeros == 0 {
            return Parts { limbs: parts.rescaled(scale), scale, ..parts }.finish();
        }
        let dropped = parts.scale - scale + zeros;
        let limbs = match rounding {
            Rounding::HalfAway => parts.limbs.shift_down_rounded(dropped),
            Rounding::Cut => parts.limbs.shift_down(dropped),
            Rounding::Up | Rounding::Down => {
                let cut = parts.limbs.shift_down(dropped);
                let away = (rounding == Rounding::Down) == parts.negative;
                let more = away && parts.limbs.has_low_digits(dropped);
                if more { cut.add(&Limbs::one()) } else { cut }
            }
        };
        Parts { negative: parts.negative, limbs: limbs.shift_up(zeros), scale }.finish()
    }

    /// The least scale that shows the value exactly; `None` where it is not finite.
    pub fn min_scale(&self) -> Option<usize> {
        let parts = self.parts()?;
        if parts.limbs.is_zero() {
            return Some(0);
        }
        let zeros = (0..parts.scale).take_while(|&index| parts.limbs.digit(index) == 0).count();
        Some(parts.scale - zeros)
    }

    /// The value without trailing zeros after the point.
    pub fn trim_scale(&self) -> Self {
        match (self.parts(), self.min_scale()) {
            (Some(parts), Some(scale)) => finish(parts.negative, parts.rescaled(scale), scale),
            _ => self.clone(),
        }
    }

    /// The greatest common divisor; its scale is the greater of both.
    pub fn gcd(&self, other: &Self) -> Result<Self> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else { return Ok(Self::NaN) };
        let scale = a.scale.max(b.scale);
        let (mut x, mut y) = (a.rescaled(scale), b.rescaled(scale));
        while !y.is_zero() {
            let rest = x.div_rem(&y).1;
            x = std::mem::replace(&mut y, rest);
        }
        Parts { negative: false, limbs: x, scale }.finish()
    }

    /// The least common multiple; its scale is the greater of both. 22003.
    pub fn lcm(&self, other: &Self) -> Result<Self> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else { return Ok(Self::NaN) };
        let scale = a.scale.max(b.scale);
        if self.is_zero() || other.is_zero() {
            return Ok(finish(false, Limbs::default(), scale));
        }
        let divisor = self.gcd(other)?.finite().limbs;
        let whole = a.rescaled(scale).div_rem(&divisor).0;
        let limbs = whole.mul(&b.rescaled(scale));
        Parts { negative: false, limbs, scale }.finish()
    }

    /// n! with scale 0. 22003 for a negative or too large n.
    pub fn factorial(n: i64) -> Result<Self> {
        let out_of_range = |message| Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, message);
        if n < 0 {
            return Err(out_of_range("factorial of a negative number is undefined"));
        }
        let n = u32::try_from(n).ok().filter(|n| *n <= 32177);
        let n = n.ok_or_else(|| out_of_range("value overflows numeric format"))?;
        let limbs = (2..=n).fold(Limbs::one(), |product, factor| product.mul_small(factor));
        Parts { negative: false, limbs, scale: 0 }.finish()
    }
}

/// The quotient, half away from zero.
fn divide_rounded(numerator: i128, denominator: i128) -> i128 {
    let (n, d) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let (quotient, rest) = match (u64::try_from(n), u64::try_from(d)) {
        (Ok(n), Ok(d)) => (u128::from(n / d), u128::from(n % d)),
        _ => (n / d, n % d),
    };
    let rounded = quotient + u128::from(rest >= d - rest);
    let rounded = i128::try_from(rounded).expect("a quotient is no longer than its numerator");
    if (numerator < 0) == (denominator < 0) { rounded } else { -rounded }
}

impl Ord for Numeric {
    /// By value, whatever the scale; -Infinity first, then Infinity and NaN last.
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some(a), Some(b)) = (self.as_small(), other.as_small())
            && let Some((x, y, _)) = aligned(a, b)
        {
            return x.cmp(&y);
        }
        let rank = |value: &Self| match value {
            Self::NegativeInfinity => 0,
            Self::Small { .. } | Self::Big(_) => 1,
            Self::Infinity => 2,
            Self::NaN => 3,
        };
        let by_rank = rank(self).cmp(&rank(other));
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else { return by_rank };
        let by_sign = self.signum().cmp(&other.signum());
        if by_sign.is_ne() {
            return by_sign;
        }
        let scale = a.scale.max(b.scale);
        let magnitudes = a.rescaled(scale).compare(&b.rescaled(scale));
        if a.negative { magnitudes.reverse() } else { magnitudes }
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Numeric {}

impl Hash for Numeric {
    /// The same for equal values: trailing zeros after the point do not count.
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Self::Small { coefficient, scale } = self {
            let (mut coefficient, mut scale) = (*coefficient, *scale);
            while scale > 0 && coefficient % 10 == 0 {
                coefficient /= 10;
                scale -= 1;
            }
            (coefficient, scale).hash(state);
            return;
        }
        match self.trim_scale() {
            // A value can need its limbs only because of its zeros.
            Self::Small { coefficient, scale } => (coefficient, scale).hash(state),
            Self::Big(big) => (big.negative, big.limbs.limbs(), big.scale).hash(state),
            Self::NaN => 1u8.hash(state),
            Self::Infinity => 2u8.hash(state),
            Self::NegativeInfinity => 3u8.hash(state),
        }
    }
}

impl Numeric {
    /// The digits of a finite value without zeros at either end, as ASCII, and the decimal exponent of the first.
    pub(crate) fn significant(&self) -> (Vec<u8>, i64) {
        let parts = self.finite();
        let mut digits = parts.limbs.to_ascii();
        let signed = |n: usize| i64::try_from(n).expect("a count of digits is small");
        let exponent = signed(digits.len()) - 1 - signed(parts.scale);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        (digits, exponent)
    }
}
