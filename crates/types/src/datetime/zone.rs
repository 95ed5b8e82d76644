//! Time zones: names, abbreviations, offsets, POSIX rules.

use super::calendar::{Civil, DAY, SECOND, UNIX_EPOCH_DAYS};
use error::{Error, Result, SqlState};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Seconds in 400 years, after which rules and weekdays repeat.
const CYCLE_SECONDS: i64 = 146_097 * 86_400;
/// What jiff computes with, in seconds since 1970, with a day's margin: years -9999 to 9999.
const UNIX_MIN: i64 = -377_705_000_000;
const UNIX_MAX: i64 = 253_402_100_000;

/// Seconds east of UTC of the fixed abbreviations (`PST`, `CEST`), and whether they are summer time.
static ABBREVIATIONS: LazyLock<HashMap<String, i32>> = LazyLock::new(|| {
    let rows = include_str!("../../data/timezone_abbreviations.tsv").lines().skip(1);
    rows.filter_map(|row| {
        let mut fields = row.split('\t');
        Some((fields.next()?.to_ascii_lowercase(), fields.next()?.parse().ok()?))
    })
    .collect()
});

/// Seconds east of UTC of an abbreviation in lower case.
pub(crate) fn abbreviation(word: &str) -> Option<i32> {
    ABBREVIATIONS.get(word).copied()
}

/// A zone by its name in the tz database (in any case) or POSIX rule, and the name as it is spelled there.
pub fn zone_named(name: &str) -> Option<(TimeZone, String)> {
    if name.is_empty() || name.len() > 255 {
        return None;
    }
    if name.eq_ignore_ascii_case("utc") {
        return Some((TimeZone::UTC, "UTC".to_owned()));
    }
    if name.eq_ignore_ascii_case("gmt") {
        return jiff::tz::db().get("GMT").ok().map(|zone| (zone, "GMT".to_owned()));
    }
    if let Ok(zone) = jiff::tz::db().get(name) {
        let canonical = zone.iana_name().unwrap_or(name).to_owned();
        return Some((zone, canonical));
    }
    posix(name).map(|zone| (zone, name.to_owned()))
}

/// A POSIX rule: `EST5EDT,M3.2.0,M11.1.0`; without dates the rules of the United States hold, as in PostgreSQL.
fn posix(rule: &str) -> Option<TimeZone> {
    // A bare word is no rule: an offset must follow the name.
    if !rule.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let upper = rule.to_ascii_uppercase();
    if let Ok(zone) = TimeZone::posix(&upper) {
        return Some(zone);
    }
    if let Ok(zone) = TimeZone::posix(&format!("{upper},M3.2.0,M11.1.0")) {
        return Some(zone);
    }
    // PostgreSQL takes names of any length, or none; only how the zone is shown depends on them.
    let (_, offset, rest) = posix_parts(&upper)?;
    if rest.is_empty() {
        return TimeZone::posix(&format!("<AAA>{offset}")).ok();
    }
    let (_, rules) = posix_name(rest);
    let dates = if rules.contains(',') { "" } else { ",M3.2.0,M11.1.0" };
    TimeZone::posix(&format!("<AAA>{offset}<BBB>{rules}{dates}")).ok()
}

/// A name at the start of a POSIX rule, and what follows it.
fn posix_name(rule: &str) -> (&str, &str) {
    if let Some((name, rest)) = rule.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        return (name, rest);
    }
    let end = rule.find(|c: char| c.is_ascii_digit() || matches!(c, ',' | '-' | '+'));
    rule.split_at(end.unwrap_or(rule.len()))
}

/// The seconds west of UTC of a POSIX rule, the text of them, and what follows.
fn posix_parts(rule: &str) -> Option<(i32, &str, &str)> {
    let (_, start) = posix_name(rule);
    let digits = start.strip_prefix(['-', '+']).unwrap_or(start);
    let sign = if start.starts_with('-') { -1 } else { 1 };
    let (mut rest, mut total) = (digits, 0);
    for (unit, limit) in [(3600, 24 * 7 - 1), (60, 59), (1, 60)] {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: i32 = rest[..end].parse().ok().filter(|number| *number <= limit)?;
        total += number * unit;
        rest = &rest[end..];
        match rest.strip_prefix(':') {
            Some(after) if unit > 1 => rest = after,
            Some(_) | None => break,
        }
    }
    Some((sign * total, &start[..start.len() - rest.len()], rest))
}

/// A zone of a fixed count of seconds east of UTC, and its name as SHOW prints it (`<+02>-02`).
pub fn zone_of_offset(seconds: i32) -> Option<(TimeZone, String)> {
    let zone = TimeZone::fixed(Offset::from_seconds(seconds).ok()?);
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    let digits =
        if minutes == 0 { format!("{hours:02}") } else { format!("{hours:02}:{minutes:02}") };
    let (sign, other) = if seconds < 0 { ('-', '+') } else { ('+', '-') };
    Some((zone, format!("<{sign}{digits}>{other}{digits}")))
}

