//! SQL/JSON expressions: what is found, and what ON EMPTY and ON ERROR give instead.

use super::{Node, Run, run_all};
use crate::expr::JsonOperation;
use batch::{Rows, Vector};
use error::{Error, Result, SqlState};
use functions::{
    Environment, JsonFound, JsonMake, JsonQueryInput, is_json, json_as, json_construct, json_empty,
    json_exists, json_handles, json_parse, json_query, json_scalar_as, json_truth_as, json_value,
};
use types::json::jsonb;
use types::{Datum, Oid, ValueRef, type_oid};

/// What ON EMPTY or ON ERROR gives.
pub(super) enum Behavior {
    Error,
    Null,
    True,
    False,
    Unknown,
    EmptyArray,
    EmptyObject,
    Default(Node),
}

/// A SQL/JSON expression, ready to run.
pub(super) struct SqlJson {
    pub(super) operation: JsonOperation,
    pub(super) arguments: Vec<Node>,
    pub(super) argument_types: Vec<Oid>,
    pub(super) on_empty: Behavior,
    pub(super) on_error: Behavior,
    pub(super) column: Option<String>,
    pub(super) type_id: Oid,
    pub(super) typmod: i32,
}

enum Outcome {
    Value(Datum),
    Empty,
}

pub(super) fn sql_json(
    json: &mut SqlJson,
    out: &mut Vector,
    rows: Rows<'_>,
    run: &mut Run<'_>,
) -> Result<()> {
    run_all(&mut json.arguments, rows, run)?;
    out.reset(rows.end());
    for row in rows.iter() {
        let value = match json.operation {
            JsonOperation::Exists | JsonOperation::Value | JsonOperation::Query { .. } => {
                query(json, row, run)?
            }
            JsonOperation::IsJson { .. }
            | JsonOperation::Object { .. }
            | JsonOperation::Array { .. }
            | JsonOperation::Parse { .. } => plain(json, row, run)?,
        };
        out.set_datum(row, &value);
    }
    Ok(())
}

fn argument<'a>(json: &'a SqlJson, index: usize, row: usize, input: &'a [Vector]) -> ValueRef<'a> {
    json.arguments.get(index).map_or(ValueRef::Null, |node| node.output(input).get(row))
}

fn plain(json: &SqlJson, row: usize, run: &mut Run<'_>) -> Result<Datum> {
    match json.operation {
        JsonOperation::IsJson { kind, unique, negated } => {
            let ValueRef::Bytes(value) = argument(json, 0, row, run.input) else {
                return Ok(Datum::Null);
            };
            let binary = types::lies_as(json.argument_types[0]) == type_oid::JSONB;
            Ok(Datum::Bool(is_json(value, binary, kind, unique)? != negated))
        }
        JsonOperation::Parse { unique } => {
            let ValueRef::Bytes(value) = argument(json, 0, row, run.input) else {
                return Ok(Datum::Null);
            };
            json_parse(&String::from_utf8_lossy(value), unique)?;
            Ok(Datum::Bytes(value.into()))
        }
        JsonOperation::Object { absent_on_null, unique } => {
            construct(json, row, run, true, absent_on_null, unique)
        }
        JsonOperation::Array { absent_on_null } => {
            construct(json, row, run, false, absent_on_null, false)
        }
        JsonOperation::Exists | JsonOperation::Value | JsonOperation::Query { .. } => {
            Err(Error::internal("a query function is none of these"))
        }
    }
}

