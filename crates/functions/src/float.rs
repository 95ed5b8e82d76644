//! Arithmetic and mathematics of float4 and float8.

use crate::integer::division_by_zero;
use crate::{Builtin, Call, builtin};
use error::{Error, Result, SqlState};
use types::Numeric;

#[cold]
fn overflow() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow")
}

#[cold]
fn underflow() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow")
}

#[cold]
fn input_range() -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range")
}

fn add8(a: f64, b: f64) -> Option<f64> {
    let sum = a + b;
    (!sum.is_infinite() || a.is_infinite() || b.is_infinite()).then_some(sum)
}

fn sub8(a: f64, b: f64) -> Option<f64> {
    add8(a, -b)
}

/// The product. 22003 where it over- or underflows.
fn mul8(a: f64, b: f64) -> Result<f64> {
    let product = a * b;
    if product.is_infinite() && !a.is_infinite() && !b.is_infinite() {
        return Err(overflow());
    }
    if product == 0.0 && a != 0.0 && b != 0.0 {
        return Err(underflow());
    }
    Ok(product)
}

/// The quotient. 22012 where `b` is 0 and `a` no NaN, 22003.
fn div8(a: f64, b: f64) -> Result<f64> {
    if b == 0.0 && !a.is_nan() {
        return Err(division_by_zero());
    }
    let quotient = a / b;
    if quotient.is_infinite() && !a.is_infinite() {
        return Err(overflow());
    }
    if quotient == 0.0 && a != 0.0 && !b.is_infinite() {
        return Err(underflow());
    }
    Ok(quotient)
}

fn add4(a: f32, b: f32) -> Option<f32> {
    let sum = a + b;
    (!sum.is_infinite() || a.is_infinite() || b.is_infinite()).then_some(sum)
}

fn sub4(a: f32, b: f32) -> Option<f32> {
    add4(a, -b)
}

fn mul4(a: f32, b: f32) -> Result<f32> {
    let product = a * b;
    if product.is_infinite() && !a.is_infinite() && !b.is_infinite() {
        return Err(overflow());
    }
    if product == 0.0 && a != 0.0 && b != 0.0 {
        return Err(underflow());
    }
    Ok(product)
}

fn div4(a: f32, b: f32) -> Result<f32> {
    if b == 0.0 && !a.is_nan() {
        return Err(division_by_zero());
    }
    let quotient = a / b;
    if quotient.is_infinite() && !a.is_infinite() {
        return Err(overflow());
    }
    if quotient == 0.0 && a != 0.0 && !b.is_infinite() {
        return Err(underflow());
    }
    Ok(quotient)
}

fn sqrt(a: f64) -> Result<f64> {
    if a < 0.0 {
        return Err(Error::new(
            SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION,
            "cannot take square root of a negative number",
        ));
    }
    Ok(a.sqrt())
}

fn exp(a: f64) -> Result<f64> {
    let power = a.exp();
    if power.is_infinite() && !a.is_infinite() {
        return Err(overflow());
    }
    if power == 0.0 && !a.is_infinite() {
        return Err(underflow());
    }
    Ok(power)
}

fn logarithm(a: f64, f: fn(f64) -> f64) -> Result<f64> {
    let invalid = |message| Err(Error::new(SqlState::INVALID_ARGUMENT_FOR_LOG, message));
    if a == 0.0 {
        return invalid("cannot take logarithm of zero");
    }
    if a < 0.0 {
        return invalid("cannot take logarithm of a negative number");
    }
    Ok(f(a))
}

/// a to the power b. 2201F where it is not real, 22003.
fn power(a: f64, b: f64) -> Result<f64> {
    if a.is_nan() || b.is_nan() {
        return Ok(if a == 1.0 || b == 0.0 { 1.0 } else { f64::NAN });
    }
    let invalid = |message| Err(Error::new(SqlState::INVALID_ARGUMENT_FOR_POWER_FUNCTION, message));
    if a == 0.0 && b < 0.0 {
        return invalid("zero raised to a negative power is undefined");
    }
    if a < 0.0 && b.floor() != b {
        return invalid("a negative number raised to a non-integer power yields a complex result");
    }
    let power = a.powf(b);
    if power.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(overflow());
    }
    if power == 0.0 && a != 0.0 && a.is_finite() && b.is_finite() {
        return Err(underflow());
    }
    Ok(power)
}

/// A function of angles that infinities have no value for. 22003.
fn of_finite(a: f64, f: fn(f64) -> f64) -> Result<f64> {
    if a.is_infinite() {
        return Err(input_range());
    }
    Ok(f(a))
}

/// A function of -1 to 1. 22003 outside.
fn of_unit(a: f64, f: fn(f64) -> f64) -> Result<f64> {
    if a.abs() > 1.0 { Err(input_range()) } else { Ok(f(a)) }
}

