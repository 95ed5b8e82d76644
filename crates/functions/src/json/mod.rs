//! Reading json and jsonb: fields, elements, paths, lengths, types.

mod assign;
mod change;
mod path;
mod path_call;
mod path_method;
mod query;
mod record;
mod value;

pub use assign::assign_jsonb;
pub use query::{
    JsonFound, JsonKind, JsonMake, JsonQueryInput, JsonWrapper, is_json, json_as, json_construct,
    json_empty, json_exists, json_handles, json_parse, json_query, json_scalar_as, json_truth_as,
    json_value,
};
pub(crate) use record::{FUNCTIONS as RECORD_FUNCTIONS, SET_RETURNING as RECORD_SET_RETURNING};

pub(crate) use path_call::{FUNCTIONS as PATH_FUNCTIONS, SET_RETURNING as PATH_SET_RETURNING};

use crate::call::{Call, text};
use crate::{
    Builtin, CallInfo, Environment, RowSource, SetReturning, builtin, series, set_returning,
};
use change::{
    Change, change_at, concatenate, contains, delete_index, delete_keys, exists, exists_of, pretty,
    strip_nulls, strip_nulls_text,
};
use error::{Error, Result, SqlState};
use types::array::Array;
use types::json::jsonb::{self, Json};
use types::{Datum, Numeric, ValueRef};
use value::{Piece, Shape, Value, open_binary, open_text};

fn invalid(message: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

type Open = for<'v> fn(&'v [u8]) -> Result<Value<'v>>;

fn field(call: &mut Call<'_>, open: Open) -> Result<()> {
    call.map2(|source: &[u8], key: &str| Ok(open(source)?.field(key)?.map(|value| value.bytes())))
}

fn field_text(call: &mut Call<'_>, open: Open) -> Result<()> {
    call.map2(|source: &[u8], key: &str| match open(source)?.field(key)? {
        Some(value) => value.shown(),
        None => Ok(None),
    })
}

fn element(call: &mut Call<'_>, open: Open) -> Result<()> {
    call.map2(|source: &[u8], index: i32| {
        Ok(open(source)?.element(index)?.map(|value| value.bytes()))
    })
}

fn element_text(call: &mut Call<'_>, open: Open) -> Result<()> {
    call.map2(|source: &[u8], index: i32| match open(source)?.element(index)? {
        Some(value) => value.shown(),
        None => Ok(None),
    })
}

fn path(call: &mut Call<'_>, open: Open) -> Result<()> {
    call.map2(|source: &[u8], path: &[u8]| Ok(open(source)?.path(path)?.map(|value| value.bytes())))
}

fn path_text(call: &mut Call<'_>, open: Open) -> Result<()> {
    call.map2(|source: &[u8], path: &[u8]| match open(source)?.path(path)? {
        Some(value) => value.shown(),
        None => Ok(None),
    })
}

fn array_length(call: &mut Call<'_>, open: Open) -> Result<()> {
    call.map1(|source: &[u8]| {
        let value = open(source)?;
        match value.shape() {
            Shape::Array => crate::text::count(value.elements()?.len()),
            Shape::Object => Err(invalid("cannot get array length of a non-array")),
            Shape::String | Shape::Number | Shape::Bool | Shape::Null => {
                Err(invalid("cannot get array length of a scalar"))
            }
        }
    })
}

fn type_name(call: &mut Call<'_>, open: Open) -> Result<()> {
    call.map1(|source: &[u8]| {
        Ok(match open(source)?.shape() {
            Shape::Object => "object",
            Shape::Array => "array",
            Shape::String => "string",
            Shape::Number => "number",
            Shape::Bool => "boolean",
            Shape::Null => "null",
        })
    })
}

/// The source of a set-returning function; `None` where it is NULL.
fn source(arguments: &[Datum]) -> Option<&[u8]> {
    arguments.first().and_then(|value| value.as_ref().bytes())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Json,
    Text,
}

fn datum(value: Value<'_>, shown: Shown) -> Result<Datum> {
    match shown {
        Shown::Json => Ok(Datum::Bytes(value.bytes().into())),
        Shown::Text => Ok(value.shown()?.map_or(Datum::Null, |text| Datum::text(&text))),
    }
}

