//! Dates and times: date, time, timetz, timestamp, timestamptz, interval.
//!
//! date counts days and timestamps count microseconds from 2000-01-01 (timestamptz in UTC); the least and greatest
//! numbers are the infinities. timetz is the time of day (8 bytes) and the zone in seconds west of UTC (4 bytes).

pub mod calendar;
pub(crate) mod decode;
mod encode;
mod fields;
pub mod interval;
mod interval_text;
#[cfg(test)]
mod tests;
pub mod zone;

pub use encode::{write_date, write_time, write_timestamp, write_timestamptz, write_timetz};
pub use interval::Interval;

use crate::Style;
use calendar::{Civil, DAY, EPOCH_JULIAN, HOUR, SECOND, UNIX_EPOCH_DAYS};
use decode::{Moment, checked};
use error::{Error, Result, SqlState};
use zone::Zone;

/// The timestamp that is later than all others.
pub const TIMESTAMP_INFINITY: i64 = i64::MAX;
/// The timestamp that is earlier than all others.
pub const TIMESTAMP_NEGATIVE_INFINITY: i64 = i64::MIN;
/// The date that is later than all others.
pub const DATE_INFINITY: i32 = i32::MAX;
/// The date that is earlier than all others.
pub const DATE_NEGATIVE_INFINITY: i32 = i32::MIN;

/// The first timestamp, 4714-11-24 BC.
pub const TIMESTAMP_MIN: i64 = -EPOCH_JULIAN * DAY;
/// One after the last timestamp, 294277-01-01.
pub const TIMESTAMP_END: i64 = 9_223_371_331_200_000_000;
/// One after the last date, 5874898-01-01.
const DATE_END: i64 = 2_147_483_494 - EPOCH_JULIAN;

/// 22008 for timestamps.
#[cold]
pub fn timestamp_out_of_range() -> Error {
    Error::new(SqlState::DATETIME_FIELD_OVERFLOW, "timestamp out of range")
}

/// 22008 for dates.
#[cold]
pub fn date_out_of_range() -> Error {
    Error::new(SqlState::DATETIME_FIELD_OVERFLOW, "date out of range")
}

#[cold]
fn out_of_range(kind: &str, source: &str) -> Error {
    Error::new(SqlState::DATETIME_FIELD_OVERFLOW, format!("{kind} out of range: \"{source}\""))
}

/// The timestamp, if it is within the range.
pub fn check_timestamp(time: i64) -> Result<i64> {
    if (TIMESTAMP_MIN..TIMESTAMP_END).contains(&time) {
        Ok(time)
    } else {
        Err(timestamp_out_of_range())
    }
}

/// The date of a count of days, if it is within the range. 22008.
pub fn check_date(days: i64) -> Result<i32> {
    if (-EPOCH_JULIAN..DATE_END).contains(&days) {
        Ok(i32::try_from(days).expect("the range is within i32"))
    } else {
        Err(date_out_of_range())
    }
}

/// Whether the timestamp is neither infinity.
pub fn is_finite(time: i64) -> bool {
    time != TIMESTAMP_INFINITY && time != TIMESTAMP_NEGATIVE_INFINITY
}

/// Whether the date is neither infinity.
pub fn is_finite_date(date: i32) -> bool {
    date != DATE_INFINITY && date != DATE_NEGATIVE_INFINITY
}

/// The local date and time of the transaction's start.
pub(crate) fn local_now(style: &Style) -> Civil {
    local_of(style.transaction_time, style)
}

fn local_of(time: i64, style: &Style) -> Civil {
    let offset = i64::from(zone::offset_at(&style.time_zone, time));
    Civil::of_microseconds(time.saturating_add(offset * SECOND))
}

/// The local timestamp of a timestamptz in the session's zone. 22008.
pub fn local_of_timestamptz(time: i64, style: &Style) -> Result<i64> {
    if !is_finite(time) {
        return Ok(time);
    }
    let offset = i64::from(zone::offset_at(&style.time_zone, time));
    check_timestamp(time.checked_add(offset * SECOND).ok_or_else(timestamp_out_of_range)?)
}

/// The timestamptz of a local timestamp in the session's zone. 22008.
pub fn timestamptz_of_local(local: i64, style: &Style) -> Result<i64> {
    timestamptz_in(local, &Zone::Rules(style.time_zone.clone()))
}

/// The timestamptz of a local timestamp in a zone. 22008.
pub fn timestamptz_in(local: i64, zone: &Zone) -> Result<i64> {
    if !is_finite(local) {
        return Ok(local);
    }
    let offset = i64::from(zone.offset_of_local(&Civil::of_microseconds(local)));
    check_timestamp(local.checked_sub(offset * SECOND).ok_or_else(timestamp_out_of_range)?)
}