/// Degrees as radians.
/// The areas' inverses in the form that is most exact for each range, as C libraries have them.
const LARGE: f64 = 268_435_456.0;

fn asinh(a: f64) -> f64 {
    let x = a.abs();
    let value = if x > LARGE {
        x.ln() + std::f64::consts::LN_2
    } else if x > 2.0 {
        (2.0 * x + 1.0 / ((x * x + 1.0).sqrt() + x)).ln()
    } else {
        let square = x * x;
        (x + square / (1.0 + (1.0 + square).sqrt())).ln_1p()
    };
    value.copysign(a)
}

fn acosh(a: f64) -> f64 {
    if a > LARGE {
        a.ln() + std::f64::consts::LN_2
    } else if a > 2.0 {
        (2.0 * a - 1.0 / (a + (a * a - 1.0).sqrt())).ln()
    } else {
        let t = a - 1.0;
        (t + (2.0 * t + t * t).sqrt()).ln_1p()
    }
}

fn radians(a: f64) -> f64 {
    a * (std::f64::consts::PI / 180.0)
}

// Within an octant the functions are scaled so that they are exact at 30, 45, 60 and 90 degrees.
fn sin_to_30(a: f64) -> f64 {
    radians(a).sin() / radians(30.0).sin() / 2.0
}

fn cos_to_60(a: f64) -> f64 {
    1.0 - (1.0 - radians(a).cos()) / (1.0 - radians(60.0).cos()) / 2.0
}

fn sin_to_90(a: f64) -> f64 {
    if a <= 30.0 { sin_to_30(a) } else { cos_to_60(90.0 - a) }
}

fn cos_to_90(a: f64) -> f64 {
    if a <= 60.0 { cos_to_60(a) } else { sin_to_30(90.0 - a) }
}

fn sin_degrees(a: f64) -> f64 {
    let a = a % 360.0;
    let (a, sign) = if a < 0.0 { (-a, -1.0) } else { (a, 1.0) };
    let (a, sign) = if a > 180.0 { (360.0 - a, -sign) } else { (a, sign) };
    sign * sin_to_90(if a > 90.0 { 180.0 - a } else { a })
}

fn cos_degrees(a: f64) -> f64 {
    let a = (a % 360.0).abs();
    let a = if a > 180.0 { 360.0 - a } else { a };
    if a > 90.0 { -cos_to_90(180.0 - a) } else { cos_to_90(a) }
}

/// The angle in the first quadrant with the same tangent but for its sign, and that.
fn first_quadrant(a: f64) -> (f64, f64) {
    let a = a % 360.0;
    let (a, sign) = if a < 0.0 { (-a, -1.0) } else { (a, 1.0) };
    let (a, sign) = if a > 180.0 { (360.0 - a, -sign) } else { (a, sign) };
    if a > 90.0 { (180.0 - a, -sign) } else { (a, sign) }
}

fn tan_degrees(a: f64) -> f64 {
    let (a, sign) = first_quadrant(a);
    let at_45 = sin_to_90(45.0) / cos_to_90(45.0);
    // No minus zero.
    sign * (sin_to_90(a) / cos_to_90(a) / at_45) + 0.0
}

fn cot_degrees(a: f64) -> f64 {
    let (a, sign) = first_quadrant(a);
    let at_45 = cos_to_90(45.0) / sin_to_90(45.0);
    sign * (cos_to_90(a) / sin_to_90(a) / at_45) + 0.0
}

fn asin_from_0(a: f64) -> f64 {
    if a <= 0.5 { a.asin() / 0.5f64.asin() * 30.0 } else { 90.0 - a.acos() / 0.5f64.acos() * 60.0 }
}

fn asin_degrees(a: f64) -> f64 {
    if a >= 0.0 { asin_from_0(a) } else { -asin_from_0(-a) }
}

fn acos_from_0(a: f64) -> f64 {
    if a <= 0.5 { 90.0 - a.asin() / 0.5f64.asin() * 30.0 } else { a.acos() / 0.5f64.acos() * 60.0 }
}

fn acos_degrees(a: f64) -> f64 {
    if a >= 0.0 { acos_from_0(a) } else { 90.0 + asin_from_0(-a) }
}

/// Radians of an arc tangent in degrees.
fn tangent_arc(radians: f64) -> f64 {
    radians / 1.0f64.atan() * 45.0
}

fn out_of_range(kind: &str) -> Error {
    Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, format!("{kind} out of range"))
}

