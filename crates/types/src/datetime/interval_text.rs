//! Intervals from and to text.

use super::calendar::{DAY, HOUR, MINUTE, SECOND};
use super::decode::{Fault, Parsed, fraction_of};
use super::encode::fraction;
use super::fields::{Look, cut};
use super::interval::{self, Interval, interval_out_of_range};
use crate::{IntervalForm, Style};
use error::Result;
use std::io::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Decade,
    Century,
    Millennium,
}

/// Keywords count to ten letters.
fn unit_of(text: &str) -> Option<Unit> {
    Some(match text.get(..10).unwrap_or(text) {
        "us" | "usec" | "usecond" | "useconds" | "usecs" | "microsecon" => Unit::Microsecond,
        "ms" | "msec" | "msecond" | "mseconds" | "msecs" | "millisecon" => Unit::Millisecond,
        "s" | "sec" | "second" | "seconds" | "secs" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hour" | "hours" | "hr" | "hrs" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "y" | "year" | "years" | "yr" | "yrs" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennia" | "millennium" => Unit::Millennium,
        _ => return None,
    })
}

/// What is summed up, wider than the result.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    microseconds: i64,
    days: i64,
    months: i64,
}

impl Sum {
    fn add(&mut self, unit: Unit, value: i64, part: f64) -> Parsed<()> {
        self.try_add(unit, value, part).ok_or(Fault::Range)?;
        let fits = |value: i64| i32::try_from(value).is_ok();
        if fits(self.days) && fits(self.months) { Ok(()) } else { Err(Fault::Range) }
    }

    /// Adds a whole number and a fraction of a unit; fractions of long units go down to shorter ones.
    fn try_add(&mut self, unit: Unit, value: i64, part: f64) -> Option<()> {
        let scale = match unit {
            Unit::Microsecond => return self.microseconds(value, 1, part),
            Unit::Millisecond => return self.microseconds(value, 1000, part),
            Unit::Second => return self.microseconds(value, SECOND, part),
            Unit::Minute => return self.microseconds(value, MINUTE, part),
            Unit::Hour => return self.microseconds(value, HOUR, part),
            Unit::Day => {
                self.days = self.days.checked_add(value)?;
                return self.microseconds(0, DAY, part);
            }
            Unit::Week => {
                self.days = self.days.checked_add(value.checked_mul(7)?)?;
                return self.days_part(part * 7.0);
            }
            Unit::Month => {
                self.months = self.months.checked_add(value)?;
                return self.days_part(part * 30.0);
            }
            Unit::Year => 12,
            Unit::Decade => 120,
            Unit::Century => 1200,
            Unit::Millennium => 12_000,
        };
        let extra = (part * f64::from(scale)).round_ties_even();
        self.months = self.months.checked_add(value.checked_mul(i64::from(scale))?)?;
        self.months = self.months.checked_add(whole(extra))?;
        Some(())
    }

    fn microseconds(&mut self, value: i64, unit: i64, part: f64) -> Option<()> {
        self.microseconds = self.microseconds.checked_add(value.checked_mul(unit)?)?;
        self.microseconds =
            self.microseconds.checked_add(whole((part * unit as f64).round_ties_even()))?;
        Some(())
    }

    fn days_part(&mut self, days: f64) -> Option<()> {
        self.days = self.days.checked_add(whole(days.trunc()))?;
        self.microseconds(0, DAY, days - days.trunc())
    }

    fn negated(self) -> Option<Self> {
        Some(Self {
            microseconds: self.microseconds.checked_neg()?,
            days: self.days.checked_neg()?,
            months: self.months.checked_neg()?,
        })
    }

