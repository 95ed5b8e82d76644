//! Roots, exponentials, logarithms and powers, to the scale that PostgreSQL gives them.
//!
//! They are computed as whole numbers of 10^-places with a few guard places and rounded once. exp halves its argument
//! until the Taylor series is short and squares back; ln takes square roots until its argument is near 1 and sums the
//! series of the inverse hyperbolic tangent.

use super::arithmetic::{SIGNIFICANT_MIN, clamp_scale};
use super::{Limbs, Numeric, Parts, finish, overflow};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;

const GUARD: usize = 12;
const LOG10_E: f64 = std::f64::consts::LOG10_E;
/// Beyond this exp() overflows or is zero, whatever the scale.
const EXPONENT_MAX: f64 = 6000.0;
const RESULT_DIGITS_MAX: f64 = 2000.0;

/// A signed fixed-point number; the places are the caller's.
#[derive(Clone)]
struct Fixed {
    negative: bool,
    limbs: Limbs,
}

impl Fixed {
    fn of(parts: &Parts, places: usize) -> Self {
        Self { negative: parts.negative, limbs: parts.rescaled(places) }
    }

    fn add(&self, other: &Self) -> Self {
        if self.negative == other.negative {
            return Self { negative: self.negative, limbs: self.limbs.add(&other.limbs) };
        }
        if self.limbs.compare(&other.limbs) == Ordering::Less {
            Self { negative: other.negative, limbs: other.limbs.sub(&self.limbs) }
        } else {
            Self { negative: self.negative, limbs: self.limbs.sub(&other.limbs) }
        }
    }

    fn mul(&self, other: &Self, places: usize) -> Self {
        let limbs = self.limbs.mul(&other.limbs).shift_down(places);
        Self { negative: self.negative != other.negative, limbs }
    }

    fn div(&self, other: &Self, places: usize) -> Self {
        let limbs = self.limbs.shift_up(places).div_rem(&other.limbs).0;
        Self { negative: self.negative != other.negative, limbs }
    }

    fn finish(self, places: usize, scale: usize) -> Result<Numeric> {
        let parts = Parts { negative: self.negative, limbs: self.limbs, scale: places };
        let limbs = parts.rescaled(scale);
        Parts { negative: parts.negative && !limbs.is_zero(), limbs, scale }.finish()
    }
}

fn one(places: usize) -> Limbs {
    Limbs::one().shift_up(places)
}

#[expect(clippy::cast_possible_truncation, reason = "every caller's value is a count of digits")]
fn cut(value: f64) -> i64 {
    value as i64
}

fn count(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}

/// e to the power of a fixed-point number.
fn exp_fixed(x: &Fixed, places: usize) -> Fixed {
    let mut halvings = 0;
    let mut reduced = x.clone();
    let limit = Limbs::one().shift_up(places.saturating_sub(2));
    while reduced.limbs.compare(&limit) == Ordering::Greater {
        reduced.limbs = reduced.limbs.div_small(2).0;
        halvings += 1;
    }
    let mut sum = Fixed { negative: false, limbs: one(places) };
    let mut term = sum.clone();
    for n in 1.. {
        term = term.mul(&reduced, places);
        term.limbs = term.limbs.div_small(n).0;
        if term.limbs.is_zero() {
            break;
        }
        sum = sum.add(&term);
    }
    for _ in 0..halvings {
        sum = sum.mul(&sum, places);
    }
    sum
}

/// The natural logarithm of a fixed-point number above zero, between 1 and 10.
fn ln_near(x: &Limbs, places: usize) -> Fixed {
    let mut root = x.clone();
    let mut doublings = 1;
    let near = one(places).add(&Limbs::one().shift_up(places.saturating_sub(2)));
    while root.compare(&near) == Ordering::Greater {
        root = root.shift_up(places).sqrt();
        doublings += 1;
    }
    // ln r = 2 (z + z^3/3 + z^5/5 ...), z = (r - 1) / (r + 1)
    let unit = Fixed { negative: true, limbs: one(places) };
    let value = Fixed { negative: false, limbs: root };
    let above = Fixed { negative: false, limbs: value.limbs.add(&unit.limbs) };
    let z = value.add(&unit).div(&above, places);
    let square = z.mul(&z, places);
    let (mut sum, mut power) = (z.clone(), z);
    for n in (3..).step_by(2) {
        power = power.mul(&square, places);
        let term = power.limbs.div_small(n).0;
        if term.is_zero() {
            break;
        }
        sum = sum.add(&Fixed { negative: power.negative, limbs: term });
    }
    for _ in 0..doublings {
        sum.limbs = sum.limbs.mul_small(2);
    }
    sum
}