/// Rounded half to even, within limits given as floats (the end exclusive). 22003.
fn whole(value: f64, start: f64, end: f64, kind: &str) -> Result<i64> {
    let rounded = value.round_ties_even();
    if rounded.is_nan() || rounded < start || rounded >= end {
        return Err(out_of_range(kind));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was checked")]
    Ok(rounded as i64)
}

fn to_int2(value: f64) -> Result<i16> {
    let value = whole(value, -32768.0, 32768.0, "smallint")?;
    Ok(i16::try_from(value).expect("it was checked"))
}

fn to_int4(value: f64) -> Result<i32> {
    let value = whole(value, -2_147_483_648.0, 2_147_483_648.0, "integer")?;
    Ok(i32::try_from(value).expect("it was checked"))
}

fn to_int8(value: f64) -> Result<i64> {
    whole(value, -9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0, "bigint")
}

/// float8 to float4. 22003.
#[expect(clippy::cast_possible_truncation, reason = "over- and underflow are found after")]
pub(crate) fn narrow(value: f64) -> Result<f32> {
    let narrow = value as f32;
    if narrow.is_infinite() && !value.is_infinite() {
        return Err(overflow());
    }
    if narrow == 0.0 && value != 0.0 {
        return Err(underflow());
    }
    Ok(narrow)
}

fn sign(a: f64) -> f64 {
    if a > 0.0 {
        1.0
    } else if a < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// Which of `count` equal buckets between two bounds holds the operand. 2201G.
fn width_bucket(operand: f64, low: f64, high: f64, count: i32) -> Result<i32> {
    let invalid =
        |message| Err(Error::new(SqlState::INVALID_ARGUMENT_FOR_WIDTH_BUCKET_FUNCTION, message));
    if count <= 0 {
        return invalid("count must be greater than zero");
    }
    if operand.is_nan() || low.is_nan() || high.is_nan() {
        return invalid("operand, lower bound, and upper bound cannot be NaN");
    }
    if low.is_infinite() || high.is_infinite() {
        return invalid("lower and upper bounds must be finite");
    }
    let (before, after, part) = if low < high {
        (operand < low, operand >= high, (operand / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0))
    } else if low > high {
        (operand > low, operand <= high, (low / 2.0 - operand / 2.0) / (low / 2.0 - high / 2.0))
    } else {
        return invalid("lower bound cannot equal upper bound");
    };
    if before {
        return Ok(0);
    }
    if after {
        return count.checked_add(1).ok_or_else(crate::integer::int4_range);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the part is below 1")]
    let bucket = (part * f64::from(count)) as i32;
    Ok(bucket.min(count - 1) + 1)
}

fn math(call: &mut Call<'_>, f: fn(f64) -> f64) -> Result<()> {
    call.fixed1(f);
    Ok(())
}

fn widen(value: i64) -> f64 {
    value as f64
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("width_bucket_float8", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            use crate::Argument;
            let number = |index: usize| {
                let argument = arguments[index];
                f64::get(f64::column(argument), row & argument.mask())
            };
            let count = arguments[3];
            width_bucket(
                number(0),
                number(1),
                number(2),
                i32::get(i32::column(count), row & count.mask()),
            )
        })
    }),
    builtin("float8pl", |call| call.checked2(overflow, add8)),
    builtin("float8mi", |call| call.checked2(overflow, sub8)),
    builtin("float8mul", |call| call.map2(mul8)),
    builtin("float8div", |call| call.map2(div8)),
    builtin("float4pl", |call| call.checked2(overflow, add4)),
    builtin("float4mi", |call| call.checked2(overflow, sub4)),
    builtin("float4mul", |call| call.map2(mul4)),
    builtin("float4div", |call| call.map2(div4)),
    builtin("float48pl", |call| call.checked2(overflow, |a: f32, b: f64| add8(f64::from(a), b))),
    builtin("float48mi", |call| call.checked2(overflow, |a: f32, b: f64| sub8(f64::from(a), b))),
    builtin("float48mul", |call| call.map2(|a: f32, b: f64| mul8(f64::from(a), b))),
    builtin("float48div", |call| call.map2(|a: f32, b: f64| div8(f64::from(a), b))),
    builtin("float84pl", |call| call.checked2(overflow, |a: f64, b: f32| add8(a, f64::from(b)))),
    builtin("float84mi", |call| call.checked2(overflow, |a: f64, b: f32| sub8(a, f64::from(b)))),
    builtin("float84mul", |call| call.map2(|a: f64, b: f32| mul8(a, f64::from(b)))),
    builtin("float84div", |call| call.map2(|a: f64, b: f32| div8(a, f64::from(b)))),
    builtin("float4um", |call| {
        call.fixed1(|a: f32| -a);
        Ok(())
    }),
    builtin("float4up", |call| {
        call.fixed1(|a: f32| a);
        Ok(())
    }),
    builtin("float4abs", |call| {
        call.fixed1(f32::abs);
        Ok(())
    }),
    builtin("float8um", |call| {
        call.fixed1(|a: f64| -a);
        Ok(())
    }),
    builtin("float8up", |call| {
        call.fixed1(|a: f64| a);
        Ok(())
    }),
    builtin("float8abs", |call| {
        call.fixed1(f64::abs);
        Ok(())
    }),
    builtin("dround", |call| math(call, f64::round_ties_even)),
    builtin("dtrunc", |call| math(call, f64::trunc)),
    builtin("dceil", |call| math(call, f64::ceil)),
    builtin("dfloor", |call| math(call, f64::floor)),
    builtin("dsign", |call| math(call, sign)),
    builtin("dcbrt", |call| math(call, f64::cbrt)),
    builtin("degrees", |call| math(call, |a| a / (std::f64::consts::PI / 180.0))),
    builtin("radians", |call| math(call, radians)),
    builtin("datan", |call| math(call, f64::atan)),
    builtin("dsinh", |call| math(call, f64::sinh)),
    builtin("dcosh", |call| math(call, f64::cosh)),
    builtin("dtanh", |call| math(call, f64::tanh)),
    builtin("dasinh", |call| math(call, asinh)),
    builtin("dsqrt", |call| call.map1(sqrt)),
    builtin("dexp", |call| call.map1(exp)),
    builtin("dpow", |call| call.map2(power)),
    builtin("dlog1", |call| call.map1(|a| logarithm(a, f64::ln))),
    builtin("dlog10", |call| call.map1(|a| logarithm(a, f64::log10))),
    builtin("dsin", |call| call.map1(|a| of_finite(a, f64::sin))),
    builtin("dcos", |call| call.map1(|a| of_finite(a, f64::cos))),
    builtin("dtan", |call| call.map1(|a| of_finite(a, f64::tan))),
    builtin("dcot", |call| call.map1(|a| of_finite(a, |a| 1.0 / a.tan()))),
    builtin("dsind", |call| call.map1(|a| of_finite(a, sin_degrees))),
    builtin("dcosd", |call| call.map1(|a| of_finite(a, cos_degrees))),
    builtin("dtand", |call| call.map1(|a| of_finite(a, tan_degrees))),
    builtin("dcotd", |call| call.map1(|a| of_finite(a, cot_degrees))),
    builtin("dasin", |call| call.map1(|a| of_unit(a, f64::asin))),
    builtin("dacos", |call| call.map1(|a| of_unit(a, f64::acos))),
    builtin("dasind", |call| call.map1(|a| of_unit(a, asin_degrees))),
    builtin("dacosd", |call| call.map1(|a| of_unit(a, acos_degrees))),
    builtin("datand", |call| math(call, |a| tangent_arc(a.atan()))),
    builtin("datan2", |call| {
        call.fixed2(f64::atan2);
        Ok(())
    }),
    builtin("datan2d", |call| {
        call.fixed2(|a: f64, b: f64| tangent_arc(a.atan2(b)));
        Ok(())
    }),
    builtin("dacosh", |call| {
        call.map1(|a: f64| if a < 1.0 { Err(input_range()) } else { Ok(acosh(a)) })
    }),
    builtin("datanh", |call| call.map1(|a| of_unit(a, f64::atanh))),
    builtin("dpi", |call| call.map0(|_| Ok(std::f64::consts::PI))),
    builtin("ftod", |call| {
        call.fixed1(|a: f32| f64::from(a));
        Ok(())
    }),
    builtin("dtof", |call| call.map1(narrow)),
    builtin("dtoi2", |call| call.map1(to_int2)),
    builtin("dtoi4", |call| call.map1(to_int4)),
    builtin("dtoi8", |call| call.map1(to_int8)),
    builtin("ftoi2", |call| call.map1(|a: f32| to_int2(f64::from(a)))),
    builtin("ftoi4", |call| call.map1(|a: f32| to_int4(f64::from(a)))),
    builtin("ftoi8", |call| call.map1(|a: f32| to_int8(f64::from(a)))),
    builtin("i2tod", |call| {
        call.fixed1(|a: i16| f64::from(a));
        Ok(())
    }),
    builtin("i4tod", |call| {
        call.fixed1(|a: i32| f64::from(a));
        Ok(())
    }),
    builtin("i8tod", |call| {
        call.fixed1(widen);
        Ok(())
    }),
    builtin("i2tof", |call| {
        call.fixed1(|a: i16| f32::from(a));
        Ok(())
    }),
    builtin("i4tof", |call| {
        call.fixed1(|a: i32| a as f32);
        Ok(())
    }),
    builtin("i8tof", |call| {
        call.fixed1(|a: i64| a as f32);
        Ok(())
    }),
    builtin("float4_numeric", |call| call.map1(|a| Ok(Numeric::from_f32(a)))),
    builtin("float8_numeric", |call| call.map1(|a| Ok(Numeric::from_f64(a)))),
    builtin("numeric_float4", |call| call.map1(|a: Numeric| a.to_f32())),
    builtin("numeric_float8", |call| call.map1(|a: Numeric| a.to_f64())),
];
