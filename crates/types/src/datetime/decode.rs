//! Dates and times from text, as leniently as PostgreSQL reads them.
//!
//! The text is cut into fields by their look; each field then takes the first meaning that is still missing: a word is
//! a month, a zone, AM or BC ...; a number's meaning depends on its length, on what is known already and on DateStyle.

use super::calendar::{Civil, date_of, days_of, month_days};
use super::fields::{Field, Look, cut};
use super::zone::{self, Zone};
use crate::{DateOrder, Style};
use error::{Error, Result, SqlState};

/// Why a text is no date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 22007
    Format,
    /// 22008
    Range,
    /// 22008, where another DateStyle may help
    DateRange,
    /// 22009
    Displacement,
    /// 22023
    UnknownZone(String),
    /// 22015
    IntervalRange,
}

impl Fault {
    /// The error of a fault in the text of a type.
    #[cold]
    pub(crate) fn error(self, kind: &str, source: &str) -> Error {
        let range = format!("date/time field value out of range: \"{source}\"");
        match self {
            Self::Format => Error::new(
                SqlState::INVALID_DATETIME_FORMAT,
                format!("invalid input syntax for type {kind}: \"{source}\""),
            ),
            Self::Range => Error::new(SqlState::DATETIME_FIELD_OVERFLOW, range),
            Self::DateRange => Error::new(SqlState::DATETIME_FIELD_OVERFLOW, range)
                .hint("Perhaps you need a different \"DateStyle\" setting."),
            Self::Displacement => Error::new(
                SqlState::INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                format!("time zone displacement out of range: \"{source}\""),
            ),
            Self::UnknownZone(name) => zone::unknown(&name),
            Self::IntervalRange => Error::new(
                SqlState::INTERVAL_FIELD_OVERFLOW,
                format!("interval field value out of range: \"{source}\""),
            ),
        }
    }
}

pub(crate) type Parsed<T> = std::result::Result<T, Fault>;

/// What a text says.
#[derive(Debug, Clone)]
pub(crate) enum Moment {
    /// A date and time, perhaps with a zone.
    Local(Civil, Option<Zone>),
    /// 'now': the transaction's start.
    Now,
    /// 'epoch'.
    Epoch,
    /// 'infinity'.
    Late,
    /// '-infinity'.
    Early,
}

// Which fields are known: one bit each.
const YEAR: u16 = 1;
const MONTH: u16 = 2;
const DAY: u16 = 4;
const DATE: u16 = YEAR | MONTH | DAY;
const TIME: u16 = 8;
const ZONE: u16 = 16;
const DAY_OF_YEAR: u16 = 32;
const SUMMER: u16 = 64;
const HALF_DAY: u16 = 128;
const ERA: u16 = 256;
const WEEKDAY: u16 = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Early,
    Late,
    Epoch,
    Now,
    /// Days from today.
    Today(i64),
    Zulu,
    Month(i64),
    Weekday,
    Afternoon(bool),
    Christ(bool),
    Ignored,
    Julian,
    TimeFollows,
    Summer,
    Unit,
}

/// Keywords count to ten letters.
fn word_of(text: &str) -> Option<Word> {
    let text = text.get(..10).unwrap_or(text);
    Some(match text {
        "-infinity" => Word::Early,
        "infinity" | "+infinity" => Word::Late,
        "epoch" => Word::Epoch,
        "now" => Word::Now,
        "today" => Word::Today(0),
        "tomorrow" => Word::Today(1),
        "yesterday" => Word::Today(-1),
        "allballs" => Word::Zulu,
        "am" => Word::Afternoon(false),
        "pm" => Word::Afternoon(true),
        "ad" => Word::Christ(false),
        "bc" => Word::Christ(true),
        "at" | "on" => Word::Ignored,
        "j" | "jd" | "julian" => Word::Julian,
        "t" => Word::TimeFollows,
        "dst" => Word::Summer,
        "d" | "dow" | "doy" | "h" | "isodow" | "isoyear" | "m" | "mm" | "s" | "y" => Word::Unit,
        "mon" | "monday" | "tue" | "tues" | "tuesday" | "wed" | "weds" | "wednesday" | "thu"
        | "thur" | "thurs" | "thursday" | "fri" | "friday" | "sat" | "saturday" | "sun"
        | "sunday" => Word::Weekday,
        _ => Word::Month(month_named(text)?),
    })
}

