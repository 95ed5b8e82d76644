//! Arithmetic of dates and times, their conversions and cross-type comparison.

use crate::call::{Call, text};
use crate::{Builtin, Environment, builtin};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;
use types::datetime::calendar::{Civil, DAY, SECOND, month_days};
use types::datetime::zone::{Zone, zone_of_text};
use types::datetime::{
    self, DATE_INFINITY, DATE_NEGATIVE_INFINITY, TIMESTAMP_INFINITY, TIMESTAMP_NEGATIVE_INFINITY,
    check_date, check_timestamp, is_finite, is_finite_date, pack_timetz, timestamp_out_of_range,
    unpack_timetz,
};
use types::interval::interval_out_of_range;
use types::{Interval, Style};

fn overflow(message: impl Into<String>) -> Error {
    Error::new(SqlState::DATETIME_FIELD_OVERFLOW, message)
}

/// A timestamp plus an interval; months and days are counted in the zone's local time, where one is given. 22008.
pub(crate) fn add(time: i64, span: Interval, zone: Option<&Zone>) -> Result<i64> {
    if !span.is_finite() {
        let infinite = if span == Interval::INFINITY {
            TIMESTAMP_INFINITY
        } else {
            TIMESTAMP_NEGATIVE_INFINITY
        };
        return if is_finite(time) || time == infinite {
            Ok(infinite)
        } else {
            Err(timestamp_out_of_range())
        };
    }
    if !is_finite(time) {
        return Ok(time);
    }
    let mut time = time;
    if span.months != 0 || span.days != 0 {
        let offset = zone.map_or(0, |zone| i64::from(zone.offset_at(time)) * SECOND);
        let mut civil =
            Civil::of_microseconds(time.checked_add(offset).ok_or_else(timestamp_out_of_range)?);
        let months = civil.year * 12 + civil.month - 1 + i64::from(span.months);
        civil.year = months.div_euclid(12);
        civil.month = months.rem_euclid(12) + 1;
        civil.day = civil.day.min(month_days(civil.year, civil.month));
        let days = civil.days() + i64::from(span.days);
        let local = civil_of(days, civil);
        let utc = local.microseconds().ok_or_else(timestamp_out_of_range)?;
        let offset = zone.map_or(0, |zone| i64::from(zone.offset_of_local(&local)) * SECOND);
        time = utc.checked_sub(offset).ok_or_else(timestamp_out_of_range)?;
    }
    check_timestamp(time.checked_add(span.microseconds).ok_or_else(timestamp_out_of_range)?)
}

/// The date of a count of days with the time of another.
fn civil_of(days: i64, time: Civil) -> Civil {
    let date = Civil::of_days(days);
    Civil { year: date.year, month: date.month, day: date.day, ..time }
}

fn subtract(time: i64, span: Interval, zone: Option<&Zone>) -> Result<i64> {
    add(time, span.negated()?, zone)
}

pub(crate) fn session_zone(environment: &dyn Environment) -> Zone {
    Zone::Rules(environment.style().time_zone.clone())
}

/// The difference of timestamps, in days and time. 22008.
fn difference(a: i64, b: i64) -> Result<Interval> {
    if !is_finite(a) || !is_finite(b) {
        return match (is_finite(a), is_finite(b)) {
            (false, false) if a == b => Err(interval_out_of_range()),
            (false, _) => Ok(if a > 0 { Interval::INFINITY } else { Interval::NEGATIVE_INFINITY }),
            _ => Ok(if b > 0 { Interval::NEGATIVE_INFINITY } else { Interval::INFINITY }),
        };
    }
    let time = a.checked_sub(b).ok_or_else(interval_out_of_range)?;
    let days = i32::try_from(time / DAY).map_err(|_| interval_out_of_range())?;
    Ok(Interval { microseconds: time % DAY, days, months: 0 })
}

/// The midnight of a date. 22008.
pub(crate) fn of_date(date: i32) -> Result<i64> {
    if !is_finite_date(date) {
        return Ok(infinite_of(date));
    }
    i64::from(date)
        .checked_mul(DAY)
        .and_then(|time| check_timestamp(time).ok())
        .ok_or_else(|| overflow("date out of range for timestamp"))
}

