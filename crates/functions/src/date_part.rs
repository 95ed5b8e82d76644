//! extract, date_part, date_trunc, date_bin and age.

use crate::call::{Call, text};
use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use types::datetime::calendar::{
    Civil, DAY, EPOCH_JULIAN, HOUR, MINUTE, SECOND, UNIX_EPOCH_DAYS, days_of, month_days,
    weekday_of,
};
use types::datetime::zone::{Zone, zone_of_text};
use types::datetime::{
    check_timestamp, is_finite, is_finite_date, timestamp_out_of_range, unpack_timetz,
};
use types::interval::interval_out_of_range;
use types::{Interval, Numeric};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Microseconds,
    Milliseconds,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    IsoYear,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    Julian,
    Epoch,
    Zone,
    ZoneHour,
    ZoneMinute,
}

/// The unit of a word, which counts to ten letters.
fn unit_of(word: &str) -> Option<Unit> {
    let word = word.to_ascii_lowercase();
    Some(match word.get(..10).unwrap_or(&word) {
        "us" | "usec" | "usecond" | "useconds" | "usecs" | "microsecon" => Unit::Microseconds,
        "ms" | "msec" | "msecond" | "mseconds" | "msecs" | "millisecon" => Unit::Milliseconds,
        "s" | "sec" | "second" | "seconds" | "secs" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hour" | "hours" | "hr" | "hrs" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "qtr" | "quarter" => Unit::Quarter,
        "y" | "year" | "years" | "yr" | "yrs" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennia" | "millennium" => Unit::Millennium,
        "isoyear" => Unit::IsoYear,
        "dow" => Unit::DayOfWeek,
        "isodow" => Unit::IsoDayOfWeek,
        "doy" => Unit::DayOfYear,
        "j" | "jd" | "julian" => Unit::Julian,
        "epoch" => Unit::Epoch,
        "timezone" => Unit::Zone,
        "timezone_h" => Unit::ZoneHour,
        "timezone_m" => Unit::ZoneMinute,
        _ => return None,
    })
}

const TIMESTAMP: &str = "timestamp without time zone";
const TIMESTAMPTZ: &str = "timestamp with time zone";

fn known(word: &str, kind: &str) -> Result<Unit> {
    unit_of(word).ok_or_else(|| unrecognized(word, kind))
}

/// The unit to cut to; those that are no units of time are unknown to it.
fn known_length(word: &str, kind: &str) -> Result<Unit> {
    let unit = known(word, kind)?;
    let length = !matches!(
        unit,
        Unit::IsoYear
            | Unit::DayOfWeek
            | Unit::IsoDayOfWeek
            | Unit::DayOfYear
            | Unit::Julian
            | Unit::Epoch
    );
    if length { Ok(unit) } else { Err(unrecognized(word, kind)) }
}

#[cold]
fn unrecognized(word: &str, kind: &str) -> Error {
    Error::new(
        SqlState::INVALID_PARAMETER_VALUE,
        format!("unit \"{}\" not recognized for type {kind}", word.to_ascii_lowercase()),
    )
}

#[cold]
fn unsupported(word: &str, kind: &str) -> Error {
    Error::new(
        SqlState::FEATURE_NOT_SUPPORTED,
        format!("unit \"{}\" not supported for type {kind}", word.to_ascii_lowercase()),
    )
}

/// A part as extract and date_part both want it: a whole number of 10^-scale, or a quotient.
#[derive(Debug, Clone)]
enum Part {
    Scaled(i128, u16),
    /// Whole days and the time of the day: a Julian date.
    Julian(i64, i64),
    Infinite(bool),
    Null,
}

fn whole(value: i64) -> Part {
    Part::Scaled(i128::from(value), 0)
}

impl Part {
    fn numeric(self) -> Result<Option<Numeric>> {
        Ok(Some(match self {
            Self::Scaled(value, scale) => Numeric::new(value, scale),
            Self::Julian(days, time) => {
                let part = Numeric::from(time).div(&Numeric::from(DAY))?;
                Numeric::from(days).add(&part)?
            }
            Self::Infinite(true) => Numeric::NegativeInfinity,
            Self::Infinite(false) => Numeric::Infinity,
            Self::Null => return Ok(None),
        }))
    }

