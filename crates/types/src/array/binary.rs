//! The binary format of arrays: dimensions, a flag for NULLs, the element type, bounds, then counted elements.

use super::{Array, DIMENSIONS_MAX, Dimension, build_array, element_count};
use crate::binary::Reader;
use crate::{Datum, Oid, TextContext, io};
use error::{Error, Result, SqlState};

/// An array of an element type and typmod from its binary format. 22P03, 42804, 54000.
pub fn receive_array(
    element_type: Oid,
    typmod: i32,
    bytes: &[u8],
    context: &TextContext<'_>,
) -> Result<Datum> {
    let invalid = |message: String| Error::new(SqlState::INVALID_BINARY_REPRESENTATION, message);
    let mut reader = Reader::new(bytes);
    let dimension_count = reader.i32()?;
    if dimension_count < 0 {
        return Err(invalid(format!("invalid number of dimensions: {dimension_count}")));
    }
    if usize::try_from(dimension_count).unwrap_or(usize::MAX) > DIMENSIONS_MAX {
        return Err(Error::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            format!(
                "number of array dimensions ({dimension_count}) exceeds the maximum allowed ({DIMENSIONS_MAX})"
            ),
        ));
    }
    let flags = reader.i32()?;
    if !(0..=1).contains(&flags) {
        return Err(invalid("invalid array flags".to_owned()));
    }
    let sent_type = Oid(reader.u32()?);
    if sent_type != element_type {
        return Err(Error::new(
            SqlState::DATATYPE_MISMATCH,
            format!(
                "binary data has array element type {sent_type} ({}) instead of expected {element_type} ({})",
                crate::format_type(sent_type, None),
                crate::format_type(element_type, None)
            ),
        ));
    }
    let mut dimensions = Vec::new();
    for _ in 0..dimension_count {
        dimensions.push(Dimension { length: reader.i32()?, lower: reader.i32()? });
    }
    let count = element_count(&dimensions)?;
    let mut elements = Vec::with_capacity(count.min(bytes.len()));
    for index in 0..count {
        let length = reader.i32()?;
        if length == -1 {
            elements.push(Datum::Null);
            continue;
        }
        let length = usize::try_from(length).map_err(|_| insufficient())?;
        let element = reader.take(length).map_err(|_| insufficient())?;
        let element = io::receive(element_type, typmod, element, context).map_err(|error| {
            if error.message() == "incorrect binary data format" {
                return invalid(format!("improper binary format in array element {}", index + 1));
            }
            error
        })?;
        elements.push(element);
    }
    reader.finish()?;
    let bytes = build_array(element_type, &dimensions, elements.iter().map(Datum::as_ref))?;
    Ok(Datum::Bytes(bytes.into()))
}

#[cold]
fn insufficient() -> Error {
    Error::new(SqlState::INVALID_BINARY_REPRESENTATION, "insufficient data left in message")
}

/// Appends the binary format.
pub fn send_array(bytes: &[u8], context: &TextContext<'_>, out: &mut Vec<u8>) -> Result<()> {
    let array = Array::parse(bytes)?;
    let dimension_count = i32::try_from(array.dimension_count()).expect("at most six");
    out.extend_from_slice(&dimension_count.to_be_bytes());
    out.extend_from_slice(&i32::from(array.has_nulls()).to_be_bytes());
    out.extend_from_slice(&array.element_type().0.to_be_bytes());
    for dimension in array.dimensions() {
        out.extend_from_slice(&dimension.length.to_be_bytes());
        out.extend_from_slice(&dimension.lower.to_be_bytes());
    }
    for element in array.iter() {
        io::send_counted(array.element_type(), element, context, out)?;
    }
    Ok(())
}