fn infinite_of(date: i32) -> i64 {
    if date > 0 { TIMESTAMP_INFINITY } else { TIMESTAMP_NEGATIVE_INFINITY }
}

/// The date of a timestamp.
fn to_date(time: i64) -> Result<i32> {
    if is_finite(time) {
        return check_date(time.div_euclid(DAY));
    }
    Ok(if time > 0 { DATE_INFINITY } else { DATE_NEGATIVE_INFINITY })
}

fn date_add(date: i32, days: i32) -> Result<i32> {
    if !is_finite_date(date) {
        return Ok(date);
    }
    check_date(i64::from(date) + i64::from(days))
}

fn date_subtract(date: i32, days: i32) -> Result<i32> {
    if !is_finite_date(date) {
        return Ok(date);
    }
    check_date(i64::from(date) - i64::from(days))
}

fn date_difference(a: i32, b: i32) -> Result<i32> {
    if !is_finite_date(a) || !is_finite_date(b) {
        return Err(overflow("cannot subtract infinite dates"));
    }
    Ok(a - b)
}

/// A time of day moved by an interval's time, around midnight.
fn time_add(time: i64, span: Interval) -> Result<i64> {
    if !span.is_finite() {
        return Err(overflow("cannot add infinite interval to time"));
    }
    Ok((time + span.microseconds % DAY).rem_euclid(DAY))
}

fn time_subtract(time: i64, span: Interval) -> Result<i64> {
    if !span.is_finite() {
        return Err(overflow("cannot subtract infinite interval from time"));
    }
    Ok((time - span.microseconds % DAY).rem_euclid(DAY))
}

fn timetz_moved(value: [u8; 16], f: impl Fn(i64) -> Result<i64>) -> Result<[u8; 16]> {
    let (time, zone) = unpack_timetz(value);
    Ok(pack_timetz(f(time)?, zone))
}

/// A date and a timestamp compared; a date beyond the timestamps is beyond them.
fn compare_date(date: i32, time: i64) -> Ordering {
    match of_date(date) {
        Ok(midnight) => midnight.cmp(&time),
        Err(_) => beyond(date > 0, time),
    }
}

/// What lies beyond the timestamps on one side, beside a timestamp: only infinity is farther.
fn beyond(late: bool, time: i64) -> Ordering {
    let farther = if late { TIMESTAMP_INFINITY } else { TIMESTAMP_NEGATIVE_INFINITY };
    if late == (time == farther) { Ordering::Less } else { Ordering::Greater }
}

fn compare_date_zoned(date: i32, time: i64, style: &Style) -> Ordering {
    match of_date(date).and_then(|midnight| datetime::timestamptz_of_local(midnight, style)) {
        Ok(midnight) => midnight.cmp(&time),
        Err(_) => beyond(date > 0, time),
    }
}

fn compare_zoned(local: i64, time: i64, style: &Style) -> Ordering {
    match datetime::timestamptz_of_local(local, style) {
        Ok(zoned) => zoned.cmp(&time),
        Err(_) => beyond(local > 0, time),
    }
}

/// Comparison of a date with a timestamp, in either order of arguments.
fn date_with_timestamp(call: &mut Call<'_>, holds: fn(Ordering) -> bool) -> Result<()> {
    call.map2(|a: i32, b: i64| Ok(holds(compare_date(a, b))))
}

fn timestamp_with_date(call: &mut Call<'_>, holds: fn(Ordering) -> bool) -> Result<()> {
    call.map2(|a: i64, b: i32| Ok(holds(compare_date(b, a).reverse())))
}

fn date_with_timestamptz(call: &mut Call<'_>, holds: fn(Ordering) -> bool) -> Result<()> {
    call.map2_in(|a: i32, b: i64, env, _| Ok(holds(compare_date_zoned(a, b, env.style()))))
}

fn timestamptz_with_date(call: &mut Call<'_>, holds: fn(Ordering) -> bool) -> Result<()> {
    call.map2_in(|a: i64, b: i32, env, _| {
        Ok(holds(compare_date_zoned(b, a, env.style()).reverse()))
    })
}

