//! The time now, random numbers, uuids, make_date and the like, overlaps.

use crate::call::{Call, float8, int4, text};
use crate::{Builtin, Environment, builtin};
use batch::Vector;
use error::{Error, Result, SqlState};
use types::datetime::calendar::{
    Civil, DAY, HOUR, MINUTE, MONTHS, UNIX_EPOCH_DAYS, WEEKDAYS, month_days, name_at, weekday_of,
};
use types::datetime::zone::{Zone, abbreviation_at, zone_of_text};
use types::datetime::{check_date, check_timestamp, timestamp_out_of_range};
use types::{Interval, Numeric, Oid, ValueRef};

fn overflow(message: impl Into<String>) -> Error {
    Error::new(SqlState::DATETIME_FIELD_OVERFLOW, message)
}

/// Days of a date in fields; negative years are BC. 22008.
fn days(year: i32, month: i32, day: i32) -> Result<i64> {
    let range = || overflow(format!("date field value out of range: {year}-{month:02}-{day:02}"));
    // There is no year 0: -1 is 1 BC, which counts as 0.
    let proleptic = if year < 0 { i64::from(year) + 1 } else { i64::from(year) };
    let (month, day) = (i64::from(month), i64::from(day));
    if year == 0 || !(1..=12).contains(&month) || day < 1 || day > month_days(proleptic, month) {
        return Err(range());
    }
    Ok(types::datetime::calendar::days_of(proleptic, month, day))
}

fn make_date(year: i32, month: i32, day: i32) -> Result<i32> {
    check_date(days(year, month, day)?)
        .map_err(|_| overflow(format!("date out of range: {year}-{month:02}-{day:02}")))
}

/// Microseconds of a time in fields. 22008.
fn make_time(hour: i32, minute: i32, seconds: f64) -> Result<i64> {
    let micros = (seconds * 1e6).round_ties_even();
    let valid = (0..=24).contains(&hour)
        && (0..60).contains(&minute)
        && (0.0..=60_000_000.0).contains(&micros);
    #[expect(clippy::cast_possible_truncation, reason = "it was checked")]
    let time =
        i64::from(hour) * HOUR + i64::from(minute) * MINUTE + if valid { micros as i64 } else { 0 };
    if !valid || time > DAY {
        let shown = if seconds.fract() == 0.0 {
            format!("{seconds:02}")
        } else {
            format!("{seconds:09.6}")
        };
        return Err(overflow(format!("time field value out of range: {hour}:{minute:02}:{shown}")));
    }
    Ok(time)
}

fn make_timestamp(arguments: &[&Vector], row: usize) -> Result<i64> {
    let number = |index: usize| int4(arguments[index].get(row));
    let days = days(number(0), number(1), number(2))?;
    let time = make_time(number(3), number(4), float8(arguments[5].get(row)))?;
    let stamp = days.checked_mul(DAY).and_then(|midnight| midnight.checked_add(time));
    check_timestamp(stamp.ok_or_else(timestamp_out_of_range)?)
}

/// The zone that make_timestamptz names: a signed offset means what ISO says, not what POSIX says.
fn made_zone(name: &str) -> Result<Zone> {
    match zone_of_text(name)? {
        Zone::Offset(seconds) if name.starts_with(['+', '-']) => Ok(Zone::Offset(-seconds)),
        zone @ (Zone::Offset(_) | Zone::Rules(_)) => Ok(zone),
    }
}

/// Waits; a cancel is seen within a hundredth of a second.
fn sleep(seconds: f64, environment: &dyn Environment) -> Result<()> {
    const SLICE: std::time::Duration = std::time::Duration::from_millis(10);
    let start = std::time::Instant::now();
    let whole = std::time::Duration::try_from_secs_f64(seconds.max(0.0));
    let whole = whole.unwrap_or(std::time::Duration::MAX);
    loop {
        environment.check_cancel()?;
        let Some(left) = whole.checked_sub(start.elapsed()) else { return Ok(()) };
        os::blocking(os::Reason::Other, || std::thread::sleep(left.min(SLICE)));
    }
}

/// What timeofday() shows: `Wed Feb 26 13:00:00.123456 2025 UTC`.
fn time_of_day(environment: &dyn Environment) -> String {
    let (now, style) = (environment.clock_time(), environment.style());
    let local = types::datetime::local_of_timestamptz(now, style).unwrap_or(now);
    let civil = Civil::of_microseconds(local);
    let weekday = name_at(&WEEKDAYS, weekday_of(civil.days()));
    let month = name_at(&MONTHS, civil.month - 1);
    format!(
        "{} {} {:02} {:02}:{:02}:{:02}.{:06} {:04} {}",
        &weekday[..3],
        &month[..3],
        civil.day,
        civil.hour,
        civil.minute,
        civil.second,
        civil.microsecond,
        civil.year,
        abbreviation_at(&style.time_zone, now).0
    )
}

