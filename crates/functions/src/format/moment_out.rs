//! From moments and intervals to text.

use super::moment::{Field, Part, parts};
use super::ordinal;
use error::{Error, Result, SqlState};
use types::Interval;
use types::datetime::calendar::{
    Civil, EPOCH_JULIAN, HOUR, MINUTE, MONTHS, SECOND, WEEKDAYS, name_at, weekday_of,
};

/// What fields are taken from.
pub(super) struct Moment {
    civil: Civil,
    days: i64,
    day_of_year: i64,
    zone: String,
    offset: i32,
    interval: bool,
}

impl Moment {
    /// Of a local time with its zone's abbreviation and seconds east of UTC.
    pub(super) fn of_civil(civil: &Civil, zone: &str, offset: i32) -> Self {
        Self {
            civil: *civil,
            days: civil.days(),
            day_of_year: civil.day_of_year(),
            zone: zone.to_owned(),
            offset,
            interval: false,
        }
    }
}

/// Of an interval: years, months and days as they are, the rest in hours.
pub(super) fn of_interval(span: Interval) -> Moment {
    let micros = span.microseconds;
    let (year, month) = (i64::from(span.months / 12), i64::from(span.months % 12));
    let day = i64::from(span.days);
    let civil = Civil {
        year,
        month,
        day,
        hour: micros / HOUR,
        minute: micros / MINUTE % 60,
        second: micros / SECOND % 60,
        microsecond: micros % SECOND,
    };
    let day_of_year = (year * 12 + month) * 30 + day;
    Moment { civil, days: 0, day_of_year, zone: String::new(), offset: 0, interval: true }
}

/// The text of a moment by a template. 22007 for what intervals do not have.
pub(super) fn format(moment: &Moment, template: &str) -> Result<String> {
    let mut out = String::new();
    for part in parts(template) {
        match part {
            Part::Literal(c) | Part::Space(c) | Part::Separator(c) => out.push(c),
            Part::Field(field) => {
                let text = text(moment, &field)?;
                let numeric = text.bytes().any(|b| b.is_ascii_digit());
                out.push_str(&text);
                if let Some(upper) = field.ordinal
                    && numeric
                {
                    out.push_str(ordinal(&text, upper));
                }
            }
        }
    }
    Ok(out)
}

#[cold]
fn not_for_intervals() -> Error {
    Error::new(
        SqlState::INVALID_DATETIME_FORMAT,
        "invalid format specification for an interval value",
    )
    .hint("Intervals are not tied to specific calendar dates.")
}

/// A number filled up with zeros, a sign apart.
fn padded(value: i64, width: usize, field: &Field) -> String {
    let width = if field.fill { 0 } else { width + usize::from(value < 0) };
    format!("{value:0width$}")
}

/// A number filled up with zeros, a sign counted.
fn plain(value: i64, width: usize, field: &Field) -> String {
    let width = if field.fill { 0 } else { width };
    format!("{value:0width$}")
}

fn name(text: &str, width: usize, field: &Field) -> String {
    let cased = if field.name.starts_with(|c: char| c.is_ascii_lowercase()) {
        text.to_ascii_lowercase()
    } else if field.name.chars().nth(1).is_some_and(|c| c.is_ascii_lowercase()) {
        text.to_owned()
    } else {
        text.to_ascii_uppercase()
    };
    let width = if field.fill { 0 } else { width };
    format!("{cased:width$}")
}