fn timestamp_with_timestamptz(call: &mut Call<'_>, holds: fn(Ordering) -> bool) -> Result<()> {
    call.map2_in(|a: i64, b: i64, env, _| Ok(holds(compare_zoned(a, b, env.style()))))
}

fn timestamptz_with_timestamp(call: &mut Call<'_>, holds: fn(Ordering) -> bool) -> Result<()> {
    call.map2_in(|a: i64, b: i64, env, _| Ok(holds(compare_zoned(b, a, env.style()).reverse())))
}

/// Seconds east of UTC of an interval that names a zone. 22023.
fn interval_zone(span: Interval, environment: &dyn Environment) -> Result<Zone> {
    if !span.is_finite() {
        let text = if span.months > 0 {
            "interval time zone \"infinity\" must be finite"
        } else {
            "interval time zone \"-infinity\" must be finite"
        };
        return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
    }
    if span.months != 0 || span.days != 0 {
        let mut shown = Vec::new();
        span.write(environment.style(), &mut shown);
        return Err(Error::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!(
                "interval time zone \"{}\" must not include months or days",
                String::from_utf8_lossy(&shown)
            ),
        ));
    }
    let seconds =
        i32::try_from(span.microseconds / SECOND).map_err(|_| timestamp_out_of_range())?;
    Ok(Zone::Offset(seconds))
}

/// The local time of a timestamptz in a zone.
fn to_local(time: i64, zone: &Zone) -> Result<i64> {
    if !is_finite(time) {
        return Ok(time);
    }
    let offset = i64::from(zone.offset_at(time)) * SECOND;
    check_timestamp(time.checked_add(offset).ok_or_else(timestamp_out_of_range)?)
}

/// A timetz moved to another zone, its offset that of now.
fn timetz_in(value: [u8; 16], zone: &Zone, now: i64) -> [u8; 16] {
    let (time, west) = unpack_timetz(value);
    let new_west = -zone.offset_at(now);
    let moved = (time + i64::from(west - new_west) * SECOND).rem_euclid(DAY);
    pack_timetz(moved, new_west)
}

