//! Arithmetic and mathematics of numeric; its casts from and to whole numbers.

use crate::integer::int4_range;
use crate::{Argument, Builtin, builtin};
use error::{Error, Result, SqlState};
use types::Numeric;

/// Rounded to the scale of a typmod. 22003.
fn to_typmod(value: Numeric, typmod: i32) -> Result<Numeric> {
    types::numeric::apply_typmod(value, typmod)
}

/// Which of `count` equal buckets between two bounds holds the operand. 2201G.
fn width_bucket(operand: &Numeric, low: &Numeric, high: &Numeric, count: i32) -> Result<i32> {
    let invalid =
        |message| Err(Error::new(SqlState::INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION, message));
    if count <= 0 {
        return invalid("count must be greater than zero");
    }
    if operand.is_nan() || low.is_nan() || high.is_nan() {
        return invalid("operand, lower bound, and upper bound cannot be NaN");
    }
    if !low.is_finite() || !high.is_finite() {
        return invalid("lower and upper bounds must be finite");
    }
    if low == high {
        return invalid("lower bound cannot equal upper bound");
    }
    let rising = low < high;
    if (rising && operand < low) || (!rising && operand > low) {
        return Ok(0);
    }
    if (rising && operand >= high) || (!rising && operand <= high) {
        return count.checked_add(1).ok_or_else(int4_range);
    }
    let (distance, width) = (operand.sub(low)?, high.sub(low)?);
    let bucket = distance.mul(&Numeric::from(count))?.div_whole(&width)?;
    bucket.to_i32()?.checked_add(1).ok_or_else(int4_range)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("numeric_add", |call| call.map2(|a: Numeric, b: Numeric| a.add(&b))),
    builtin("numeric_sub", |call| call.map2(|a: Numeric, b: Numeric| a.sub(&b))),
    builtin("numeric_mul", |call| call.map2(|a: Numeric, b: Numeric| a.mul(&b))),
    builtin("numeric_div", |call| call.map2(|a: Numeric, b: Numeric| a.div(&b))),
    builtin("numeric_div_trunc", |call| call.map2(|a: Numeric, b: Numeric| a.div_whole(&b))),
    builtin("numeric_mod", |call| call.map2(|a: Numeric, b: Numeric| a.rem(&b))),
    builtin("numeric_uminus", |call| call.map1(|a: Numeric| Ok(a.neg()))),
    builtin("numeric_uplus", |call| call.map1(|a: Numeric| Ok(a))),
    builtin("numeric_abs", |call| call.map1(|a: Numeric| Ok(a.abs()))),
    builtin("numeric_sign", |call| {
        call.map1(|a: Numeric| Ok(if a.is_nan() { a } else { Numeric::from(a.signum()) }))
    }),
    builtin("numeric_round", |call| call.map2(|a: Numeric, digits: i32| a.round(digits))),
    builtin("numeric_trunc", |call| call.map2(|a: Numeric, digits: i32| a.trunc(digits))),
    builtin("numeric_ceil", |call| call.map1(|a: Numeric| a.ceil())),
    builtin("numeric_floor", |call| call.map1(|a: Numeric| a.floor())),
    builtin("numeric_sqrt", |call| call.map1(|a: Numeric| a.sqrt())),
    builtin("numeric_exp", |call| call.map1(|a: Numeric| a.exp())),
    builtin("numeric_ln", |call| call.map1(|a: Numeric| a.ln())),
    builtin("numeric_log", |call| call.map2(|base: Numeric, a: Numeric| a.log(&base))),
    builtin("numeric_power", |call| call.map2(|a: Numeric, b: Numeric| a.power(&b))),
    builtin("numeric_gcd", |call| call.map2(|a: Numeric, b: Numeric| a.gcd(&b))),
    builtin("numeric_lcm", |call| call.map2(|a: Numeric, b: Numeric| a.lcm(&b))),
    builtin("numeric_fac", |call| call.map1(Numeric::factorial)),
    builtin("numeric_inc", |call| call.map1(|a: Numeric| a.add(&Numeric::ONE))),
    builtin("numeric_scale", |call| {
        call.map1(|a: Numeric| Ok(a.is_finite().then(|| i32::try_from(a.scale()).unwrap_or(0))))
    }),
    builtin("numeric_min_scale", |call| {
        call.map1(|a: Numeric| Ok(a.min_scale().map(|scale| i32::try_from(scale).unwrap_or(0))))
    }),
    builtin("numeric_trim_scale", |call| call.map1(|a: Numeric| Ok(a.trim_scale()))),
    builtin("numeric", |call| call.map2(to_typmod)),
    builtin("int2_numeric", |call| call.map1(|a: i16| Ok(Numeric::from(i64::from(a))))),
    builtin("int4_numeric", |call| call.map1(|a: i32| Ok(Numeric::from(a)))),
    builtin("int8_numeric", |call| call.map1(|a: i64| Ok(Numeric::from(a)))),
    builtin("numeric_int2", |call| call.map1(|a: Numeric| a.to_i16())),
    builtin("numeric_int4", |call| call.map1(|a: Numeric| a.to_i32())),
    builtin("numeric_int8", |call| call.map1(|a: Numeric| a.to_i64())),
    builtin("width_bucket_numeric", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            let number = |index: usize| {
                let argument = arguments[index];
                Numeric::get(Numeric::column(argument), row & argument.mask())
            };
            let count = arguments[3];
            let count = i32::get(i32::column(count), row & count.mask());
            width_bucket(&number(0), &number(1), &number(2), count)
        })
    }),
];