fn month_named(text: &str) -> Option<i64> {
    Some(match text {
        "jan" | "january" => 1,
        "feb" | "february" => 2,
        "mar" | "march" => 3,
        "apr" | "april" => 4,
        "may" => 5,
        "jun" | "june" => 6,
        "jul" | "july" => 7,
        "aug" | "august" => 8,
        "sep" | "sept" | "september" => 9,
        "oct" | "october" => 10,
        "nov" | "november" => 11,
        "dec" | "december" => 12,
        _ => return None,
    })
}

/// What a unit or prefix asks of the field that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    None,
    Julian,
    Time,
    Other,
}

#[derive(Debug, Clone)]
enum NamedZone {
    None,
    Zone(Zone),
    Summer,
}

struct Decoder<'a> {
    style: &'a Style,
    known: u16,
    civil: Civil,
    day_of_year: i64,
    two_digits: bool,
    text_month: bool,
    julian: bool,
    afternoon: Option<bool>,
    before_christ: bool,
    zone: NamedZone,
    pending: Pending,
    special: Option<Moment>,
    /// Whether only a time is wanted: dates are tolerated, not needed.
    time_only: bool,
}

/// A date with or without a time; `Moment::Local` has the fields checked.
pub(crate) fn date_time(source: &str, style: &Style) -> Parsed<Moment> {
    decode(source, style, false)
}

/// A time of day, perhaps with a zone, for which a date may be needed.
pub(crate) fn time_of_day(source: &str, style: &Style) -> Parsed<(Moment, bool)> {
    let mut decoder = Decoder::new(style, true);
    let moment = decoder.run(source)?;
    Ok((moment, decoder.known & DATE == DATE))
}

fn decode(source: &str, style: &Style, time_only: bool) -> Parsed<Moment> {
    Decoder::new(style, time_only).run(source)
}

impl<'a> Decoder<'a> {
    fn new(style: &'a Style, time_only: bool) -> Self {
        Self {
            style,
            known: 0,
            civil: Civil::default(),
            day_of_year: 0,
            two_digits: false,
            text_month: false,
            julian: false,
            afternoon: None,
            before_christ: false,
            zone: NamedZone::None,
            pending: Pending::None,
            special: None,
            time_only,
        }
    }

    fn run(&mut self, source: &str) -> Parsed<Moment> {
        let fields = cut(source, |word| word_of(word).is_some()).ok_or(Fault::Format)?;
        if fields.is_empty() {
            return Err(Fault::Format);
        }
        for (index, field) in fields.iter().enumerate() {
            let found = self.field(field, index, &fields)?;
            if found & self.known != 0 {
                return Err(Fault::Format);
            }
            self.known |= found;
        }
        if self.pending != Pending::None {
            return Err(Fault::Format);
        }
        if let Some(special) = self.special.take() {
            return Ok(special);
        }
        self.finish()
    }

    fn field(&mut self, field: &Field, index: usize, fields: &[Field]) -> Parsed<u16> {
        let text = field.text.as_str();
        match field.look {
            Look::Date => self.date_field(text, index, fields),
            Look::Time => {
                if self.pending == Pending::Time {
                    self.pending = Pending::None;
                } else if self.pending != Pending::None {
                    return Err(Fault::Format);
                }
                self.time(text)
            }
            Look::Zone => {
                self.zone = NamedZone::Zone(Zone::Offset(offset(text)?));
                Ok(ZONE)
            }
            Look::Number => self.number_field(text, index, fields),
            Look::Word | Look::Special => self.word(text),
        }
    }

