//! money.

use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;
use types::Numeric;

#[cold]
fn out_of_range() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "money out of range")
}

#[cold]
fn by_zero() -> Error {
    Error::new(SqlState::DIVISION_BY_ZERO, "division by zero")
}

/// Rounded to a whole number, half to even. 22003.
fn rounded(value: f64) -> Result<i64> {
    let value = value.round_ties_even();
    if value.is_nan()
        || !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value)
    {
        return Err(out_of_range());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is a whole number in the range")]
    let whole = value as i64;
    Ok(whole)
}

#[expect(clippy::cast_precision_loss, reason = "money times a float is as exact as a float")]
fn times(money: i64, factor: f64) -> Result<i64> {
    rounded(money as f64 * factor)
}

#[expect(clippy::cast_precision_loss, reason = "money by a float is as exact as a float")]
fn by_float(money: i64, divisor: f64) -> Result<i64> {
    if divisor == 0.0 {
        return Err(by_zero());
    }
    rounded(money as f64 / divisor)
}

fn times_whole(money: i64, factor: i64) -> Result<i64> {
    money.checked_mul(factor).ok_or_else(out_of_range)
}

fn by_whole(money: i64, divisor: i64) -> Result<i64> {
    if divisor == 0 {
        return Err(by_zero());
    }
    money.checked_div(divisor).ok_or_else(out_of_range)
}

#[expect(clippy::cast_precision_loss, reason = "the result is a float8")]
fn ratio(a: i64, b: i64) -> Result<f64> {
    if b == 0 { Err(by_zero()) } else { Ok(a as f64 / b as f64) }
}

fn from_whole(value: i64) -> Result<i64> {
    let text = "bigint out of range";
    value.checked_mul(100).ok_or_else(|| Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, text))
}

const SMALL: [&str; 28] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
];

fn small(index: u64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| SMALL.get(index)).copied().unwrap_or("")
}

/// A number below 1000 in words.
fn three_digits(value: u64) -> String {
    let (hundreds, rest) = (value / 100, value % 100);
    if value <= 20 {
        return small(value).to_owned();
    }
    if rest == 0 {
        return format!("{} hundred", small(hundreds));
    }
    let tens = small(18 + rest / 10);
    let tail = if value.is_multiple_of(10) && rest > 10 {
        (tens.to_owned(), false)
    } else if rest < 20 {
        (small(rest).to_owned(), true)
    } else {
        (format!("{tens} {}", small(rest % 10)), false)
    };
    match (hundreds, tail) {
        (0, (words, _)) => words,
        (_, (words, true)) => format!("{} hundred and {words}", small(hundreds)),
        (_, (words, false)) => format!("{} hundred {words}", small(hundreds)),
    }
}

/// An amount in English.
fn words(money: i64) -> String {
    let value = money.unsigned_abs();
    let mut out = if money < 0 { "minus ".to_owned() } else { String::new() };
    let start = out.len();
    let groups = [
        (100_000_000_000_000_000, "quadrillion"),
        (100_000_000_000_000, "trillion"),
        (100_000_000_000, "billion"),
        (100_000_000, "million"),
        (100_000, "thousand"),
    ];
    for (unit, name) in groups {
        let group = value / unit % 1000;
        if group > 0 {
            out.push_str(&format!("{} {name} ", three_digits(group)));
        }
    }
    let ones = value / 100 % 1000;
    if ones > 0 {
        out.push_str(&three_digits(ones));
    }
    if out.len() == start {
        out.push_str("zero");
    }
    out.push_str(if value / 100 == 1 { " dollar and " } else { " dollars and " });
    out.push_str(&three_digits(value % 100));
    out.push_str(if value % 100 == 1 { " cent" } else { " cents" });
    out[..1].to_uppercase() + &out[1..]
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("cash_eq", |call| call.compare_by_type(Ordering::is_eq)),
    builtin("cash_ne", |call| call.compare_by_type(Ordering::is_ne)),
    builtin("cash_lt", |call| call.compare_by_type(Ordering::is_lt)),
    builtin("cash_le", |call| call.compare_by_type(Ordering::is_le)),
    builtin("cash_gt", |call| call.compare_by_type(Ordering::is_gt)),
    builtin("cash_ge", |call| call.compare_by_type(Ordering::is_ge)),
    builtin("cash_cmp", |call| call.order_by_type()),
    builtin("cash_pl", |call| {
        call.map2(|a: i64, b: i64| a.checked_add(b).ok_or_else(out_of_range))
    }),
    builtin("cash_mi", |call| {
        call.map2(|a: i64, b: i64| a.checked_sub(b).ok_or_else(out_of_range))
    }),
    builtin("cash_mul_flt8", |call| call.map2(times)),
    builtin("cash_mul_flt4", |call| call.map2(|a, b: f32| times(a, f64::from(b)))),
    builtin("flt8_mul_cash", |call| call.map2(|a, b| times(b, a))),
    builtin("flt4_mul_cash", |call| call.map2(|a: f32, b| times(b, f64::from(a)))),
    builtin("cash_div_flt8", |call| call.map2(by_float)),
    builtin("cash_div_flt4", |call| call.map2(|a, b: f32| by_float(a, f64::from(b)))),
    builtin("cash_mul_int8", |call| call.map2(times_whole)),
    builtin("cash_mul_int4", |call| call.map2(|a, b: i32| times_whole(a, i64::from(b)))),
    builtin("cash_mul_int2", |call| call.map2(|a, b: i16| times_whole(a, i64::from(b)))),
    builtin("int8_mul_cash", |call| call.map2(times_whole)),
    builtin("int4_mul_cash", |call| call.map2(|a: i32, b| times_whole(b, i64::from(a)))),
    builtin("int2_mul_cash", |call| call.map2(|a: i16, b| times_whole(b, i64::from(a)))),
    builtin("cash_div_int8", |call| call.map2(by_whole)),
    builtin("cash_div_int4", |call| call.map2(|a, b: i32| by_whole(a, i64::from(b)))),
    builtin("cash_div_int2", |call| call.map2(|a, b: i16| by_whole(a, i64::from(b)))),
    builtin("cash_div_cash", |call| call.map2(ratio)),
    builtin("cashlarger", |call| call.map2(|a: i64, b: i64| Ok(a.max(b)))),
    builtin("cashsmaller", |call| call.map2(|a: i64, b: i64| Ok(a.min(b)))),
    builtin("cash_words", |call| call.map1(|a| Ok(words(a)))),
    builtin("cash_numeric", |call| call.map1(|a: i64| Ok(Numeric::new(i128::from(a), 2)))),
    builtin("numeric_cash", |call| call.map1(|a: Numeric| a.mul(&Numeric::new(100, 0))?.to_i64())),
    builtin("int4_cash", |call| call.map1(|a: i32| from_whole(i64::from(a)))),
    builtin("int8_cash", |call| call.map1(from_whole)),
];