    fn finish(self) -> Parsed<Interval> {
        let narrow = |value: i64| i32::try_from(value).map_err(|_| Fault::Range);
        Ok(Interval {
            microseconds: self.microseconds,
            days: narrow(self.days)?,
            months: narrow(self.months)?,
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is a fraction of a unit, in smaller units")]
fn whole(value: f64) -> i64 {
    value as i64
}

/// An interval from text: units, a time, SQL's year-month, ISO 8601. 22007, 22015, 22008.
pub(super) fn input(source: &str, typmod: i32, style: &Style) -> Result<Interval> {
    let range =
        if typmod < 0 { interval::FULL_RANGE } else { (typmod >> 16) & interval::FULL_RANGE };
    let parsed = match traditional(source, range, style) {
        Err(Fault::Format) if source.starts_with('P') => iso8601(source),
        other => other,
    };
    let value = parsed.map_err(|fault| {
        let fault = if fault == Fault::Range { Fault::IntervalRange } else { fault };
        fault.error("interval", source)
    })?;
    let infinite_word = source.trim().trim_start_matches(['+', '-']).trim().get(..3);
    let is_word = infinite_word.is_some_and(|word| word.eq_ignore_ascii_case("inf"));
    if !value.is_finite() && !is_word {
        return Err(interval_out_of_range());
    }
    value.apply_typmod(typmod)
}

/// The unit of a last number that names none, by the typmod.
fn default_unit(range: i32) -> Unit {
    use interval::{DAY_FIELD, HOUR_FIELD, MINUTE_FIELD, MONTH, SECOND_FIELD, YEAR};
    if range == interval::FULL_RANGE || range & SECOND_FIELD != 0 {
        Unit::Second
    } else if range & MINUTE_FIELD != 0 {
        Unit::Minute
    } else if range & HOUR_FIELD != 0 {
        Unit::Hour
    } else if range & DAY_FIELD != 0 {
        Unit::Day
    } else if range & MONTH != 0 {
        Unit::Month
    } else if range & YEAR != 0 {
        Unit::Year
    } else {
        Unit::Second
    }
}

struct Reading {
    sum: Sum,
    /// The unit of the next number to the left.
    unit: Option<Unit>,
    unit_waits: bool,
    known: u32,
    range: i32,
    ago: bool,
}

fn bit(unit: Unit) -> u32 {
    1 << unit as u32
}

const TIME_BITS: u32 = 0b1_1111;

/// PostgreSQL's own syntax, read from right to left, so that a number meets its unit.
fn traditional(source: &str, range: i32, style: &Style) -> Parsed<Interval> {
    let known_word = |word: &str| unit_of(word).is_some() || word == "ago";
    let fields = cut(source, known_word).ok_or(Fault::Format)?;
    let mut reading =
        Reading { sum: Sum::default(), unit: None, unit_waits: false, known: 0, range, ago: false };
    for (index, field) in fields.iter().enumerate().rev() {
        let last = index + 1 == fields.len();
        let found = match field.look {
            Look::Time => {
                let time = clock(&field.text, range)?;
                reading.sum.add(Unit::Microsecond, time, 0.0)?;
                reading.unit = Some(Unit::Day);
                TIME_BITS
            }
            Look::Zone if field.text.contains(':') && clock(&field.text[1..], range).is_ok() => {
                let time = clock(&field.text[1..], range)?;
                let time = if field.text.starts_with('-') { -time } else { time };
                reading.sum.add(Unit::Microsecond, time, 0.0)?;
                reading.unit = Some(Unit::Day);
                TIME_BITS
            }
            Look::Zone | Look::Date | Look::Number => reading.number(&field.text)?,
            Look::Word | Look::Special => {
                if let Some(infinite) = infinity(&field.text) {
                    return if fields.len() == 1 { Ok(infinite) } else { Err(Fault::Format) };
                }
                reading.word(&field.text, last)?
            }
        };
        if found & reading.known != 0 {
            return Err(Fault::Format);
        }
        reading.known |= found;
    }
    if reading.known == 0 || reading.unit_waits {
        return Err(Fault::Format);
    }
    let mut sum = reading.sum;
    if style.interval_form == IntervalForm::SqlStandard && fields[0].text.starts_with('-') {
        // In SQL's syntax one sign in front counts for all fields.
        let signs = fields.iter().skip(1).any(|field| field.text.starts_with(['-', '+']));
        if !signs {
            let minus = |value: i64| if value > 0 { -value } else { value };
            sum = Sum {
                microseconds: minus(sum.microseconds),
                days: minus(sum.days),
                months: minus(sum.months),
            };
        }
    }
    if reading.ago {
        sum = sum.negated().ok_or(Fault::Range)?;
    }
    sum.finish()
}

fn infinity(text: &str) -> Option<Interval> {
    match text {
        "infinity" | "+infinity" => Some(Interval::INFINITY),
        "-infinity" => Some(Interval::NEGATIVE_INFINITY),
        _ => None,
    }
}

impl Reading {
    fn word(&mut self, text: &str, last: bool) -> Parsed<u32> {
        if self.unit_waits {
            return Err(Fault::Format);
        }
        if text == "ago" {
            if !last {
                return Err(Fault::Format);
            }
            self.ago = true;
            return Ok(0);
        }
        if matches!(text, "at" | "on") {
            return Ok(0);
        }
        self.unit = Some(unit_of(text).ok_or(Fault::Format)?);
        self.unit_waits = true;
        Ok(0)
    }

    fn number(&mut self, text: &str) -> Parsed<u32> {
        let mut unit = self.unit.unwrap_or_else(|| default_unit(self.range));
        let negative = text.starts_with('-');
        let digits = text.trim_start_matches(['+', '-']);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (head, rest) = digits.split_at(end);
        let mut value: i64 =
            if head.is_empty() { 0 } else { head.parse().map_err(|_| Fault::Range)? };
        let mut part = 0.0;
        if let Some(months) = rest.strip_prefix('-') {
            // SQL's years-months.
            let months: i64 = months.parse().map_err(|_| Fault::Format)?;
            if !(0..12).contains(&months) {
                return Err(Fault::Range);
            }
            unit = Unit::Month;
            value =
                value.checked_mul(12).and_then(|v| v.checked_add(months)).ok_or(Fault::Range)?;
        } else if let Some(digits) = rest.strip_prefix('.') {
            if !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Fault::Format);
            }
            part = format!("0{rest}0").parse().map_err(|_| Fault::Format)?;
        } else if !rest.is_empty() {
            return Err(Fault::Format);
        }
        if negative {
            (value, part) = (-value, -part);
        }
        self.sum.add(unit, value, part)?;
        self.unit_waits = false;
        if unit == Unit::Hour {
            self.unit = Some(Unit::Day);
        }
        let fine = unit == Unit::Second && part != 0.0;
        Ok(if fine {
            bit(unit) | bit(Unit::Microsecond) | bit(Unit::Millisecond)
        } else {
            bit(unit)
        })
    }
}

/// A time with colons, of any length, in microseconds.
fn clock(text: &str, range: i32) -> Parsed<i64> {
    let (whole, part) = text.split_at(text.find('.').unwrap_or(text.len()));
    let numbers: Vec<&str> = whole.split(':').collect();
    let number = |text: &str| {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::Format);
        }
        text.parse::<i64>().map_err(|_| Fault::Range)
    };
    let micros = if part.is_empty() { 0 } else { fraction_of(part)? };
    let minutes_first =
        !part.is_empty() || range == interval::MINUTE_FIELD | interval::SECOND_FIELD;
    let (hour, minute, second) = match numbers[..] {
        [minute, second] if minutes_first => (0, number(minute)?, number(second)?),
        [hour, minute] => (number(hour)?, number(minute)?, 0),
        [hour, minute, second] => (number(hour)?, number(minute)?, number(second)?),
        _ => return Err(Fault::Format),
    };
    if minute > 59 || second > 60 {
        return Err(Fault::Range);
    }
    let hours = hour.checked_mul(HOUR).ok_or(Fault::Range)?;
    hours.checked_add(minute * MINUTE + second * SECOND + micros).ok_or(Fault::Range)
}

