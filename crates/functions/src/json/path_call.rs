//! jsonb_path_exists and its kin.

use super::path::{Item, is_passed_over, run, wrong};
use crate::call::text;
use crate::{
    Builtin, Call, CallInfo, Environment, RowSource, SetReturning, builtin, set_returning,
};
use batch::Vector;
use error::{Error, Result, SqlState};
use types::json::jsonb::{self, Json};
use types::jsonpath::parse;
use types::{Datum, ValueRef};

/// The items of a call's path; `None` where an error was passed over.
fn items(
    arguments: &[ValueRef<'_>],
    zoned: bool,
    always_silent: bool,
    environment: &dyn Environment,
) -> Result<Option<Vec<Item>>> {
    let silent = always_silent || arguments.get(3) == Some(&ValueRef::Bool(true));
    let mut empty = Vec::new();
    jsonb::write_pairs(Vec::new(), &mut empty)?;
    let variables = arguments.get(2).and_then(|value| value.bytes()).unwrap_or(&empty);
    if !matches!(jsonb::parse(variables), Json::Object(_)) {
        return Err(Error::new(
            SqlState::INVALID_PARAMETER_VALUE,
            "\"vars\" argument is not an object",
        )
        .detail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object."));
    }
    let path = parse(text(arguments[1]))?;
    let root = arguments[0].bytes().unwrap_or(&[]);
    match run(&path, root, variables, zoned, environment) {
        Ok(items) => Ok(Some(items)),
        Err(error) if silent && is_passed_over(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Runs a path for each row and makes a result of what it finds.
fn each(
    call: &mut Call<'_>,
    zoned: bool,
    silent: bool,
    f: impl Fn(Option<Vec<Item>>, bool) -> Result<Datum>,
) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let values: Vec<ValueRef<'_>> = arguments.iter().map(|vector| vector.get(row)).collect();
        let quiet = silent || values.get(3) == Some(&ValueRef::Bool(true));
        f(items(&values, zoned, silent, environment)?, quiet)
    })
}

fn exists(items: Option<Vec<Item>>, _: bool) -> Result<Datum> {
    Ok(items.map_or(Datum::Null, |items| Datum::Bool(!items.is_empty())))
}

/// The one truth that a path computes.
fn matches(items: Option<Vec<Item>>, silent: bool) -> Result<Datum> {
    let Some(items) = items else { return Ok(Datum::Null) };
    if let [item] = items.as_slice() {
        match item.json() {
            Json::Bool(value) => return Ok(Datum::Bool(value)),
            Json::Null => return Ok(Datum::Null),
            Json::Number(_) | Json::String(_) | Json::Array(_) | Json::Object(_) => {}
        }
    }
    if silent {
        return Ok(Datum::Null);
    }
    Err(wrong(SqlState::SINGLETON_SQL_JSON_ITEM_REQUIRED, "single boolean result is expected"))
}

fn array(items: Option<Vec<Item>>, _: bool) -> Result<Datum> {
    let list: Vec<Vec<u8>> = items.unwrap_or_default().into_iter().map(Item::into_bytes).collect();
    let mut out = Vec::new();
    jsonb::write_items(list.iter().map(Vec::as_slice), &mut out)?;
    Ok(Datum::Bytes(out.into()))
}

fn first(items: Option<Vec<Item>>, _: bool) -> Result<Datum> {
    let first = items.and_then(|items| items.into_iter().next());
    Ok(first.map_or(Datum::Null, |item| Datum::Bytes(item.into_bytes().into())))
}

struct Rows {
    rows: std::vec::IntoIter<Item>,
}

impl RowSource for Rows {
    fn next(
        &mut self,
        columns: &mut [Vector],
        rows_max: usize,
        _: &mut dyn Environment,
    ) -> Result<usize> {
        let mut count = 0;
        for item in self.rows.by_ref().take(rows_max) {
            columns[0].push(ValueRef::Bytes(&item.into_bytes()));
            count += 1;
        }
        Ok(count)
    }
}

fn query(
    arguments: &[Datum],
    zoned: bool,
    environment: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let values: Vec<ValueRef<'_>> = arguments.iter().map(Datum::as_ref).collect();
    let rows = if values.iter().any(|value| value.is_null()) {
        Vec::new()
    } else {
        items(&values, zoned, false, environment)?.unwrap_or_default()
    };
    Ok(Box::new(Rows { rows: rows.into_iter() }))
}

fn query_local(
    arguments: &[Datum],
    _: &CallInfo,
    environment: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    query(arguments, false, environment)
}

fn query_zoned(
    arguments: &[Datum],
    _: &CallInfo,
    environment: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    query(arguments, true, environment)
}

pub(crate) const SET_RETURNING: &[SetReturning] = &[
    set_returning("jsonb_path_query", query_local),
    set_returning("jsonb_path_query_tz", query_zoned),
];

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("jsonb_path_exists", |call| each(call, false, false, exists)),
    builtin("jsonb_path_exists_tz", |call| each(call, true, false, exists)),
    builtin("jsonb_path_exists_opr", |call| each(call, false, true, exists)),
    builtin("jsonb_path_match", |call| each(call, false, false, matches)),
    builtin("jsonb_path_match_tz", |call| each(call, true, false, matches)),
    builtin("jsonb_path_match_opr", |call| each(call, false, true, matches)),
    builtin("jsonb_path_query_array", |call| each(call, false, false, array)),
    builtin("jsonb_path_query_array_tz", |call| each(call, true, false, array)),
    builtin("jsonb_path_query_first", |call| each(call, false, false, first)),
    builtin("jsonb_path_query_first_tz", |call| each(call, true, false, first)),
];
