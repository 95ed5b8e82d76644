//! Dates and times to text, in the four forms of DateStyle.

use super::calendar::{Civil, MONTHS, SECOND, WEEKDAYS, name_at, weekday_of};
use super::{is_finite, is_finite_date, zone};
use crate::{DateForm, DateOrder, Style};

fn digits(out: &mut Vec<u8>, value: i64, width: usize) {
    let start = out.len();
    let mut rest = value.unsigned_abs();
    while rest > 0 || out.len() - start < width {
        out.push(b'0' + u8::try_from(rest % 10).expect("a digit"));
        rest /= 10;
    }
    out[start..].reverse();
}

/// Appends a fraction of microseconds without trailing zeros, with its point; nothing for 0.
pub(crate) fn fraction(out: &mut Vec<u8>, microsecond: i64) {
    if microsecond == 0 {
        return;
    }
    out.push(b'.');
    digits(out, microsecond, 6);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

fn year(out: &mut Vec<u8>, civil: &Civil) {
    digits(out, if civil.year > 0 { civil.year } else { 1 - civil.year }, 4);
}

fn era(out: &mut Vec<u8>, civil: &Civil) {
    if civil.year <= 0 {
        out.extend_from_slice(b" BC");
    }
}

/// The month and day, or day and month, with a separator after each.
fn month_day(out: &mut Vec<u8>, civil: &Civil, style: &Style, separator: u8) {
    let (first, second) = if style.date_order == DateOrder::Dmy {
        (civil.day, civil.month)
    } else {
        (civil.month, civil.day)
    };
    digits(out, first, 2);
    out.push(separator);
    digits(out, second, 2);
    out.push(separator);
}

fn clock(out: &mut Vec<u8>, civil: &Civil) {
    digits(out, civil.hour, 2);
    out.push(b':');
    digits(out, civil.minute, 2);
    out.push(b':');
    digits(out, civil.second, 2);
    fraction(out, civil.microsecond);
}

/// Appends an offset in seconds east of UTC: `+hh[:mm[:ss]]`.
pub(crate) fn offset(out: &mut Vec<u8>, seconds_east: i32) {
    out.push(if seconds_east < 0 { b'-' } else { b'+' });
    let seconds = i64::from(seconds_east).abs();
    digits(out, seconds / 3600, 2);
    if seconds % 3600 != 0 {
        out.push(b':');
        digits(out, seconds / 60 % 60, 2);
    }
    if seconds % 60 != 0 {
        out.push(b':');
        digits(out, seconds % 60, 2);
    }
}

/// Appends the text form of a date.
pub fn write_date(date: i32, style: &Style, out: &mut Vec<u8>) {
    if !is_finite_date(date) {
        return out.extend_from_slice(if date > 0 { b"infinity" } else { b"-infinity" });
    }
    let civil = Civil::of_days(i64::from(date));
    match style.date_form {
        DateForm::Iso => iso_date(out, &civil),
        DateForm::Sql => {
            month_day(out, &civil, style, b'/');
            year(out, &civil);
        }
        DateForm::German => german_date(out, &civil),
        DateForm::Postgres => {
            month_day(out, &civil, style, b'-');
            year(out, &civil);
        }
    }
    era(out, &civil);
}

fn iso_date(out: &mut Vec<u8>, civil: &Civil) {
    year(out, civil);
    out.push(b'-');
    digits(out, civil.month, 2);
    out.push(b'-');
    digits(out, civil.day, 2);
}

fn german_date(out: &mut Vec<u8>, civil: &Civil) {
    digits(out, civil.day, 2);
    out.push(b'.');
    digits(out, civil.month, 2);
    out.push(b'.');
    year(out, civil);
}

/// Appends the text form of a time of day.
pub fn write_time(time: i64, out: &mut Vec<u8>) {
    clock(out, &Civil::of_day_time(time));
}

/// Appends the text form of a time of day with its zone in seconds west of UTC.
pub fn write_timetz(time: i64, zone_west: i32, out: &mut Vec<u8>) {
    write_time(time, out);
    offset(out, -zone_west);
}

/// Appends the text form of a timestamp.
pub fn write_timestamp(time: i64, style: &Style, out: &mut Vec<u8>) {
    if infinite(time, out) {
        return;
    }
    date_time(out, &Civil::of_microseconds(time), style, None);
}

/// Appends the text form of a timestamptz in the session's zone.
pub fn write_timestamptz(time: i64, style: &Style, out: &mut Vec<u8>) {
    if infinite(time, out) {
        return;
    }
    let east = zone::offset_at(&style.time_zone, time);
    let local = time.saturating_add(i64::from(east) * SECOND);
    let zone_text = match style.date_form {
        DateForm::Iso => None,
        DateForm::Sql | DateForm::Postgres | DateForm::German => {
            Some(zone::abbreviation_at(&style.time_zone, time).0)
        }
    };
    let zone = ZoneText { east, name: zone_text.as_deref() };
    date_time(out, &Civil::of_microseconds(local), style, Some(zone));
}

fn infinite(time: i64, out: &mut Vec<u8>) -> bool {
    if is_finite(time) {
        return false;
    }
    out.extend_from_slice(if time > 0 { b"infinity" } else { b"-infinity" });
    true
}

struct ZoneText<'a> {
    east: i32,
    name: Option<&'a str>,
}

fn date_time(out: &mut Vec<u8>, civil: &Civil, style: &Style, zone: Option<ZoneText<'_>>) {
    match style.date_form {
        DateForm::Iso => {
            iso_date(out, civil);
            out.push(b' ');
            clock(out, civil);
        }
        DateForm::Sql => {
            month_day(out, civil, style, b'/');
            year(out, civil);
            out.push(b' ');
            clock(out, civil);
        }
        DateForm::German => {
            german_date(out, civil);
            out.push(b' ');
            clock(out, civil);
        }
        DateForm::Postgres => {
            let weekday = name_at(&WEEKDAYS, weekday_of(civil.days()));
            let month = name_at(&MONTHS, civil.month - 1);
            out.extend_from_slice(&weekday.as_bytes()[..3]);
            out.push(b' ');
            if style.date_order == DateOrder::Dmy {
                digits(out, civil.day, 2);
                out.push(b' ');
                out.extend_from_slice(&month.as_bytes()[..3]);
            } else {
                out.extend_from_slice(&month.as_bytes()[..3]);
                out.push(b' ');
                digits(out, civil.day, 2);
            }
            out.push(b' ');
            clock(out, civil);
            out.push(b' ');
            year(out, civil);
        }
    }
    match zone {
        Some(ZoneText { name: Some(name), .. }) if !name.is_empty() => {
            out.push(b' ');
            out.extend_from_slice(&name.as_bytes()[..name.len().min(10)]);
        }
        Some(ZoneText { east, .. }) => offset(out, east),
        None => {}
    }
    era(out, civil);
}