/// A date from text. 22007, 22008.
pub fn input_date(source: &str, style: &Style) -> Result<i32> {
    if let Some((civil, "")) = iso_date(source) {
        return check_date(civil.days());
    }
    let days = match checked(decode::date_time(source, style), "date", source)? {
        Moment::Local(civil, _) => civil.days(),
        Moment::Now => local_now(style).days(),
        Moment::Epoch => -UNIX_EPOCH_DAYS,
        Moment::Late => return Ok(DATE_INFINITY),
        Moment::Early => return Ok(DATE_NEGATIVE_INFINITY),
    };
    check_date(days).map_err(|_| out_of_range("date", source))
}

/// A timestamp from text; a zone in it is ignored. 22007, 22008.
pub fn input_timestamp(source: &str, typmod: i32, style: &Style) -> Result<i64> {
    let time = match moment(source, "timestamp", style)? {
        Moment::Local(civil, _) => civil.microseconds(),
        Moment::Now => local_now(style).microseconds(),
        Moment::Epoch => Some(-UNIX_EPOCH_DAYS * DAY),
        Moment::Late => return Ok(TIMESTAMP_INFINITY),
        Moment::Early => return Ok(TIMESTAMP_NEGATIVE_INFINITY),
    };
    let time = time.and_then(|time| check_timestamp(time).ok());
    round(time.ok_or_else(|| out_of_range("timestamp", source))?, typmod)
}

/// A timestamptz from text, in the session's zone where it names none. 22007, 22008.
pub fn input_timestamptz(source: &str, typmod: i32, style: &Style) -> Result<i64> {
    let time = match moment(source, "timestamp with time zone", style)? {
        Moment::Local(civil, zone) => {
            let offset = match &zone {
                Some(zone) => zone.offset_of_local(&civil),
                None => zone::offset_of_local(&style.time_zone, &civil),
            };
            civil.microseconds().and_then(|time| time.checked_sub(i64::from(offset) * SECOND))
        }
        Moment::Now => Some(style.transaction_time),
        Moment::Epoch => Some(-UNIX_EPOCH_DAYS * DAY),
        Moment::Late => return Ok(TIMESTAMP_INFINITY),
        Moment::Early => return Ok(TIMESTAMP_NEGATIVE_INFINITY),
    };
    let time = time.and_then(|time| check_timestamp(time).ok());
    round(time.ok_or_else(|| out_of_range("timestamp", source))?, typmod)
}

fn moment(source: &str, kind: &str, style: &Style) -> Result<Moment> {
    match iso_timestamp(source) {
        Some(moment) => Ok(moment),
        None => checked(decode::date_time(source, style), kind, source),
    }
}

/// A time of day from text. 22007, 22008.
pub fn input_time(source: &str, typmod: i32, style: &Style) -> Result<i64> {
    let (moment, _) = checked(decode::time_of_day(source, style), "time", source)?;
    let time = match moment {
        Moment::Local(civil, _) => civil.day_time(),
        Moment::Now => local_now(style).day_time(),
        Moment::Epoch | Moment::Late | Moment::Early => {
            return Err(decode::Fault::Format.error("time", source));
        }
    };
    round_time(time, typmod)
}

/// A time of day and its zone in seconds west of UTC. 22007, 22008.
pub fn input_timetz(source: &str, typmod: i32, style: &Style) -> Result<(i64, i32)> {
    const KIND: &str = "time with time zone";
    let (moment, has_date) = checked(decode::time_of_day(source, style), KIND, source)?;
    let (civil, zone) = match moment {
        Moment::Local(civil, zone) => (civil, zone),
        Moment::Now => (local_now(style), None),
        Moment::Epoch | Moment::Late | Moment::Early => {
            return Err(decode::Fault::Format.error(KIND, source));
        }
    };
    let today = local_now(style);
    let dated = if has_date {
        civil
    } else {
        Civil { year: today.year, month: today.month, day: today.day, ..civil }
    };
    let zone = zone.unwrap_or_else(|| Zone::Rules(style.time_zone.clone()));
    Ok((round_time(civil.day_time(), typmod)?, -zone.offset_of_local(&dated)))
}

/// `yyyy-mm-dd` and what follows it.
fn iso_date(source: &str) -> Option<(Civil, &str)> {
    let (head, rest) = source.as_bytes().split_at_checked(10)?;
    let digit = |index: usize| {
        let byte = head[index];
        byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
    };
    if head[4] != b'-' || head[7] != b'-' {
        return None;
    }
    let year = digit(0)? * 1000 + digit(1)? * 100 + digit(2)? * 10 + digit(3)?;
    let (month, day) = (digit(5)? * 10 + digit(6)?, digit(8)? * 10 + digit(9)?);
    let valid = year > 0 && (1..=12).contains(&month) && day > 0;
    if !valid || day > calendar::month_days(year, month) {
        return None;
    }
    let rest = std::str::from_utf8(rest).ok()?;
    Some((Civil { year, month, day, ..Civil::default() }, rest))
}