fn elements(
    arguments: &[Datum],
    open: Open,
    shown: Shown,
    name: &str,
) -> Result<Box<dyn RowSource>> {
    let Some(source) = source(arguments) else { return series::none() };
    let value = open(source)?;
    let binary = matches!(value, Value::Binary(_));
    match value.shape() {
        Shape::Array => {}
        Shape::Object if binary => return Err(invalid("cannot extract elements from an object")),
        Shape::Object => return Err(invalid(format!("cannot call {name} on a non-array"))),
        Shape::String | Shape::Number | Shape::Bool | Shape::Null if binary => {
            return Err(invalid("cannot extract elements from a scalar"));
        }
        Shape::String | Shape::Number | Shape::Bool | Shape::Null => {
            return Err(invalid(format!("cannot call {name} on a scalar")));
        }
    }
    let values: Result<Vec<Datum>> =
        value.elements()?.into_iter().map(|element| datum(element, shown)).collect();
    series::values(values?.into_iter().map(Ok))
}

fn pairs(arguments: &[Datum], open: Open, shown: Shown, name: &str) -> Result<Box<dyn RowSource>> {
    let Some(source) = source(arguments) else { return series::none() };
    let value = open(source)?;
    match (value, value.shape()) {
        (_, Shape::Object) => {}
        (Value::Binary(_), _) => {
            return Err(invalid(format!("cannot call {name} on a non-object")));
        }
        (Value::Text(_), Shape::Array) => {
            return Err(invalid("cannot deconstruct an array as an object"));
        }
        (Value::Text(_), _) => return Err(invalid("cannot deconstruct a scalar")),
    }
    let rows: Result<Vec<Vec<Datum>>> = value
        .pairs()?
        .into_iter()
        .map(|(key, value)| Ok(vec![Datum::text(&key), datum(value, shown)?]))
        .collect();
    Ok(Box::new(series::Table { rows: rows?.into_iter() }))
}

fn keys(arguments: &[Datum], open: Open, name: &str) -> Result<Box<dyn RowSource>> {
    let Some(source) = source(arguments) else { return series::none() };
    let value = open(source)?;
    match value.shape() {
        Shape::Object => {}
        Shape::Array => return Err(invalid(format!("cannot call {name} on an array"))),
        Shape::String | Shape::Number | Shape::Bool | Shape::Null => {
            return Err(invalid(format!("cannot call {name} on a scalar")));
        }
    }
    let keys = value.pairs()?.into_iter().map(|(key, _)| Ok(Datum::text(&key)));
    series::values(keys.collect::<Vec<_>>().into_iter())
}

/// A number or boolean of jsonb for a cast; `None` for null.
fn scalar<'a>(source: &'a [u8], kind: &str) -> Result<Option<Json<'a>>> {
    let value = jsonb::parse(source);
    let what = match value {
        Json::Null => return Ok(None),
        Json::Number(_) if kind != "boolean" => return Ok(Some(value)),
        Json::Bool(_) if kind == "boolean" => return Ok(Some(value)),
        Json::Bool(_) => "boolean",
        Json::Number(_) => "numeric",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    Err(invalid(format!("cannot cast jsonb {what} to type {kind}")))
}

fn number(source: &[u8], kind: &str) -> Result<Option<Numeric>> {
    Ok(match scalar(source, kind)? {
        Some(Json::Number(bytes)) => Some(Numeric::decode(bytes)),
        _ => None,
    })
}

fn optional_flag(value: Option<ValueRef<'_>>) -> bool {
    value.is_some_and(crate::call::is_true)
}

fn strip(call: &mut Call<'_>, binary: bool) -> Result<()> {
    call.map_rows_strict(|arguments, row, _, _| {
        let source = arguments[0].get(row).bytes().unwrap_or(&[]);
        let in_arrays = optional_flag(arguments.get(1).map(|argument| argument.get(row)));
        if binary {
            return strip_nulls(source, in_arrays);
        }
        let mut out = Vec::new();
        let piece = Piece::whole(std::str::from_utf8(source).unwrap_or("null"))?;
        strip_nulls_text(piece, in_arrays, &mut out)?;
        Ok(out)
    })
}

