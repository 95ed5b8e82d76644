//! Arithmetic and bits of int2, int4 and int8.

use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};

#[cold]
pub(crate) fn int2_range() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "smallint out of range")
}

#[cold]
pub(crate) fn int4_range() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range")
}

#[cold]
pub(crate) fn int8_range() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range")
}

#[cold]
pub(crate) fn division_by_zero() -> Error {
    Error::new(SqlState::DIVISION_BY_ZERO, "division by zero")
}

/// Quotient, rounded towards zero. 22012 where `b` is 0, 22003 for MIN / -1.
fn div2(a: i16, b: i16) -> Result<i16> {
    if b == 0 { Err(division_by_zero()) } else { a.checked_div(b).ok_or_else(int2_range) }
}

fn div4(a: i32, b: i32) -> Result<i32> {
    if b == 0 { Err(division_by_zero()) } else { a.checked_div(b).ok_or_else(int4_range) }
}

fn div8(a: i64, b: i64) -> Result<i64> {
    if b == 0 { Err(division_by_zero()) } else { a.checked_div(b).ok_or_else(int8_range) }
}

/// Remainder, with the sign of `a`. 22012 where `b` is 0.
fn mod2(a: i16, b: i16) -> Result<i16> {
    if b == 0 { Err(division_by_zero()) } else { Ok(a.wrapping_rem(b)) }
}

fn mod4(a: i32, b: i32) -> Result<i32> {
    if b == 0 { Err(division_by_zero()) } else { Ok(a.wrapping_rem(b)) }
}

fn mod8(a: i64, b: i64) -> Result<i64> {
    if b == 0 { Err(division_by_zero()) } else { Ok(a.wrapping_rem(b)) }
}

