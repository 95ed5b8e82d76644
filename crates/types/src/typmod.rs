//! Type modifiers: the length of varchar(n), precision and scale of numeric(p, s), and so on.

use crate::array::{Array, Dimension, build_array};
use crate::bits;
use crate::datetime::{self, Interval, interval};
use crate::numeric::{self, Numeric};
use crate::text::{self, TooLong};
use crate::{Datum, Oid, builtin_type, type_oid};
use error::{Error, Result, SqlState};

/// The value made to fit the typmod (-1 for none). 22001 and 22003 where it does not; an explicit cast cuts text
/// where an assignment fails.
pub fn apply_typmod(type_id: Oid, typmod: i32, value: Datum, explicit: bool) -> Result<Datum> {
    if typmod < 0 || value.is_null() {
        return Ok(value);
    }
    let too_long = if explicit { TooLong::Cut } else { TooLong::Check };
    Ok(match (type_id, value) {
        (type_oid::VARCHAR, Datum::Bytes(bytes)) => {
            let source = as_text(&bytes)?;
            let fitted = text::fit_varchar(source, typmod, too_long)?;
            if fitted.len() == bytes.len() { Datum::Bytes(bytes) } else { Datum::text(fitted) }
        }
        (type_oid::BPCHAR, Datum::Bytes(bytes)) => {
            Datum::text(&text::fit_bpchar(as_text(&bytes)?, typmod, too_long)?)
        }
        (type_oid::NUMERIC, Datum::Bytes(bytes)) => {
            numeric::apply_typmod(Numeric::decode(&bytes), typmod)?.to_datum()
        }
        (type_oid::TIME, Datum::I64(time)) => Datum::I64(datetime::round_day_time(time, typmod)),
        (type_oid::TIMETZ, Datum::Fixed16(bytes)) => {
            let (time, zone) = datetime::unpack_timetz(bytes);
            let time = datetime::round_day_time(time, typmod);
            Datum::Fixed16(datetime::pack_timetz(time, zone))
        }
        (type_oid::TIMESTAMP | type_oid::TIMESTAMPTZ, Datum::I64(time)) => {
            Datum::I64(datetime::round(time, typmod)?)
        }
        (type_oid::INTERVAL, Datum::Fixed16(bytes)) => {
            Datum::Fixed16(Interval::unpack(bytes).apply_typmod(typmod)?.pack())
        }
        (type_oid::BIT, Datum::Bytes(bytes)) => {
            Datum::Bytes(bits::fit(bytes.into(), typmod, explicit, false)?.into())
        }
        (type_oid::VARBIT, Datum::Bytes(bytes)) => {
            Datum::Bytes(bits::fit(bytes.into(), typmod, explicit, true)?.into())
        }
        (_, Datum::Bytes(bytes)) if is_array(type_id) => {
            let array = Array::parse(&bytes)?;
            let element = array.element_type();
            let fitted: Result<Vec<Datum>> = array
                .iter()
                .map(|value| apply_typmod(element, typmod, value.to_datum(), explicit))
                .collect();
            let dimensions: Vec<Dimension> = array.dimensions().collect();
            let fitted = fitted?;
            Datum::Bytes(
                build_array(element, &dimensions, fitted.iter().map(Datum::as_ref))?.into(),
            )
        }
        (_, value) => value,
    })
}

fn is_array(type_id: Oid) -> bool {
    crate::element_of(type_id).is_some()
}

fn as_text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| Error::corrupted("text is not valid UTF-8"))
}

/// The typmod of a type's modifiers as written: `[100]` for varchar(100), `[5, 2]` for numeric(5, 2); for interval
/// the fields (see [`interval`]) and perhaps the digits. 22023 where they are out of range, 42601 where the type
/// takes none.
pub fn typmod_in(type_id: Oid, modifiers: &[i32]) -> Result<i32> {
    match type_id {
        type_oid::VARCHAR => text::typmod(modifiers, "varchar"),
        type_oid::BPCHAR => text::typmod(modifiers, "char"),
        type_oid::NUMERIC => numeric::typmod(modifiers),
        type_oid::TIME => datetime::typmod(modifiers, "TIME", ""),
        type_oid::TIMETZ => datetime::typmod(modifiers, "TIME", " WITH TIME ZONE"),
        type_oid::TIMESTAMP => datetime::typmod(modifiers, "TIMESTAMP", ""),
        type_oid::TIMESTAMPTZ => datetime::typmod(modifiers, "TIMESTAMP", " WITH TIME ZONE"),
        type_oid::INTERVAL => interval::typmod(modifiers),
        type_oid::BIT => text::typmod_bits(modifiers, "bit"),
        type_oid::VARBIT => text::typmod_bits(modifiers, "varbit"),
        _ => match builtin_type(type_id) {
            Some(row) if row.subscript == "array_subscript_handler" && row.typmod_in != "-" => {
                typmod_in(row.element, modifiers)
            }
            row => Err(Error::new(
                SqlState::SYNTAX_ERROR,
                format!(
                    "type modifier is not allowed for type \"{}\"",
                    row.map_or("???", |row| row.name)
                ),
            )),
        },
    }
}