    fn date_field(&mut self, text: &str, index: usize, fields: &[Field]) -> Parsed<u16> {
        if self.pending == Pending::Julian {
            // A Julian day with its zone attached: J2451187-08.
            let end = text.find(['+', '-']).ok_or(Fault::Format)?;
            self.pending = Pending::None;
            self.julian_day(&text[..end])?;
            self.zone = NamedZone::Zone(Zone::Offset(offset(&text[end..])?));
            return Ok(DATE | TIME | ZONE);
        }
        let has_date = self.known & (MONTH | DAY) == MONTH | DAY;
        let date_follows = index == 0
            && fields.len() >= 2
            && (fields[fields.len() - 1].look == Look::Date || fields[1].look == Look::Time);
        let take_date = if self.time_only { date_follows } else { !has_date };
        if self.pending == Pending::None && take_date {
            return self.date(text);
        }
        if text.as_bytes()[0].is_ascii_digit() || self.pending != Pending::None {
            if self.pending == Pending::Time {
                self.pending = Pending::None;
            } else if self.pending != Pending::None {
                return Err(Fault::Format);
            }
            if self.known & TIME != 0 {
                return Err(Fault::Format);
            }
            let end = text.find('-').ok_or(Fault::Format)?;
            self.zone = NamedZone::Zone(Zone::Offset(offset(&text[end..])?));
            let extra = if self.time_only { DATE } else { 0 };
            return Ok(self.run_together(&text[..end], self.known | extra)? | ZONE);
        }
        self.zone = NamedZone::Zone(named(text)?);
        Ok(ZONE)
    }

    fn number_field(&mut self, text: &str, index: usize, fields: &[Field]) -> Parsed<u16> {
        match self.pending {
            Pending::None => {}
            Pending::Julian => {
                self.pending = Pending::None;
                return self.julian_day(text);
            }
            Pending::Time => {
                self.pending = Pending::None;
                let found = self.run_together(text, self.known | DATE)?;
                return if found == TIME { Ok(found) } else { Err(Fault::Format) };
            }
            Pending::Other => return Err(Fault::Format),
        }
        let whole = text.find('.');
        if self.time_only {
            return match whole {
                Some(_)
                    if index == 0
                        && fields.len() >= 2
                        && fields[fields.len() - 1].look == Look::Date =>
                {
                    self.date(text)
                }
                Some(whole) if whole > 2 => self.run_together(text, self.known | DATE),
                Some(_) => Err(Fault::Format),
                None if text.len() > 4 => self.run_together(text, self.known | DATE),
                None => self.number(text, self.known | DATE),
            };
        }
        match whole {
            Some(_) if self.known & DATE == 0 => self.date(text),
            Some(whole) if whole > 2 => self.run_together(text, self.known),
            None if text.len() >= 6 && (self.known & DATE == 0 || self.known & TIME == 0) => {
                self.run_together(text, self.known)
            }
            Some(_) | None => self.number(text, self.known),
        }
    }

    fn julian_day(&mut self, text: &str) -> Parsed<u16> {
        let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
        let day: i64 = whole.parse().map_err(|_| Fault::Range)?;
        if !(0..=i64::from(i32::MAX)).contains(&day) {
            return Err(Fault::Range);
        }
        let (year, month, day) = date_of(day - super::calendar::EPOCH_JULIAN);
        self.civil = Civil { year, month, day, ..self.civil };
        self.julian = true;
        if fraction.is_empty() {
            return Ok(DATE);
        }
        let part: f64 = format!("0{fraction}").parse().map_err(|_| Fault::Format)?;
        #[expect(clippy::cast_possible_truncation, reason = "it is less than a day")]
        let time = Civil::of_day_time((part * super::calendar::DAY as f64).round() as i64);
        self.civil = Civil { year, month, day, ..time };
        Ok(DATE | TIME)
    }

    fn word(&mut self, text: &str) -> Parsed<u16> {
        if let Some(seconds) = zone::abbreviation(text) {
            self.zone = NamedZone::Zone(Zone::Offset(seconds));
            return Ok(ZONE);
        }
        match word_of(text) {
            Some(word) => self.keyword(word),
            None => {
                self.zone = NamedZone::Zone(named(text).map_err(|_| Fault::Format)?);
                Ok(ZONE)
            }
        }
    }