/// Seconds since 1970 as a timestamptz. 22008.
fn of_epoch(seconds: f64) -> Result<i64> {
    const EPOCH: f64 = 946_684_800.0;
    if seconds.is_nan() {
        return Err(overflow("timestamp cannot be NaN"));
    }
    if seconds.is_infinite() {
        return Ok(if seconds > 0.0 { TIMESTAMP_INFINITY } else { TIMESTAMP_NEGATIVE_INFINITY });
    }
    let time = ((seconds - EPOCH) * 1e6).round_ties_even();
    let shown = || {
        let mut out = Vec::new();
        types::float::write8(seconds, 0, &mut out);
        overflow(format!("timestamp out of range: \"{}\"", String::from_utf8_lossy(&out)))
    };
    if !(-2.2e17..9.3e18).contains(&time) {
        return Err(shown());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was checked")]
    check_timestamp(time as i64).map_err(|_| shown())
}

/// The zone and timestamp arguments of timezone(): a name that is the same for many rows is looked up each time.
fn with_zone(call: &mut Call<'_>, f: impl Fn(i64, &Zone) -> Result<i64>) -> Result<()> {
    call.map2(
        |name: &str, time: i64| {
            if is_finite(time) { f(time, &zone_of_text(name)?) } else { Ok(time) }
        },
    )
}

fn with_interval(call: &mut Call<'_>, f: impl Fn(i64, &Zone) -> Result<i64>) -> Result<()> {
    call.map2_in(
        |span: Interval, time: i64, env, _| {
            if is_finite(time) { f(time, &interval_zone(span, env)?) } else { Ok(time) }
        },
    )
}

fn at_zone(call: &mut Call<'_>, f: fn(i64, Interval, Option<&Zone>) -> Result<i64>) -> Result<()> {
    call.map_rows_strict(|arguments, row, _, _| {
        let zone = zone_of_text(text(arguments[2].get(row)))?;
        let time = crate::call::int8(arguments[0].get(row));
        let types::ValueRef::Fixed16(span) = arguments[1].get(row) else { return Ok(0) };
        f(time, Interval::unpack(span), Some(&zone))
    })
}

fn to_interval(time: i64) -> Interval {
    Interval { microseconds: time, ..Interval::default() }
}

/// A timestamp with so many digits of its seconds. 22023 where there cannot be as many.
fn scale(time: i64, typmod: i32) -> Result<i64> {
    if is_finite(time) && typmod != -1 && !(0..=6).contains(&typmod) {
        let text = format!("timestamp({typmod}) precision must be between 0 and 6");
        return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
    }
    datetime::round(time, typmod)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("timestamp_pl_interval", |call| call.map2(|a: i64, b: Interval| add(a, b, None))),
    builtin("timestamp_mi_interval", |call| call.map2(|a: i64, b: Interval| subtract(a, b, None))),
    builtin("timestamptz_pl_interval", |call| {
        call.map2_in(|a: i64, b: Interval, env, _| add(a, b, Some(&session_zone(env))))
    }),
    builtin("timestamptz_mi_interval", |call| {
        call.map2_in(|a: i64, b: Interval, env, _| subtract(a, b, Some(&session_zone(env))))
    }),
    builtin("timestamptz_pl_interval_at_zone", |call| at_zone(call, add)),
    builtin("timestamptz_mi_interval_at_zone", |call| at_zone(call, subtract)),
    builtin("timestamp_mi", |call| call.map2(difference)),
    builtin("date_pli", |call| call.map2(date_add)),
    builtin("date_mii", |call| call.map2(date_subtract)),
    builtin("date_mi", |call| call.map2(date_difference)),
    builtin("date_pl_interval", |call| call.map2(|a: i32, b: Interval| add(of_date(a)?, b, None))),
    builtin("date_mi_interval", |call| {
        call.map2(|a: i32, b: Interval| subtract(of_date(a)?, b, None))
    }),
    builtin("time_pl_interval", |call| call.map2(time_add)),
    builtin("time_mi_interval", |call| call.map2(time_subtract)),
    builtin("time_mi_time", |call| call.map2(|a: i64, b: i64| Ok(to_interval(a - b)))),
    builtin("timetz_pl_interval", |call| {
        call.map2(|a: [u8; 16], b: Interval| timetz_moved(a, |time| time_add(time, b)))
    }),
    builtin("timetz_mi_interval", |call| {
        call.map2(|a: [u8; 16], b: Interval| timetz_moved(a, |time| time_subtract(time, b)))
    }),
    builtin("date_timestamp", |call| call.map1(of_date)),
    builtin("date_timestamptz", |call| {
        call.map1_in(|a: i32, env, _| datetime::timestamptz_of_local(of_date(a)?, env.style()))
    }),
    builtin("timestamp_date", |call| call.map1(to_date)),
    builtin("timestamptz_date", |call| {
        call.map1_in(|a: i64, env, _| to_date(datetime::local_of_timestamptz(a, env.style())?))
    }),
    builtin("timestamp_timestamptz", |call| {
        call.map1_in(|a: i64, env, _| datetime::timestamptz_of_local(a, env.style()))
    }),
    builtin("timestamptz_timestamp", |call| {
        call.map1_in(|a: i64, env, _| datetime::local_of_timestamptz(a, env.style()))
    }),
    builtin("timestamp_time", |call| {
        call.map1(|a: i64| Ok(is_finite(a).then(|| a.rem_euclid(DAY))))
    }),
    builtin("timestamptz_time", |call| {
        call.map1_in(|a: i64, env, _| {
            let local = datetime::local_of_timestamptz(a, env.style())?;
            Ok(is_finite(a).then(|| local.rem_euclid(DAY)))
        })
    }),
    builtin("timestamptz_timetz", |call| {
        call.map1_in(|a: i64, env, _| {
            let local = datetime::local_of_timestamptz(a, env.style())?;
            let west = -datetime::zone::offset_at(&env.style().time_zone, a);
            Ok(is_finite(a).then(|| pack_timetz(local.rem_euclid(DAY), west)))
        })
    }),
    builtin("time_timetz", |call| {
        call.map1_in(|a: i64, env, _| {
            let west = -datetime::zone::offset_at(&env.style().time_zone, env.transaction_time());
            Ok(pack_timetz(a, west))
        })
    }),
    builtin("timetz_time", |call| call.map1(|a: [u8; 16]| Ok(unpack_timetz(a).0))),
    builtin("time_interval", |call| call.map1(|a: i64| Ok(to_interval(a)))),
    builtin("interval_time", |call| {
        call.map1(|a: Interval| {
            if a.is_finite() {
                Ok(a.microseconds.rem_euclid(DAY))
            } else {
                Err(overflow("cannot convert infinite interval to time"))
            }
        })
    }),
    builtin("datetime_timestamp", |call| {
        call.map2(|date: i32, time: i64| {
            let midnight = of_date(date)?;
            if is_finite(midnight) { check_timestamp(midnight + time) } else { Ok(midnight) }
        })
    }),
    builtin("datetimetz_timestamptz", |call| {
        call.map2(|date: i32, value: [u8; 16]| {
            let (time, west) = unpack_timetz(value);
            let midnight = of_date(date)?;
            if !is_finite(midnight) {
                return Ok(midnight);
            }
            check_timestamp(midnight + time + i64::from(west) * SECOND)
        })
    }),
    builtin("timestamp_scale", |call| call.map2(scale)),
    builtin("timestamptz_scale", |call| call.map2(scale)),
    builtin("time_scale", |call| {
        call.map2(|a: i64, typmod: i32| Ok(datetime::round_day_time(a, typmod)))
    }),
    builtin("timetz_scale", |call| {
        call.map2(|a: [u8; 16], typmod: i32| {
            timetz_moved(a, |time| Ok(datetime::round_day_time(time, typmod)))
        })
    }),
    builtin("date_finite", |call| call.map1(|a: i32| Ok(is_finite_date(a)))),
    builtin("timestamp_finite", |call| call.map1(|a: i64| Ok(is_finite(a)))),
    builtin("float8_timestamptz", |call| call.map1(of_epoch)),
    builtin("timestamptz_zone", |call| with_zone(call, to_local)),
    builtin("timestamp_zone", |call| with_zone(call, datetime::timestamptz_in)),
    builtin("timestamptz_izone", |call| with_interval(call, to_local)),
    builtin("timestamp_izone", |call| with_interval(call, datetime::timestamptz_in)),
    builtin("timetz_zone", |call| {
        call.map2_in(|name: &str, a: [u8; 16], env, _| {
            Ok(timetz_in(a, &zone_of_text(name)?, env.transaction_time()))
        })
    }),
    builtin("timetz_izone", |call| {
        call.map2_in(|span: Interval, a: [u8; 16], env, _| {
            Ok(timetz_in(a, &interval_zone(span, env)?, env.transaction_time()))
        })
    }),
    builtin("timestamp_at_local", |call| {
        call.map1_in(|a: i64, env, _| datetime::timestamptz_of_local(a, env.style()))
    }),
    builtin("timestamptz_at_local", |call| {
        call.map1_in(|a: i64, env, _| datetime::local_of_timestamptz(a, env.style()))
    }),
    builtin("timetz_at_local", |call| {
        call.map1_in(|a: [u8; 16], env, _| {
            Ok(timetz_in(a, &session_zone(env), env.transaction_time()))
        })
    }),
    builtin("date_eq_timestamp", |call| date_with_timestamp(call, Ordering::is_eq)),
    builtin("date_ne_timestamp", |call| date_with_timestamp(call, Ordering::is_ne)),
    builtin("date_lt_timestamp", |call| date_with_timestamp(call, Ordering::is_lt)),
    builtin("date_le_timestamp", |call| date_with_timestamp(call, Ordering::is_le)),
    builtin("date_gt_timestamp", |call| date_with_timestamp(call, Ordering::is_gt)),
    builtin("date_ge_timestamp", |call| date_with_timestamp(call, Ordering::is_ge)),
    builtin("timestamp_eq_date", |call| timestamp_with_date(call, Ordering::is_eq)),
    builtin("timestamp_ne_date", |call| timestamp_with_date(call, Ordering::is_ne)),
    builtin("timestamp_lt_date", |call| timestamp_with_date(call, Ordering::is_lt)),
    builtin("timestamp_le_date", |call| timestamp_with_date(call, Ordering::is_le)),
    builtin("timestamp_gt_date", |call| timestamp_with_date(call, Ordering::is_gt)),
    builtin("timestamp_ge_date", |call| timestamp_with_date(call, Ordering::is_ge)),
    builtin("date_eq_timestamptz", |call| date_with_timestamptz(call, Ordering::is_eq)),
    builtin("date_ne_timestamptz", |call| date_with_timestamptz(call, Ordering::is_ne)),
    builtin("date_lt_timestamptz", |call| date_with_timestamptz(call, Ordering::is_lt)),
    builtin("date_le_timestamptz", |call| date_with_timestamptz(call, Ordering::is_le)),
    builtin("date_gt_timestamptz", |call| date_with_timestamptz(call, Ordering::is_gt)),
    builtin("date_ge_timestamptz", |call| date_with_timestamptz(call, Ordering::is_ge)),
    builtin("timestamptz_eq_date", |call| timestamptz_with_date(call, Ordering::is_eq)),
    builtin("timestamptz_ne_date", |call| timestamptz_with_date(call, Ordering::is_ne)),
    builtin("timestamptz_lt_date", |call| timestamptz_with_date(call, Ordering::is_lt)),
    builtin("timestamptz_le_date", |call| timestamptz_with_date(call, Ordering::is_le)),
    builtin("timestamptz_gt_date", |call| timestamptz_with_date(call, Ordering::is_gt)),
    builtin("timestamptz_ge_date", |call| timestamptz_with_date(call, Ordering::is_ge)),
    builtin("timestamp_eq_timestamptz", |call| timestamp_with_timestamptz(call, Ordering::is_eq)),
    builtin("timestamp_ne_timestamptz", |call| timestamp_with_timestamptz(call, Ordering::is_ne)),
    builtin("timestamp_lt_timestamptz", |call| timestamp_with_timestamptz(call, Ordering::is_lt)),
    builtin("timestamp_le_timestamptz", |call| timestamp_with_timestamptz(call, Ordering::is_le)),
    builtin("timestamp_gt_timestamptz", |call| timestamp_with_timestamptz(call, Ordering::is_gt)),
    builtin("timestamp_ge_timestamptz", |call| timestamp_with_timestamptz(call, Ordering::is_ge)),
    builtin("timestamptz_eq_timestamp", |call| timestamptz_with_timestamp(call, Ordering::is_eq)),
    builtin("timestamptz_ne_timestamp", |call| timestamptz_with_timestamp(call, Ordering::is_ne)),
    builtin("timestamptz_lt_timestamp", |call| timestamptz_with_timestamp(call, Ordering::is_lt)),
    builtin("timestamptz_le_timestamp", |call| timestamptz_with_timestamp(call, Ordering::is_le)),
    builtin("timestamptz_gt_timestamp", |call| timestamptz_with_timestamp(call, Ordering::is_gt)),
    builtin("timestamptz_ge_timestamp", |call| timestamptz_with_timestamp(call, Ordering::is_ge)),
    builtin("date_cmp_timestamp", |call| call.map2(|a: i32, b: i64| Ok(compare_date(a, b) as i32))),
    builtin("timestamp_cmp_date", |call| {
        call.map2(|a: i64, b: i32| Ok(compare_date(b, a).reverse() as i32))
    }),
    builtin("date_cmp_timestamptz", |call| {
        call.map2_in(|a: i32, b: i64, env, _| Ok(compare_date_zoned(a, b, env.style()) as i32))
    }),
    builtin("timestamptz_cmp_date", |call| {
        call.map2_in(|a: i64, b: i32, env, _| {
            Ok(compare_date_zoned(b, a, env.style()).reverse() as i32)
        })
    }),
    builtin("timestamp_cmp_timestamptz", |call| {
        call.map2_in(|a: i64, b: i64, env, _| Ok(compare_zoned(a, b, env.style()) as i32))
    }),
    builtin("timestamptz_cmp_timestamp", |call| {
        call.map2_in(|a: i64, b: i64, env, _| Ok(compare_zoned(b, a, env.style()).reverse() as i32))
    }),
];