fn set_or_insert(call: &mut Call<'_>, insert: bool) -> Result<()> {
    call.map_rows_strict(|arguments, row, _, _| {
        let bytes = |index: usize| arguments[index].get(row).bytes().unwrap_or(&[]);
        let flag = arguments.get(3).map(|argument| argument.get(row));
        let value = bytes(2);
        let change_to = if insert {
            Change::Insert { value, after: optional_flag(flag) }
        } else {
            Change::Set { value, create: flag.is_none_or(crate::call::is_true) }
        };
        change_at(bytes(0), bytes(1), change_to)
    })
}

/// jsonb_set, but for what NULL as the new value does. 22004, 22023.
fn set_lax(call: &mut Call<'_>) -> Result<()> {
    call.map_rows(|arguments, row, _, _| {
        let value = |index: usize| arguments[index].get(row);
        let (Some(source), Some(path)) = (value(0).bytes(), value(1).bytes()) else {
            return Ok(None);
        };
        let ValueRef::Bool(create) = value(3) else { return Ok(None) };
        let Some(treatment) = value(4).bytes() else {
            let text = "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"";
            return Err(invalid(text));
        };
        if let Some(new) = value(2).bytes() {
            return change_at(source, path, Change::Set { value: new, create }).map(Some);
        }
        match treatment {
            b"raise_exception" => Err(Error::new(
                SqlState::NULL_VALUE_NOT_ALLOWED,
                "JSON value must not be null",
            )
            .detail("Exception was raised because null_value_treatment is \"raise_exception\".")
            .hint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")),
            b"use_json_null" => {
                let mut null = Vec::new();
                jsonb::write_null(&mut null);
                change_at(source, path, Change::Set { value: &null, create }).map(Some)
            }
            b"delete_key" => change_at(source, path, Change::Delete).map(Some),
            b"return_target" => Ok(Some(source.to_vec())),
            _ => {
                let text = "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or \"raise_exception\"";
                Err(invalid(text))
            }
        }
    })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("jsonb_set_lax", set_lax),
    builtin("json_object_field", |call| field(call, open_text)),
    builtin("jsonb_object_field", |call| field(call, open_binary)),
    builtin("json_object_field_text", |call| field_text(call, open_text)),
    builtin("jsonb_object_field_text", |call| field_text(call, open_binary)),
    builtin("json_array_element", |call| element(call, open_text)),
    builtin("jsonb_array_element", |call| element(call, open_binary)),
    builtin("json_array_element_text", |call| element_text(call, open_text)),
    builtin("jsonb_array_element_text", |call| element_text(call, open_binary)),
    builtin("json_extract_path", |call| path(call, open_text)),
    builtin("jsonb_extract_path", |call| path(call, open_binary)),
    builtin("json_extract_path_text", |call| path_text(call, open_text)),
    builtin("jsonb_extract_path_text", |call| path_text(call, open_binary)),
    builtin("json_array_length", |call| array_length(call, open_text)),
    builtin("jsonb_array_length", |call| array_length(call, open_binary)),
    builtin("json_typeof", |call| type_name(call, open_text)),
    builtin("jsonb_typeof", |call| type_name(call, open_binary)),
    builtin("jsonb_contains", |call| call.map2(|a: &[u8], b: &[u8]| contains(a, b, true))),
    builtin("jsonb_contained", |call| call.map2(|a: &[u8], b: &[u8]| contains(b, a, true))),
    builtin("jsonb_exists", |call| call.map2(|a: &[u8], key: &str| Ok(exists(a, key)))),
    builtin("jsonb_exists_any", |call| {
        call.map2(|a: &[u8], keys: &[u8]| exists_of(a, keys, false))
    }),
    builtin("jsonb_exists_all", |call| call.map2(|a: &[u8], keys: &[u8]| exists_of(a, keys, true))),
    builtin("jsonb_concat", |call| call.map2(concatenate)),
    builtin("jsonb_delete", |call| call.map2(|a: &[u8], key: &str| delete_keys(a, &[key]))),
    builtin("jsonb_delete_array", |call| {
        call.map2(|a: &[u8], keys: &[u8]| {
            let keys = Array::parse(keys)?;
            if keys.dimension_count() > 1 {
                let text = "wrong number of array subscripts";
                return Err(Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, text));
            }
            let keys: Vec<&str> = keys.iter().filter(|key| !key.is_null()).map(text).collect();
            delete_keys(a, &keys)
        })
    }),
    builtin("jsonb_delete_idx", |call| call.map2(delete_index)),
    builtin("jsonb_delete_path", |call| {
        call.map2(|a: &[u8], path: &[u8]| change_at(a, path, Change::Delete))
    }),
    builtin("jsonb_set", |call| set_or_insert(call, false)),
    builtin("jsonb_insert", |call| set_or_insert(call, true)),
    builtin("json_strip_nulls", |call| strip(call, false)),
    builtin("jsonb_strip_nulls", |call| strip(call, true)),
    builtin("jsonb_pretty", |call| {
        call.map1(|a: &[u8]| {
            let mut out = Vec::new();
            pretty(a, 0, &mut out)?;
            Ok(out)
        })
    }),
    builtin("jsonb_bool", |call| {
        call.map1(|a: &[u8]| {
            Ok(scalar(a, "boolean")?.map(|value| matches!(value, Json::Bool(true))))
        })
    }),
    builtin("jsonb_numeric", |call| call.map1(|a: &[u8]| number(a, "numeric"))),
    builtin("jsonb_int2", |call| {
        call.map1(|a: &[u8]| number(a, "smallint")?.map(|n| n.to_i16()).transpose())
    }),
    builtin("jsonb_int4", |call| {
        call.map1(|a: &[u8]| number(a, "integer")?.map(|n| n.to_i32()).transpose())
    }),
    builtin("jsonb_int8", |call| {
        call.map1(|a: &[u8]| number(a, "bigint")?.map(|n| n.to_i64()).transpose())
    }),
    builtin("jsonb_float4", |call| {
        call.map1(|a: &[u8]| number(a, "real")?.map(|n| n.to_f32()).transpose())
    }),
    builtin("jsonb_float8", |call| {
        call.map1(|a: &[u8]| number(a, "double precision")?.map(|n| n.to_f64()).transpose())
    }),
];

