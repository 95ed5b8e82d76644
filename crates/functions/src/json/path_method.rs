//! The item methods of jsonpath.

#![expect(clippy::wildcard_enum_match_arm, reason = "of many kinds only few matter to each step")]

use super::path::{Item, Run, number_item, text_item, wrong};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;
use types::json::jsonb::{self, Json};
use types::jsonpath::Method;
use types::{Datum, Numeric, Oid, Style, ValueRef, type_oid};

/// A date or time that a method read from a string.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) type_id: Oid,
    pub(super) value: Datum,
    /// As it is shown.
    pub(super) text: String,
}

/// Whether a method looks at an array itself rather than at its elements.
pub(super) fn takes_arrays(method: &Method) -> bool {
    matches!(method, Method::Type | Method::Size)
}

fn not_numeric(method: &Method, what: &str) -> Error {
    let text = format!("jsonpath item method .{}() can only be applied to {what}", method.name());
    wrong(SqlState::NON_NUMERIC_SQL_JSON_ITEM, text)
}

fn bad_argument(method: &Method, shown: &str, type_name: &str) -> Error {
    let text = format!(
        "argument \"{shown}\" of jsonpath item method .{}() is invalid for type {type_name}",
        method.name()
    );
    wrong(SqlState::NON_NUMERIC_SQL_JSON_ITEM, text)
}