/// `yyyy-mm-dd hh:mm:ss[.ffffff][+hh[:mm]]`: what programs send.
fn iso_timestamp(source: &str) -> Option<Moment> {
    let (civil, rest) = iso_date(source)?;
    let bytes = rest.as_bytes();
    if bytes.len() < 9 || !matches!(bytes[0], b' ' | b'T') || bytes[3] != b':' || bytes[6] != b':' {
        return None;
    }
    let pair = |index: usize| {
        let (a, b) = (bytes[index], bytes[index + 1]);
        (a.is_ascii_digit() && b.is_ascii_digit())
            .then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'))
    };
    let (hour, minute, second) = (pair(1)?, pair(4)?, pair(7)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut rest = &rest[9..];
    let mut microsecond = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=6).contains(&count) {
            return None;
        }
        let digits = &fraction[..count];
        microsecond = digits.parse::<i64>().ok()? * 10i64.pow(u32::try_from(6 - count).ok()?);
        rest = &fraction[count..];
    }
    let zone = match rest {
        "" => None,
        "Z" => Some(Zone::Offset(0)),
        _ => Some(Zone::Offset(decode::offset_text(rest)?)),
    };
    Some(Moment::Local(Civil { hour, minute, second, microsecond, ..civil }, zone))
}

/// Rounded to a typmod's count of digits after the seconds, half away from zero. 22008.
pub fn round(time: i64, typmod: i32) -> Result<i64> {
    let Some(unit) = unit_of(typmod).filter(|_| is_finite(time)) else { return Ok(time) };
    check_timestamp(round_to(time, unit))
}

fn round_time(time: i64, typmod: i32) -> Result<i64> {
    Ok(unit_of(typmod).map_or(time, |unit| round_to(time, unit)))
}

/// A time of day rounded to a typmod's count of digits after the seconds.
pub fn round_day_time(time: i64, typmod: i32) -> i64 {
    unit_of(typmod).map_or(time, |unit| round_to(time, unit))
}

/// The microseconds of the last digit that a typmod keeps; `None` where it keeps all.
pub(crate) fn unit_of(typmod: i32) -> Option<i64> {
    let digits = u32::try_from(typmod).ok().filter(|digits| *digits < 6)?;
    Some(10i64.pow(6 - digits))
}

pub(crate) fn round_to(time: i64, unit: i64) -> i64 {
    let half = unit / 2;
    let moved = if time < 0 { time.saturating_sub(half) } else { time.saturating_add(half) };
    moved / unit * unit
}

/// A timetz in its bytes.
pub fn pack_timetz(time: i64, zone_west: i32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&time.to_le_bytes());
    bytes[8..12].copy_from_slice(&zone_west.to_le_bytes());
    bytes
}

/// The time of day and the zone in seconds west of UTC of a timetz.
pub fn unpack_timetz(bytes: [u8; 16]) -> (i64, i32) {
    let time = i64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    let zone = i32::from_le_bytes(bytes[8..12].try_into().expect("four bytes"));
    (time, zone)
}

/// A date from its binary format. 22008.
pub(crate) fn receive_date(days: i32) -> Result<i32> {
    if is_finite_date(days) { check_date(i64::from(days)) } else { Ok(days) }
}

/// A timestamp from its binary format. 22008.
pub(crate) fn receive_timestamp(time: i64, typmod: i32) -> Result<i64> {
    if is_finite(time) { round(check_timestamp(time)?, typmod) } else { Ok(time) }
}

/// A time of day from its binary format. 22008.
pub(crate) fn receive_time(time: i64, typmod: i32) -> Result<i64> {
    if (0..=24 * HOUR).contains(&time) {
        return round_time(time, typmod);
    }
    Err(Error::new(SqlState::DATETIME_FIELD_OVERFLOW, "time out of range"))
}

/// The typmod of time(p) and timestamp(p) as PostgreSQL words them; more than 6 digits are 6. 22023.
pub(crate) fn typmod(modifiers: &[i32], name: &str, suffix: &str) -> Result<i32> {
    let invalid = |message: String| Error::new(SqlState::INVALID_PARAMETER_VALUE, message);
    let [precision] = *modifiers else { return Err(invalid("invalid type modifier".to_owned())) };
    if precision < 0 {
        return Err(invalid(format!("{name}({precision}){suffix} precision must not be negative")));
    }
    Ok(precision.min(6))
}
