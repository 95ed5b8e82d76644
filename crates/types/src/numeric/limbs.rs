//! Magnitudes of any length: limbs of nine decimal digits, lowest first, no zero limb on top.
//!
//! The decimal base makes reading, printing and changing the scale linear; products and quotients are schoolbook.
#![expect(
    clippy::cast_possible_truncation,
    reason = "every cast is of a remainder by, or a quotient below, the base"
)]

use std::cmp::Ordering;

const BASE: u64 = 1_000_000_000;
const DIGITS: usize = 9;
const POWERS: [u32; DIGITS] =
    [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A natural number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Limbs(Vec<u32>);

impl Limbs {
    pub(crate) fn from_u128(mut value: u128) -> Self {
        let mut limbs = Vec::new();
        while value > 0 {
            limbs.push((value % u128::from(BASE)) as u32);
            value /= u128::from(BASE);
        }
        Self(limbs)
    }

    /// The number of decimal digits, highest first, as values 0 to 9.
    pub(crate) fn from_digits(digits: &[u8]) -> Self {
        let mut limbs: Vec<u32> = digits
            .rchunks(DIGITS)
            .map(|chunk| chunk.iter().fold(0, |limb, digit| limb * 10 + u32::from(*digit)))
            .collect();
        trim(&mut limbs);
        Self(limbs)
    }

    pub(crate) fn from_limbs(mut limbs: Vec<u32>) -> Self {
        trim(&mut limbs);
        Self(limbs)
    }

    pub(crate) fn limbs(&self) -> &[u32] {
        &self.0
    }

    pub(crate) fn one() -> Self {
        Self(vec![1])
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The number, where it has at most 38 digits.
    pub(crate) fn to_u128(&self) -> Option<u128> {
        (self.0.len() <= 5 && self.digit_count() <= 38)
            .then(|| self.0.iter().rev().fold(0, |n, l| n * u128::from(BASE) + u128::from(*l)))
    }

    pub(crate) fn to_f64(&self) -> f64 {
        self.0.iter().rev().fold(0.0, |n, l| n * BASE as f64 + f64::from(*l))
    }

    /// How many decimal digits it has; 0 for zero.
    pub(crate) fn digit_count(&self) -> usize {
        self.0.last().map_or(0, |top| (self.0.len() - 1) * DIGITS + top.ilog10() as usize + 1)
    }

    /// The decimal digits, highest first, as ASCII; nothing for zero.
    pub(crate) fn to_ascii(&self) -> Vec<u8> {
        let Some((top, rest)) = self.0.split_last() else { return Vec::new() };
        let mut text = top.to_string().into_bytes();
        for limb in rest.iter().rev() {
            let mut part = [b'0'; DIGITS];
            let mut value = *limb;
            for byte in part.iter_mut().rev() {
                *byte += (value % 10) as u8;
                value /= 10;
            }
            text.extend_from_slice(&part);
        }
        text
    }

    /// Decimal digit `index`, counted from the lowest.
    pub(crate) fn digit(&self, index: usize) -> u32 {
        self.0.get(index / DIGITS).map_or(0, |limb| limb / POWERS[index % DIGITS] % 10)
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        let (long, short) =
            if self.0.len() >= other.0.len() { (self, other) } else { (other, self) };
        let mut sum = Vec::with_capacity(long.0.len() + 1);
        let mut carry = 0;
        for (index, limb) in long.0.iter().enumerate() {
            let value = limb + short.0.get(index).copied().unwrap_or(0) + carry;
            carry = u32::from(value >= BASE as u32);
            sum.push(value - carry * BASE as u32);
        }
        if carry > 0 {
            sum.push(carry);
        }
        Self(sum)
    }

    /// The difference; `other` must not be greater.
    pub(crate) fn sub(&self, other: &Self) -> Self {
        let mut difference = Vec::with_capacity(self.0.len());
        let mut borrow = 0;
        for (index, limb) in self.0.iter().enumerate() {
            let taken = other.0.get(index).copied().unwrap_or(0) + borrow;
            borrow = u32::from(*limb < taken);
            difference.push(limb + borrow * BASE as u32 - taken);
        }
        debug_assert!(borrow == 0, "a difference is not negative");
        Self::from_limbs(difference)
    }

    pub(crate) fn mul(&self, other: &Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::default();
        }
        let mut product = vec![0u32; self.0.len() + other.0.len()];
        for (i, a) in self.0.iter().enumerate() {
            let mut carry = 0u64;
            for (j, b) in other.0.iter().enumerate() {
                let value = u64::from(*a) * u64::from(*b) + u64::from(product[i + j]) + carry;
                product[i + j] = (value % BASE) as u32;
                carry = value / BASE;
            }
            product[i + other.0.len()] = carry as u32;
        }
        Self::from_limbs(product)
    }

    pub(crate) fn mul_small(&self, factor: u32) -> Self {
        let mut product = Vec::with_capacity(self.0.len() + 1);
        let mut carry = 0u64;
        for limb in &self.0 {
            let value = u64::from(*limb) * u64::from(factor) + carry;
            product.push((value % BASE) as u32);
            carry = value / BASE;
        }
        while carry > 0 {
            product.push((carry % BASE) as u32);
            carry /= BASE;
        }
        Self::from_limbs(product)
    }

    pub(crate) fn div_small(&self, divisor: u32) -> (Self, u32) {
        let mut quotient = vec![0; self.0.len()];
        let mut rest = 0u64;
        for (index, limb) in self.0.iter().enumerate().rev() {
            let value = rest * BASE + u64::from(*limb);
            quotient[index] = (value / u64::from(divisor)) as u32;
            rest = value % u64::from(divisor);
        }
        (Self::from_limbs(quotient), rest as u32)
    }

    /// Times 10 to the power `digits`.
    pub(crate) fn shift_up(&self, digits: usize) -> Self {
        if self.is_zero() || digits == 0 {
            return self.clone();
        }
        let scaled = self.mul_small(POWERS[digits % DIGITS]);
        let mut limbs = vec![0; digits / DIGITS];
        limbs.extend_from_slice(&scaled.0);
        Self(limbs)
    }

    /// Divided by 10 to the power `digits`, cut.
    pub(crate) fn shift_down(&self, digits: usize) -> Self {
        let whole = digits / DIGITS;
        if whole >= self.0.len() {
            return Self::default();
        }
        let limbs = Self(self.0[whole..].to_vec());
        if digits.is_multiple_of(DIGITS) {
            limbs
        } else {
            limbs.div_small(POWERS[digits % DIGITS]).0
        }
    }

    /// Divided by 10 to the power `digits`, half away from zero.
    pub(crate) fn shift_down_rounded(&self, digits: usize) -> Self {
        if digits == 0 {
            return self.clone();
        }
        let cut = self.shift_down(digits);
        if self.digit(digits - 1) >= 5 { cut.add(&Self::one()) } else { cut }
    }

    /// Whether the lowest `digits` decimal digits are not all zero.
    pub(crate) fn has_low_digits(&self, digits: usize) -> bool {
        let whole = (digits / DIGITS).min(self.0.len());
        self.0[..whole].iter().any(|limb| *limb != 0)
            || self.0.get(whole).is_some_and(|limb| limb % POWERS[digits % DIGITS] != 0)
    }

    /// Quotient and remainder; the divisor is not zero. Knuth's algorithm D.
    pub(crate) fn div_rem(&self, divisor: &Self) -> (Self, Self) {
        if self.compare(divisor) == Ordering::Less {
            return (Self::default(), self.clone());
        }
        if let [small] = divisor.0[..] {
            let (quotient, rest) = self.div_small(small);
            return (quotient, Self::from_u128(u128::from(rest)));
        }
        let n = divisor.0.len();
        let factor = (BASE / (u64::from(divisor.0[n - 1]) + 1)) as u32;
        let v = divisor.mul_small(factor).0;
        let mut u = self.mul_small(factor).0;
        u.resize(self.0.len() + 1, 0);
        let mut quotient = vec![0; self.0.len() - n + 1];
        for j in (0..quotient.len()).rev() {
            let top = u64::from(u[j + n]) * BASE + u64::from(u[j + n - 1]);
            let mut guess = top / u64::from(v[n - 1]);
            let mut rest = top % u64::from(v[n - 1]);
            while guess >= BASE
                || guess * u64::from(v[n - 2]) > rest * BASE + u64::from(u[j + n - 2])
            {
                guess -= 1;
                rest += u64::from(v[n - 1]);
                if rest >= BASE {
                    break;
                }
            }
            if !subtract_product(&mut u[j..=j + n], &v, guess) {
                guess -= 1;
                add_back(&mut u[j..=j + n], &v);
            }
            quotient[j] = guess as u32;
        }
        u.truncate(n);
        (Self::from_limbs(quotient), Self::from_limbs(u).div_small(factor).0)
    }

    /// The whole square root. Newton's iteration from above.
    pub(crate) fn sqrt(&self) -> Self {
        if self.is_zero() {
            return Self::default();
        }
        let mut root = Self::one().shift_up(self.digit_count().div_ceil(2));
        loop {
            let next = root.add(&self.div_rem(&root).0).div_small(2).0;
            if next.compare(&root) != Ordering::Less {
                return root;
            }
            root = next;
        }
    }
}

fn trim(limbs: &mut Vec<u32>) {
    while limbs.last() == Some(&0) {
        limbs.pop();
    }
}

/// `u -= v * factor`; false where that went below zero (and wrapped).
fn subtract_product(u: &mut [u32], v: &[u32], factor: u64) -> bool {
    let (mut carry, mut borrow) = (0u64, 0u64);
    for (index, limb) in u.iter_mut().enumerate() {
        let product = v.get(index).map_or(0, |v| u64::from(*v) * factor) + carry;
        carry = product / BASE;
        let taken = product % BASE + borrow;
        borrow = u64::from(u64::from(*limb) < taken);
        *limb = (u64::from(*limb) + borrow * BASE - taken) as u32;
    }
    borrow == 0
}

fn add_back(u: &mut [u32], v: &[u32]) {
    let mut carry = 0;
    for (index, limb) in u.iter_mut().enumerate() {
        let value = *limb + v.get(index).copied().unwrap_or(0) + carry;
        carry = u32::from(value >= BASE as u32);
        *limb = value - carry * BASE as u32;
    }
}
