//! The functions that PostgreSQL writes in SQL: bound by their OID, since they have no `prosrc`.

use crate::call::{Call, text};
use crate::regex::{Flags, compile};
use crate::{Builtin, CallInfo, Environment, builtin, date_part, timestamp};
use error::{Error, Result, SqlState};
use types::datetime::calendar::DAY;
use types::datetime::zone::Zone;
use types::{Datum, Interval, Numeric, Oid, ValueRef, type_oid};

/// The text of a value as an explicit cast gives it.
fn as_text(type_id: Oid, value: ValueRef<'_>, environment: &dyn Environment) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    match (type_id, value) {
        (_, ValueRef::Bool(value)) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        (type_oid::BPCHAR, ValueRef::Bytes(bytes)) => {
            out.extend_from_slice(types::text::trim_blanks(bytes));
        }
        _ => types::output(type_id, value, &environment.text_context(), &mut out)?,
    }
    Ok(out)
}

fn join(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, info| {
        let mut out = Vec::new();
        for (argument, type_id) in arguments.iter().zip(&info.argument_types) {
            out.extend(as_text(*type_id, argument.get(row), environment)?);
        }
        Ok(out)
    })
}

fn quote(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, environment, info: &CallInfo| {
        let value = arguments[0].get(row);
        if value.is_null() {
            return Ok(None);
        }
        let shown = as_text(info.argument_types[0], value, environment)?;
        Ok(Some(types::quote_literal(&String::from_utf8_lossy(&shown))))
    })
}

fn quote_nullable(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, environment, info: &CallInfo| {
        let value = arguments[0].get(row);
        if value.is_null() {
            return Ok("NULL".to_owned());
        }
        let shown = as_text(info.argument_types[0], value, environment)?;
        Ok(types::quote_literal(&String::from_utf8_lossy(&shown)))
    })
}

/// Runs the binding of another function with other arguments, for all rows at once.
fn delegate(call: &mut Call<'_>, prosrc: &str, order: &[usize]) -> Result<()> {
    let target = crate::find(prosrc).expect("the name is of a function bound here");
    let arguments: Vec<_> = order.iter().map(|index| call.arguments[*index]).collect();
    let info = CallInfo {
        argument_types: order.iter().map(|index| call.info.argument_types[*index]).collect(),
        ..call.info.clone()
    };
    let mut inner = Call {
        arguments: &arguments,
        rows: call.rows,
        out: call.out,
        info: &info,
        environment: call.environment,
    };
    (target.run)(&mut inner)
}

/// The arguments of overlaps with the spans given by their lengths added to their starts.
fn overlaps(call: &mut Call<'_>, prosrc: &str, zoned: bool) -> Result<()> {
    let start_type = call.info.argument_types[0];
    let mut ends = Vec::new();
    for at in [1, 3] {
        let mut end = call.arguments[at].clone();
        if call.info.argument_types[at] == type_oid::INTERVAL {
            end = batch::Vector::new(call.arguments[at - 1].kind());
            let zone = zoned.then(|| Zone::Rules(call.environment.style().time_zone.clone()));
            for row in call.rows.iter() {
                let (start, span) = (call.arguments[at - 1].get(row), call.arguments[at].get(row));
                let (ValueRef::I64(start), ValueRef::Fixed16(span)) = (start, span) else {
                    end.set_null(row);
                    continue;
                };
                let span = Interval::unpack(span);
                let time = if start_type == type_oid::TIME {
                    if !span.is_finite() {
                        let text = "cannot add infinite interval to time";
                        return Err(Error::new(SqlState::DATETIME_FIELD_OVERFLOW, text));
                    }
                    (start + span.microseconds % DAY).rem_euclid(DAY)
                } else {
                    timestamp::add(start, span, zone.as_ref())?
                };
                end.set(row, ValueRef::I64(time));
            }
        }
        ends.push(end);
    }
    let arguments = [call.arguments[0], &ends[0], call.arguments[2], &ends[1]];
    let info = CallInfo { argument_types: vec![start_type; 4], ..call.info.clone() };
    let mut inner = Call {
        arguments: &arguments,
        rows: call.rows,
        out: call.out,
        info: &info,
        environment: call.environment,
    };
    let target = crate::find(prosrc).expect("the name is of a function bound here");
    (target.run)(&mut inner)
}

/// The midnight that starts today, as a local timestamp.
fn today(environment: &dyn Environment) -> Result<i64> {
    let local =
        types::datetime::local_of_timestamptz(environment.transaction_time(), environment.style())?;
    Ok(local - local.rem_euclid(DAY))
}

/// substring(string similar pattern escape character).
fn substring_similar(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let part = |index: usize| text(arguments[index].get(row));
        let pattern = crate::like::similar_to(part(1), Some(part(2)))?;
        let found = compile(&pattern, Flags::default())?.find_at(part(0), 0, environment)?;
        Ok(found.and_then(|found| {
            let range = match found.groups.first() {
                Some(group) => group.clone()?,
                None => found.range,
            };
            Some(Datum::text(&part(0)[range]))
        }))
    })
}