fn construct(
    json: &SqlJson,
    row: usize,
    run: &mut Run<'_>,
    object: bool,
    absent: bool,
    unique: bool,
) -> Result<Datum> {
    let values: Vec<(Oid, ValueRef<'_>)> = json
        .argument_types
        .iter()
        .zip(&json.arguments)
        .map(|(type_id, node)| (*type_id, node.output(run.input).get(row)))
        .collect();
    let binary = json.type_id == type_oid::JSONB;
    let make = JsonMake { object, binary, absent_on_null: absent, unique };
    let environment = run.evaluation.environment();
    let bytes = json_construct(make, &values, environment)?;
    Ok(Datum::Bytes(bytes.into()))
}

fn find(json: &SqlJson, row: usize, run: &mut Run<'_>) -> Result<Outcome> {
    let (ValueRef::Bytes(context), ValueRef::Bytes(path)) =
        (argument(json, 0, row, run.input), argument(json, 1, row, run.input))
    else {
        return Ok(Outcome::Value(Datum::Null));
    };
    let path = std::str::from_utf8(path).map_err(|_| Error::corrupted("a jsonpath is text"))?;
    let input = JsonQueryInput {
        context,
        path,
        variables: argument(json, 2, row, run.input).bytes(),
        column: json.column.as_deref(),
    };
    let (type_id, typmod) = (json.type_id, json.typmod);
    let environment: &mut dyn Environment = run.evaluation.environment();
    let found = match json.operation {
        JsonOperation::Exists => {
            let truth = json_exists(input, environment)?;
            return json_truth_as(truth, type_id, typmod, environment).map(Outcome::Value);
        }
        JsonOperation::Query { wrapper, .. } => json_query(input, wrapper, environment)?,
        JsonOperation::Value
        | JsonOperation::IsJson { .. }
        | JsonOperation::Object { .. }
        | JsonOperation::Array { .. }
        | JsonOperation::Parse { .. } => json_value(input, environment)?,
    };
    let JsonFound::Item(item) = found else { return Ok(Outcome::Empty) };
    let value = if let JsonOperation::Query { omit_quotes, .. } = json.operation {
        json_as(&item, type_id, typmod, omit_quotes, environment)
    } else {
        json_scalar_as(&item, type_id, typmod, environment)
    };
    value.map(Outcome::Value)
}

fn query(json: &mut SqlJson, row: usize, run: &mut Run<'_>) -> Result<Datum> {
    let found = find(json, row, run);
    let omit = matches!(json.operation, JsonOperation::Query { omit_quotes: true, .. });
    let (type_id, typmod) = (json.type_id, json.typmod);
    match found {
        Ok(Outcome::Value(value)) => Ok(value),
        Ok(Outcome::Empty) if matches!(json.on_empty, Behavior::Error) => {
            Err(json_empty(json.column.as_deref()))
        }
        Ok(Outcome::Empty) => {
            let raises = matches!(json.on_error, Behavior::Error);
            let value = behave(&mut json.on_empty, "ON EMPTY", type_id, typmod, omit, row, run);
            value.map_err(|error| match error.fields().detail.clone() {
                // With ERROR ON ERROR it is the domain's own error that is told.
                Some(detail) if raises && detail.ends_with("does not allow null values") => {
                    Error::new(SqlState::NOT_NULL_VIOLATION, detail)
                }
                Some(_) | None => error,
            })
        }
        Err(error) if matches!(json.on_error, Behavior::Error) || !json_handles(&error) => {
            Err(error)
        }
        Err(_) => behave(&mut json.on_error, "ON ERROR", type_id, typmod, omit, row, run),
    }
}

/// What a behavior gives. 42804 where that is no value of the type.
fn behave(
    behavior: &mut Behavior,
    when: &str,
    type_id: Oid,
    typmod: i32,
    omit_quotes: bool,
    row: usize,
    run: &mut Run<'_>,
) -> Result<Datum> {
    let mut bytes = Vec::new();
    let (word, value) = match behavior {
        Behavior::Error => return Err(Error::internal("ERROR was thrown before")),
        Behavior::Null | Behavior::Unknown => {
            let value = run.evaluation.environment().check_domain(type_id, ValueRef::Null);
            ("NULL", value.map(|()| Datum::Null))
        }
        Behavior::True => {
            ("TRUE", json_truth_as(true, type_id, typmod, run.evaluation.environment()))
        }
        Behavior::False => {
            ("FALSE", json_truth_as(false, type_id, typmod, run.evaluation.environment()))
        }
        Behavior::EmptyArray => {
            jsonb::write_items([], &mut bytes)?;
            let environment = run.evaluation.environment();
            ("EMPTY ARRAY", json_as(&bytes, type_id, typmod, omit_quotes, environment))
        }
        Behavior::EmptyObject => {
            jsonb::write_pairs(Vec::new(), &mut bytes)?;
            let environment = run.evaluation.environment();
            ("EMPTY OBJECT", json_as(&bytes, type_id, typmod, omit_quotes, environment))
        }
        Behavior::Default(node) => {
            let at = [u16::try_from(row).unwrap_or(0)];
            node.run(Rows::Some(&at), run)?;
            let value = node.output(run.input).get(row).to_datum();
            let checked = run.evaluation.environment().check_domain(type_id, value.as_ref());
            ("DEFAULT", checked.map(|()| value))
        }
    };
    value.map_err(|error| {
        if !json_handles(&error) {
            return error;
        }
        let text = format!("could not coerce {when} expression ({word}) to the RETURNING type");
        Error::new(SqlState::DATATYPE_MISMATCH, text).detail(error.message().to_owned())
    })
}
