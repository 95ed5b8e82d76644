//! json_to_record, json_populate_record and their kin: objects as rows whose columns are known from FROM.

use super::value::{Shape, Value, open_binary, open_text};
use crate::{
    Builtin, Call, CallInfo, Environment, RowSource, SetReturning, builtin, set_returning,
};
use batch::Vector;
use error::{Error, Result, SqlState, stack_check};
use types::array::{Dimension, build_array};
use types::json::jsonb;
use types::record::Record;
use types::{Datum, Kind, Oid, ValueRef, type_oid};

fn invalid(message: String) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

/// A JSON value as a value of a type.
pub(super) fn convert(
    value: &Value<'_>,
    type_id: Oid,
    typmod: i32,
    key: &str,
    environment: &mut dyn Environment,
) -> Result<Datum> {
    stack_check()?;
    if types::is_domain(type_id) {
        let base = environment.names().domain_base(type_id);
        let (base, typmod) = base.unwrap_or((type_oid::TEXT, -1));
        let inner = convert(value, base, typmod, key, environment)?;
        environment.check_domain(type_id, inner.as_ref())?;
        return Ok(inner);
    }
    if value.shape() == Shape::Null && !matches!(type_id, type_oid::JSON | type_oid::JSONB) {
        return Ok(Datum::Null);
    }
    match type_id {
        type_oid::JSON | type_oid::JSONB if value.shape() == Shape::Null => return Ok(Datum::Null),
        type_oid::JSON => return Ok(Datum::Bytes(json_text(value)?.into())),
        type_oid::JSONB => {
            let text = json_text(value)?;
            let text = String::from_utf8_lossy(&text);
            return Ok(Datum::Bytes(jsonb::input(&text)?.into()));
        }
        _ => {}
    }
    if let Some(element) = types::element_of(type_id)
        && value.shape() != Shape::String
    {
        return array(value, element, typmod, key, environment);
    }
    if let Some(fields) = environment.names().fields(type_id)
        && value.shape() != Shape::String
    {
        let what = match value.shape() {
            Shape::Object => return record_of(value, None, &fields, environment),
            Shape::Array => "an array",
            Shape::String | Shape::Number | Shape::Bool | Shape::Null => "a scalar",
        };
        return Err(invalid(format!("cannot call populate_composite on {what}")));
    }
    let text = value.shown()?.unwrap_or_default();
    let context = environment.text_context();
    let read = types::input(type_id, typmod, &text, &context)?;
    types::apply_typmod(type_id, typmod, read, false)
}

/// The JSON text of a value in either form.
fn json_text(value: &Value<'_>) -> Result<Vec<u8>> {
    match value {
        Value::Text(piece) => Ok(piece.text.as_bytes().to_vec()),
        Value::Binary(bytes) => {
            let mut out = Vec::new();
            jsonb::output(bytes, &mut out)?;
            Ok(out)
        }
    }
}

#[cold]
fn no_array(key: &str) -> Error {
    Error::new(SqlState::INVALID_TEXT_REPRESENTATION, "expected JSON array")
        .hint(format!("See the value of key \"{key}\"."))
}

/// As [`no_array`], of an element by its place among all of its depth.
#[cold]
fn no_array_at(key: &str, lengths: &[usize], index: usize) -> Error {
    let (mut rest, mut path) = (index, String::new());
    for length in lengths.iter().rev() {
        path = format!("[{}]{path}", rest % (*length).max(1));
        rest /= (*length).max(1);
    }
    Error::new(SqlState::INVALID_TEXT_REPRESENTATION, "expected JSON array")
        .hint(format!("See the array element {path} of key \"{key}\"."))
}