fn padded(call: &mut Call<'_>, at_left: bool) -> Result<()> {
    call.map2(|source: &str, length: i32| crate::text::pad(source, length, " ", at_left))
}

/// A circle as a polygon of twelve corners.
fn circle_polygon(call: &mut Call<'_>) -> Result<()> {
    let count = batch::Vector::constant(types::Kind::I32, ValueRef::I32(12));
    let arguments = [&count, call.arguments[0]];
    let mut inner = Call {
        arguments: &arguments,
        rows: call.rows,
        out: call.out,
        info: call.info,
        environment: call.environment,
    };
    let target = crate::find("circle_poly").expect("the name is of a function bound here");
    (target.run)(&mut inner)
}

/// A row: the function's OID in pg_proc, and its binding.
const fn sql(
    oid: u32,
    prosrc: &'static str,
    run: fn(&mut Call<'_>) -> Result<()>,
) -> (Oid, Builtin) {
    (Oid(oid), builtin(prosrc, run))
}

pub(crate) const FUNCTIONS: &[(Oid, Builtin)] = &[
    sql(879, "lpad", |call| padded(call, true)),
    sql(880, "rpad", |call| padded(call, false)),
    sql(1176, "timestamptz", |call| {
        call.map2_in(|date: i32, time: i64, env, _| {
            let midnight = timestamp::of_date(date)?;
            let local =
                if types::datetime::is_finite(midnight) { midnight + time } else { midnight };
            types::datetime::timestamptz_of_local(local, env.style())
        })
    }),
    sql(1285, "quote_literal", quote),
    sql(1290, "quote_nullable", quote_nullable),
    sql(1296, "timedate_pl", |call| delegate(call, "datetime_timestamp", &[1, 0])),
    sql(1298, "timetzdate_pl", |call| delegate(call, "datetimetz_timestamptz", &[1, 0])),
    sql(1305, "overlaps", |call| overlaps(call, "overlaps_timestamp", true)),
    sql(1306, "overlaps", |call| overlaps(call, "overlaps_timestamp", true)),
    sql(1307, "overlaps", |call| overlaps(call, "overlaps_timestamp", true)),
    sql(1309, "overlaps", |call| overlaps(call, "overlaps_time", false)),
    sql(1310, "overlaps", |call| overlaps(call, "overlaps_time", false)),
    sql(1311, "overlaps", |call| overlaps(call, "overlaps_time", false)),
    sql(1384, "date_part", |call| {
        call.map2(|unit: &str, date: i32| {
            date_part::timestamp_part(unit, timestamp::of_date(date)?)
        })
    }),
    sql(1386, "age", |call| {
        call.map1_in(|time: i64, env, _| {
            let local = types::datetime::local_of_timestamptz(time, env.style())?;
            date_part::age(today(env)?, local)
        })
    }),
    sql(1426, "path_contain_pt", |call| delegate(call, "on_ppath", &[1, 0])),
    sql(1544, "polygon", circle_polygon),
    sql(1481, "log10", |call| call.map1(|a: Numeric| a.log(&Numeric::from(10)))),
    sql(1708, "round", |call| call.map1(|a: Numeric| a.round(0))),
    sql(1710, "trunc", |call| call.map1(|a: Numeric| a.trunc(0))),
    sql(1741, "log", |call| call.map1(|a: Numeric| a.log(&Numeric::from(10)))),
    sql(1810, "bit_length", |call| call.map1(|a: &[u8]| crate::text::count(a.len() * 8))),
    sql(1811, "bit_length", |call| call.map1(|a: &[u8]| crate::text::count(a.len() * 8))),
    sql(1812, "bit_length", |call| delegate(call, "bitlength", &[0])),
    sql(2631, "int8pl_inet", |call| delegate(call, "inetpl", &[1, 0])),
    sql(1848, "interval_pl_time", |call| delegate(call, "time_pl_interval", &[1, 0])),
    sql(2003, "textanycat", join),
    sql(2004, "anytextcat", join),
    sql(2042, "overlaps", |call| overlaps(call, "overlaps_timestamp", false)),
    sql(2043, "overlaps", |call| overlaps(call, "overlaps_timestamp", false)),
    sql(2044, "overlaps", |call| overlaps(call, "overlaps_timestamp", false)),
    sql(2059, "age", |call| call.map1_in(|time: i64, env, _| date_part::age(today(env)?, time))),
    sql(2074, "substring", substring_similar),
    sql(2546, "interval_pl_date", |call| delegate(call, "date_pl_interval", &[1, 0])),
    sql(2547, "interval_pl_timetz", |call| delegate(call, "timetz_pl_interval", &[1, 0])),
    sql(2548, "interval_pl_timestamp", |call| delegate(call, "timestamp_pl_interval", &[1, 0])),
    sql(2549, "interval_pl_timestamptz", |call| delegate(call, "timestamptz_pl_interval", &[1, 0])),
    sql(2550, "integer_pl_date", |call| delegate(call, "date_pli", &[1, 0])),
    sql(5023, "numeric_pl_pg_lsn", |call| delegate(call, "pg_lsn_pli", &[1, 0])),
];
