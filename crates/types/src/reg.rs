//! The reg* types: OIDs of catalog objects that read and print as names.

use crate::{Datum, Oid, TextContext, integer, type_oid};
use error::Result;

/// Whether the type is one of them.
pub(crate) fn is_reg(type_id: Oid) -> bool {
    matches!(
        type_id,
        type_oid::REGPROC
            | type_oid::REGPROCEDURE
            | type_oid::REGOPER
            | type_oid::REGOPERATOR
            | type_oid::REGCLASS
            | type_oid::REGTYPE
            | type_oid::REGCONFIG
            | type_oid::REGDICTIONARY
            | type_oid::REGNAMESPACE
            | type_oid::REGROLE
            | type_oid::REGCOLLATION
    )
}

/// A number, `-` for none, or a name that the catalog knows.
pub(crate) fn input(type_id: Oid, source: &str, context: &TextContext<'_>) -> Result<Datum> {
    let none = if matches!(type_id, type_oid::REGOPER | type_oid::REGOPERATOR) { "0" } else { "-" };
    if source == none {
        return Ok(Datum::I64(0));
    }
    let numeric = !source.is_empty() && source.bytes().all(|b| b.is_ascii_digit());
    let object = if numeric {
        integer::input_oid(source)?
    } else {
        context.names.reg_object(type_id, source)?
    };
    Ok(Datum::I64(i64::from(object.0)))
}

/// The name, or the number where there is no such object.
pub(crate) fn output(type_id: Oid, value: i64, context: &TextContext<'_>, out: &mut Vec<u8>) {
    let object = Oid(u32::try_from(value).unwrap_or(0));
    if !object.is_valid() {
        let operator = matches!(type_id, type_oid::REGOPER | type_oid::REGOPERATOR);
        return out.push(if operator { b'0' } else { b'-' });
    }
    match context.names.reg_name(type_id, object) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => integer::write(value, out),
    }
}