/// What SET TIME ZONE and the setting TimeZone accept as text: a name, a POSIX rule, hours east of UTC (`2`, `-3.5`).
/// The zone and what SHOW prints; 22023.
pub fn set_time_zone(value: &str) -> Result<(TimeZone, String)> {
    let found = match value.trim().parse::<f64>() {
        Ok(hours) if hours.abs() < 25.0 => {
            #[expect(clippy::cast_possible_truncation, reason = "it is within 25 hours")]
            let seconds = (hours * 3600.0).round() as i32;
            zone_of_offset(seconds)
        }
        Ok(_) => None,
        // A clock time without a name is a POSIX offset, which counts to the west.
        Err(_) => {
            match super::decode::offset_text(&format!("+{}", value.trim_start_matches(['+', '-'])))
            {
                Some(seconds)
                    if value.contains(':')
                        && value
                            .starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') =>
                {
                    let west = if value.starts_with('-') { seconds } else { -seconds };
                    zone_of_offset(west).map(|(zone, _)| (zone, value.to_owned()))
                }
                Some(_) | None => zone_named(value),
            }
        }
    };
    found.ok_or_else(|| {
        Error::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("invalid value for parameter \"TimeZone\": \"{value}\""),
        )
    })
}

/// Seconds east of UTC at a time in microseconds since 2000-01-01 UTC.
pub fn offset_at(zone: &TimeZone, time: i64) -> i32 {
    jiff::Timestamp::from_second(unix_seconds(time))
        .map_or(0, |timestamp| zone.to_offset(timestamp).seconds())
}

/// The abbreviation and whether it is summer time at a time in microseconds since 2000-01-01 UTC.
pub fn abbreviation_at(zone: &TimeZone, time: i64) -> (String, bool) {
    let Ok(timestamp) = jiff::Timestamp::from_second(unix_seconds(time)) else {
        return (String::new(), false);
    };
    let info = zone.to_offset_info(timestamp);
    (info.abbreviation().to_owned(), info.dst().is_dst())
}

fn unix_seconds(time: i64) -> i64 {
    into_range(time.div_euclid(SECOND) + UNIX_EPOCH_DAYS * (DAY / SECOND))
}

/// Beyond the years of jiff, the same time in another cycle of 400 years.
fn into_range(mut seconds: i64) -> i64 {
    if seconds > UNIX_MAX {
        seconds = UNIX_MAX - CYCLE_SECONDS + (seconds - UNIX_MAX) % CYCLE_SECONDS;
    }
    seconds.max(UNIX_MIN)
}

/// Seconds east of UTC of a local time. In the gap before summer time that of before, in the hour that comes twice
/// that of after.
pub fn offset_of_local(zone: &TimeZone, local: &Civil) -> i32 {
    if let Some(fixed) = zone.to_fixed_offset().ok().map(Offset::seconds) {
        return fixed;
    }
    let mut year = local.year;
    if year > 9998 {
        year = 9600 + year % 400 - 400;
    }
    let year = year.max(-9998);
    let narrow = |value: i64| i8::try_from(value).unwrap_or(1);
    let Ok(civil) = jiff::civil::DateTime::new(
        i16::try_from(year).unwrap_or(2000),
        narrow(local.month),
        narrow(local.day.min(super::calendar::month_days(year, local.month))),
        narrow(local.hour.min(23)),
        narrow(local.minute),
        narrow(local.second.min(59)),
        0,
    ) else {
        return 0;
    };
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.seconds(),
        AmbiguousOffset::Gap { before, .. } => before.seconds(),
        AmbiguousOffset::Fold { after, .. } => after.seconds(),
    }
}

/// The offset in seconds east of UTC of a zone as a value names it: an abbreviation, else a name at a local time.
/// 22023 for an unknown one.
#[derive(Debug, Clone)]
pub enum Zone {
    /// So many seconds east of UTC.
    Offset(i32),
    /// By the rules of a zone.
    Rules(TimeZone),
}

/// The zone that a text argument of timezone() and AT TIME ZONE names. 22023.
pub fn zone_of_text(name: &str) -> Result<Zone> {
    let lower = name.to_ascii_lowercase();
    if let Some(offset) = abbreviation(&lower) {
        return Ok(Zone::Offset(offset));
    }
    if let Some(offset) = super::decode::offset_text(&lower) {
        // Without a colon or sign rules it is a POSIX zone, whose sign is reversed.
        return Ok(Zone::Offset(-offset));
    }
    match zone_named(name) {
        Some((zone, _)) => Ok(Zone::Rules(zone)),
        None => match posix_parts(name) {
            // Further from UTC than a zone with rules can be.
            Some((west, _, "")) => Ok(Zone::Offset(-west)),
            Some(_) | None => Err(unknown(name)),
        },
    }
}

#[cold]
pub(crate) fn unknown(name: &str) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, format!("time zone \"{name}\" not recognized"))
}

impl Zone {
    /// Seconds east of UTC at a time in microseconds since 2000-01-01 UTC.
    pub fn offset_at(&self, time: i64) -> i32 {
        match self {
            Self::Offset(seconds) => *seconds,
            Self::Rules(zone) => offset_at(zone, time),
        }
    }

    /// Seconds east of UTC of a local time.
    pub fn offset_of_local(&self, local: &Civil) -> i32 {
        match self {
            Self::Offset(seconds) => *seconds,
            Self::Rules(zone) => offset_of_local(zone, local),
        }
    }
}