    fn float(self) -> Option<f64> {
        match self {
            Self::Scaled(value, scale) => Some(value as f64 / 10f64.powi(i32::from(scale))),
            Self::Julian(days, time) => Some(days as f64 + time as f64 / DAY as f64),
            Self::Infinite(true) => Some(f64::NEG_INFINITY),
            Self::Infinite(false) => Some(f64::INFINITY),
            Self::Null => None,
        }
    }
}

fn century(year: i64) -> i64 {
    if year > 0 { (year + 99) / 100 } else { -((99 - (year - 1)) / 100) }
}

fn millennium(year: i64) -> i64 {
    if year > 0 { (year + 999) / 1000 } else { -((999 - (year - 1)) / 1000) }
}

fn decade(year: i64) -> i64 {
    if year >= 0 { year / 10 } else { -((8 - (year - 1)) / 10) }
}

/// A part of a date; `None` for one that it has not.
fn date_fields(unit: Unit, civil: &Civil) -> Option<Part> {
    let days = civil.days();
    Some(whole(match unit {
        Unit::Day => civil.day,
        Unit::Month => civil.month,
        Unit::Quarter => (civil.month - 1) / 3 + 1,
        Unit::Week => civil.iso_week().1,
        Unit::Year if civil.year > 0 => civil.year,
        Unit::Year => civil.year - 1,
        Unit::Decade => decade(civil.year),
        Unit::Century => century(civil.year),
        Unit::Millennium => millennium(civil.year),
        Unit::IsoYear => {
            let year = civil.iso_week().0;
            if year > 0 { year } else { year - 1 }
        }
        Unit::DayOfWeek => weekday_of(days),
        Unit::IsoDayOfWeek => (weekday_of(days) + 6) % 7 + 1,
        Unit::DayOfYear => civil.day_of_year(),
        Unit::Microseconds
        | Unit::Milliseconds
        | Unit::Second
        | Unit::Minute
        | Unit::Hour
        | Unit::Julian
        | Unit::Epoch
        | Unit::Zone
        | Unit::ZoneHour
        | Unit::ZoneMinute => return None,
    }))
}

/// A part of a time of day in microseconds; `None` for one that it has not.
fn time_fields(unit: Unit, time: i64) -> Option<Part> {
    let seconds = time % MINUTE;
    Some(match unit {
        Unit::Microseconds => whole(seconds),
        Unit::Milliseconds => Part::Scaled(i128::from(seconds), 3),
        Unit::Second => Part::Scaled(i128::from(seconds), 6),
        Unit::Minute => whole(time / MINUTE % 60),
        Unit::Hour => whole(time / HOUR),
        Unit::Day
        | Unit::Week
        | Unit::Month
        | Unit::Quarter
        | Unit::Year
        | Unit::Decade
        | Unit::Century
        | Unit::Millennium
        | Unit::IsoYear
        | Unit::DayOfWeek
        | Unit::IsoDayOfWeek
        | Unit::DayOfYear
        | Unit::Julian
        | Unit::Epoch
        | Unit::Zone
        | Unit::ZoneHour
        | Unit::ZoneMinute => return None,
    })
}

fn zone_fields(unit: Unit, east: i32) -> Option<Part> {
    let east = i64::from(east);
    if unit == Unit::Zone {
        Some(whole(east))
    } else if unit == Unit::ZoneHour {
        Some(whole(east / 3600))
    } else if unit == Unit::ZoneMinute {
        Some(whole(east % 3600 / 60))
    } else {
        None
    }
}

