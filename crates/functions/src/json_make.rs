//! json and jsonb made of arguments: to_json, row_to_json, json_build_object and array, json_object.

use crate::call::{Call, is_true, text};
use crate::json_build::{Builder, Form, Key, Style, write_binary, write_lines, write_text};
use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use types::array::Array;
use types::{ValueRef, type_oid};

fn invalid(message: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

fn whole(call: &mut Call<'_>, form: Form) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, info| {
        let mut out = Vec::new();
        let (type_id, value) = (info.argument_types[0], arguments[0].get(row));
        match form {
            Form::Text => write_text(type_id, value, environment, &mut out)?,
            Form::Binary => write_binary(type_id, value, environment, &mut out)?,
        }
        Ok(out)
    })
}

/// row_to_json and array_to_json, whose second argument asks for lines.
fn with_lines(call: &mut Call<'_>) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, info| {
        let pretty = arguments.get(1).is_some_and(|argument| is_true(argument.get(row)));
        let mut out = Vec::new();
        write_lines(info.argument_types[0], arguments[0].get(row), environment, pretty, &mut out)?;
        Ok(out)
    })
}

fn build_array(call: &mut Call<'_>, form: Form) -> Result<()> {
    call.map_rows(|arguments, row, environment, info| {
        let mut builder = Builder::new(Style::Build);
        for (argument, type_id) in arguments.iter().zip(&info.argument_types) {
            builder.push(form, None, *type_id, argument.get(row), environment)?;
        }
        builder.finish(form, false)
    })
}

fn build_object(call: &mut Call<'_>, form: Form) -> Result<()> {
    call.map_rows(|arguments, row, environment, info| {
        if !arguments.len().is_multiple_of(2) {
            return Err(uneven(form));
        }
        let mut builder = Builder::new(Style::Build);
        for index in (0..arguments.len()).step_by(2) {
            let key = arguments[index].get(row);
            if key.is_null() && form == Form::Binary {
                return Err(invalid(format!("argument {}: key must not be null", index + 1)));
            }
            let key = Key::of(info.argument_types[index], key, environment)?;
            let value = arguments[index + 1].get(row);
            builder.push(form, Some(&key), info.argument_types[index + 1], value, environment)?;
        }
        builder.finish(form, true).map(Some)
    })
}

fn uneven(form: Form) -> Error {
    let name = if form == Form::Text { "json_build_object" } else { "jsonb_build_object" };
    invalid("argument list must have even number of elements")
        .hint(format!("The arguments of {name}() must consist of alternating keys and values."))
}

/// An object of text arrays: of pairs in one, or of keys and values in two.
fn object(call: &mut Call<'_>, form: Form) -> Result<()> {
    call.map_rows_strict(|arguments, row, environment, _| {
        let shape_error = |message| Error::new(SqlState::ARRAY_SUBSCRIPT_ERROR, message);
        let first = Array::parse(arguments[0].get(row).bytes().unwrap_or(&[]))?;
        let elements: Vec<ValueRef<'_>> = first.iter().collect();
        let pairs: Vec<(ValueRef<'_>, ValueRef<'_>)> = match arguments.get(1) {
            Some(second) => {
                let second = Array::parse(second.get(row).bytes().unwrap_or(&[]))?;
                if first.dimension_count() > 1 || second.dimension_count() > 1 {
                    return Err(shape_error("wrong number of array subscripts"));
                }
                if first.len() != second.len() {
                    return Err(shape_error("mismatched array dimensions"));
                }
                elements.into_iter().zip(second.iter()).collect()
            }
            None => {
                match first.dimensions().collect::<Vec<_>>()[..] {
                    [] => {}
                    [one] if one.length % 2 != 0 => {
                        return Err(shape_error("array must have even number of elements"));
                    }
                    [_] => {}
                    [_, inner] if inner.length != 2 => {
                        return Err(shape_error("array must have two columns"));
                    }
                    [_, _] => {}
                    _ => return Err(shape_error("wrong number of array subscripts")),
                }
                elements.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
            }
        };
        let mut builder = Builder::new(Style::Build);
        for (key, value) in pairs {
            if key.is_null() {
                return Err(Error::new(
                    SqlState::NULL_VALUE_NOT_ALLOWED,
                    "null value not allowed for object key",
                ));
            }
            let key = Key { text: text(key).as_bytes().to_vec() };
            builder.push(form, Some(&key), type_oid::TEXT, value, environment)?;
        }
        builder.finish(form, true)
    })
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("to_json", |call| whole(call, Form::Text)),
    builtin("to_jsonb", |call| whole(call, Form::Binary)),
    builtin("row_to_json", with_lines),
    builtin("row_to_json_pretty", with_lines),
    builtin("array_to_json", with_lines),
    builtin("array_to_json_pretty", with_lines),
    builtin("json_build_array", |call| build_array(call, Form::Text)),
    builtin("json_build_array_noargs", |call| build_array(call, Form::Text)),
    builtin("jsonb_build_array", |call| build_array(call, Form::Binary)),
    builtin("jsonb_build_array_noargs", |call| build_array(call, Form::Binary)),
    builtin("json_build_object", |call| build_object(call, Form::Text)),
    builtin("json_build_object_noargs", |call| build_object(call, Form::Text)),
    builtin("jsonb_build_object", |call| build_object(call, Form::Binary)),
    builtin("jsonb_build_object_noargs", |call| build_object(call, Form::Binary)),
    builtin("json_object", |call| object(call, Form::Text)),
    builtin("json_object_two_arg", |call| object(call, Form::Text)),
    builtin("jsonb_object", |call| object(call, Form::Binary)),
    builtin("jsonb_object_two_arg", |call| object(call, Form::Binary)),
];