/// A JSON array, perhaps of arrays, as an array.
fn array(
    value: &Value<'_>,
    element: Oid,
    typmod: i32,
    key: &str,
    environment: &mut dyn Environment,
) -> Result<Datum> {
    if value.shape() != Shape::Array {
        return Err(no_array(key));
    }
    let (mut lengths, mut here) = (Vec::new(), value.elements()?);
    let mut level = here.len();
    let ragged = || {
        Error::new(SqlState::INVALID_TEXT_REPRESENTATION, "malformed JSON array")
            .detail("Multidimensional arrays must have sub-arrays with matching dimensions.")
    };
    let json_element = matches!(element, type_oid::JSON | type_oid::JSONB);
    loop {
        lengths.push(level);
        let nested =
            !json_element && !here.is_empty() && here.iter().all(|v| v.shape() == Shape::Array);
        if !nested {
            let is_array = |v: &Value<'_>| v.shape() == Shape::Array;
            if !json_element && here.iter().any(is_array) {
                let other = here.iter().position(|v| !is_array(v));
                return Err(match other.filter(|_| here.first().is_some_and(is_array)) {
                    Some(index) => no_array_at(key, &lengths, index),
                    None => ragged(),
                });
            }
            break;
        }
        let inner: Vec<Vec<Value<'_>>> = here.iter().map(Value::elements).collect::<Result<_>>()?;
        level = inner[0].len();
        if inner.iter().any(|list| list.len() != level) {
            return Err(ragged());
        }
        if lengths.len() >= types::array::DIMENSIONS_MAX {
            let text = "number of array dimensions exceeds the maximum allowed (6)";
            return Err(Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, text));
        }
        here = inner.into_iter().flatten().collect();
    }
    let dimensions: Vec<Dimension> = lengths
        .iter()
        .map(|length| Dimension { length: i32::try_from(*length).unwrap_or(i32::MAX), lower: 1 })
        .collect();
    let mut items = Vec::with_capacity(here.len());
    for item in &here {
        items.push(convert(item, element, typmod, key, environment)?);
    }
    let bytes = build_array(element, &dimensions, items.iter().map(Datum::as_ref))?;
    Ok(Datum::Bytes(bytes.into()))
}

/// The composite value of an object's fields.
fn record_of(
    object: &Value<'_>,
    base: Option<&Record<'_>>,
    fields: &[(String, Oid, i32)],
    environment: &mut dyn Environment,
) -> Result<Datum> {
    let values = row(object, base, fields, environment)?;
    let typed = fields.iter().map(|field| field.1).zip(values.iter().map(Datum::as_ref));
    Ok(Datum::Bytes(types::record::build_record(typed).into()))
}

/// The row of an object; what it lacks comes from the base row, if there is one.
fn row(
    object: &Value<'_>,
    base: Option<&Record<'_>>,
    fields: &[(String, Oid, i32)],
    environment: &mut dyn Environment,
) -> Result<Vec<Datum>> {
    let mut out = Vec::with_capacity(fields.len());
    for (index, (name, type_id, typmod)) in fields.iter().enumerate() {
        out.push(match object.field(name)? {
            Some(value) => convert(&value, *type_id, *typmod, name, environment)?,
            None => match base {
                Some(record) if index < record.len() => record.get(index).1.to_datum(),
                Some(_) | None => {
                    environment.check_domain(*type_id, ValueRef::Null)?;
                    Datum::Null
                }
            },
        });
    }
    Ok(out)
}

struct Rows {
    rows: std::vec::IntoIter<Vec<Datum>>,
}

impl RowSource for Rows {
    fn next(
        &mut self,
        columns: &mut [Vector],
        rows_max: usize,
        _: &mut dyn Environment,
    ) -> Result<usize> {
        let mut count = 0;
        for row in self.rows.by_ref().take(rows_max) {
            for (column, value) in columns.iter_mut().zip(&row) {
                column.push(value.as_ref());
            }
            count += 1;
        }
        Ok(count)
    }
}

/// 42804 where the base row is not of the columns' types.
fn check_base(base: &Record<'_>, info: &CallInfo) -> Result<()> {
    let text = "function return row and query-specified return row do not match";
    let wrong = |detail: String| Err(Error::new(SqlState::DATATYPE_MISMATCH, text).detail(detail));
    if base.len() != info.fields.len() {
        let plural = if base.len() == 1 { "" } else { "s" };
        return wrong(format!(
            "Returned row contains {} attribute{plural}, but query expects {}.",
            base.len(),
            info.fields.len()
        ));
    }
    for (index, (_, type_id, _)) in info.fields.iter().enumerate() {
        let found = base.get(index).0;
        if Kind::of(found) != Kind::of(*type_id) {
            return wrong(format!(
                "Returned type {} at ordinal position {}, but query expects {}.",
                types::format_type(found, None),
                index + 1,
                types::format_type(*type_id, None)
            ));
        }
    }
    Ok(())
}