/// What an infinite date or timestamp has: infinities for what grows without end, NULL for what repeats.
fn infinite(unit: Unit, negative: bool) -> Part {
    match unit {
        Unit::Year
        | Unit::Decade
        | Unit::Century
        | Unit::Millennium
        | Unit::Julian
        | Unit::IsoYear
        | Unit::Epoch => Part::Infinite(negative),
        Unit::Microseconds
        | Unit::Milliseconds
        | Unit::Second
        | Unit::Minute
        | Unit::Hour
        | Unit::Day
        | Unit::Week
        | Unit::Month
        | Unit::Quarter
        | Unit::DayOfWeek
        | Unit::IsoDayOfWeek
        | Unit::DayOfYear
        | Unit::Zone
        | Unit::ZoneHour
        | Unit::ZoneMinute => Part::Null,
    }
}

fn epoch_of(time: i64) -> Part {
    Part::Scaled(i128::from(time) + i128::from(UNIX_EPOCH_DAYS) * i128::from(DAY), 6)
}

fn of_local(unit: Unit, local: i64) -> Option<Part> {
    let civil = Civil::of_microseconds(local);
    if unit == Unit::Julian {
        return Some(Part::Julian(civil.days() + EPOCH_JULIAN, local.rem_euclid(DAY)));
    }
    date_fields(unit, &civil).or_else(|| time_fields(unit, local.rem_euclid(DAY)))
}

fn of_timestamp(word: &str, time: i64) -> Result<Part> {
    let unit = known(word, TIMESTAMP)?;
    if !is_finite(time) {
        return Ok(infinite(unit, time < 0));
    }
    if unit == Unit::Epoch {
        return Ok(epoch_of(time));
    }
    of_local(unit, time).ok_or_else(|| unsupported(word, TIMESTAMP))
}

fn of_timestamptz(word: &str, time: i64, style: &types::Style) -> Result<Part> {
    let unit = known(word, TIMESTAMPTZ)?;
    if !is_finite(time) {
        return Ok(infinite(unit, time < 0));
    }
    if unit == Unit::Epoch {
        return Ok(epoch_of(time));
    }
    let east = types::datetime::zone::offset_at(&style.time_zone, time);
    let local = time.saturating_add(i64::from(east) * SECOND);
    let part = zone_fields(unit, east).or_else(|| of_local(unit, local));
    part.ok_or_else(|| unsupported(word, TIMESTAMPTZ))
}

fn of_date(word: &str, date: i32) -> Result<Part> {
    let unit = known(word, "date")?;
    let civil = Civil::of_days(i64::from(date));
    let part = if unit == Unit::Julian {
        Some(whole(i64::from(date) + EPOCH_JULIAN))
    } else if unit == Unit::Epoch {
        Some(whole((i64::from(date) + UNIX_EPOCH_DAYS) * 86_400))
    } else {
        date_fields(unit, &civil)
    };
    let part = part.ok_or_else(|| unsupported(word, "date"))?;
    Ok(if is_finite_date(date) { part } else { infinite(unit, date < 0) })
}

fn of_time(word: &str, time: i64) -> Result<Part> {
    const KIND: &str = "time without time zone";
    let unit = known(word, KIND)?;
    if unit == Unit::Epoch {
        return Ok(Part::Scaled(i128::from(time), 6));
    }
    time_fields(unit, time).ok_or_else(|| unsupported(word, KIND))
}

fn of_timetz(word: &str, value: [u8; 16]) -> Result<Part> {
    const KIND: &str = "time with time zone";
    let (time, west) = unpack_timetz(value);
    let unit = known(word, KIND)?;
    if unit == Unit::Epoch {
        return Ok(Part::Scaled(i128::from(time) + i128::from(west) * i128::from(SECOND), 6));
    }
    let part = zone_fields(unit, -west).or_else(|| time_fields(unit, time));
    part.ok_or_else(|| unsupported(word, KIND))
}