/// ISO 8601: P1Y2M3DT4H5M6.7S, P1W, P0001-02-03T04:05:06.
fn iso8601(source: &str) -> Parsed<Interval> {
    let mut rest = source.strip_prefix('P').filter(|rest| !rest.is_empty()).ok_or(Fault::Format)?;
    let mut sum = Sum::default();
    let mut date_part = true;
    let mut seen = false;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            (date_part, seen) = (false, false);
            rest = after;
            continue;
        }
        let (value, part, after) = iso_number(rest)?;
        let unit = after.chars().next();
        let known = match (date_part, unit) {
            (true, Some('Y')) => Some(Unit::Year),
            (true, Some('M')) => Some(Unit::Month),
            (true, Some('W')) => Some(Unit::Week),
            (true, Some('D')) => Some(Unit::Day),
            (false, Some('H')) => Some(Unit::Hour),
            (false, Some('M')) => Some(Unit::Minute),
            (false, Some('S')) => Some(Unit::Second),
            _ => None,
        };
        match known {
            Some(unit) => {
                sum.add(unit, value, part)?;
                rest = &after[1..];
            }
            None if seen => return Err(Fault::Format),
            None if date_part => {
                rest = alternative_date(&mut sum, rest)?;
            }
            None => {
                alternative_time(&mut sum, rest)?;
                rest = "";
            }
        }
        seen = true;
    }
    sum.finish()
}