/// How a function takes its arguments.
#[derive(Clone, Copy)]
struct Form {
    name: &'static str,
    binary: bool,
    /// The first argument is a base row.
    populate: bool,
    /// An array of objects.
    set: bool,
}

fn start(
    form: Form,
    arguments: &[Datum],
    info: &CallInfo,
    environment: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    if info.fields.is_empty() {
        return start_records(form, arguments, info, environment);
    }
    let source = arguments.get(usize::from(form.populate)).map_or(ValueRef::Null, Datum::as_ref);
    let base = match arguments.first().map(Datum::as_ref) {
        Some(ValueRef::Bytes(bytes)) if form.populate => Some(Record::parse(bytes)?),
        Some(_) | None => None,
    };
    if let Some(record) = &base {
        check_base(record, info)?;
    }
    let Some(bytes) = source.bytes() else {
        let rows = match base {
            Some(record) if !form.set => {
                vec![record.iter().map(|(_, value)| value.to_datum()).collect()]
            }
            Some(_) | None => Vec::new(),
        };
        return Ok(Box::new(Rows { rows: rows.into_iter() }));
    };
    let value = if form.binary { open_binary(bytes)? } else { open_text(bytes)? };
    let kind = match value.shape() {
        Shape::Object => "an object",
        Shape::Array => "an array",
        Shape::String | Shape::Number | Shape::Bool | Shape::Null => "a scalar",
    };
    let rows = match (form.set, value.shape()) {
        (false, Shape::Object) => vec![row(&value, base.as_ref(), &info.fields, environment)?],
        (true, Shape::Array) => {
            let mut rows = Vec::new();
            for element in value.elements()? {
                if element.shape() != Shape::Object {
                    let text = format!("argument of {} must be an array of objects", form.name);
                    return Err(invalid(text));
                }
                rows.push(row(&element, base.as_ref(), &info.fields, environment)?);
            }
            rows
        }
        (_, _) => return Err(invalid(format!("cannot call {} on {kind}", form.name))),
    };
    Ok(Box::new(Rows { rows: rows.into_iter() }))
}

fn no_row_type(name: &str) -> Error {
    let text = format!("first argument of {name} must be a row type");
    Error::new(SqlState::DATATYPE_MISMATCH, text)
}

/// 42804 where the first argument of a call outside FROM is no row.
fn check_row_type(name: &str, info: &CallInfo, environment: &dyn Environment) -> Result<()> {
    let given = info.argument_types.first().copied().unwrap_or(info.result_type);
    let (base, _) = environment.names().domain_base(given).unwrap_or((given, -1));
    if base == types::type_oid::RECORD || environment.names().fields(base).is_some() {
        return Ok(());
    }
    Err(no_row_type(name))
}

/// Outside FROM: rows as composite values, whose fields the type of the base row tells.
fn start_records(
    form: Form,
    arguments: &[Datum],
    info: &CallInfo,
    environment: &mut dyn Environment,
) -> Result<Box<dyn RowSource>> {
    let row_type = if form.populate {
        info.argument_types.first().copied().unwrap_or(info.result_type)
    } else {
        info.result_type
    };
    let (base, _) = environment.names().domain_base(row_type).unwrap_or((row_type, -1));
    let fields = environment.names().fields(base).ok_or_else(|| {
        if form.populate && base != types::type_oid::RECORD {
            return no_row_type(form.name);
        }
        let text = format!("could not determine row type for result of {}", form.name);
        Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).hint(
            "Provide a non-null record argument, or call the function in the FROM clause using a column definition list.",
        )
    })?;
    let inner = CallInfo { fields: fields.clone(), ..info.clone() };
    let source = start(form, arguments, &inner, environment)?;
    Ok(Box::new(Records { source, fields, row_type }))
}