fn of_interval(word: &str, span: Interval) -> Result<Part> {
    let unit = known(word, "interval")?;
    let (years, months) = (i64::from(span.months / 12), i64::from(span.months % 12));
    let endless = matches!(
        unit,
        Unit::Hour
            | Unit::Day
            | Unit::Year
            | Unit::Decade
            | Unit::Century
            | Unit::Millennium
            | Unit::Epoch
    );
    let part = match unit {
        Unit::Day => whole(i64::from(span.days)),
        Unit::Week => whole(i64::from(span.days / 7)),
        Unit::Month => whole(months),
        Unit::Quarter if months >= 0 => whole(months / 3 + 1),
        Unit::Quarter => whole(-(-months / 3 + 1)),
        Unit::Year => whole(years),
        Unit::Decade => whole(years / 10),
        Unit::Century => whole(years / 100),
        Unit::Millennium => whole(years / 1000),
        Unit::Epoch => {
            // A year is 365.25 days here, so everything is counted in quarters of a day.
            let quarters =
                i128::from(years) * 1461 + i128::from(months) * 120 + i128::from(span.days) * 4;
            Part::Scaled(quarters * i128::from(DAY / 4) + i128::from(span.microseconds), 6)
        }
        Unit::Microseconds | Unit::Milliseconds | Unit::Second | Unit::Minute | Unit::Hour => {
            time_fields(unit, span.microseconds).unwrap_or(Part::Null)
        }
        Unit::IsoYear
        | Unit::DayOfWeek
        | Unit::IsoDayOfWeek
        | Unit::DayOfYear
        | Unit::Julian
        | Unit::Zone
        | Unit::ZoneHour
        | Unit::ZoneMinute => return Err(unsupported(word, "interval")),
    };
    if !span.is_finite() {
        return Ok(if endless { Part::Infinite(span.months < 0) } else { Part::Null });
    }
    Ok(part)
}

/// The seconds of an interval as a float, summed in PostgreSQL's order.
fn epoch_of_interval(span: Interval) -> f64 {
    const DAY_SECONDS: f64 = 86_400.0;
    span.microseconds as f64 / 1e6
        + 365.25 * DAY_SECONDS * f64::from(span.months / 12)
        + 30.0 * DAY_SECONDS * f64::from(span.months % 12)
        + DAY_SECONDS * f64::from(span.days)
}

/// A local time cut to a unit; `None` for one that cannot be.
fn truncate(unit: Unit, local: i64) -> Option<i64> {
    let mut civil = Civil::of_microseconds(local);
    let cut_time = |unit: i64| Some(local - local.rem_euclid(unit));
    match unit {
        Unit::Microseconds => return Some(local),
        Unit::Milliseconds => return cut_time(1000),
        Unit::Second => return cut_time(SECOND),
        Unit::Minute => return cut_time(MINUTE),
        Unit::Hour => return cut_time(HOUR),
        Unit::Day => return cut_time(DAY),
        Unit::Week => {
            let days = civil.days();
            return Some((days - (weekday_of(days) + 6) % 7) * DAY);
        }
        Unit::Month => {}
        Unit::Quarter => civil.month = (civil.month - 1) / 3 * 3 + 1,
        Unit::Year => civil.month = 1,
        Unit::Decade => {
            civil.year = if civil.year > 0 {
                civil.year / 10 * 10
            } else {
                -((8 - (civil.year - 1)) / 10) * 10
            };
            civil.month = 1;
        }
        Unit::Century => {
            civil.year = if civil.year > 0 {
                (civil.year + 99) / 100 * 100 - 99
            } else {
                -((99 - (civil.year - 1)) / 100) * 100 + 1
            };
            civil.month = 1;
        }
        Unit::Millennium => {
            civil.year = if civil.year > 0 {
                (civil.year + 999) / 1000 * 1000 - 999
            } else {
                -((999 - (civil.year - 1)) / 1000) * 1000 + 1
            };
            civil.month = 1;
        }
        Unit::IsoYear
        | Unit::DayOfWeek
        | Unit::IsoDayOfWeek
        | Unit::DayOfYear
        | Unit::Julian
        | Unit::Epoch
        | Unit::Zone
        | Unit::ZoneHour
        | Unit::ZoneMinute => return None,
    }
    days_of(civil.year, civil.month, 1).checked_mul(DAY)
}

/// date_part of a timestamp.
pub(crate) fn timestamp_part(word: &str, time: i64) -> Result<Option<f64>> {
    Ok(of_timestamp(word, time)?.float())
}