fn iso_number(text: &str) -> Parsed<(i64, f64, &str)> {
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['-', '+']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (head, rest) = digits.split_at(end);
    let point = rest.strip_prefix(['.', ',']);
    let (part, rest) = match point {
        Some(after) => {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let part = format!("0.{}0", &after[..end]).parse().map_err(|_| Fault::Format)?;
            (part, &after[end..])
        }
        None => (0.0, rest),
    };
    if head.is_empty() && point.is_none() {
        return Err(Fault::Format);
    }
    let value: i64 = if head.is_empty() { 0 } else { head.parse().map_err(|_| Fault::Range)? };
    Ok(if negative { (-value, -part, rest) } else { (value, part, rest) })
}

/// yyyy-mm-dd, or yyyymmdd, up to the T.
fn alternative_date<'a>(sum: &mut Sum, text: &'a str) -> Parsed<&'a str> {
    let (date, rest) = text.split_at(text.find('T').unwrap_or(text.len()));
    let number = |text: &str| text.parse::<i64>().map_err(|_| Fault::Format);
    let parts: Vec<&str> = date.split('-').collect();
    let (year, month, day) = match parts[..] {
        [year, month, day] => (number(year)?, number(month)?, number(day)?),
        [year, month] => (number(year)?, number(month)?, 0),
        [together] if together.len() == 8 && together.is_ascii() => {
            (number(&together[..4])?, number(&together[4..6])?, number(&together[6..])?)
        }
        [year] => (number(year)?, 0, 0),
        _ => return Err(Fault::Format),
    };
    sum.add(Unit::Year, year, 0.0)?;
    sum.add(Unit::Month, month, 0.0)?;
    sum.add(Unit::Day, day, 0.0)?;
    Ok(rest)
}

/// hh:mm:ss or hhmmss to the end.
fn alternative_time(sum: &mut Sum, text: &str) -> Parsed<()> {
    let (whole, part) = text.split_at(text.find('.').unwrap_or(text.len()));
    let micros = if part.is_empty() { 0 } else { fraction_of(part)? };
    let number = |text: &str| text.parse::<i64>().map_err(|_| Fault::Format);
    let parts: Vec<&str> = whole.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute, second] => (number(hour)?, number(minute)?, number(second)?),
        [hour, minute] => (number(hour)?, number(minute)?, 0),
        [together] if together.len() == 6 && together.is_ascii() => {
            (number(&together[..2])?, number(&together[2..4])?, number(&together[4..])?)
        }
        _ => return Err(Fault::Format),
    };
    sum.add(Unit::Hour, hour, 0.0)?;
    sum.add(Unit::Minute, minute, 0.0)?;
    sum.add(Unit::Second, second, 0.0)?;
    sum.add(Unit::Microsecond, micros, 0.0)
}

/// An interval in the fields that are printed, each with its sign.
struct Fields {
    years: i64,
    months: i64,
    days: i64,
    hours: i64,
    minutes: i64,
    seconds: i64,
    microseconds: i64,
}

/// Appends the text form.
pub(super) fn write(value: Interval, style: &Style, out: &mut Vec<u8>) {
    if !value.is_finite() {
        let text: &[u8] = if value.months > 0 { b"infinity" } else { b"-infinity" };
        return out.extend_from_slice(text);
    }
    let time = value.microseconds;
    let fields = Fields {
        years: i64::from(value.months / 12),
        months: i64::from(value.months % 12),
        days: i64::from(value.days),
        hours: time / HOUR,
        minutes: time / MINUTE % 60,
        seconds: time / SECOND % 60,
        microseconds: time % SECOND,
    };
    match style.interval_form {
        IntervalForm::Postgres => postgres(&fields, out),
        IntervalForm::PostgresVerbose => verbose(&fields, out),
        IntervalForm::SqlStandard => sql_standard(&fields, out),
        IntervalForm::Iso8601 => iso(&fields, out),
    }
}

fn print(out: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("memory takes all");
}