#[expect(clippy::too_many_lines, reason = "one arm a field")]
fn text(moment: &Moment, field: &Field) -> Result<String> {
    let civil = &moment.civil;
    let key = field.key();
    let dated = || if moment.interval { Err(not_for_intervals()) } else { Ok(()) };
    let case = |upper: &str| {
        if field.name.starts_with(|c: char| c.is_ascii_lowercase()) {
            upper.to_ascii_lowercase()
        } else {
            upper.to_owned()
        }
    };
    let shown_year = |year: i64| if moment.interval || year > 0 { year } else { 1 - year };
    let half_day = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    let weekday = weekday_of(moment.days);
    Ok(match key.as_str() {
        "A.M." | "P.M." => case(if civil.hour % 24 >= 12 { "P.M." } else { "A.M." }),
        "AM" | "PM" => case(if civil.hour % 24 >= 12 { "PM" } else { "AM" }),
        "HH" | "HH12" => {
            padded(if civil.hour < 0 && civil.hour % 12 == 0 { 12 } else { half_day }, 2, field)
        }
        "HH24" => padded(civil.hour, 2, field),
        "MI" => padded(civil.minute, 2, field),
        "SS" => padded(civil.second, 2, field),
        "FF1" => format!("{:01}", civil.microsecond / 100_000),
        "FF2" => format!("{:02}", civil.microsecond / 10_000),
        "FF3" | "MS" => format!("{:03}", civil.microsecond / 1000),
        "FF4" => format!("{:04}", civil.microsecond / 100),
        "FF5" => format!("{:05}", civil.microsecond / 10),
        "FF6" | "US" => format!("{:06}", civil.microsecond),
        "SSSS" | "SSSSS" => (civil.hour * 3600 + civil.minute * 60 + civil.second).to_string(),
        "TZ" => {
            dated()?;
            case(&moment.zone)
        }
        "TZH" => {
            dated()?;
            format!(
                "{}{:02}",
                if moment.offset < 0 { '-' } else { '+' },
                moment.offset.abs() / 3600
            )
        }
        "TZM" => {
            dated()?;
            format!("{:02}", moment.offset.abs() % 3600 / 60)
        }
        "OF" => {
            dated()?;
            let width = if field.fill { 0 } else { 2 };
            let minutes = moment.offset.abs() % 3600 / 60;
            let tail =
                if moment.offset % 3600 == 0 { String::new() } else { format!(":{minutes:02}") };
            format!(
                "{}{:0width$}{tail}",
                if moment.offset < 0 { '-' } else { '+' },
                moment.offset.abs() / 3600
            )
        }
        "A.D." | "B.C." => {
            dated()?;
            case(if civil.year <= 0 { "B.C." } else { "A.D." })
        }
        "AD" | "BC" => {
            dated()?;
            case(if civil.year <= 0 { "BC" } else { "AD" })
        }
        "MONTH" => {
            dated()?;
            name(name_at(&MONTHS, civil.month - 1), 9, field)
        }
        "MON" => {
            dated()?;
            name(&name_at(&MONTHS, civil.month - 1)[..3], 0, field)
        }
        "MM" => padded(civil.month, 2, field),
        "DAY" => {
            dated()?;
            name(name_at(&WEEKDAYS, weekday), 9, field)
        }
        "DY" => {
            dated()?;
            name(&name_at(&WEEKDAYS, weekday)[..3], 0, field)
        }
        "DDD" => plain(moment.day_of_year, 3, field),
        "IDDD" => {
            let (year, _) = civil.iso_week();
            plain(moment.days - iso_year_start(year) + 1, 3, field)
        }
        "DD" => plain(civil.day, 2, field),
        "D" => {
            dated()?;
            (weekday + 1).to_string()
        }
        "ID" => {
            dated()?;
            (if weekday == 0 { 7 } else { weekday }).to_string()
        }
        "WW" => plain((moment.day_of_year - 1) / 7 + 1, 2, field),
        "IW" => plain(civil.iso_week().1, 2, field),
        "Q" if civil.month == 0 => String::new(),
        "Q" => ((civil.month - 1) / 3 + 1).to_string(),
        "CC" => {
            let century = match civil.year {
                year if moment.interval => year / 100,
                year if year > 0 => (year - 1) / 100 + 1,
                year => year / 100 - 1,
            };
            padded(century, 2, field)
        }
        "Y,YYY" => {
            let year = shown_year(civil.year);
            format!("{},{:03}", year / 1000, year % 1000)
        }
        "YYYY" => padded(shown_year(civil.year), 4, field),
        "YYY" => padded(shown_year(civil.year) % 1000, 3, field),
        "YY" => padded(shown_year(civil.year) % 100, 2, field),
        "Y" => padded(shown_year(civil.year) % 10, 1, field),
        "IYYY" => padded(shown_year(civil.iso_week().0), 4, field),
        "IYY" => padded(shown_year(civil.iso_week().0) % 1000, 3, field),
        "IY" => padded(shown_year(civil.iso_week().0) % 100, 2, field),
        "I" => padded(shown_year(civil.iso_week().0) % 10, 1, field),
        "RM" => roman_month(civil, field),
        "W" => ((civil.day - 1) / 7 + 1).to_string(),
        "J" => (moment.days + EPOCH_JULIAN).to_string(),
        _ => String::new(),
    })
}

/// The first day of an ISO year: the Monday of the week with January 4.
pub(super) fn iso_year_start(year: i64) -> i64 {
    let fourth = types::datetime::calendar::days_of(year, 1, 4);
    fourth - (weekday_of(fourth) + 6) % 7
}

pub(super) const ROMAN: [&str; 12] =
    ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

fn roman_month(civil: &Civil, field: &Field) -> String {
    let index = match civil.month {
        0 if civil.year == 0 => return String::new(),
        0 => {
            if civil.year >= 0 {
                11
            } else {
                0
            }
        }
        month if month < 0 => 12 + month,
        month => month - 1,
    };
    let text =
        usize::try_from(index).ok().and_then(|index| ROMAN.get(index)).copied().unwrap_or("");
    let cased = if field.name == "rm" { text.to_ascii_lowercase() } else { text.to_owned() };
    let width = if field.fill { 0 } else { 4 };
    format!("{cased:width$}")
}