/// The natural logarithm of a finite value above zero, with so many places.
fn ln_fixed(value: &Parts, places: usize) -> Fixed {
    let digits = value.limbs.digit_count();
    // value = m * 10^exponent with m between 1 and 10.
    let exponent = i64::try_from(digits).unwrap_or(0) - 1 - i64::try_from(value.scale).unwrap_or(0);
    let work = places + 10;
    let mantissa = Parts { negative: false, limbs: value.limbs.clone(), scale: digits - 1 };
    let mut result = ln_near(&mantissa.rescaled(work), work);
    if exponent != 0 {
        let ten = ln_near(&Limbs::from_u128(10).shift_up(work), work);
        let times = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
        let part = Fixed { negative: exponent < 0, limbs: ten.limbs.mul_small(times) };
        result = result.add(&part);
    }
    Fixed { negative: result.negative, limbs: result.limbs.shift_down_rounded(work - places) }
}

impl Numeric {
    /// The square root, at least 16 significant digits. 2201F for a negative value.
    pub fn sqrt(&self) -> Result<Self> {
        if self.is_negative() {
            return Err(Error::new(
                SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                "cannot take square root of a negative number",
            ));
        }
        let Some(parts) = self.parts() else { return Ok(self.clone()) };
        let (weight, _) = self.leading_group();
        let scale = clamp_scale(SIGNIFICANT_MIN - (weight * 2 + 1), parts.scale);
        let square = parts.limbs.shift_up(scale * 2 - parts.scale);
        let root = square.sqrt();
        let rest = square.sub(&root.mul(&root));
        let up = rest.compare(&root) == Ordering::Greater;
        let limbs = if up { root.add(&Limbs::one()) } else { root };
        Parts { negative: false, limbs, scale }.finish()
    }

    /// e to its power, at least 16 significant digits. 22003.
    pub fn exp(&self) -> Result<Self> {
        match self {
            Self::NegativeInfinity => return Ok(Self::ZERO),
            Self::NaN | Self::Infinity => return Ok(self.clone()),
            Self::Small { .. } | Self::Big(_) => {}
        }
        let weight = (self.to_f64_lossy() * LOG10_E).clamp(-RESULT_DIGITS_MAX, RESULT_DIGITS_MAX);
        let scale = clamp_scale(SIGNIFICANT_MIN - cut(weight), self.scale());
        self.exp_to(scale)
    }

    /// e to the power of a finite value, with a given scale.
    fn exp_to(&self, scale: usize) -> Result<Self> {
        let approximate = self.to_f64_lossy();
        if approximate >= EXPONENT_MAX {
            return Err(overflow());
        }
        if approximate <= -EXPONENT_MAX {
            return Ok(finish(false, Limbs::default(), scale));
        }
        let weight = count(cut(approximate * LOG10_E) + 1);
        let places = scale + weight + GUARD + 6;
        exp_fixed(&Fixed::of(&self.finite(), places), places).finish(places, scale)
    }

    /// The natural logarithm, at least 16 significant digits. 2201E for zero and below.
    pub fn ln(&self) -> Result<Self> {
        self.check_logarithm()?;
        if !self.is_finite() {
            return Ok(self.clone());
        }
        let scale = clamp_scale(SIGNIFICANT_MIN - self.ln_weight(), self.scale());
        let places = scale + GUARD;
        ln_fixed(&self.finite(), places).finish(places, scale)
    }

    fn check_logarithm(&self) -> Result<()> {
        let invalid = |message| Err(Error::new(SqlState::INVALID_ARGUMENT_FOR_LOG, message));
        if self.is_zero() {
            invalid("cannot take logarithm of zero")
        } else if self.is_negative() {
            invalid("cannot take logarithm of a negative number")
        } else {
            Ok(())
        }
    }

