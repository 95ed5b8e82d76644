//! `in_range`: whether a value is on one side of a base value and an offset, for frames of RANGE with offset.
//!
//! The arguments are the value, the base, the offset, whether the offset is subtracted, and whether the value must be
//! less than or equal to the sum (greater than or equal otherwise). A sum beyond the type is as infinity.

use crate::timestamp::{add, of_date, session_zone};
use crate::{Argument, Builtin, Call, Environment, builtin};
use batch::Vector;
use error::{Error, Result, SqlState};
use types::datetime::unpack_timetz;
use types::{Interval, Numeric};

fn invalid_size() -> Error {
    Error::new(
        SqlState::INVALID_PRECEDING_OR_FOLLOWING_SIZE,
        "invalid preceding or following size in window function",
    )
}

/// Where the value must be.
#[derive(Clone, Copy)]
struct Side {
    subtract: bool,
    less: bool,
}

impl Side {
    fn holds<T: PartialOrd>(self, value: &T, sum: &T) -> bool {
        if self.less { value <= sum } else { value >= sum }
    }

    /// Against a sum beyond the type.
    fn beyond(self) -> bool {
        if self.subtract { !self.less } else { self.less }
    }
}

/// A row's argument that is not NULL: the functions are strict.
fn get<'a, A: Argument<'a>>(vector: &'a Vector, row: usize) -> A {
    A::get(A::column(vector), row & vector.mask())
}

fn each<'a, V, O>(
    call: &mut Call<'a>,
    f: impl Fn(V, V, O, Side, &mut dyn Environment) -> Result<bool>,
) -> Result<()>
where
    V: Argument<'a>,
    O: Argument<'a>,
{
    call.map_rows(|arguments, row, environment, _| {
        let [value, base, offset, subtract, less] = arguments else {
            return Err(Error::internal("in_range has five arguments"));
        };
        if arguments.iter().any(|argument| argument.is_null(row)) {
            return Ok(None);
        }
        let side = Side { subtract: get(subtract, row), less: get(less, row) };
        f(get(value, row), get(base, row), get(offset, row), side, environment).map(Some)
    })
}

fn whole(value: i64, base: i64, offset: i64, side: Side) -> Result<bool> {
    if offset < 0 {
        return Err(invalid_size());
    }
    let sum = if side.subtract { base.checked_sub(offset) } else { base.checked_add(offset) };
    Ok(sum.map_or(side.beyond(), |sum| side.holds(&value, &sum)))
}

/// NaN is greater than all else and equal to itself.
fn floating(value: f64, base: f64, offset: f64, side: Side) -> Result<bool> {
    if offset.is_nan() || offset < 0.0 {
        return Err(invalid_size());
    }
    if value.is_nan() {
        return Ok(base.is_nan() || !side.less);
    }
    if base.is_nan() {
        return Ok(side.less);
    }
    // What is infinitely far from infinity is anything.
    if offset.is_infinite() && base.is_infinite() && (base > 0.0) == side.subtract {
        return Ok(true);
    }
    let sum = if side.subtract { base - offset } else { base + offset };
    Ok(side.holds(&value, &sum))
}

fn numeric(value: &Numeric, base: &Numeric, offset: &Numeric, side: Side) -> Result<bool> {
    if offset.is_nan() || offset.is_negative() {
        return Err(invalid_size());
    }
    if value.is_nan() {
        return Ok(base.is_nan() || !side.less);
    }
    if base.is_nan() {
        return Ok(side.less);
    }
    if !offset.is_finite() && !base.is_finite() && base.is_negative() != side.subtract {
        return Ok(true);
    }
    let sum = if side.subtract { base.sub(offset)? } else { base.add(offset)? };
    Ok(side.holds(value, &sum))
}

/// Timestamps; the sum's months and days are counted by `sum`. 22008.
fn moment(
    value: i64,
    base: i64,
    offset: Interval,
    side: Side,
    sum: impl Fn(i64, Interval) -> Result<i64>,
) -> Result<bool> {
    if offset.span() < 0 {
        return Err(invalid_size());
    }
    if !offset.is_finite() && !types::datetime::is_finite(base) && (base > 0) == side.subtract {
        return Ok(true);
    }
    let moved = if side.subtract { offset.negated()? } else { offset };
    Ok(side.holds(&value, &sum(base, moved)?))
}

