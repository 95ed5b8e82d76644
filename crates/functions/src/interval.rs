//! Arithmetic of intervals.

use crate::integer::division_by_zero;
use crate::{Builtin, builtin};
use error::Result;
use types::Interval;
use types::datetime::calendar::DAY;
use types::interval::interval_out_of_range;

const DAYS_PER_MONTH: f64 = 30.0;

fn narrow(value: f64) -> Result<i32> {
    if value.is_nan() || value < f64::from(i32::MIN) || value > f64::from(i32::MAX) {
        return Err(interval_out_of_range());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was checked")]
    Ok(value as i32)
}

/// To the microsecond, so that binary fractions do not show.
fn to_microseconds(seconds: f64) -> f64 {
    (seconds * 1e6).round_ties_even() / 1e6
}

/// The product; fractions of months go to days, of days to time. 22008.
pub(crate) fn multiply(interval: Interval, factor: f64) -> Result<Interval> {
    if factor.is_nan() {
        return Err(interval_out_of_range());
    }
    if !interval.is_finite() {
        if factor == 0.0 {
            return Err(interval_out_of_range());
        }
        return if factor > 0.0 { Ok(interval) } else { interval.negated() };
    }
    if factor.is_infinite() {
        let span = interval.span();
        if span == 0 {
            return Err(interval_out_of_range());
        }
        let positive = (span > 0) == (factor > 0.0);
        return Ok(if positive { Interval::INFINITY } else { Interval::NEGATIVE_INFINITY });
    }
    scale(interval, |value| value * factor)
}

/// The quotient. 22012, 22008.
pub(crate) fn divide(interval: Interval, divisor: f64) -> Result<Interval> {
    if divisor == 0.0 {
        return Err(division_by_zero());
    }
    if divisor.is_nan() || (!interval.is_finite() && divisor.is_infinite()) {
        return Err(interval_out_of_range());
    }
    if !interval.is_finite() {
        return if divisor > 0.0 { Ok(interval) } else { interval.negated() };
    }
    scale(interval, |value| value / divisor)
}

fn scale(interval: Interval, f: impl Fn(f64) -> f64) -> Result<Interval> {
    let months = f(f64::from(interval.months));
    let days = f(f64::from(interval.days));
    let (whole_months, whole_days) = (narrow(months)?, narrow(days)?);
    let month_rest = to_microseconds((months - f64::from(whole_months)) * DAYS_PER_MONTH);
    let mut seconds_rest = to_microseconds(
        (days - f64::from(whole_days) + month_rest - month_rest.trunc()) * 86_400.0,
    );
    let mut whole_days = whole_days;
    // A whole day of rest, by rounding, is a day.
    if seconds_rest.abs() >= 86_400.0 {
        let extra = (seconds_rest / 86_400.0).trunc();
        whole_days = whole_days.checked_add(narrow(extra)?).ok_or_else(interval_out_of_range)?;
        seconds_rest -= extra * 86_400.0;
    }
    whole_days =
        whole_days.checked_add(narrow(month_rest.trunc())?).ok_or_else(interval_out_of_range)?;
    let time = (f(interval.microseconds as f64) + seconds_rest * 1e6).round_ties_even();
    if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&time) {
        return Err(interval_out_of_range());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was checked")]
    let microseconds = time as i64;
    let result = Interval { microseconds, days: whole_days, months: whole_months };
    if result.is_finite() { Ok(result) } else { Err(interval_out_of_range()) }
}

/// 24 hours of time become a day.
fn justify_hours(interval: Interval) -> Result<Interval> {
    if !interval.is_finite() {
        return Ok(interval);
    }
    let days = i64::from(interval.days) + interval.microseconds / DAY;
    let mut result = Interval {
        microseconds: interval.microseconds % DAY,
        days: i32::try_from(days).map_err(|_| interval_out_of_range())?,
        ..interval
    };
    if result.days > 0 && result.microseconds < 0 {
        result.microseconds += DAY;
        result.days -= 1;
    } else if result.days < 0 && result.microseconds > 0 {
        result.microseconds -= DAY;
        result.days += 1;
    }
    Ok(result)
}

/// 30 days become a month.
fn justify_days(interval: Interval) -> Result<Interval> {
    if !interval.is_finite() {
        return Ok(interval);
    }
    let months = i64::from(interval.months) + i64::from(interval.days / 30);
    let mut result = Interval {
        days: interval.days % 30,
        months: i32::try_from(months).map_err(|_| interval_out_of_range())?,
        ..interval
    };
    if result.months > 0 && result.days < 0 {
        result.days += 30;
        result.months -= 1;
    } else if result.months < 0 && result.days > 0 {
        result.days -= 30;
        result.months += 1;
    }
    Ok(result)
}

/// Both, and one sign for all fields.
fn justify(interval: Interval) -> Result<Interval> {
    if !interval.is_finite() {
        return Ok(interval);
    }
    // Days and time are joined first, so that their signs cannot differ when days become months.
    let time = i128::from(interval.days) * i128::from(DAY) + i128::from(interval.microseconds);
    let days = i32::try_from(time / i128::from(DAY)).map_err(|_| interval_out_of_range())?;
    let microseconds = i64::try_from(time % i128::from(DAY)).expect("it is less than a day");
    let mut result = justify_days(Interval { microseconds, days, months: interval.months })?;
    if result.months > 0 && (result.days < 0 || (result.days == 0 && result.microseconds < 0)) {
        result.days += 30;
        result.months -= 1;
    } else if result.months < 0
        && (result.days > 0 || (result.days == 0 && result.microseconds > 0))
    {
        result.days -= 30;
        result.months += 1;
    }
    if result.days > 0 && result.microseconds < 0 {
        result.microseconds += DAY;
        result.days -= 1;
    } else if result.days < 0 && result.microseconds > 0 {
        result.microseconds -= DAY;
        result.days += 1;
    }
    Ok(result)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("interval_pl", |call| call.map2(Interval::sum)),
    builtin("interval_mi", |call| {
        call.map2(|a: Interval, b: Interval| {
            if !b.is_finite() && a == b {
                return Err(interval_out_of_range());
            }
            if !b.is_finite() {
                return if a.is_finite() { b.negated() } else { Ok(a) };
            }
            let turned = || {
                Some(Interval {
                    microseconds: a.microseconds.checked_sub(b.microseconds)?,
                    days: a.days.checked_sub(b.days)?,
                    months: a.months.checked_sub(b.months)?,
                })
            };
            if !a.is_finite() {
                return Ok(a);
            }
            turned().filter(|value| value.is_finite()).ok_or_else(interval_out_of_range)
        })
    }),
    builtin("interval_um", |call| call.map1(Interval::negated)),
    builtin("interval_mul", |call| call.map2(multiply)),
    builtin("mul_d_interval", |call| call.map2(|a: f64, b: Interval| multiply(b, a))),
    builtin("interval_div", |call| call.map2(divide)),
    builtin("interval_scale", |call| call.map2(|a: Interval, typmod: i32| a.apply_typmod(typmod))),
    builtin("interval_finite", |call| call.map1(|a: Interval| Ok(a.is_finite()))),
    builtin("interval_justify_hours", |call| call.map1(justify_hours)),
    builtin("interval_justify_days", |call| call.map1(justify_days)),
    builtin("interval_justify_interval", |call| call.map1(justify)),
    builtin("make_interval", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            use crate::call::{float8, int4};
            let part = |index: usize| i64::from(int4(arguments[index].get(row)));
            let narrow = |value: i64| i32::try_from(value).map_err(|_| interval_out_of_range());
            let seconds = float8(arguments[6].get(row));
            if !seconds.is_finite() || seconds.abs() > 9.2e12 {
                return Err(interval_out_of_range());
            }
            #[expect(clippy::cast_possible_truncation, reason = "it was checked")]
            let seconds = (seconds * 1e6).round_ties_even() as i64;
            let time = (part(4) * 3600 + part(5) * 60)
                .checked_mul(1_000_000)
                .and_then(|time| time.checked_add(seconds));
            Ok(Interval {
                microseconds: time.ok_or_else(interval_out_of_range)?,
                days: narrow(part(3) + part(2) * 7)?,
                months: narrow(part(1) + part(0) * 12)?,
            })
        })
    }),
];