fn shown(number: &Numeric) -> String {
    let mut out = Vec::new();
    number.write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn number(method: &Method, item: &Item) -> Result<Numeric> {
    match item.json() {
        Json::Number(number) => Ok(Numeric::decode(number)),
        _ => Err(not_numeric(method, "a numeric value")),
    }
}

/// Applies a method to one item.
pub(super) fn apply(
    run: &Run<'_>,
    method: &Method,
    item: &Item,
    out: &mut Vec<Item>,
) -> Result<()> {
    let found = match method {
        Method::Type => Item::Json(text_item(type_of(item))),
        Method::Size => match item.json() {
            Json::Array(list) => {
                number_item(&Numeric::new(i128::try_from(list.len()).unwrap_or(0), 0))
            }
            _ if run.lax => number_item(&Numeric::new(1, 0)),
            _ => {
                let text = "jsonpath item method .size() can only be applied to an array";
                return Err(wrong(SqlState::SQL_JSON_ARRAY_NOT_FOUND, text));
            }
        },
        Method::Abs => number_item(&number(method, item)?.abs()),
        Method::Ceiling => number_item(&number(method, item)?.ceil()?),
        Method::Floor => number_item(&number(method, item)?.floor()?),
        Method::KeyValue => return key_value(item, out),
        Method::Double => double(method, item)?,
        Method::BigInt | Method::Integer => whole(method, item)?,
        Method::Number | Method::Decimal(_) => decimal(method, item)?,
        Method::Boolean => boolean(method, item)?,
        Method::StringOf => Item::Json(text_item(&string(item)?)),
        Method::Datetime(_)
        | Method::Date
        | Method::Time(_)
        | Method::TimeTz(_)
        | Method::Timestamp(_)
        | Method::TimestampTz(_) => Item::Moment(moment(run, method, item)?),
    };
    out.push(found);
    Ok(())
}

fn type_of(item: &Item) -> &'static str {
    if let Item::Moment(moment) = item {
        return match moment.type_id {
            type_oid::DATE => "date",
            type_oid::TIME => "time without time zone",
            type_oid::TIMETZ => "time with time zone",
            type_oid::TIMESTAMP => "timestamp without time zone",
            _ => "timestamp with time zone",
        };
    }
    match item.json() {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

/// An object for each pair: its key, its value, and an id of the object that it is from.
fn key_value(item: &Item, out: &mut Vec<Item>) -> Result<()> {
    let Json::Object(pairs) = item.json() else {
        let text = "jsonpath item method .keyvalue() can only be applied to an object";
        return Err(wrong(SqlState::SQL_JSON_OBJECT_NOT_FOUND, text));
    };
    for (key, value) in pairs.iter() {
        let mut id = Vec::new();
        jsonb::write_number(&Numeric::new(0, 0), &mut id);
        let fields = vec![
            ("key".to_owned(), text_item(key)),
            ("value".to_owned(), value.to_vec()),
            ("id".to_owned(), id),
        ];
        let mut bytes = Vec::new();
        jsonb::write_pairs(fields, &mut bytes)?;
        out.push(Item::Json(bytes));
    }
    Ok(())
}

fn double(method: &Method, item: &Item) -> Result<Item> {
    let (text, value) = match item.json() {
        Json::Number(bytes) => {
            let number = Numeric::decode(bytes);
            (shown(&number), number.to_f64().ok())
        }
        Json::String(text) => (text.to_owned(), types::float::input8(text).ok()),
        _ => return Err(not_numeric(method, "a string or numeric value")),
    };
    let value = value.ok_or_else(|| bad_argument(method, &text, "double precision"))?;
    if !value.is_finite() {
        return Err(no_infinity(method));
    }
    Ok(number_item(&Numeric::from_f64(value)))
}

fn no_infinity(method: &Method) -> Error {
    let text =
        format!("NaN or Infinity is not allowed for jsonpath item method .{}()", method.name());
    wrong(SqlState::NON_NUMERIC_SQL_JSON_ITEM, text)
}

fn whole(method: &Method, item: &Item) -> Result<Item> {
    let big = matches!(method, Method::BigInt);
    let fits = |value: i64| big || i32::try_from(value).is_ok();
    let (text, value) = match item.json() {
        Json::Number(bytes) => {
            let number = Numeric::decode(bytes);
            (shown(&number), number.to_i64().ok())
        }
        Json::String(text) => (text.to_owned(), types::integer::input8(text).ok()),
        _ => return Err(not_numeric(method, "a string or numeric value")),
    };
    let type_name = if big { "bigint" } else { "integer" };
    let value = value.filter(|v| fits(*v)).ok_or_else(|| bad_argument(method, &text, type_name))?;
    Ok(number_item(&Numeric::new(i128::from(value), 0)))
}

fn decimal(method: &Method, item: &Item) -> Result<Item> {
    let (text, value) = match item.json() {
        Json::Number(bytes) => {
            let number = Numeric::decode(bytes);
            (shown(&number), Some(number))
        }
        Json::String(text) => (text.to_owned(), types::numeric::input(text).ok()),
        _ => return Err(not_numeric(method, "a string or numeric value")),
    };
    let value = value.ok_or_else(|| bad_argument(method, &text, "numeric"))?;
    if !value.is_finite() {
        return Err(no_infinity(method));
    }
    let Method::Decimal(Some((precision, scale))) = method else { return Ok(number_item(&value)) };
    let argument = |number: &Numeric, what: &str| {
        number.to_i32().map_err(|_| {
            let text = format!(
                "{what} of jsonpath item method .decimal() is out of range for type integer"
            );
            wrong(SqlState::NON_NUMERIC_SQL_JSON_ITEM, text)
        })
    };
    let mut modifiers = vec![argument(precision, "precision")?];
    if let Some(scale) = scale {
        modifiers.push(argument(scale, "scale")?);
    }
    let typmod = types::numeric::typmod(&modifiers)?;
    let fitted = types::numeric::apply_typmod(value, typmod);
    fitted.map(|value| number_item(&value)).map_err(|_| bad_argument(method, &text, "numeric"))
}

fn boolean(method: &Method, item: &Item) -> Result<Item> {
    let value = match item.json() {
        Json::Bool(value) => Some(value),
        Json::Number(bytes) => {
            let number = Numeric::decode(bytes);
            let whole =
                number.to_i32().ok().filter(|_| number == number.trunc(0).unwrap_or(Numeric::NaN));
            let found = whole.ok_or_else(|| bad_argument(method, &shown(&number), "boolean"))?;
            Some(found != 0)
        }
        Json::String(text) => {
            let read = types::boolean::input(text);
            Some(read.map_err(|_| bad_argument(method, text, "boolean"))?)
        }
        _ => None,
    };
    let value = value.ok_or_else(|| not_numeric(method, "a boolean, string, or numeric value"))?;
    let mut out = Vec::new();
    jsonb::write_bool(value, &mut out);
    Ok(Item::Json(out))
}

fn string(item: &Item) -> Result<String> {
    match item.json() {
        Json::String(text) => Ok(text.to_owned()),
        Json::Number(bytes) => Ok(shown(&Numeric::decode(bytes))),
        Json::Bool(value) => Ok(if value { "true" } else { "false" }.to_owned()),
        Json::Null | Json::Array(_) | Json::Object(_) => {
            let text = "jsonpath item method .string() can only be applied to a boolean, string, numeric, or datetime value";
            Err(wrong(SqlState::INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION, text))
        }
    }
}

/// What type a moment's ISO text is of.
fn type_of_text(text: &str) -> Option<Oid> {
    let dated = text.len() >= 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    let time = if dated { text[10..].strip_prefix(['T', ' ']) } else { Some(text) };
    if dated && text.len() == 10 {
        return Some(type_oid::DATE);
    }
    let time = time.filter(|time| time.len() >= 8 && time.as_bytes()[2] == b':')?;
    let zoned = time[8..].contains(['+', '-', 'Z']);
    Some(match (dated, zoned) {
        (true, true) => type_oid::TIMESTAMPTZ,
        (true, false) => type_oid::TIMESTAMP,
        (false, true) => type_oid::TIMETZ,
        (false, false) => type_oid::TIME,
    })
}

fn moment(run: &Run<'_>, method: &Method, item: &Item) -> Result<Moment> {
    let name = method.name();
    if let Item::Moment(moment) = item {
        return convert(run, method, moment.clone());
    }
    let Json::String(text) = item.json() else {
        let text = format!("jsonpath item method .{name}() can only be applied to a string");
        return Err(wrong(SqlState::INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION, text));
    };
    let style = run.style();
    if let Method::Datetime(Some(template)) = method {
        return by_template(text, template, style);
    }
    let unknown = || {
        let message = if matches!(method, Method::Datetime(_)) {
            format!("datetime format is not recognized: \"{text}\"")
        } else {
            format!("{name} format is not recognized: \"{text}\"")
        };
        let error = wrong(SqlState::INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION, message);
        if matches!(method, Method::Datetime(_)) {
            error.hint("Use a datetime template argument to specify the input data format.")
        } else {
            error
        }
    };
    let type_id = type_of_text(text).ok_or_else(unknown)?;
    let iso = Style { time_zone: style.time_zone.clone(), ..Style::default() };
    let context = types::TextContext { style: &iso, names: run.environment.names() };
    let value = types::input(type_id, -1, text, &context).map_err(|_| unknown())?;
    let read = shown_moment(type_id, value, style, zone_of(text))?;
    convert(run, method, read)
}

/// Seconds east of UTC at a text's end.
fn zone_of(text: &str) -> Option<i32> {
    let at = text.rfind(['+', '-', 'Z']).filter(|at| *at >= 8)?;
    if text[at..].starts_with('Z') {
        return Some(0);
    }
    let sign = if text[at..].starts_with('-') { -1 } else { 1 };
    let mut parts = text[at + 1..].split(':').map(|part| part.parse::<i32>().unwrap_or(0));
    Some(sign * (parts.next().unwrap_or(0) * 3600 + parts.next().unwrap_or(0) * 60))
}

fn by_template(text: &str, template: &str, style: &Style) -> Result<Moment> {
    let parsed = crate::format::parse_moment(text, template)?;
    let (type_id, value) = match (parsed.dated, parsed.timed, parsed.offset) {
        (true, false, _) => (type_oid::DATE, Datum::I32(parsed.date()?)),
        (true, true, Some(_)) => (type_oid::TIMESTAMPTZ, Datum::I64(parsed.timestamptz(style)?)),
        (true, true, None) => (type_oid::TIMESTAMP, Datum::I64(parsed.timestamp()?)),
        (false, _, Some(offset)) => {
            (type_oid::TIMETZ, Datum::Fixed16(types::datetime::pack_timetz(parsed.time, -offset)))
        }
        (false, _, None) => (type_oid::TIME, Datum::I64(parsed.time)),
    };
    shown_moment(type_id, value, style, parsed.offset)
}

/// The moment with its ISO text.
fn shown_moment(type_id: Oid, value: Datum, style: &Style, offset: Option<i32>) -> Result<Moment> {
    let zone = offset.and_then(types::datetime::zone::zone_of_offset);
    let zone = zone.map_or_else(|| style.time_zone.clone(), |(zone, _)| zone);
    let iso = Style { time_zone: zone, ..Style::default() };
    let mut out = Vec::new();
    match value {
        Datum::I32(date) => types::datetime::write_date(date, &iso, &mut out),
        Datum::I64(time) if type_id == type_oid::TIME => {
            types::datetime::write_time(time, &mut out)
        }
        Datum::I64(time) if type_id == type_oid::TIMESTAMP => {
            types::datetime::write_timestamp(time, &iso, &mut out);
        }
        Datum::I64(time) => types::datetime::write_timestamptz(time, &iso, &mut out),
        Datum::Fixed16(bytes) => {
            let (time, zone) = types::datetime::unpack_timetz(bytes);
            types::datetime::write_timetz(time, zone, &mut out);
        }
        Datum::Null
        | Datum::Bool(_)
        | Datum::I16(_)
        | Datum::F32(_)
        | Datum::F64(_)
        | Datum::Bytes(_) => {}
    }
    let mut text = String::from_utf8_lossy(&out).replace(' ', "T");
    // JSON always shows the minutes of a zone.
    if matches!(type_id, type_oid::TIMESTAMPTZ | type_oid::TIMETZ)
        && text.rfind(['+', '-']).is_some_and(|at| text.len() - at == 3)
    {
        text.push_str(":00");
    }
    Ok(Moment { type_id, value, text })
}

/// A moment as the type that the method is for.
fn convert(run: &Run<'_>, method: &Method, moment: Moment) -> Result<Moment> {
    let (target, precision) = match method {
        Method::Date => (type_oid::DATE, None),
        Method::Time(precision) => (type_oid::TIME, precision.as_ref()),
        Method::TimeTz(precision) => (type_oid::TIMETZ, precision.as_ref()),
        Method::Timestamp(precision) => (type_oid::TIMESTAMP, precision.as_ref()),
        Method::TimestampTz(precision) => (type_oid::TIMESTAMPTZ, precision.as_ref()),
        _ => return Ok(moment),
    };
    let style = run.style();
    let value = cast(&moment, target, run.zoned, style)?.ok_or_else(|| {
        let name = method.name();
        let text = format!("{name} format is not recognized: \"{}\"", moment.text);
        wrong(SqlState::INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION, text)
    })?;
    let value = match precision {
        Some(precision) => {
            let digits = precision.to_i32().map_err(|_| {
                let text = format!(
                    "time precision of jsonpath item method .{}() is out of range for type integer",
                    method.name()
                );
                wrong(SqlState::INVALID_ARGUMENT_FOR_SQL_JSON_DATETIME_FUNCTION, text)
            })?;
            types::apply_typmod(target, digits.clamp(0, 6), value, true)?
        }
        None => value,
    };
    let offset = if moment.type_id == target { zone_of(&moment.text) } else { None };
    shown_moment(target, value, style, offset)
}

/// A moment's value as another type; `None` where there is no such cast. 0A000 where it needs a time zone.
fn cast(moment: &Moment, target: Oid, zoned: bool, style: &Style) -> Result<Option<Datum>> {
    use types::datetime::calendar::DAY;
    use types::datetime::{local_of_timestamptz, timestamptz_of_local};
    if moment.type_id == target {
        return Ok(Some(moment.value.clone()));
    }
    let needs_zone = |from: &str, to: &str| {
        if zoned {
            return Ok(());
        }
        let text = format!("cannot convert value from {from} to {to} without time zone usage");
        Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text)
            .hint("Use *_tz() function for time zone support."))
    };
    Ok(match (moment.type_id, target, moment.value.as_ref()) {
        (type_oid::DATE, type_oid::TIMESTAMP, ValueRef::I32(date)) => {
            Some(Datum::I64(crate::timestamp::of_date(date)?))
        }
        (type_oid::DATE, type_oid::TIMESTAMPTZ, ValueRef::I32(date)) => {
            needs_zone("date", "timestamptz")?;
            Some(Datum::I64(timestamptz_of_local(crate::timestamp::of_date(date)?, style)?))
        }
        (type_oid::TIMESTAMP, type_oid::DATE, ValueRef::I64(time)) => {
            Some(Datum::I32(types::datetime::check_date(time.div_euclid(DAY))?))
        }
        (type_oid::TIMESTAMP, type_oid::TIME, ValueRef::I64(time)) => {
            Some(Datum::I64(time.rem_euclid(DAY)))
        }
        (type_oid::TIMESTAMP, type_oid::TIMESTAMPTZ, ValueRef::I64(time)) => {
            needs_zone("timestamp", "timestamptz")?;
            Some(Datum::I64(timestamptz_of_local(time, style)?))
        }
        (type_oid::TIMESTAMPTZ, type_oid::TIMESTAMP, ValueRef::I64(time)) => {
            needs_zone("timestamptz", "timestamp")?;
            Some(Datum::I64(local_of_timestamptz(time, style)?))
        }
        (type_oid::TIMESTAMPTZ, type_oid::DATE, ValueRef::I64(time)) => {
            needs_zone("timestamptz", "date")?;
            let local = local_of_timestamptz(time, style)?;
            Some(Datum::I32(types::datetime::check_date(local.div_euclid(DAY))?))
        }
        (type_oid::TIMESTAMPTZ, type_oid::TIME, ValueRef::I64(time)) => {
            needs_zone("timestamptz", "time")?;
            Some(Datum::I64(local_of_timestamptz(time, style)?.rem_euclid(DAY)))
        }
        (type_oid::TIMETZ, type_oid::TIME, ValueRef::Fixed16(bytes)) => {
            needs_zone("timetz", "time")?;
            Some(Datum::I64(types::datetime::unpack_timetz(bytes).0))
        }
        _ => None,
    })
}

/// The order of two moments; `None` where their types do not compare. 0A000 where it needs a time zone.
pub(super) fn compare_moments(
    a: &Moment,
    b: &Moment,
    zoned: bool,
    style: &Style,
) -> Result<Option<Ordering>> {
    let target = match (a.type_id, b.type_id) {
        (x, y) if x == y => x,
        (type_oid::TIMESTAMPTZ, type_oid::DATE | type_oid::TIMESTAMP)
        | (type_oid::DATE | type_oid::TIMESTAMP, type_oid::TIMESTAMPTZ) => type_oid::TIMESTAMPTZ,
        (type_oid::DATE, type_oid::TIMESTAMP) | (type_oid::TIMESTAMP, type_oid::DATE) => {
            type_oid::TIMESTAMP
        }
        _ => return Ok(None),
    };
    let (Some(x), Some(y)) = (cast(a, target, zoned, style)?, cast(b, target, zoned, style)?)
    else {
        return Ok(None);
    };
    Ok(Some(types::compare(target, Oid::INVALID, x.as_ref(), y.as_ref())))
}
