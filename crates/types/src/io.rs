//! The text and binary forms of values, by type.

use crate::{
    Datum, Oid, TextContext, ValueRef, boolean, float, format_type, integer, text, type_oid,
};
use error::{Error, Result};

/// The value that a text form stands for, made to fit the typmod (-1 for none). 22P02 and the type's own
/// errors; 0A000 for a type that is not built.
pub fn input(type_id: Oid, typmod: i32, source: &str, context: &TextContext<'_>) -> Result<Datum> {
    let _ = (typmod, context);
    Ok(match type_id {
        type_oid::BOOL => Datum::Bool(boolean::input(source)?),
        type_oid::INT2 => Datum::I16(integer::input2(source)?),
        type_oid::INT4 => Datum::I32(integer::input4(source)?),
        type_oid::INT8 => Datum::I64(integer::input8(source)?),
        type_oid::FLOAT4 => Datum::F32(float::input4(source)?),
        type_oid::FLOAT8 => Datum::F64(float::input8(source)?),
        type_oid::TEXT => text::input(source)?,
        _ => return Err(unsupported(type_id)),
    })
}

/// Appends the text form of a value that is not NULL.
pub fn output(
    type_id: Oid,
    value: ValueRef<'_>,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let _ = (value, context, out);
    Err(unsupported(type_id))
}

/// The value that a binary form stands for, made to fit the typmod. 22P03 and 08P01 for malformed bytes.
pub fn receive(
    type_id: Oid,
    typmod: i32,
    bytes: &[u8],
    context: &TextContext<'_>,
) -> Result<Datum> {
    let _ = (typmod, bytes, context);
    Err(unsupported(type_id))
}

/// Appends the binary form of a value that is not NULL.
pub fn send(
    type_id: Oid,
    value: ValueRef<'_>,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let _ = (value, context, out);
    Err(unsupported(type_id))
}

#[cold]
fn unsupported(type_id: Oid) -> Error {
    Error::unsupported(format!("type {}", format_type(type_id, None)))
}