fn plural(count: i64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

impl Fields {
    fn has_time(&self) -> bool {
        self.hours != 0 || self.minutes != 0 || self.seconds != 0 || self.microseconds != 0
    }

    fn time_is_negative(&self) -> bool {
        self.hours < 0 || self.minutes < 0 || self.seconds < 0 || self.microseconds < 0
    }
}

fn postgres(fields: &Fields, out: &mut Vec<u8>) {
    let (mut first, mut after_negative) = (true, false);
    for (value, name) in [(fields.years, "year"), (fields.months, "mon"), (fields.days, "day")] {
        if value == 0 {
            continue;
        }
        let separator = if first { "" } else { " " };
        let sign = if after_negative && value > 0 { "+" } else { "" };
        print(out, format_args!("{separator}{sign}{value} {name}{}", plural(value)));
        (first, after_negative) = (false, value < 0);
    }
    if first || fields.has_time() {
        let separator = if first { "" } else { " " };
        let sign = if fields.time_is_negative() {
            "-"
        } else if after_negative {
            "+"
        } else {
            ""
        };
        let (hours, minutes, seconds) =
            (fields.hours.abs(), fields.minutes.abs(), fields.seconds.abs());
        print(out, format_args!("{separator}{sign}{hours:02}:{minutes:02}:{seconds:02}"));
        fraction(out, fields.microseconds);
    }
}

fn verbose(fields: &Fields, out: &mut Vec<u8>) {
    out.push(b'@');
    let (mut zero, mut negative) = (true, false);
    let parts = [
        (fields.years, "year"),
        (fields.months, "mon"),
        (fields.days, "day"),
        (fields.hours, "hour"),
        (fields.minutes, "min"),
    ];
    for (value, name) in parts {
        if value == 0 {
            continue;
        }
        if zero {
            negative = value < 0;
        }
        zero = false;
        let shown = if negative { -value } else { value };
        print(out, format_args!(" {shown} {name}{}", plural(shown)));
    }
    if fields.seconds != 0 || fields.microseconds != 0 {
        let below = fields.seconds < 0 || fields.microseconds < 0;
        if zero {
            negative = below;
        }
        zero = false;
        let sign = if below == negative { "" } else { "-" };
        print(out, format_args!(" {sign}{}", fields.seconds.abs()));
        fraction(out, fields.microseconds);
        let one = fields.seconds.abs() == 1 && fields.microseconds == 0;
        out.extend_from_slice(if one { b" sec" } else { b" secs" });
    }
    if zero {
        out.extend_from_slice(b" 0");
    }
    if negative {
        out.extend_from_slice(b" ago");
    }
}

fn sql_standard(fields: &Fields, out: &mut Vec<u8>) {
    let values = [fields.years, fields.months, fields.days];
    let below = values.iter().any(|value| *value < 0) || fields.time_is_negative();
    let time_above = fields.has_time() && !fields.time_is_negative();
    let above = values.iter().any(|value| *value > 0) || time_above;
    let year_month = fields.years != 0 || fields.months != 0;
    let day_time = fields.days != 0 || fields.has_time();
    if !below && !above {
        return out.push(b'0');
    }
    let seconds = |out: &mut Vec<u8>| {
        print(out, format_args!("{:02}", fields.seconds.abs()));
        fraction(out, fields.microseconds);
    };
    let (hours, minutes) = (fields.hours.abs(), fields.minutes.abs());
    let sign = |negative: bool| if negative { '-' } else { '+' };
    if (below && above) || (year_month && day_time) {
        let years = sign(fields.years < 0 || fields.months < 0);
        let (days, time) = (sign(fields.days < 0), sign(fields.time_is_negative()));
        let (y, m, d) = (fields.years.abs(), fields.months.abs(), fields.days.abs());
        print(out, format_args!("{years}{y}-{m} {days}{d} {time}{hours}:{minutes:02}:"));
        return seconds(out);
    }
    if below {
        out.push(b'-');
    }
    if year_month {
        print(out, format_args!("{}-{}", fields.years.abs(), fields.months.abs()));
    } else {
        if fields.days != 0 {
            print(out, format_args!("{} ", fields.days.abs()));
        }
        print(out, format_args!("{hours}:{minutes:02}:"));
        seconds(out);
    }
}

fn iso(fields: &Fields, out: &mut Vec<u8>) {
    let dates = [(fields.years, 'Y'), (fields.months, 'M'), (fields.days, 'D')];
    if dates.iter().all(|(value, _)| *value == 0) && !fields.has_time() {
        return out.extend_from_slice(b"PT0S");
    }
    out.push(b'P');
    let parts = |out: &mut Vec<u8>, parts: &[(i64, char)]| {
        for (value, letter) in parts.iter().filter(|(value, _)| *value != 0) {
            print(out, format_args!("{value}{letter}"));
        }
    };
    parts(out, &dates);
    if fields.has_time() {
        out.push(b'T');
        parts(out, &[(fields.hours, 'H'), (fields.minutes, 'M')]);
        if fields.seconds != 0 || fields.microseconds != 0 {
            let sign = if fields.seconds < 0 || fields.microseconds < 0 { "-" } else { "" };
            print(out, format_args!("{sign}{}", fields.seconds.abs()));
            fraction(out, fields.microseconds);
            out.push(b'S');
        }
    }
}