    /// The decimal exponent of the natural logarithm, estimated from the leading digits.
    fn ln_weight(&self) -> i64 {
        let near = Self::new(9, 1) <= *self && *self <= Self::new(11, 1);
        if near {
            let distance = self.sub(&Self::ONE).unwrap_or(Self::ZERO);
            let (weight, first) = distance.leading_group();
            if first == 0 {
                return 0;
            }
            return weight * 4 + i64::from(first.ilog10());
        }
        let parts = self.finite();
        let digits = parts.limbs.digit_count();
        let dropped = digits.saturating_sub(17);
        let leading = parts.limbs.shift_down(dropped).to_f64();
        let exponent =
            i64::try_from(dropped).unwrap_or(0) - i64::try_from(parts.scale).unwrap_or(0);
        let logarithm = leading.ln() + exponent as f64 * std::f64::consts::LN_10;
        cut(logarithm.abs().log10())
    }

    /// The logarithm to a base. 2201E for zero and below, 22012 for base 1.
    pub fn log(&self, base: &Self) -> Result<Self> {
        if self.is_nan() || base.is_nan() {
            return Ok(Self::NaN);
        }
        base.check_logarithm()?;
        self.check_logarithm()?;
        match (base.is_finite(), self.is_finite()) {
            (false, false) => return Ok(Self::NaN),
            (false, true) => return Ok(Self::ZERO),
            (true, false) => return Ok(Self::Infinity),
            (true, true) => {}
        }
        let weight = self.ln_weight() - base.ln_weight();
        let scale = clamp_scale(SIGNIFICANT_MIN - weight, self.scale().max(base.scale()));
        let extra = count(weight.abs() + base.ln_weight().abs() + self.ln_weight().abs());
        let places = scale + 2 * extra + GUARD;
        let (a, b) = (ln_fixed(&self.finite(), places), ln_fixed(&base.finite(), places));
        if b.limbs.is_zero() {
            return Err(super::arithmetic::division_by_zero());
        }
        a.div(&b, places).finish(places, scale)
    }

    /// The value to a power. 2201F where the result is not real, 22012 for zero to a negative power, 22003.
    pub fn power(&self, exponent: &Self) -> Result<Self> {
        if !self.is_finite() || !exponent.is_finite() {
            return self.power_special(exponent);
        }
        let invalid = |message| Error::new(SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION, message);
        if self.is_zero() && exponent.is_negative() {
            return Err(invalid("zero raised to a negative power is undefined"));
        }
        let whole = exponent.min_scale() == Some(0);
        if whole && let Some(power) = exponent.to_i128().and_then(|power| i32::try_from(power).ok())
        {
            return self.power_whole(power, exponent.scale());
        }
        if self.is_zero() {
            return Ok(finish(false, Limbs::default(), count(SIGNIFICANT_MIN)));
        }
        let mut negative = false;
        if self.is_negative() {
            if !whole {
                return Err(invalid(
                    "a negative number raised to a non-integer power yields a complex result",
                ));
            }
            negative = exponent.trim_scale().finite().limbs.digit(0) % 2 == 1;
        }
        let base = self.abs();
        let result = base.power_real(exponent)?;
        Ok(if negative { result.neg() } else { result })
    }

    fn power_real(&self, exponent: &Self) -> Result<Self> {
        let ln_weight = self.ln_weight();
        let rough_places = count((8 - ln_weight).clamp(0, 1000));
        let rough = ln_fixed(&self.finite(), rough_places + GUARD)
            .finish(rough_places + GUARD, rough_places)?;
        let places = i32::try_from(rough_places).unwrap_or(i32::MAX);
        let logarithm = rough.mul(exponent)?.round(places)?.to_f64_lossy();
        if logarithm.abs() > RESULT_DIGITS_MAX * 3.01 {
            if logarithm > 0.0 {
                return Err(overflow());
            }
            return Ok(finish(false, Limbs::default(), 1000));
        }
        let weight = cut(logarithm * LOG10_E);
        let scale = clamp_scale(SIGNIFICANT_MIN - weight, self.scale().max(exponent.scale()));
        let exponent_digits = exponent.finite().limbs.digit_count();
        let places = scale + count(weight) + exponent_digits + GUARD + 8;
        let ln = ln_fixed(&self.finite(), places);
        let product = ln.mul(&Fixed::of(&exponent.finite(), exponent.scale()), exponent.scale());
        exp_fixed(&product, places).finish(places, scale)
    }

