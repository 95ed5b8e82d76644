//! The proleptic Gregorian calendar, and times of day.

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;
/// Days from 1970-01-01 to 2000-01-01.
pub const UNIX_EPOCH_DAYS: i64 = 10_957;
/// The Julian day of 2000-01-01.
pub const EPOCH_JULIAN: i64 = 2_451_545;

/// Names of months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Names of the days of the week, Sunday first.
pub const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A date and time of day in fields. Year 0 is 1 BC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Civil {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 24.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 60.
    pub second: i64,
    /// Microseconds within the second.
    pub microsecond: i64,
}

/// Days from 2000-01-01 to a date; months beyond 1 to 12 are not normalised.
pub fn days_of(year: i64, month: i64, day: i64) -> i64 {
    // Years start in March, so that the leap day is the last of its year.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    era * 146_097 + days - 719_468 - UNIX_EPOCH_DAYS
}

/// The year, month and day of a count of days from 2000-01-01.
pub fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + UNIX_EPOCH_DAYS + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Whether the year has 366 days.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How many days the month has.
pub fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of the week of a count of days from 2000-01-01 (a Saturday); 0 is Sunday.
pub fn weekday_of(days: i64) -> i64 {
    (days + 6).rem_euclid(7)
}

/// The name of a day of the week or month by its index.
pub fn name_at(names: &[&'static str], index: i64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or("")
}

impl Civil {
    /// Of microseconds since 2000-01-01 00:00.
    pub fn of_microseconds(time: i64) -> Self {
        let (year, month, day) = date_of(time.div_euclid(DAY));
        let of_day = Self::of_day_time(time.rem_euclid(DAY));
        Self { year, month, day, ..of_day }
    }

    /// Of days since 2000-01-01.
    pub fn of_days(days: i64) -> Self {
        let (year, month, day) = date_of(days);
        Self { year, month, day, ..Self::default() }
    }

    /// Of microseconds since midnight; no date.
    pub fn of_day_time(time: i64) -> Self {
        Self {
            hour: time / HOUR,
            minute: time / MINUTE % 60,
            second: time / SECOND % 60,
            microsecond: time % SECOND,
            ..Self::default()
        }
    }

    /// Days since 2000-01-01.
    pub fn days(&self) -> i64 {
        days_of(self.year, self.month, self.day)
    }

    /// Microseconds since midnight.
    pub fn day_time(&self) -> i64 {
        self.hour * HOUR + self.minute * MINUTE + self.second * SECOND + self.microsecond
    }

    /// Microseconds since 2000-01-01 00:00; `None` beyond i64.
    pub fn microseconds(&self) -> Option<i64> {
        // A day more and less time keeps the least dates within range while they are computed.
        let days = self.days();
        if days < 0 {
            return (days + 1).checked_mul(DAY)?.checked_add(self.day_time() - DAY);
        }
        days.checked_mul(DAY)?.checked_add(self.day_time())
    }

    /// The day of the year, from 1.
    pub fn day_of_year(&self) -> i64 {
        self.days() - days_of(self.year, 1, 1) + 1
    }

    /// The ISO 8601 year and week.
    pub fn iso_week(&self) -> (i64, i64) {
        // The week belongs to the year of its Thursday.
        let thursday = self.days() - (weekday_of(self.days()) + 6) % 7 + 3;
        let year = date_of(thursday).0;
        (year, (thursday - days_of(year, 1, 1)) / 7 + 1)
    }
}
