//! interval: months, days and microseconds, each with its own sign.

use super::calendar::{DAY, HOUR, MINUTE};
use super::{round_to, unit_of};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;

/// A span of time. As bytes: microseconds (8), days (4), months (4), little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    /// Microseconds; any number of them.
    pub microseconds: i64,
    /// Days, of no fixed length.
    pub days: i32,
    /// Months, of no fixed length.
    pub months: i32,
}

// Which fields a typmod keeps: bits as PostgreSQL numbers them.
/// The field YEAR of an interval's typmod.
pub const YEAR: i32 = 1 << 2;
/// The field MONTH of an interval's typmod.
pub const MONTH: i32 = 1 << 1;
/// The field DAY of an interval's typmod.
pub const DAY_FIELD: i32 = 1 << 3;
/// The field HOUR of an interval's typmod.
pub const HOUR_FIELD: i32 = 1 << 10;
/// The field MINUTE of an interval's typmod.
pub const MINUTE_FIELD: i32 = 1 << 11;
/// The field SECOND of an interval's typmod.
pub const SECOND_FIELD: i32 = 1 << 12;
/// All fields.
pub const FULL_RANGE: i32 = 0x7FFF;
/// All digits.
pub const FULL_PRECISION: i32 = 0xFFFF;

/// 22008 for intervals.
#[cold]
pub fn interval_out_of_range() -> Error {
    Error::new(SqlState::DATETIME_FIELD_OVERFLOW, "interval out of range")
}

impl Interval {
    /// Longer than all others.
    pub const INFINITY: Self = Self { microseconds: i64::MAX, days: i32::MAX, months: i32::MAX };
    /// Shorter than all others.
    pub const NEGATIVE_INFINITY: Self =
        Self { microseconds: i64::MIN, days: i32::MIN, months: i32::MIN };

    /// Of its bytes.
    pub fn unpack(bytes: [u8; 16]) -> Self {
        Self {
            microseconds: i64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")),
            days: i32::from_le_bytes(bytes[8..12].try_into().expect("four bytes")),
            months: i32::from_le_bytes(bytes[12..].try_into().expect("four bytes")),
        }
    }

    /// Its bytes.
    pub fn pack(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.microseconds.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.days.to_le_bytes());
        bytes[12..].copy_from_slice(&self.months.to_le_bytes());
        bytes
    }

    /// Whether it is neither infinity.
    pub fn is_finite(self) -> bool {
        self != Self::INFINITY && self != Self::NEGATIVE_INFINITY
    }

    /// The whole in microseconds, a month taken as 30 days and a day as 24 hours: what order and equality go by.
    pub fn span(self) -> i128 {
        let days = i128::from(self.months) * 30 + i128::from(self.days);
        days * i128::from(DAY) + i128::from(self.microseconds)
    }

    /// The order of two intervals.
    pub fn compare(self, other: Self) -> Ordering {
        self.span().cmp(&other.span())
    }

    /// The sum. 22008.
    pub fn sum(self, other: Self) -> Result<Self> {
        match (self.is_finite(), other.is_finite()) {
            (true, true) => self.add_finite(other).ok_or_else(interval_out_of_range),
            (false, false) if self != other => Err(interval_out_of_range()),
            (false, _) => Ok(self),
            (true, false) => Ok(other),
        }
    }

    fn add_finite(self, other: Self) -> Option<Self> {
        let sum = Self {
            microseconds: self.microseconds.checked_add(other.microseconds)?,
            days: self.days.checked_add(other.days)?,
            months: self.months.checked_add(other.months)?,
        };
        sum.is_finite().then_some(sum)
    }

    /// The value with its sign changed. 22008.
    pub fn negated(self) -> Result<Self> {
        if self == Self::INFINITY {
            return Ok(Self::NEGATIVE_INFINITY);
        }
        if self == Self::NEGATIVE_INFINITY {
            return Ok(Self::INFINITY);
        }
        let turned = || {
            Some(Self {
                microseconds: self.microseconds.checked_neg()?,
                days: self.days.checked_neg()?,
                months: self.months.checked_neg()?,
            })
        };
        turned().filter(|value| value.is_finite()).ok_or_else(interval_out_of_range)
    }

    /// Cut to the fields and rounded to the digits of a typmod. 22008.
    pub fn apply_typmod(mut self, typmod: i32) -> Result<Self> {
        if typmod < 0 || !self.is_finite() {
            return Ok(self);
        }
        let (range, precision) = ((typmod >> 16) & FULL_RANGE, typmod & FULL_PRECISION);
        if range != FULL_RANGE {
            if !is_range(range) {
                return Err(Error::internal(format!("unrecognized interval typmod: {typmod}")));
            }
            if range & (HOUR_FIELD | MINUTE_FIELD | SECOND_FIELD) == 0 {
                self.microseconds = 0;
                if range & DAY_FIELD == 0 {
                    self.days = 0;
                    if range & MONTH == 0 {
                        self.months = self.months / 12 * 12;
                    }
                }
            } else if range & SECOND_FIELD == 0 {
                let unit = if range & MINUTE_FIELD == 0 { HOUR } else { MINUTE };
                self.microseconds = self.microseconds / unit * unit;
            }
        }
        if precision == FULL_PRECISION {
            return Ok(self);
        }
        if precision > 6 {
            let text = format!("interval({precision}) precision must be between 0 and 6");
            return Err(Error::new(SqlState::INVALID_PARAMETER_VALUE, text));
        }
        if let Some(unit) = unit_of(precision) {
            self.microseconds = round_to(self.microseconds, unit);
        }
        Ok(self)
    }
}

