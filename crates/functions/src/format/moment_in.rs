//! From text to moments by a template.

use super::moment::{Field, Part, is_separator, parts};
use super::moment_out::{ROMAN, iso_year_start};
use error::{Error, Result, SqlState};
use types::Style;
use types::datetime::calendar::{
    Civil, DAY, EPOCH_JULIAN, HOUR, MINUTE, MONTHS, SECOND, WEEKDAYS, date_of, days_of, month_days,
};
use types::datetime::zone::Zone;
use types::datetime::{check_date, check_timestamp, timestamp_out_of_range, timestamptz_in};

/// What was read: fields as they are named, until they are put together.
#[derive(Debug, Default)]
struct Read {
    hour: i64,
    twelve: bool,
    afternoon: bool,
    minute: i64,
    second: i64,
    of_day: i64,
    millisecond: i64,
    microsecond: i64,
    weekday: i64,
    day: i64,
    day_of_year: i64,
    month: i64,
    year: i64,
    year_digits: usize,
    before: bool,
    century: i64,
    julian: i64,
    week: i64,
    week_of_month: i64,
    iso: Option<bool>,
    zone_sign: i64,
    zone_hour: i64,
    zone_minute: i64,
    zone: Option<i32>,
}

/// A date, a time and perhaps an offset in seconds east of UTC.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) days: i64,
    pub(crate) time: i64,
    pub(crate) offset: Option<i32>,
    /// Whether the template has fields of a date, of a time.
    pub(crate) dated: bool,
    pub(crate) timed: bool,
    source: String,
}

impl Parsed {
    fn local(&self) -> Result<i64> {
        let time = self.days.checked_mul(DAY).and_then(|midnight| midnight.checked_add(self.time));
        check_timestamp(time.ok_or_else(timestamp_out_of_range)?)
    }

    /// The timestamptz, in the session's zone unless the text told another. 22008.
    pub(crate) fn timestamptz(&self, style: &Style) -> Result<i64> {
        let zone = match self.offset {
            Some(offset) => Zone::Offset(offset),
            None => Zone::Rules(style.time_zone.clone()),
        };
        timestamptz_in(self.local()?, &zone)
    }

    /// The timestamp, whatever the zone. 22008.
    pub(crate) fn timestamp(&self) -> Result<i64> {
        self.local()
    }

    /// The date. 22008.
    pub(crate) fn date(&self) -> Result<i32> {
        check_date(self.days).map_err(|_| {
            let text = format!("date out of range: \"{}\"", self.source);
            Error::new(SqlState::DATETIME_FIELD_OVERFLOW, text)
        })
    }
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_DATETIME_FORMAT, message)
}

fn set(target: &mut i64, value: i64, field: &Field) -> Result<()> {
    if *target != 0 && *target != value {
        let text = format!("conflicting values for \"{}\" field in formatting string", field.name);
        return Err(wrong(text)
            .detail("This value contradicts a previous setting for the same field type."));
    }
    *target = value;
    Ok(())
}

struct Reader<'a> {
    rest: &'a str,
    /// How many characters of the input were skipped that the template did not ask for.
    extra: i32,
    /// FX: nothing is skipped.
    exact: bool,
}

fn skip_blanks(text: &str) -> (&str, i32) {
    let trimmed = text.trim_start_matches(|c: char| c.is_ascii_whitespace());
    (trimmed, i32::try_from(text.len() - trimmed.len()).unwrap_or(0))
}