fn trunc_timestamp(word: &str, time: i64) -> Result<i64> {
    let unit = known_length(word, TIMESTAMP)?;
    let cut = truncate(unit, if is_finite(time) { time } else { 0 });
    let cut = cut.ok_or_else(|| unsupported(word, TIMESTAMP))?;
    if is_finite(time) { check_timestamp(cut) } else { Ok(time) }
}

fn trunc_timestamptz(word: &str, time: i64, zone: &Zone) -> Result<i64> {
    let unit = known_length(word, TIMESTAMPTZ)?;
    let offset = i64::from(zone.offset_at(time)) * SECOND;
    let local = if is_finite(time) {
        time.checked_add(offset).ok_or_else(timestamp_out_of_range)?
    } else {
        0
    };
    let cut = truncate(unit, local).ok_or_else(|| unsupported(word, TIMESTAMPTZ))?;
    if !is_finite(time) {
        return Ok(time);
    }
    // Within a day the offset stays, so that hours of a day with a change are cut right.
    let long = !matches!(
        unit,
        Unit::Microseconds | Unit::Milliseconds | Unit::Second | Unit::Minute | Unit::Hour
    );
    let offset = if long {
        i64::from(zone.offset_of_local(&Civil::of_microseconds(cut))) * SECOND
    } else {
        offset
    };
    check_timestamp(cut - offset)
}

fn trunc_interval(word: &str, span: Interval) -> Result<Interval> {
    let unit = known_length(word, "interval")?;
    let months = |unit: i32| Interval { months: span.months / unit * unit, ..Interval::default() };
    let time = |unit: i64| Interval { microseconds: span.microseconds / unit * unit, ..span };
    let cut = match unit {
        Unit::Microseconds => span,
        Unit::Milliseconds => time(1000),
        Unit::Second => time(SECOND),
        Unit::Minute => time(MINUTE),
        Unit::Hour => time(HOUR),
        Unit::Day => Interval { microseconds: 0, ..span },
        Unit::Month => months(1),
        Unit::Quarter => months(3),
        Unit::Year => months(12),
        Unit::Decade => months(120),
        Unit::Century => months(1200),
        Unit::Millennium => months(12_000),
        Unit::Week => {
            return Err(
                unsupported(word, "interval").detail("Months usually have fractional weeks.")
            );
        }
        Unit::IsoYear
        | Unit::DayOfWeek
        | Unit::IsoDayOfWeek
        | Unit::DayOfYear
        | Unit::Julian
        | Unit::Epoch
        | Unit::Zone
        | Unit::ZoneHour
        | Unit::ZoneMinute => return Err(unsupported(word, "interval")),
    };
    Ok(if span.is_finite() { cut } else { span })
}

/// The start of the bin of a stride from an origin that holds a time. 22008, 0A000.
fn bin(stride: Interval, time: i64, origin: i64) -> Result<i64> {
    let range = |message| Err(Error::new(SqlState::DATETIME_FIELD_OVERFLOW, message));
    if !is_finite(time) {
        return Ok(time);
    }
    if !is_finite(origin) {
        return range("origin out of range");
    }
    if !stride.is_finite() {
        return Err(Error::new(
            SqlState::DATETIME_FIELD_OVERFLOW,
            "timestamps cannot be binned into infinite intervals",
        ));
    }
    if stride.months != 0 {
        return Err(Error::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            "timestamps cannot be binned into intervals containing months or years",
        ));
    }
    let width = i64::from(stride.days)
        .checked_mul(DAY)
        .and_then(|days| days.checked_add(stride.microseconds));
    let width = width.ok_or_else(interval_out_of_range)?;
    if width <= 0 {
        return range("stride must be greater than zero");
    }
    let distance = time.checked_sub(origin).ok_or_else(interval_out_of_range)?;
    let start = origin.checked_add(distance - distance.rem_euclid(width));
    check_timestamp(start.ok_or_else(timestamp_out_of_range)?)
}