    fn keyword(&mut self, word: Word) -> Parsed<u16> {
        let mut special = |moment| {
            self.special = Some(moment);
            Ok(DATE | TIME | ZONE)
        };
        match word {
            Word::Early => special(Moment::Early),
            Word::Late => special(Moment::Late),
            Word::Epoch => special(Moment::Epoch),
            Word::Now => special(Moment::Now),
            Word::Today(days) => {
                let today = super::local_now(self.style);
                let (year, month, day) = date_of(today.days() + days);
                self.civil = Civil { year, month, day, ..self.civil };
                Ok(DATE)
            }
            Word::Zulu => {
                self.zone = NamedZone::Zone(Zone::Offset(0));
                Ok(TIME | ZONE)
            }
            Word::Month(month) => {
                let mut found = MONTH;
                if self.known & MONTH != 0
                    && !self.text_month
                    && self.known & DAY == 0
                    && (1..=31).contains(&self.civil.month)
                {
                    // A number taken for the month is the day after all.
                    self.civil.day = self.civil.month;
                    found = DAY;
                }
                self.text_month = true;
                self.civil.month = month;
                Ok(found)
            }
            Word::Weekday => Ok(WEEKDAY),
            Word::Afternoon(afternoon) => {
                self.afternoon = Some(afternoon);
                Ok(HALF_DAY)
            }
            Word::Christ(before) => {
                self.before_christ = before;
                Ok(ERA)
            }
            Word::Ignored => Ok(0),
            Word::Summer => {
                let NamedZone::Zone(Zone::Offset(seconds)) = self.zone else {
                    self.zone = NamedZone::Summer;
                    return Ok(SUMMER);
                };
                self.zone = NamedZone::Zone(Zone::Offset(seconds + 3600));
                Ok(SUMMER)
            }
            Word::Julian | Word::Unit | Word::TimeFollows => self.prefix(word),
        }
    }

    fn prefix(&mut self, word: Word) -> Parsed<u16> {
        if self.pending != Pending::None
            || (word == Word::TimeFollows && !self.time_only && self.known & DATE != DATE)
        {
            return Err(Fault::Format);
        }
        self.pending = if word == Word::Julian {
            Pending::Julian
        } else if word == Word::TimeFollows {
            Pending::Time
        } else {
            Pending::Other
        };
        Ok(0)
    }