impl Reader<'_> {
    fn skip_one(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }

    /// A whole number of up to so many digits; how many there were.
    fn number(&mut self, field: &Field, width: usize, free: bool) -> Result<(i64, usize)> {
        let (trimmed, _) = skip_blanks(self.rest);
        self.rest = trimmed;
        let scope: &str = if free {
            trimmed
        } else {
            let available = trimmed.chars().count();
            if available < width {
                let text =
                    format!("source string too short for \"{}\" formatting field", field.name);
                return Err(wrong(text)
                    .detail(format!(
                        "Field requires {width} characters, but only {available} remain."
                    ))
                    .hint(
                        "If your source string is not fixed-width, try using the \"FM\" modifier.",
                    ));
            }
            let end = trimmed.char_indices().nth(width).map_or(trimmed.len(), |(at, _)| at);
            &trimmed[..end]
        };
        let (body, blanks) = skip_blanks(scope);
        let sign = usize::from(body.starts_with(['-', '+']));
        let digits = body[sign..].bytes().take_while(u8::is_ascii_digit).count();
        let used =
            if digits == 0 { 0 } else { usize::try_from(blanks).unwrap_or(0) + sign + digits };
        let invalid = || wrong(format!("invalid value \"{scope}\" for \"{}\"", field.name));
        if used == 0 {
            let shown: String = trimmed.chars().take(width).collect();
            let text = format!("invalid value \"{shown}\" for \"{}\"", field.name);
            return Err(wrong(text).detail("Value must be an integer."));
        }
        if !free && used < width {
            return Err(invalid()
                .detail(format!(
                    "Field requires {width} characters, but only {used} could be parsed."
                ))
                .hint("If your source string is not fixed-width, try using the \"FM\" modifier."));
        }
        let value = body[..sign + digits].parse::<i64>().ok().filter(|v| i32::try_from(*v).is_ok());
        let Some(value) = value else {
            let text = format!("value for \"{}\" in source string is out of range", field.name);
            return Err(Error::new(SqlState::DATETIME_FIELD_OVERFLOW, text).detail(format!(
                "Value must be in the range {} to {}.",
                i32::MIN,
                i32::MAX
            )));
        };
        self.rest = &trimmed[used..];
        Ok((value, used))
    }

    /// The index of the name that the text starts with, in any case.
    fn word(&mut self, field: &Field, names: &[&str]) -> Result<i64> {
        let found = names.iter().enumerate().find(|(_, name)| {
            self.rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
        });
        let Some((index, name)) = found else {
            let shown: String =
                self.rest.chars().take_while(|c| !c.is_ascii_whitespace()).collect();
            let text = format!("invalid value \"{shown}\" for \"{}\"", field.name);
            return Err(wrong(text).detail(
                "The given value did not match any of the allowed values for this field.",
            ));
        };
        self.rest = &self.rest[name.len()..];
        Ok(i64::try_from(index).unwrap_or(0))
    }

    fn sign(&mut self, skipped_minus: bool) -> i64 {
        match self.rest.chars().next() {
            Some(c @ ('+' | '-' | ' ')) => {
                self.skip_one();
                if c == '-' { -1 } else { 1 }
            }
            Some(_) | None if skipped_minus => -1,
            Some(_) | None => 1,
        }
    }
}

/// Whether the field's digits end by themselves: what follows in the template is no digit.
fn ends_itself(list: &[Part], index: usize, field: &Field) -> bool {
    if field.ordinal.is_some() {
        return true;
    }
    match list.get(index + 1) {
        None => true,
        Some(Part::Field(next)) => !next.is_digit(),
        Some(Part::Literal(c) | Part::Space(c) | Part::Separator(c)) => !c.is_ascii_digit(),
    }
}

/// The moment that a text tells by a template. 22007, 22008.
pub(crate) fn parse(source: &str, template: &str) -> Result<Parsed> {
    let list = parts(template);
    let mut read = Read::default();
    let mut reader = Reader { rest: source, extra: 0, exact: false };
    let (mut dated, mut timed) = (false, false);
    for (index, part) in list.iter().enumerate() {
        if reader.rest.is_empty() {
            break;
        }
        let is_field = matches!(part, Part::Field(_));
        let before = source.len() - reader.rest.len();
        if !reader.exact && (is_field || index == 0) {
            let (rest, count) = skip_blanks(reader.rest);
            reader.rest = rest;
            reader.extra += count;
        }
        match part {
            Part::Space(_) | Part::Separator(_) if reader.exact => reader.skip_one(),
            Part::Space(_) | Part::Separator(_) => {
                reader.extra -= 1;
                let next = reader.rest.chars().next();
                if next.is_some_and(|c| c.is_ascii_whitespace() || is_separator(c)) {
                    reader.skip_one();
                    reader.extra += 1;
                }
            }
            Part::Literal(_) if !reader.exact && reader.extra > 0 => reader.extra -= 1,
            Part::Literal(_) => reader.skip_one(),
            Part::Field(field) => {
                let minus = reader.extra > 0 && source[..before].ends_with('-');
                let free = field.fill || ends_itself(&list, index, field);
                let is_time = read_field(&mut reader, &mut read, field, free, minus)?;
                timed |= is_time == Some(true);
                dated |= is_time == Some(false);
                if field.ordinal.is_some() {
                    reader.skip_one();
                    reader.skip_one();
                }
                if !reader.exact {
                    let (rest, count) = skip_blanks(reader.rest);
                    reader.rest = rest;
                    reader.extra = count;
                }
            }
        }
    }
    let (days, time) = assemble(&read, source)?;
    let offset = match read.zone {
        Some(offset) => Some(offset),
        None if read.zone_sign != 0 => Some(zone_offset(&read, source)?),
        None => None,
    };
    Ok(Parsed { days, time, offset, dated, timed, source: source.to_owned() })
}