/// A float from 0 up to 1.
fn random_float(environment: &mut dyn Environment) -> f64 {
    (environment.random() >> 11) as f64 / (1u64 << 53) as f64
}

/// A number from 0 up to and with `last`, all equally likely.
fn random_below(environment: &mut dyn Environment, last: u64) -> u64 {
    let Some(count) = last.checked_add(1) else { return environment.random() };
    // What is beyond the last whole multiple would make small numbers likelier.
    let limit = u64::MAX - u64::MAX % count;
    loop {
        let value = environment.random();
        if value < limit {
            return value % count;
        }
    }
}

fn bounds_error() -> Error {
    Error::new(
        SqlState::INVALID_PARAMETER_VALUE,
        "lower bound must be less than or equal to upper bound",
    )
}

fn random_between(environment: &mut dyn Environment, low: i64, high: i64) -> Result<i64> {
    if low > high {
        return Err(bounds_error());
    }
    let span = high.wrapping_sub(low).cast_unsigned();
    Ok(low.wrapping_add(random_below(environment, span).cast_signed()))
}

fn random_numeric(
    environment: &mut dyn Environment,
    low: &Numeric,
    high: &Numeric,
) -> Result<Numeric> {
    for (what, bound) in [("lower", low), ("upper", high)] {
        if !bound.is_finite() {
            let kind = if bound.is_nan() { "NaN" } else { "infinity" };
            return Err(Error::new(
                SqlState::INVALID_PARAMETER_VALUE,
                format!("{what} bound cannot be {kind}"),
            ));
        }
    }
    if low > high {
        return Err(bounds_error());
    }
    let scale = low.scale().max(high.scale());
    let unit = Numeric::new(1, u16::try_from(scale).unwrap_or(0));
    let steps = high.sub(low)?.div_whole(&unit)?;
    let mut value = Numeric::ZERO;
    let mut range = Numeric::ONE;
    let base = Numeric::from(1i128 << 64);
    while range <= steps {
        value = value.mul(&base)?.add(&Numeric::from(i128::from(environment.random())))?;
        range = range.mul(&base)?;
    }
    let step = value.rem(&steps.add(&Numeric::ONE)?)?;
    low.add(&step.mul(&unit)?)
}

fn random_normal(environment: &mut dyn Environment, mean: f64, deviation: f64) -> f64 {
    // Box and Muller's transformation.
    let (a, b) = (1.0 - random_float(environment), random_float(environment));
    mean + deviation * (-2.0 * a.ln()).sqrt() * (2.0 * std::f64::consts::PI * b).cos()
}

fn set_seed(environment: &mut dyn Environment, seed: f64) -> Result<()> {
    if seed.is_nan() || !(-1.0..=1.0).contains(&seed) {
        return Err(Error::new(
            SqlState::INVALID_PARAMETER_VALUE,
            format!("setseed parameter {seed} is out of allowed range [-1,1]"),
        ));
    }
    environment.seed_random(seed.to_bits());
    Ok(())
}

fn uuid_with(mut bytes: [u8; 16], version: u8) -> [u8; 16] {
    bytes[6] = (bytes[6] & 0x0F) | (version << 4);
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    bytes
}

fn random_uuid(environment: &mut dyn Environment) -> [u8; 16] {
    let mut bytes = [0; 16];
    environment.fill_random(&mut bytes);
    uuid_with(bytes, 4)
}

/// A uuid of version 7: milliseconds since 1970, 12 bits of the rest of the time, random bits.
fn time_uuid(environment: &mut dyn Environment, time: i64) -> [u8; 16] {
    let mut bytes = [0; 16];
    environment.fill_random(&mut bytes);
    let unix = time + UNIX_EPOCH_DAYS * DAY;
    let (millis, rest) = (unix.div_euclid(1000), unix.rem_euclid(1000));
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    let fraction = (rest * 4096 / 1000).to_be_bytes();
    bytes[6] = fraction[6];
    bytes[7] = fraction[7];
    uuid_with(bytes, 7)
}

fn uuid_version(bytes: [u8; 16]) -> Option<i16> {
    (bytes[8] & 0xC0 == 0x80).then(|| i16::from(bytes[6] >> 4))
}

fn uuid_time(bytes: [u8; 16]) -> Option<i64> {
    match uuid_version(bytes)? {
        1 => {
            let low = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            let middle = u16::from_be_bytes([bytes[4], bytes[5]]);
            let high = u16::from_be_bytes([bytes[6] & 0x0F, bytes[7]]);
            let ticks = (i64::from(high) << 48) | (i64::from(middle) << 32) | i64::from(low);
            // Ticks of 100 ns since 1582-10-15.
            Some(ticks / 10 - 152_384 * DAY)
        }
        7 => {
            let mut wide = [0; 8];
            wide[2..].copy_from_slice(&bytes[..6]);
            Some(i64::from_be_bytes(wide) * 1000 - UNIX_EPOCH_DAYS * DAY)
        }
        _ => None,
    }
}