    /// A date with separators.
    fn date(&mut self, text: &str) -> Parsed<u16> {
        let mut parts: Vec<&str> = Vec::new();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if !bytes[at].is_ascii_alphanumeric() {
                at += 1;
                continue;
            }
            let start = at;
            let digits = bytes[at].is_ascii_digit();
            while at < bytes.len()
                && bytes[at].is_ascii_alphanumeric()
                && bytes[at].is_ascii_digit() == digits
            {
                at += 1;
            }
            parts.push(&text[start..at]);
        }
        let mut found = 0;
        let mut numbers = Vec::new();
        for part in parts {
            if part.as_bytes()[0].is_ascii_digit() {
                numbers.push(part);
                continue;
            }
            match word_of(part) {
                Some(Word::Ignored) => {}
                Some(Word::Month(month)) if found & MONTH == 0 => {
                    self.text_month = true;
                    self.civil.month = month;
                    found |= MONTH;
                }
                _ => return Err(Fault::Format),
            }
        }
        for number in numbers {
            let one = self.number(number, (self.known & !DATE) | found)?;
            if one & found != 0 {
                return Err(Fault::Format);
            }
            found |= one;
        }
        // A date with separators comes first: only a zone may stand before it.
        let known = (self.known | found) & !(DAY_OF_YEAR | ZONE);
        if known == DATE { Ok(found) } else { Err(Fault::Format) }
    }

    /// One number, whose meaning depends on what is known.
    fn number(&mut self, text: &str, known: u16) -> Parsed<u16> {
        let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
        let value = parse_number(whole)?;
        if !fraction.is_empty() {
            if whole.len() > 2 {
                return self.run_together(text, known | DATE);
            }
            self.civil.microsecond = fraction_of(fraction)?;
        }
        let length = text.len();
        if length == 3 && known & DATE == YEAR && (1..=366).contains(&value) {
            self.day_of_year = value;
            return Ok(DAY_OF_YEAR | MONTH | DAY);
        }
        let order = self.style.date_order;
        let found = match known & DATE {
            0 if length >= 3 || order == DateOrder::Ymd => YEAR,
            0 if order == DateOrder::Dmy => DAY,
            0 => MONTH,
            YEAR => MONTH,
            MONTH if self.text_month && (length >= 3 || order == DateOrder::Ymd) => YEAR,
            MONTH => DAY,
            mask if mask == YEAR | MONTH => {
                if self.text_month && length >= 3 && self.two_digits {
                    // The first number was the day, and this is the year.
                    self.civil.day = self.civil.year;
                    self.civil.year = value;
                    self.two_digits = false;
                    return Ok(DAY);
                }
                DAY
            }
            DAY => MONTH,
            mask if mask == MONTH | DAY => YEAR,
            DATE => return self.run_together(text, known),
            _ => return Err(Fault::Format),
        };
        match found {
            YEAR => {
                self.civil.year = value;
                self.two_digits = length <= 2;
            }
            MONTH => self.civil.month = value,
            _ => self.civil.day = value,
        }
        Ok(found)
    }

    /// Digits run together: yyyymmdd, hhmmss, hhmm, hhmmss.ffffff.
    fn run_together(&mut self, text: &str, known: u16) -> Parsed<u16> {
        let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
        if !whole.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::Format);
        }
        if !fraction.is_empty() {
            self.civil.microsecond = fraction_of(fraction)?;
        } else if known & DATE != DATE && whole.len() >= 6 {
            let (rest, day) = whole.split_at(whole.len() - 2);
            let (year, month) = rest.split_at(rest.len() - 2);
            self.civil.day = parse_number(day)?;
            self.civil.month = parse_number(month)?;
            // A year of too many digits is beyond every range, but a wrong month is told of first.
            self.civil.year = year.parse().unwrap_or(i64::from(i32::MAX));
            self.two_digits = year.len() == 2;
            return Ok(DATE);
        }
        if known & TIME != 0 {
            return Err(Fault::Format);
        }
        let (hour, minute, second) = match whole.len() {
            6 => (&whole[..2], &whole[2..4], &whole[4..]),
            4 => (&whole[..2], &whole[2..], "0"),
            _ => return Err(Fault::Format),
        };
        self.civil.hour = parse_number(hour)?;
        self.civil.minute = parse_number(minute)?;
        self.civil.second = parse_number(second)?;
        Ok(TIME)
    }

    /// hh:mm, hh:mm:ss, hh:mm:ss.ffffff, mm:ss.ffffff.
    fn time(&mut self, text: &str) -> Parsed<u16> {
        let (hour, minute, second, microsecond) = colon_time(text)?;
        self.civil = Civil { hour, minute, second, microsecond, ..self.civil };
        Ok(TIME)
    }

    fn finish(&mut self) -> Parsed<Moment> {
        self.check_date()?;
        let civil = &mut self.civil;
        if let Some(afternoon) = self.afternoon {
            if civil.hour > 12 {
                return Err(Fault::Range);
            }
            civil.hour = civil.hour % 12 + if afternoon { 12 } else { 0 };
        }
        let whole_day =
            civil.hour == 24 && civil.minute == 0 && civil.second == 0 && civil.microsecond == 0;
        if civil.minute > 59 || civil.second > 60 || (civil.hour > 23 && !whole_day) {
            return Err(Fault::Range);
        }
        let zone = match std::mem::replace(&mut self.zone, NamedZone::None) {
            NamedZone::None => None,
            NamedZone::Zone(zone) => {
                if self.known & SUMMER != 0 && matches!(zone, Zone::Rules(_)) {
                    return Err(Fault::Format);
                }
                Some(zone)
            }
            NamedZone::Summer => return Err(Fault::Format),
        };
        if self.time_only {
            if self.known & TIME == 0 {
                return Err(Fault::Format);
            }
            // A zone whose offset changes needs a date.
            if let Some(Zone::Rules(rules)) = &zone
                && self.known & DATE != DATE
                && rules.to_fixed_offset().is_err()
            {
                return Err(Fault::Format);
            }
        } else if self.known & DATE != DATE {
            return Err(Fault::Format);
        }
        Ok(Moment::Local(self.civil, zone))
    }

    fn check_date(&mut self) -> Parsed<()> {
        let civil = &mut self.civil;
        if self.known & YEAR != 0 && !self.julian {
            if self.before_christ {
                if civil.year <= 0 {
                    return Err(Fault::Range);
                }
                civil.year = 1 - civil.year;
            } else if self.two_digits {
                civil.year += if civil.year < 70 { 2000 } else { 1900 };
            } else if civil.year <= 0 {
                return Err(Fault::Range);
            }
        }
        if self.known & DAY_OF_YEAR != 0 {
            let (year, month, day) = date_of(days_of(civil.year, 1, 1) + self.day_of_year - 1);
            *civil = Civil { year, month, day, ..*civil };
        }
        if self.known & MONTH != 0 && !(1..=12).contains(&civil.month) {
            return Err(Fault::DateRange);
        }
        if self.known & DAY != 0 && !(1..=31).contains(&civil.day) {
            return Err(Fault::DateRange);
        }
        if self.known & DATE == DATE && civil.day > month_days(civil.year, civil.month) {
            return Err(Fault::Range);
        }
        Ok(())
    }
}