fn zone_offset(read: &Read, source: &str) -> Result<i32> {
    if !(0..=15).contains(&read.zone_hour) || !(0..60).contains(&read.zone_minute) {
        let text = format!("time zone displacement out of range: \"{source}\"");
        return Err(Error::new(SqlState::INVALID_TIME_ZONE_DISPLACEMENT_VALUE, text));
    }
    let seconds = read.zone_sign * (read.zone_hour * 3600 + read.zone_minute * 60);
    Ok(i32::try_from(seconds).unwrap_or(0))
}

/// 22007 where fields of the ISO calendar stand beside others.
fn calendar(read: &mut Read, iso: bool) -> Result<()> {
    if read.iso.is_some_and(|known| known != iso) {
        return Err(wrong("invalid combination of date conventions")
            .hint("Do not mix Gregorian and ISO week date conventions in a formatting template."));
    }
    read.iso = Some(iso);
    Ok(())
}

/// A year of few digits, near 2020.
fn near_2020(year: i64) -> i64 {
    match year {
        ..70 => year + 2000,
        70..100 => year + 1900,
        100..520 => year + 2000,
        520..1000 => year + 1000,
        _ => year,
    }
}

/// Reads one field; whether it is of the time, of the date, or neither.
#[expect(clippy::too_many_lines, reason = "one arm a field")]
fn read_field(
    reader: &mut Reader<'_>,
    read: &mut Read,
    field: &Field,
    free: bool,
    minus: bool,
) -> Result<Option<bool>> {
    let key = field.key();
    let mut number = |width: usize| reader.number(field, width, free);
    match key.as_str() {
        "FX" => reader.exact = true,
        "A.M." | "P.M." => {
            read.afternoon = reader.word(field, &["a.m.", "p.m."])? == 1;
            read.twelve = true;
        }
        "AM" | "PM" => {
            read.afternoon = reader.word(field, &["am", "pm"])? == 1;
            read.twelve = true;
        }
        "HH" | "HH12" => {
            set(&mut read.hour, number(2)?.0, field)?;
            read.twelve = true;
        }
        "HH24" => set(&mut read.hour, number(2)?.0, field)?,
        "MI" => set(&mut read.minute, number(2)?.0, field)?,
        "SS" => set(&mut read.second, number(2)?.0, field)?,
        "MS" => {
            let (value, used) = number(3)?;
            set(&mut read.millisecond, value * [1, 100, 10, 1][used.min(3)], field)?;
        }
        "US" | "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => {
            let width = key.strip_prefix("FF").and_then(|d| d.parse().ok()).unwrap_or(6);
            let (value, used) = number(width)?;
            let scale = 10i64.pow(u32::try_from(6usize.saturating_sub(used)).unwrap_or(0));
            set(&mut read.microsecond, value * scale, field)?;
        }
        "SSSS" | "SSSSS" => set(&mut read.of_day, number(field.name.len())?.0, field)?,
        "TZ" => {
            let word: String = reader.rest.chars().take_while(char::is_ascii_alphabetic).collect();
            if word.is_empty() {
                read.zone_sign = reader.sign(minus);
                read.zone_hour = reader.number(field, 2, free)?.0;
            } else {
                match types::datetime::zone::zone_of_text(&word)? {
                    Zone::Offset(seconds) => read.zone = Some(seconds),
                    Zone::Rules(_) => {
                        return Err(wrong(format!(
                            "invalid value \"{word}\" for \"{}\"",
                            field.name
                        )));
                    }
                }
                reader.rest = &reader.rest[word.len()..];
            }
            return Ok(None);
        }
        "TZH" => {
            read.zone_sign = reader.sign(minus);
            read.zone_hour = reader.number(field, 2, free)?.0;
            return Ok(None);
        }
        "TZM" => {
            read.zone_sign = if read.zone_sign == 0 { 1 } else { read.zone_sign };
            read.zone_minute = number(2)?.0;
            return Ok(None);
        }
        "OF" => {
            read.zone_sign = reader.sign(minus);
            read.zone_hour = reader.number(field, 2, false)?.0;
            if let Some(rest) = reader.rest.strip_prefix(':') {
                reader.rest = rest;
                read.zone_minute = reader.number(field, 2, false)?.0;
            }
            return Ok(None);
        }
        _ => return read_date(reader, read, field, free).map(|()| Some(false)),
    }
    Ok(Some(true))
}