/// Rows made composite values.
struct Records {
    source: Box<dyn RowSource>,
    fields: Vec<(String, Oid, i32)>,
    row_type: Oid,
}

impl RowSource for Records {
    fn next(
        &mut self,
        columns: &mut [Vector],
        rows_max: usize,
        environment: &mut dyn Environment,
    ) -> Result<usize> {
        let mut inner: Vec<Vector> =
            self.fields.iter().map(|field| Vector::new(Kind::of(field.1))).collect();
        let count = self.source.next(&mut inner, rows_max, environment)?;
        for row in 0..count {
            let typed = self.fields.iter().zip(&inner).map(|(field, v)| (field.1, v.get(row)));
            let value = types::record::build_record(typed);
            environment.check_domain(self.row_type, ValueRef::Bytes(&value))?;
            columns[0].push(ValueRef::Bytes(&value));
        }
        Ok(count)
    }
}

/// json_populate_record outside FROM.
fn populate(call: &mut Call<'_>, name: &'static str, binary: bool) -> Result<()> {
    call.map_rows(|arguments, row, environment, info| {
        let form = Form { name, binary, populate: true, set: false };
        check_row_type(name, info, environment)?;
        let values: Vec<Datum> = arguments.iter().map(|a| a.get(row).to_datum()).collect();
        if values.get(1).is_none_or(Datum::is_null) {
            return Ok(values.into_iter().next().unwrap_or(Datum::Null));
        }
        let mut source = start_records(form, &values, info, environment)?;
        let mut out = vec![Vector::new(Kind::Bytes)];
        let count = source.next(&mut out, 1, environment)?;
        Ok(if count == 0 { Datum::Null } else { out[0].get(0).to_datum() })
    })
}

/// json_to_record outside FROM: nothing says what its columns are. 0A000 but for NULL.
fn no_columns(call: &mut Call<'_>, name: &str) -> Result<()> {
    call.map_rows_strict(|_, _, _, _| -> Result<Datum> {
        let text = format!("could not determine row type for result of {name}");
        Err(Error::new(SqlState::FEATURE_NOT_SUPPORTED, text).hint(
            "Provide a non-null record argument, or call the function in the FROM clause using a column definition list.",
        ))
    })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("json_to_record", |call| no_columns(call, "json_to_record")),
    builtin("jsonb_to_record", |call| no_columns(call, "jsonb_to_record")),
    builtin("json_populate_record", |call| populate(call, "json_populate_record", false)),
    builtin("jsonb_populate_record", |call| populate(call, "jsonb_populate_record", true)),
    builtin("jsonb_populate_record_valid", |call| {
        call.map_rows(|arguments, row, environment, info| {
            let form =
                Form { name: "jsonb_populate_record", binary: true, populate: true, set: false };
            check_row_type(form.name, info, environment)?;
            let values: Vec<Datum> = arguments.iter().map(|a| a.get(row).to_datum()).collect();
            if values.get(1).is_none_or(Datum::is_null) {
                return Ok(Datum::Null);
            }
            match start_records(form, &values, info, environment).map(|_| ()) {
                Ok(()) => Ok(Datum::Bool(true)),
                Err(error) if super::query::json_handles(&error) => Ok(Datum::Bool(false)),
                Err(error) => Err(error),
            }
        })
    }),
];

macro_rules! form {
    ($name:literal, $binary:literal, $populate:literal, $set:literal) => {
        set_returning($name, |arguments, info, environment| {
            let form = Form { name: $name, binary: $binary, populate: $populate, set: $set };
            start(form, arguments, info, environment)
        })
    };
}

pub(crate) const SET_RETURNING: &[SetReturning] = &[
    form!("json_to_record", false, false, false),
    form!("jsonb_to_record", true, false, false),
    form!("json_to_recordset", false, false, true),
    form!("jsonb_to_recordset", true, false, true),
    form!("json_populate_record", false, true, false),
    form!("jsonb_populate_record", true, true, false),
    form!("json_populate_recordset", false, true, true),
    form!("jsonb_populate_recordset", true, true, true),
];