    /// To a whole power, by repeated squaring with only the digits that the result needs.
    fn power_whole(&self, exponent: i32, exponent_scale: usize) -> Result<Self> {
        let parts = self.finite();
        let weight =
            if parts.limbs.is_zero() { 0.0 } else { self.log10_rough() * f64::from(exponent) };
        if weight > 131_072.0 {
            return Err(overflow());
        }
        if weight + 1.0 < -1000.0 {
            return Ok(finish(false, Limbs::default(), 1000));
        }
        let scale = clamp_scale(SIGNIFICANT_MIN - cut(weight), parts.scale.max(exponent_scale));
        match exponent {
            0 => return Parts { negative: false, limbs: one(scale), scale }.finish(),
            1 => return self.round(i32::try_from(scale).unwrap_or(0)),
            -1 => return Self::ONE.div_scaled(self, scale),
            _ => {}
        }
        if parts.limbs.is_zero() {
            return Ok(finish(false, Limbs::default(), scale));
        }
        let significant = count(cut(weight) + 1) + scale + GUARD + 10;
        let mut result = Floating { limbs: Limbs::one(), exponent: 0 };
        let exponent_of = -i64::try_from(parts.scale).unwrap_or(0);
        let mut square = Floating { limbs: parts.limbs.clone(), exponent: exponent_of };
        let mut bits = exponent.unsigned_abs();
        while bits > 0 {
            if bits & 1 == 1 {
                result = result.mul(&square, significant);
            }
            bits >>= 1;
            if bits > 0 {
                square = square.mul(&square, significant);
            }
        }
        let negative = parts.negative && exponent % 2 != 0;
        let mut limbs = result.limbs;
        let mut places = -result.exponent;
        if exponent < 0 {
            // 1 / (limbs * 10^-places)
            let up = limbs.digit_count() + significant;
            limbs = Limbs::one().shift_up(up).div_rem(&limbs).0;
            places = i64::try_from(up).unwrap_or(0) - places;
        }
        let value = match usize::try_from(places) {
            Ok(places) => Parts { negative, limbs, scale: places },
            Err(_) => Parts { negative, limbs: limbs.shift_up(count(-places)), scale: 0 },
        };
        let limbs = value.rescaled(scale);
        Parts { negative: negative && !limbs.is_zero(), limbs, scale }.finish()
    }

    fn log10_rough(&self) -> f64 {
        let parts = self.finite();
        let dropped = parts.limbs.digit_count().saturating_sub(17);
        let leading = parts.limbs.shift_down(dropped).to_f64();
        leading.log10() + dropped as f64 - parts.scale as f64
    }

    fn power_special(&self, exponent: &Self) -> Result<Self> {
        let equals_one = |value: &Self| value.is_finite() && *value == Self::ONE;
        if self.is_nan() {
            return Ok(if exponent.is_zero() { Self::ONE } else { Self::NaN });
        }
        if exponent.is_nan() {
            return Ok(if equals_one(self) { Self::ONE } else { Self::NaN });
        }
        let invalid = |message| Error::new(SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION, message);
        if self.is_zero() && exponent.is_negative() {
            return Err(invalid("zero raised to a negative power is undefined"));
        }
        if self.is_negative() && exponent.is_finite() && exponent.min_scale() != Some(0) {
            return Err(invalid(
                "a negative number raised to a non-integer power yields a complex result",
            ));
        }
        if equals_one(self) || exponent.is_zero() {
            return Ok(Self::ONE);
        }
        if !exponent.is_finite() {
            if self.abs() == Self::ONE {
                return Ok(Self::ONE);
            }
            let grows = (self.abs() > Self::ONE) != exponent.is_negative();
            return Ok(if grows { Self::Infinity } else { Self::ZERO });
        }
        // An infinite base with a finite exponent.
        if exponent.is_negative() {
            return Ok(Self::ZERO);
        }
        let odd = exponent.trim_scale().finite().limbs.digit(0) % 2 == 1;
        Ok(if self.is_negative() && odd { Self::NegativeInfinity } else { Self::Infinity })
    }
}

/// limbs * 10^exponent, kept to a number of significant digits.
struct Floating {
    limbs: Limbs,
    exponent: i64,
}

impl Floating {
    fn mul(&self, other: &Self, significant: usize) -> Self {
        let limbs = self.limbs.mul(&other.limbs);
        let dropped = limbs.digit_count().saturating_sub(significant);
        let exponent = self.exponent + other.exponent + i64::try_from(dropped).unwrap_or(0);
        Self { limbs: limbs.shift_down_rounded(dropped), exponent }
    }
}