fn read_date(reader: &mut Reader<'_>, read: &mut Read, field: &Field, free: bool) -> Result<()> {
    let key = field.key();
    match key.as_str() {
        "IYYY" | "IYY" | "IY" | "I" | "IW" | "ID" | "IDDD" => calendar(read, true)?,
        "A.D." | "B.C." | "AD" | "BC" | "J" | "Q" | "CC" => {}
        _ => calendar(read, false)?,
    }
    let months: Vec<&str> = MONTHS.iter().map(|month| &month[..3]).collect();
    let weekdays: Vec<&str> = WEEKDAYS.iter().map(|day| &day[..3]).collect();
    let mut number = |width: usize| reader.number(field, width, free);
    match key.as_str() {
        "A.D." | "B.C." => read.before = reader.word(field, &["a.d.", "b.c."])? == 1,
        "AD" | "BC" => read.before = reader.word(field, &["ad", "bc"])? == 1,
        "MONTH" => set(&mut read.month, reader.word(field, &MONTHS)? + 1, field)?,
        "MON" => set(&mut read.month, reader.word(field, &months)? + 1, field)?,
        "MM" => set(&mut read.month, number(2)?.0, field)?,
        "DAY" => set(&mut read.weekday, reader.word(field, &WEEKDAYS)? + 1, field)?,
        "DY" => set(&mut read.weekday, reader.word(field, &weekdays)? + 1, field)?,
        "DDD" | "IDDD" => set(&mut read.day_of_year, number(3)?.0, field)?,
        "DD" => set(&mut read.day, number(2)?.0, field)?,
        "D" => set(&mut read.weekday, number(1)?.0, field)?,
        "ID" => {
            let day = number(1)?.0 + 1;
            set(&mut read.weekday, if day > 7 { 1 } else { day }, field)?;
        }
        "WW" | "IW" => set(&mut read.week, number(2)?.0, field)?,
        "Q" => {
            number(1)?;
        }
        "CC" => set(&mut read.century, number(2)?.0, field)?,
        "Y,YYY" => {
            let parsed = reader.rest.split_once(',').and_then(|(thousands, rest)| {
                let digits = rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
                let low = rest[..digits].parse::<i64>().ok()?;
                Some((thousands.trim().parse::<i64>().ok()? * 1000 + low, &rest[digits..]))
            });
            let Some((year, rest)) = parsed else {
                return Err(wrong("invalid input string for \"Y,YYY\""));
            };
            reader.rest = rest;
            set(&mut read.year, year, field)?;
            read.year_digits = 4;
        }
        "YYYY" | "IYYY" => {
            set(&mut read.year, number(4)?.0, field)?;
            read.year_digits = 4;
        }
        "YYY" | "IYY" | "YY" | "IY" | "Y" | "I" => {
            let width = field.name.len();
            let (year, used) = number(width)?;
            let year = if used < 4 { near_2020(year) } else { year };
            set(&mut read.year, year, field)?;
            read.year_digits = width;
        }
        "RM" => {
            let mut names: Vec<&str> = ROMAN.to_vec();
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
            let found = reader.word(field, &names)?;
            let name = names[usize::try_from(found).unwrap_or(0)];
            let month = ROMAN.iter().position(|known| *known == name).unwrap_or(0) + 1;
            set(&mut read.month, i64::try_from(month).unwrap_or(1), field)?;
        }
        "W" => set(&mut read.week_of_month, number(1)?.0, field)?,
        "J" => set(&mut read.julian, number(1)?.0, field)?,
        _ => {}
    }
    Ok(())
}