/// The difference in years, months, days and time, as people count it.
pub(crate) fn age(a: i64, b: i64) -> Result<Interval> {
    if !is_finite(a) || !is_finite(b) {
        return match (is_finite(a), is_finite(b)) {
            (false, false) if a == b => Err(interval_out_of_range()),
            (false, _) => Ok(if a > 0 { Interval::INFINITY } else { Interval::NEGATIVE_INFINITY }),
            _ => Ok(if b > 0 { Interval::NEGATIVE_INFINITY } else { Interval::INFINITY }),
        };
    }
    let (later, earlier) = if a >= b { (a, b) } else { (b, a) };
    let (x, y) = (Civil::of_microseconds(later), Civil::of_microseconds(earlier));
    let mut time = x.day_time() - y.day_time();
    let mut days = x.day - y.day;
    let mut months = (x.year - y.year) * 12 + x.month - y.month;
    if time < 0 {
        time += DAY;
        days -= 1;
    }
    if days < 0 {
        // A month is as long as the one that the earlier date is in.
        days += month_days(y.year, y.month);
        months -= 1;
    }
    let narrow = |value: i64| i32::try_from(value).map_err(|_| interval_out_of_range());
    let span = Interval { microseconds: time, days: narrow(days)?, months: narrow(months)? };
    if a >= b { Ok(span) } else { span.negated() }
}

fn extract<A: for<'a> crate::Argument<'a>>(
    call: &mut Call<'_>,
    f: impl Fn(&str, A) -> Result<Part>,
) -> Result<()> {
    call.map2(|word: &str, value: A| f(word, value)?.numeric())
}

fn part<A: for<'a> crate::Argument<'a>>(
    call: &mut Call<'_>,
    f: impl Fn(&str, A) -> Result<Part>,
) -> Result<()> {
    call.map2(|word: &str, value: A| Ok(f(word, value)?.float()))
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("extract_date", |call| extract(call, of_date)),
    builtin("extract_time", |call| extract(call, of_time)),
    builtin("extract_timetz", |call| extract(call, of_timetz)),
    builtin("extract_timestamp", |call| extract(call, of_timestamp)),
    builtin("extract_interval", |call| extract(call, of_interval)),
    builtin("extract_timestamptz", |call| {
        call.map2_in(|word: &str, time: i64, env, _| {
            of_timestamptz(word, time, env.style())?.numeric()
        })
    }),
    builtin("time_part", |call| part(call, of_time)),
    builtin("timetz_part", |call| part(call, of_timetz)),
    builtin("timestamp_part", |call| part(call, of_timestamp)),
    builtin("interval_part", |call| {
        call.map2(|word: &str, span: Interval| {
            if unit_of(word) == Some(Unit::Epoch) && span.is_finite() {
                return Ok(Some(epoch_of_interval(span)));
            }
            Ok(of_interval(word, span)?.float())
        })
    }),
    builtin("timestamptz_part", |call| {
        call.map2_in(|word: &str, time: i64, env, _| {
            Ok(of_timestamptz(word, time, env.style())?.float())
        })
    }),
    builtin("timestamp_trunc", |call| call.map2(trunc_timestamp)),
    builtin("timestamptz_trunc", |call| {
        call.map2_in(|word: &str, time: i64, env, _| {
            trunc_timestamptz(word, time, &Zone::Rules(env.style().time_zone.clone()))
        })
    }),
    builtin("timestamptz_trunc_zone", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            let zone = zone_of_text(text(arguments[2].get(row)))?;
            let time = crate::call::int8(arguments[1].get(row));
            trunc_timestamptz(text(arguments[0].get(row)), time, &zone)
        })
    }),
    builtin("interval_trunc", |call| call.map2(trunc_interval)),
    builtin("timestamp_bin", |call| call.map3(bin)),
    builtin("timestamptz_bin", |call| call.map3(bin)),
    builtin("timestamp_age", |call| call.map2(age)),
    builtin("timestamptz_age", |call| {
        call.map2_in(|a: i64, b: i64, env, _| {
            let style = env.style();
            age(
                types::datetime::local_of_timestamptz(a, style)?,
                types::datetime::local_of_timestamptz(b, style)?,
            )
        })
    }),
];