fn gcd(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Greatest common divisor. 22003 where it is 2^31.
fn gcd4(a: i32, b: i32) -> Option<i32> {
    i32::try_from(gcd(u64::from(a.unsigned_abs()), u64::from(b.unsigned_abs()))).ok()
}

fn gcd8(a: i64, b: i64) -> Option<i64> {
    i64::try_from(gcd(a.unsigned_abs(), b.unsigned_abs())).ok()
}

/// Least common multiple, 0 where either is 0. 22003.
fn lcm4(a: i32, b: i32) -> Option<i32> {
    i32::try_from(lcm8(i64::from(a), i64::from(b))?).ok()
}

fn lcm8(a: i64, b: i64) -> Option<i64> {
    if a == 0 || b == 0 {
        return Some(0);
    }
    let divisor = gcd(a.unsigned_abs(), b.unsigned_abs());
    i64::try_from((a.unsigned_abs() / divisor).checked_mul(b.unsigned_abs())?).ok()
}

/// The count of bits to shift by, as x86 takes it.
fn shift(count: i32) -> u32 {
    count.cast_unsigned()
}

/// The low 16 bits.
#[expect(clippy::cast_possible_truncation, reason = "a shift of int2 keeps its 16 bits")]
fn narrow(value: i32) -> i16 {
    value as i16
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("int2pl", |call| call.checked2(int2_range, |a: i16, b: i16| a.checked_add(b))),
    builtin("int2mi", |call| call.checked2(int2_range, |a: i16, b: i16| a.checked_sub(b))),
    builtin("int2mul", |call| call.checked2(int2_range, |a: i16, b: i16| a.checked_mul(b))),
    builtin("int2div", |call| call.map2(div2)),
    builtin("int24pl", |call| {
        call.checked2(int4_range, |a: i16, b: i32| i32::from(a).checked_add(b))
    }),
    builtin("int24mi", |call| {
        call.checked2(int4_range, |a: i16, b: i32| i32::from(a).checked_sub(b))
    }),
    builtin("int24mul", |call| {
        call.checked2(int4_range, |a: i16, b: i32| i32::from(a).checked_mul(b))
    }),
    builtin("int24div", |call| call.map2(|a: i16, b: i32| div4(i32::from(a), b))),
    builtin("int28pl", |call| {
        call.checked2(int8_range, |a: i16, b: i64| i64::from(a).checked_add(b))
    }),
    builtin("int28mi", |call| {
        call.checked2(int8_range, |a: i16, b: i64| i64::from(a).checked_sub(b))
    }),
    builtin("int28mul", |call| {
        call.checked2(int8_range, |a: i16, b: i64| i64::from(a).checked_mul(b))
    }),
    builtin("int28div", |call| call.map2(|a: i16, b: i64| div8(i64::from(a), b))),
    builtin("int42pl", |call| {
        call.checked2(int4_range, |a: i32, b: i16| a.checked_add(i32::from(b)))
    }),
    builtin("int42mi", |call| {
        call.checked2(int4_range, |a: i32, b: i16| a.checked_sub(i32::from(b)))
    }),
    builtin("int42mul", |call| {
        call.checked2(int4_range, |a: i32, b: i16| a.checked_mul(i32::from(b)))
    }),
    builtin("int42div", |call| call.map2(|a: i32, b: i16| div4(a, i32::from(b)))),
    builtin("int4pl", |call| call.checked2(int4_range, |a: i32, b: i32| a.checked_add(b))),
    builtin("int4mi", |call| call.checked2(int4_range, |a: i32, b: i32| a.checked_sub(b))),
    builtin("int4mul", |call| call.checked2(int4_range, |a: i32, b: i32| a.checked_mul(b))),
    builtin("int4div", |call| call.map2(div4)),
    builtin("int48pl", |call| {
        call.checked2(int8_range, |a: i32, b: i64| i64::from(a).checked_add(b))
    }),
    builtin("int48mi", |call| {
        call.checked2(int8_range, |a: i32, b: i64| i64::from(a).checked_sub(b))
    }),
    builtin("int48mul", |call| {
        call.checked2(int8_range, |a: i32, b: i64| i64::from(a).checked_mul(b))
    }),
    builtin("int48div", |call| call.map2(|a: i32, b: i64| div8(i64::from(a), b))),
    builtin("int82pl", |call| {
        call.checked2(int8_range, |a: i64, b: i16| a.checked_add(i64::from(b)))
    }),
    builtin("int82mi", |call| {
        call.checked2(int8_range, |a: i64, b: i16| a.checked_sub(i64::from(b)))
    }),
    builtin("int82mul", |call| {
        call.checked2(int8_range, |a: i64, b: i16| a.checked_mul(i64::from(b)))
    }),
    builtin("int82div", |call| call.map2(|a: i64, b: i16| div8(a, i64::from(b)))),
    builtin("int84pl", |call| {
        call.checked2(int8_range, |a: i64, b: i32| a.checked_add(i64::from(b)))
    }),
    builtin("int84mi", |call| {
        call.checked2(int8_range, |a: i64, b: i32| a.checked_sub(i64::from(b)))
    }),
    builtin("int84mul", |call| {
        call.checked2(int8_range, |a: i64, b: i32| a.checked_mul(i64::from(b)))
    }),
    builtin("int84div", |call| call.map2(|a: i64, b: i32| div8(a, i64::from(b)))),
    builtin("int8pl", |call| call.checked2(int8_range, |a: i64, b: i64| a.checked_add(b))),
    builtin("int8mi", |call| call.checked2(int8_range, |a: i64, b: i64| a.checked_sub(b))),
    builtin("int8mul", |call| call.checked2(int8_range, |a: i64, b: i64| a.checked_mul(b))),
    builtin("int8div", |call| call.map2(div8)),
    builtin("int2mod", |call| call.map2(mod2)),
    builtin("int2um", |call| call.checked1(int2_range, i16::checked_neg)),
    builtin("int2abs", |call| call.checked1(int2_range, i16::checked_abs)),
    builtin("int2up", |call| {
        call.fixed1(|a: i16| a);
        Ok(())
    }),
    builtin("int2not", |call| {
        call.fixed1(|a: i16| !a);
        Ok(())
    }),
    builtin("int2and", |call| {
        call.fixed2(|a: i16, b: i16| a & b);
        Ok(())
    }),
    builtin("int2or", |call| {
        call.fixed2(|a: i16, b: i16| a | b);
        Ok(())
    }),
    builtin("int2xor", |call| {
        call.fixed2(|a: i16, b: i16| a ^ b);
        Ok(())
    }),
    builtin("int2shl", |call| {
        call.fixed2(|a: i16, b: i32| narrow(i32::from(a).wrapping_shl(shift(b))));
        Ok(())
    }),
    builtin("int2shr", |call| {
        call.fixed2(|a: i16, b: i32| narrow(i32::from(a).wrapping_shr(shift(b))));
        Ok(())
    }),
    builtin("int4mod", |call| call.map2(mod4)),
    builtin("int4um", |call| call.checked1(int4_range, i32::checked_neg)),
    builtin("int4abs", |call| call.checked1(int4_range, i32::checked_abs)),
    builtin("int4up", |call| {
        call.fixed1(|a: i32| a);
        Ok(())
    }),
    builtin("int4not", |call| {
        call.fixed1(|a: i32| !a);
        Ok(())
    }),
    builtin("int4and", |call| {
        call.fixed2(|a: i32, b: i32| a & b);
        Ok(())
    }),
    builtin("int4or", |call| {
        call.fixed2(|a: i32, b: i32| a | b);
        Ok(())
    }),
    builtin("int4xor", |call| {
        call.fixed2(|a: i32, b: i32| a ^ b);
        Ok(())
    }),
    builtin("int4shl", |call| {
        call.fixed2(|a: i32, b: i32| a.wrapping_shl(shift(b)));
        Ok(())
    }),
    builtin("int4shr", |call| {
        call.fixed2(|a: i32, b: i32| a.wrapping_shr(shift(b)));
        Ok(())
    }),
    builtin("int8mod", |call| call.map2(mod8)),
    builtin("int8um", |call| call.checked1(int8_range, i64::checked_neg)),
    builtin("int8abs", |call| call.checked1(int8_range, i64::checked_abs)),
    builtin("int8up", |call| {
        call.fixed1(|a: i64| a);
        Ok(())
    }),
    builtin("int8not", |call| {
        call.fixed1(|a: i64| !a);
        Ok(())
    }),
    builtin("int8and", |call| {
        call.fixed2(|a: i64, b: i64| a & b);
        Ok(())
    }),
    builtin("int8or", |call| {
        call.fixed2(|a: i64, b: i64| a | b);
        Ok(())
    }),
    builtin("int8xor", |call| {
        call.fixed2(|a: i64, b: i64| a ^ b);
        Ok(())
    }),
    builtin("int8shl", |call| {
        call.fixed2(|a: i64, b: i32| a.wrapping_shl(shift(b)));
        Ok(())
    }),
    builtin("int8shr", |call| {
        call.fixed2(|a: i64, b: i32| a.wrapping_shr(shift(b)));
        Ok(())
    }),
    builtin("int4gcd", |call| call.checked2(int4_range, gcd4)),
    builtin("int4lcm", |call| call.checked2(int4_range, lcm4)),
    builtin("int8gcd", |call| call.checked2(int8_range, gcd8)),
    builtin("int8lcm", |call| call.checked2(int8_range, lcm8)),
    builtin("int4inc", |call| call.checked1(int4_range, |a: i32| a.checked_add(1))),
    builtin("int8inc", |call| call.checked1(int8_range, |a: i64| a.checked_add(1))),
    builtin("int8dec", |call| call.checked1(int8_range, |a: i64| a.checked_sub(1))),
];