/// The year, as the calendar counts it: 0 is 1 BC.
fn year_of(read: &Read) -> i64 {
    let century = if read.before { -read.century } else { read.century };
    if read.year != 0 {
        if read.century != 0 && read.year_digits <= 2 {
            let year = read.year % 100;
            return match (year, century >= 0) {
                (0, true) => century * 100,
                (0, false) => century * 100 + 1,
                (year, true) => year + (century - 1) * 100,
                (year, false) => (century + 1) * 100 - year + 1,
            };
        }
        let year = if read.before { -read.year } else { read.year };
        return if year < 0 { year + 1 } else { year };
    }
    if read.century != 0 {
        return if century >= 0 { (century - 1) * 100 + 1 } else { century * 100 + 1 };
    }
    0
}

/// Days and microseconds of the fields. 22007, 22008.
fn assemble(read: &Read, source: &str) -> Result<(i64, i64)> {
    let range = || {
        let text = format!("date/time field value out of range: \"{source}\"");
        Error::new(SqlState::DATETIME_FIELD_OVERFLOW, text)
    };
    let (mut hour, mut minute, mut second) = (read.hour, read.minute, read.second);
    if read.of_day != 0 {
        (hour, minute, second) = (read.of_day / 3600, read.of_day / 60 % 60, read.of_day % 60);
    }
    if read.twelve {
        if !(1..=12).contains(&hour) {
            return Err(wrong(format!("hour \"{hour}\" is invalid for the 12-hour clock"))
                .hint("Use the 24-hour clock, or give an hour between 1 and 12."));
        }
        hour = hour % 12 + if read.afternoon { 12 } else { 0 };
    }
    let (mut year, mut month, mut day) = (year_of(read), 1, 1);
    let iso = read.iso == Some(true);
    let mut day_of_year = read.day_of_year;
    if read.julian != 0 {
        (year, month, day) = date_of(read.julian - EPOCH_JULIAN);
    }
    if read.week != 0 {
        if iso {
            let monday = iso_year_start(year) + (read.week - 1) * 7;
            let weekday = if read.weekday == 0 { 0 } else { (read.weekday + 5) % 7 };
            (year, month, day) = date_of(monday + weekday);
        } else {
            day_of_year = (read.week - 1) * 7 + 1;
        }
    }
    if read.week_of_month != 0 {
        day = (read.week_of_month - 1) * 7 + 1;
    }
    day = if read.day == 0 { day } else { read.day };
    month = if read.month == 0 { month } else { read.month };
    if day_of_year != 0 && (month <= 1 || day <= 1) {
        if year == 0 && !read.before {
            return Err(wrong("cannot calculate day of year without year information"));
        }
        let start = if iso { iso_year_start(year) } else { days_of(year, 1, 1) };
        if !iso && !(1..=366).contains(&day_of_year) {
            return Err(range());
        }
        (year, month, day) = date_of(start + day_of_year - 1);
    }
    // No year told at all is 1 BC, as PostgreSQL has it.
    if !(1..=12).contains(&month) || day < 1 || day > month_days(year, month) {
        return Err(range());
    }
    let micros = read.millisecond * 1000 + read.microsecond;
    if !(0..24).contains(&hour)
        || !(0..60).contains(&minute)
        || !(0..60).contains(&second)
        || !(0..SECOND).contains(&micros)
    {
        return Err(range());
    }
    let civil = Civil { year, month, day, ..Civil::default() };
    Ok((civil.days(), hour * HOUR + minute * MINUTE + second * SECOND + micros))
}