/// Whether two spans overlap, each from its earlier end up to its later one; NULL where that cannot be told.
fn overlaps(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, info| {
        let type_id = info.argument_types[0];
        let compare =
            |a: ValueRef<'_>, b: ValueRef<'_>| types::compare(type_id, Oid::INVALID, a, b);
        let ordered = |start: ValueRef<'_>, end: ValueRef<'_>| {
            start.is_null() || (!end.is_null() && compare(start, end).is_gt())
        };
        let value = |index: usize| arguments[index].get(row);
        let (mut s1, mut e1, mut s2, mut e2) = (value(0), value(1), value(2), value(3));
        if (s1.is_null() && e1.is_null()) || (s2.is_null() && e2.is_null()) {
            return Ok(None);
        }
        if ordered(s1, e1) {
            (s1, e1) = (e1, s1);
        }
        if ordered(s2, e2) {
            (s2, e2) = (e2, s2);
        }
        let order = compare(s1, s2);
        if order.is_eq() {
            // Equal starts overlap, unless an end is missing.
            return Ok((!e1.is_null() && !e2.is_null()).then_some(true));
        }
        let (first_end, second_start, second_end) =
            if order.is_gt() { (e2, s1, e1) } else { (e1, s2, e2) };
        if first_end.is_null() {
            return Ok(None);
        }
        if compare(second_start, first_end).is_lt() {
            return Ok(Some(true));
        }
        Ok((!second_end.is_null()).then_some(false))
    })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("now", |call| call.map0(|env| Ok(env.transaction_time()))),
    builtin("statement_timestamp", |call| call.map0(|env| Ok(env.statement_time()))),
    builtin("clock_timestamp", |call| call.map0(|env| Ok(env.clock_time()))),
    builtin("timeofday", |call| call.map0(|env| Ok(time_of_day(env)))),
    builtin("make_date", |call| call.map3(make_date)),
    builtin("make_time", |call| call.map3(make_time)),
    builtin("make_timestamp", |call| {
        call.map_rows_strict(|arguments, row, _, _| make_timestamp(arguments, row))
    }),
    builtin("make_timestamptz", |call| {
        call.map_rows_strict(|arguments, row, env, _| {
            types::datetime::timestamptz_of_local(make_timestamp(arguments, row)?, env.style())
        })
    }),
    builtin("make_timestamptz_at_timezone", |call| {
        call.map_rows_strict(|arguments, row, _, _| {
            let local = make_timestamp(arguments, row)?;
            types::datetime::timestamptz_in(local, &made_zone(text(arguments[6].get(row)))?)
        })
    }),
    builtin("pg_sleep", |call| call.map1_in(|seconds: f64, env, _| sleep(seconds, env))),
    builtin("overlaps_timestamp", overlaps),
    builtin("overlaps_time", overlaps),
    builtin("overlaps_timetz", overlaps),
    builtin("drandom", |call| call.map0(|env| Ok(random_float(env)))),
    builtin("drandom_normal", |call| {
        call.map2_in(|mean: f64, deviation: f64, env, _| Ok(random_normal(env, mean, deviation)))
    }),
    builtin("int4random", |call| {
        call.map2_in(|low: i32, high: i32, env, _| {
            let value = random_between(env, i64::from(low), i64::from(high))?;
            i32::try_from(value).map_err(|_| crate::integer::int4_range())
        })
    }),
    builtin("int8random", |call| {
        call.map2_in(|low: i64, high: i64, env, _| random_between(env, low, high))
    }),
    builtin("numeric_random", |call| {
        call.map2_in(|low: Numeric, high: Numeric, env, _| random_numeric(env, &low, &high))
    }),
    builtin("setseed", |call| call.map1_in(|seed: f64, env, _| set_seed(env, seed))),
    builtin("gen_random_uuid", |call| call.map0(|env| Ok(random_uuid(env)))),
    builtin("uuidv7", |call| {
        call.map0(|env| {
            let now = env.clock_time();
            Ok(time_uuid(env, now))
        })
    }),
    builtin("uuidv7_interval", |call| {
        call.map1_in(|span: Interval, env, _| {
            let zone = Zone::Rules(env.style().time_zone.clone());
            let time = crate::timestamp::add(env.clock_time(), span, Some(&zone))?;
            Ok(time_uuid(env, time))
        })
    }),
    builtin("uuid_extract_version", |call| call.map1(|a: [u8; 16]| Ok(uuid_version(a)))),
    builtin("uuid_extract_timestamp", |call| call.map1(|a: [u8; 16]| Ok(uuid_time(a)))),
];