fn parse_number(digits: &str) -> Parsed<i64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::Format);
    }
    digits.parse::<i32>().map(i64::from).map_err(|_| Fault::Range)
}

/// Microseconds of a fraction with its point.
pub(crate) fn fraction_of(fraction: &str) -> Parsed<i64> {
    let digits = &fraction[1..];
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::Format);
    }
    if digits.is_empty() {
        return Ok(0);
    }
    let value: f64 = format!("0.{digits}").parse().map_err(|_| Fault::Format)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is at most a million")]
    let microseconds = (value * 1e6).round_ties_even() as i64;
    Ok(microseconds)
}

/// Hours, minutes, seconds and microseconds of a time with colons; the seconds may be carried over by rounding.
fn colon_time(text: &str) -> Parsed<(i64, i64, i64, i64)> {
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let parts: Vec<&str> = whole.split(':').collect();
    let microsecond = if fraction.is_empty() { 0 } else { fraction_of(fraction)? };
    let (hour, minute, second) = match parts[..] {
        [minute, second] if !fraction.is_empty() => {
            (0, parse_number(minute)?, parse_number(second)?)
        }
        [hour, minute] => (parse_number(hour)?, parse_number(minute)?, 0),
        [hour, minute, second] => {
            (parse_number(hour)?, parse_number(minute)?, parse_number(second)?)
        }
        _ => return Err(Fault::Format),
    };
    if minute > 59 || second > 60 {
        return Err(Fault::Range);
    }
    Ok((hour, minute, second, microsecond))
}

/// Seconds east of UTC of `+hh`, `+hh:mm`, `+hhmm`, `+hh:mm:ss`.
pub(crate) fn offset(text: &str) -> Parsed<i32> {
    let negative = match text.as_bytes().first() {
        Some(b'+') => false,
        Some(b'-') => true,
        Some(_) | None => return Err(Fault::Format),
    };
    let parts: Vec<&str> = text[1..].split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute, second] => {
            (parse_number(hour)?, parse_number(minute)?, parse_number(second)?)
        }
        [hour, minute] => (parse_number(hour)?, parse_number(minute)?, 0),
        [together] if together.len() > 2 => {
            let value = parse_number(together)?;
            (value / 100, value % 100, 0)
        }
        [hour] => (parse_number(hour)?, 0, 0),
        _ => return Err(Fault::Format),
    };
    if hour > 15 || minute > 59 || second > 59 {
        return Err(Fault::Displacement);
    }
    let seconds = i32::try_from(hour * 3600 + minute * 60 + second).expect("it is below 16 hours");
    Ok(if negative { -seconds } else { seconds })
}

/// The offset of a text that is nothing but one.
pub(crate) fn offset_text(text: &str) -> Option<i32> {
    offset(text).ok()
}

fn named(name: &str) -> Parsed<Zone> {
    zone::zone_named(name)
        .map(|(zone, _)| Zone::Rules(zone))
        .ok_or_else(|| Fault::UnknownZone(name.to_owned()))
}

/// The error of a fault, for the callers in this crate.
pub(crate) fn checked<T>(parsed: Parsed<T>, kind: &str, source: &str) -> Result<T> {
    parsed.map_err(|fault| fault.error(kind, source))
}
