//! DataRow messages straight from the columns of a batch.

use batch::{Batch, Values, Vector};
use error::{Error, Result, SqlState};
use types::{Oid, TextContext, ValueRef, type_oid};

/// How the values of a column are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The type.
    pub type_id: Oid,
    /// In binary form rather than as text.
    pub is_binary: bool,
}

/// What makes a column's bytes: decided once a batch.
enum Writer<'a> {
    /// The bytes as they are.
    Bytes(&'a Vector),
    /// Decimal digits.
    Digits(&'a Vector),
    /// `t` or `f`.
    Bool(&'a Vector),
    Text(&'a Vector, Oid),
    Binary(&'a Vector, Oid),
}

impl<'a> Writer<'a> {
    fn new(vector: &'a Vector, column: Column) -> Self {
        let Column { type_id, is_binary } = column;
        let is_plain_text = matches!(
            type_id,
            type_oid::TEXT | type_oid::VARCHAR | type_oid::BPCHAR | type_oid::NAME | type_oid::JSON
        );
        let is_integer =
            matches!(type_id, type_oid::INT2 | type_oid::INT4 | type_oid::INT8 | type_oid::OID);
        match &vector.values {
            Values::Bytes(_) if is_plain_text => Self::Bytes(vector),
            _ if is_binary => Self::Binary(vector, type_id),
            Values::I16(_) | Values::I32(_) | Values::I64(_) if is_integer => Self::Digits(vector),
            Values::Bool(_) => Self::Bool(vector),
            Values::I16(_)
            | Values::I32(_)
            | Values::I64(_)
            | Values::F32(_)
            | Values::F64(_)
            | Values::Fixed16(_)
            | Values::Bytes(_) => Self::Text(vector, type_id),
        }
    }

    fn vector(&self) -> &'a Vector {
        match self {
            Self::Bytes(vector)
            | Self::Digits(vector)
            | Self::Bool(vector)
            | Self::Text(vector, _)
            | Self::Binary(vector, _) => vector,
        }
    }

    #[inline]
    fn write(&self, row: usize, context: &TextContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        match (self, self.vector().get(row)) {
            (Self::Bytes(_), ValueRef::Bytes(bytes)) => out.extend_from_slice(bytes),
            (Self::Bool(_), ValueRef::Bool(flag)) => out.push(if flag { b't' } else { b'f' }),
            (Self::Digits(_), ValueRef::I16(number)) => types::integer::write(number.into(), out),
            (Self::Digits(_), ValueRef::I32(number)) => types::integer::write(number.into(), out),
            (Self::Digits(_), ValueRef::I64(number)) => types::integer::write(number, out),
            (Self::Binary(_, type_id), value) => types::send(*type_id, value, context, out)?,
            (Self::Text(_, type_id), value) => types::output(*type_id, value, context, out)?,
            (Self::Bytes(_) | Self::Bool(_) | Self::Digits(_), _) => {
                unreachable!("the writer was chosen by the vector's kind")
            }
        }
        Ok(())
    }
}

/// Appends a DataRow for each row of the batch. Where a value has no such form, the rows before its own stand.
pub fn data_rows(
    batch: &Batch,
    columns: impl ExactSizeIterator<Item = Column>,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    assert!(batch.columns.len() >= columns.len(), "a column was described that is not there");
    let writers: Vec<_> = batch
        .columns
        .iter()
        .zip(columns)
        .map(|(vector, column)| Writer::new(vector, column))
        .collect();
    let count = u16::try_from(writers.len()).map_err(|_| {
        Error::new(SqlState::TOO_MANY_COLUMNS, "target lists can have at most 1664 entries")
    })?;
    for row in batch.rows().iter() {
        let start = out.len();
        out.extend_from_slice(&[b'D', 0, 0, 0, 0]);
        out.extend_from_slice(&count.to_be_bytes());
        for writer in &writers {
            if let Err(error) = write_value(writer, row, context, out) {
                out.truncate(start);
                return Err(error);
            }
        }
        let Some(length) = length_of(&out[start + 1..]) else {
            out.truncate(start);
            return Err(too_large());
        };
        out[start + 1..start + 5].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

#[inline]
fn write_value(
    writer: &Writer<'_>,
    row: usize,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if writer.vector().is_null(row) {
        out.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    }
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    writer.write(row, context, out)?;
    let length = length_of(&out[start + 4..]).ok_or_else(too_large)?;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// The length, if it is within the limit of a message: 1 GB.
fn length_of(bytes: &[u8]) -> Option<i32> {
    i32::try_from(bytes.len()).ok().filter(|length| *length <= 0x3fff_ffff)
}

fn too_large() -> Error {
    Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "out of memory")
        .detail("A message to the client cannot be larger than 1 GB.")
}