/// Whether fields are those that INTERVAL's words can name.
fn is_range(range: i32) -> bool {
    let time = [HOUR_FIELD, MINUTE_FIELD, SECOND_FIELD];
    let known = [YEAR, MONTH, YEAR | MONTH, DAY_FIELD, FULL_RANGE]
        .into_iter()
        .chain(time)
        .chain([DAY_FIELD | HOUR_FIELD, DAY_FIELD | HOUR_FIELD | MINUTE_FIELD])
        .chain([DAY_FIELD | HOUR_FIELD | MINUTE_FIELD | SECOND_FIELD])
        .chain([HOUR_FIELD | MINUTE_FIELD, HOUR_FIELD | MINUTE_FIELD | SECOND_FIELD])
        .chain([MINUTE_FIELD | SECOND_FIELD]);
    known.into_iter().any(|one| one == range)
}

/// The typmod of an interval: the fields kept, or those and the digits of the seconds. 22023.
pub(crate) fn typmod(modifiers: &[i32]) -> Result<i32> {
    let invalid = |message: String| Error::new(SqlState::INVALID_PARAMETER_VALUE, message);
    let wrong = || invalid("invalid INTERVAL type modifier".to_owned());
    let range = *modifiers.first().ok_or_else(wrong)?;
    if !is_range(range) {
        return Err(wrong());
    }
    match *modifiers {
        [FULL_RANGE] => Ok(-1),
        [_] => Ok((range << 16) | FULL_PRECISION),
        [_, precision] if precision < 0 => {
            Err(invalid(format!("INTERVAL({precision}) precision must not be negative")))
        }
        [_, precision] => Ok((range << 16) | precision.min(6)),
        _ => Err(wrong()),
    }
}

/// The words after INTERVAL of a typmod: ` year to month`, `(3)`, ` day to second(3)`.
pub(crate) fn typmod_text(typmod: i32) -> String {
    if typmod < 0 {
        return String::new();
    }
    let (range, precision) = ((typmod >> 16) & FULL_RANGE, typmod & FULL_PRECISION);
    let mut text = String::new();
    if range != FULL_RANGE {
        const NAMES: [(i32, &str); 6] = [
            (YEAR, "year"),
            (MONTH, "month"),
            (DAY_FIELD, "day"),
            (HOUR_FIELD, "hour"),
            (MINUTE_FIELD, "minute"),
            (SECOND_FIELD, "second"),
        ];
        let mut kept = NAMES.iter().filter(|(bit, _)| range & bit != 0).map(|(_, name)| *name);
        let first = kept.next().unwrap_or("");
        text = match kept.next_back() {
            Some(last) => format!(" {first} to {last}"),
            None => format!(" {first}"),
        };
    }
    if precision != FULL_PRECISION {
        text.push_str(&format!("({precision})"));
    }
    text
}

impl Interval {
    /// An interval from text: units, a time, SQL's year-month, ISO 8601. 22007, 22015, 22008.
    pub fn input(source: &str, typmod: i32, style: &crate::Style) -> Result<Self> {
        super::interval_text::input(source, typmod, style)
    }

    /// Appends the text form.
    pub fn write(self, style: &crate::Style, out: &mut Vec<u8>) {
        super::interval_text::write(self, style, out);
    }
}