type Start = fn(&[Datum], &CallInfo, &mut dyn Environment) -> Result<Box<dyn RowSource>>;

const fn rows(prosrc: &'static str, start: Start) -> SetReturning {
    set_returning(prosrc, start)
}

pub(crate) const SET_RETURNING: &[SetReturning] = &[
    rows("json_array_elements", |arguments, _, _| {
        elements(arguments, open_text, Shown::Json, "json_array_elements")
    }),
    rows("json_array_elements_text", |arguments, _, _| {
        elements(arguments, open_text, Shown::Text, "json_array_elements_text")
    }),
    rows("jsonb_array_elements", |arguments, _, _| {
        elements(arguments, open_binary, Shown::Json, "jsonb_array_elements")
    }),
    rows("jsonb_array_elements_text", |arguments, _, _| {
        elements(arguments, open_binary, Shown::Text, "jsonb_array_elements_text")
    }),
    rows("json_each", |arguments, _, _| pairs(arguments, open_text, Shown::Json, "json_each")),
    rows("json_each_text", |arguments, _, _| {
        pairs(arguments, open_text, Shown::Text, "json_each_text")
    }),
    rows("jsonb_each", |arguments, _, _| pairs(arguments, open_binary, Shown::Json, "jsonb_each")),
    rows("jsonb_each_text", |arguments, _, _| {
        pairs(arguments, open_binary, Shown::Text, "jsonb_each_text")
    }),
    rows("json_object_keys", |arguments, _, _| keys(arguments, open_text, "json_object_keys")),
    rows("jsonb_object_keys", |arguments, _, _| keys(arguments, open_binary, "jsonb_object_keys")),
];