/// Times of day do not go around midnight here; months and days of the offset do not count.
fn time_of_day(base: i64, offset: Interval, side: Side) -> Result<Option<i64>> {
    if offset.microseconds < 0 {
        return Err(invalid_size());
    }
    Ok(if side.subtract {
        base.checked_sub(offset.microseconds)
    } else {
        base.checked_add(offset.microseconds)
    })
}

fn span(value: Interval, base: Interval, offset: Interval, side: Side) -> Result<bool> {
    if offset.span() < 0 {
        return Err(invalid_size());
    }
    if !offset.is_finite() && !base.is_finite() && (base.span() > 0) == side.subtract {
        return Ok(true);
    }
    let sum = base.sum(if side.subtract { offset.negated()? } else { offset })?;
    Ok(side.holds(&value.span(), &sum.span()))
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("in_range_int8_int8", |c| each(c, |v: i64, b, o: i64, s, _| whole(v, b, o, s))),
    builtin("in_range_int4_int8", |c| {
        each(c, |v: i32, b, o: i64, s, _| whole(v.into(), b.into(), o, s))
    }),
    builtin("in_range_int4_int4", |c| {
        each(c, |v: i32, b, o: i32, s, _| whole(v.into(), b.into(), o.into(), s))
    }),
    builtin("in_range_int4_int2", |c| {
        each(c, |v: i32, b, o: i16, s, _| whole(v.into(), b.into(), o.into(), s))
    }),
    builtin("in_range_int2_int8", |c| {
        each(c, |v: i16, b, o: i64, s, _| whole(v.into(), b.into(), o, s))
    }),
    builtin("in_range_int2_int4", |c| {
        each(c, |v: i16, b, o: i32, s, _| whole(v.into(), b.into(), o.into(), s))
    }),
    builtin("in_range_int2_int2", |c| {
        each(c, |v: i16, b, o: i16, s, _| whole(v.into(), b.into(), o.into(), s))
    }),
    builtin("in_range_float8_float8", |c| each(c, |v: f64, b, o: f64, s, _| floating(v, b, o, s))),
    builtin("in_range_float4_float8", |c| {
        each(c, |v: f32, b, o: f64, s, _| floating(v.into(), b.into(), o, s))
    }),
    builtin("in_range_numeric_numeric", |c| {
        each(c, |v: Numeric, b, o: Numeric, s, _| numeric(&v, &b, &o, s))
    }),
    builtin("in_range_date_interval", |c| {
        each(c, |v: i32, b: i32, o: Interval, s, _| {
            moment(of_date(v)?, of_date(b)?, o, s, |time, span| add(time, span, None))
        })
    }),
    builtin("in_range_timestamp_interval", |c| {
        each(c, |v: i64, b: i64, o: Interval, s, _| {
            moment(v, b, o, s, |time, span| add(time, span, None))
        })
    }),
    builtin("in_range_timestamptz_interval", |c| {
        each(c, |v: i64, b: i64, o: Interval, s, environment| {
            let zone = session_zone(environment);
            moment(v, b, o, s, |time, span| add(time, span, Some(&zone)))
        })
    }),
    builtin("in_range_time_interval", |c| {
        each(c, |v: i64, b: i64, o: Interval, s, _| {
            Ok(time_of_day(b, o, s)?.map_or(s.less, |sum| s.holds(&v, &sum)))
        })
    }),
    builtin("in_range_timetz_interval", |c| {
        each(c, |v: [u8; 16], b: [u8; 16], o: Interval, s, _| {
            let (value, base) = (unpack_timetz(v), unpack_timetz(b));
            let sum = time_of_day(base.0, o, s)?;
            let utc =
                |(time, zone): (i64, i32)| (time.saturating_add(i64::from(zone) * 1_000_000), zone);
            Ok(sum.map_or(s.less, |sum| s.holds(&utc(value), &utc((sum, base.1)))))
        })
    }),
    builtin("in_range_interval_interval", |c| {
        each(c, |v: Interval, b, o: Interval, s, _| span(v, b, o, s))
    }),
];
