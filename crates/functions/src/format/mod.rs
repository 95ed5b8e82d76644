//! to_char, to_timestamp, to_date and to_number: values by templates.

mod moment;
mod moment_in;
mod moment_out;
mod number;
mod number_in;
mod number_out;

use crate::{Builtin, builtin};
use error::Result;
use moment_out::{Moment, of_interval};
use types::datetime::calendar::Civil;
use types::datetime::zone::{abbreviation_at, offset_at};
use types::datetime::{is_finite, local_of_timestamptz};
use types::{Interval, Numeric};

pub(crate) use moment_in::parse as parse_moment;

/// 1st, 2nd, 3rd, 4th: what follows a number.
fn ordinal(digits: &str, upper: bool) -> &'static str {
    let mut last = digits.bytes().rev();
    let (ones, tens) = (last.next(), last.next());
    let lower = match ones {
        Some(b'1') if tens != Some(b'1') => "st",
        Some(b'2') if tens != Some(b'1') => "nd",
        Some(b'3') if tens != Some(b'1') => "rd",
        Some(_) | None => "th",
    };
    match (lower, upper) {
        (lower, false) => lower,
        ("st", true) => "ST",
        ("nd", true) => "ND",
        ("rd", true) => "RD",
        (_, true) => "TH",
    }
}

fn timestamp(time: i64, template: &str) -> Result<Option<String>> {
    if template.is_empty() || !is_finite(time) {
        return Ok(None);
    }
    let moment = Moment::of_civil(&Civil::of_microseconds(time), "", 0);
    moment_out::format(&moment, template).map(Some)
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("timestamp_to_char", |call| call.map2(timestamp)),
    builtin("timestamptz_to_char", |call| {
        call.map2_in(|time: i64, template: &str, environment, _| {
            if template.is_empty() || !is_finite(time) {
                return Ok(None);
            }
            let style = environment.style();
            let local = Civil::of_microseconds(local_of_timestamptz(time, style)?);
            let offset = offset_at(&style.time_zone, time);
            let (name, _) = abbreviation_at(&style.time_zone, time);
            moment_out::format(&Moment::of_civil(&local, &name, offset), template).map(Some)
        })
    }),
    builtin("interval_to_char", |call| {
        call.map2(|span: Interval, template: &str| {
            if template.is_empty() || !span.is_finite() {
                return Ok(None);
            }
            moment_out::format(&of_interval(span), template).map(Some)
        })
    }),
    builtin("to_timestamp", |call| {
        call.map2_in(|text: &str, template: &str, environment, _| {
            parse_moment(text, template)?.timestamptz(environment.style())
        })
    }),
    builtin("to_date", |call| {
        call.map2(|text: &str, template: &str| parse_moment(text, template)?.date())
    }),
    builtin("numeric_to_char", |call| {
        call.map2(|value: Numeric, template: &str| number_out::of_numeric(&value, template))
    }),
    builtin("int4_to_char", |call| {
        call.map2(|value: i32, template: &str| number_out::of_integer(i64::from(value), template))
    }),
    builtin("int8_to_char", |call| call.map2(number_out::of_integer)),
    builtin("float8_to_char", |call| {
        call.map2(|value: f64, template: &str| number_out::of_float(value, 15, template))
    }),
    builtin("float4_to_char", |call| {
        call.map2(|value: f32, template: &str| number_out::of_float(f64::from(value), 6, template))
    }),
    builtin("numeric_to_number", |call| call.map2(number_in::parse)),
];
