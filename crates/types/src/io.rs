//! The text and binary forms of values, by type.

use crate::array::{self, Array, input_array, receive_array, send_array, write_array};
use crate::binary::Reader;
use crate::datetime::{self, Interval};
use crate::json::jsonb;
use crate::numeric::{self, Numeric};
use crate::text::{TooLong, checked_utf8};
use crate::{
    BuiltinType, Datum, Oid, Style, TextContext, ValueRef, address, bits, boolean, builtin_type,
    bytea, element_of, float, format_type, geometry, integer, is_domain, is_own_multirange,
    is_own_range, json, jsonpath, lies_as, money, network, range, record, reg, snapshot, text,
    type_oid, uuid,
};
use error::{Error, Result, SqlState};

#[cfg(test)]
mod fuzz;
#[cfg(test)]
pub(crate) mod tests;

/// The version byte of jsonb's binary format.
const JSONB_VERSION: u8 = 1;

/// The value of a text of the types that are numbers of their own: integers, floats, dates and timestamps; `None` for the
/// others. For those who read very many: [`input`] wraps it. Fails as that does.
#[inline]
pub fn input_number(
    type_id: Oid,
    typmod: i32,
    source: &str,
    style: &Style,
) -> Option<Result<ValueRef<'static>>> {
    Some(match type_id {
        type_oid::INT2 => integer::input2(source).map(ValueRef::I16),
        type_oid::INT4 => integer::input4(source).map(ValueRef::I32),
        type_oid::INT8 => integer::input8(source).map(ValueRef::I64),
        type_oid::FLOAT4 => float::input4(source).map(ValueRef::F32),
        type_oid::FLOAT8 => float::input8(source).map(ValueRef::F64),
        type_oid::DATE => datetime::input_date(source, style).map(ValueRef::I32),
        type_oid::TIMESTAMP => datetime::input_timestamp(source, typmod, style).map(ValueRef::I64),
        type_oid::TIMESTAMPTZ => {
            datetime::input_timestamptz(source, typmod, style).map(ValueRef::I64)
        }
        _ => return None,
    })
}

/// The value that a text form stands for, made to fit the typmod (-1 for none). 22P02 and the type's own
/// errors; 0A000 for a type that is not built.
pub fn input(type_id: Oid, typmod: i32, source: &str, context: &TextContext<'_>) -> Result<Datum> {
    let style = context.style;
    if let Some(value) = input_number(type_id, typmod, source, style) {
        return Ok(value?.to_datum());
    }
    Ok(match type_id {
        type_oid::BOOL => Datum::Bool(boolean::input(source)?),
        type_oid::NUMERIC => numeric::apply_typmod(numeric::input(source)?, typmod)?.to_datum(),
        type_oid::TEXT
        | type_oid::UNKNOWN
        | type_oid::CSTRING
        | type_oid::REFCURSOR
        | type_oid::ACLITEM
        | type_oid::ANY => Datum::text(source),
        type_oid::VARCHAR => Datum::text(text::fit_varchar(source, typmod, TooLong::Check)?),
        type_oid::BPCHAR => Datum::text(&text::fit_bpchar(source, typmod, TooLong::Check)?),
        type_oid::NAME => Datum::text(text::name(source)),
        type_oid::CHAR => Datum::I16(i16::from(text::input_char(source))),
        type_oid::BYTEA => Datum::Bytes(bytea::input(source)?.into()),
        type_oid::TIME => Datum::I64(datetime::input_time(source, typmod, style)?),
        type_oid::TIMETZ => {
            let (time, zone) = datetime::input_timetz(source, typmod, style)?;
            Datum::Fixed16(datetime::pack_timetz(time, zone))
        }
        type_oid::INTERVAL => Datum::Fixed16(Interval::input(source, typmod, style)?.pack()),
        type_oid::UUID => Datum::Fixed16(uuid::input(source)?),
        type_oid::OID => Datum::I64(i64::from(integer::input_oid(source)?.0)),
        type_oid::XID => Datum::I64(i64::from(integer::input_u32(source, "xid")?)),
        type_oid::CID => Datum::I64(i64::from(integer::input_u32(source, "cid")?)),
        type_oid::XID8 => Datum::I64(integer::input_u64(source, "xid8")?.cast_signed()),
        type_oid::PG_LSN => Datum::I64(address::input_lsn(source)?.cast_signed()),
        type_oid::TID => Datum::Bytes(address::input_tid(source)?.into()),
        type_oid::JSON => {
            json::validate(source)?;
            Datum::text(source)
        }
        type_oid::JSONB => Datum::Bytes(jsonb::input(source)?.into()),
        _ => input_long(type_id, typmod, source, context)?,
    })
}

/// The rest of [`input`]: types whose values are bytes, and those that are found by their family.
fn input_long(type_id: Oid, typmod: i32, source: &str, context: &TextContext<'_>) -> Result<Datum> {
    Ok(match type_id {
        type_oid::INT2VECTOR => array::input_vector(type_oid::INT2, source, context)?,
        type_oid::OIDVECTOR => array::input_vector(type_oid::OID, source, context)?,
        type_oid::VOID => Datum::Bytes(Box::default()),
        type_oid::BIT => Datum::Bytes(bits::input(source, typmod, false)?.into()),
        type_oid::VARBIT => Datum::Bytes(bits::input(source, typmod, true)?.into()),
        type_oid::MONEY => Datum::I64(money::input(source)?),
        type_oid::INET => Datum::Bytes(network::input(source, false)?.into()),
        type_oid::CIDR => Datum::Bytes(network::input(source, true)?.into()),
        type_oid::MACADDR => Datum::Bytes(network::input_mac(source)?.into()),
        type_oid::MACADDR8 => Datum::Bytes(network::input_mac8(source)?.into()),
        type_oid::PG_SNAPSHOT | type_oid::TXID_SNAPSHOT => Datum::text(&snapshot::input(source)?),
        type_oid::JSONPATH => Datum::text(&jsonpath::input(source)?),
        _ if geometry::is_geometric(type_id) => {
            Datum::Bytes(geometry::input(type_id, source)?.into())
        }
        type_oid::RECORD => {
            return Err(Error::new(
                SqlState::FEATURE_NOT_SUPPORTED,
                "input of anonymous composite types is not implemented",
            ));
        }
        _ if reg::is_reg(type_id) => reg::input(type_id, source, context)?,
        _ => {
            if let Some(subtype) = range::subtype_of_range(type_id) {
                let range = range::input_range(subtype, typmod, source, context)?;
                return Ok(Datum::Bytes(range.encode().into()));
            }
            if let Some(subtype) = range::subtype_of_multirange(type_id) {
                let bytes = range::input_multirange(subtype, typmod, source, context)?;
                return Ok(Datum::Bytes(bytes.into()));
            }
            // Row types of system relations are read as users' are.
            if builtin_type(type_id).is_none_or(|row| row.kind == 'c') {
                return input_user(type_id, typmod, source, context);
            }
            let row = known(type_id)?;
            match true_element(row) {
                Some(element) => {
                    let delimiter = builtin_type(element).map_or(',', |row| row.delimiter);
                    input_array(element, typmod, delimiter, source, context)?
                }
                None => return Err(no_input(row)),
            }
        }
    })
}

/// A value of a type that a user made. 22P02.
fn input_user(type_id: Oid, typmod: i32, source: &str, context: &TextContext<'_>) -> Result<Datum> {
    if let Some(element) = element_of(type_id) {
        return input_array(element, typmod, ',', source, context);
    }
    if let Some((base, typmod)) = domain_base(type_id, context) {
        return input(base, typmod, source, context);
    }
    if let Some(subtype) = context.names.range_subtype(type_id) {
        let range = range::input_range(subtype, -1, source, context)?;
        return Ok(Datum::Bytes(range.encode().into()));
    }
    if let Some(subtype) = own_multirange_subtype(type_id, context) {
        let bytes = range::input_multirange(subtype, -1, source, context)?;
        return Ok(Datum::Bytes(bytes.into()));
    }
    if let Some(found) = context.names.enum_value(type_id, source) {
        let name = context.names.type_name(type_id).unwrap_or_default();
        let value = found.ok_or_else(|| {
            let text = format!("invalid input value for enum {name}: \"{source}\"");
            Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text)
        })?;
        return Ok(Datum::Bytes(value.into()));
    }
    match context.names.fields(type_id) {
        Some(fields) => Ok(Datum::Bytes(record::input(&fields, source, context)?.into())),
        None => Err(unsupported(type_id)),
    }
}

/// The type that a domain is over at last, domains over domains followed, with the typmod on the way.
fn domain_base(type_id: Oid, context: &TextContext<'_>) -> Option<(Oid, i32)> {
    let (mut base, mut typmod) =
        is_domain(type_id).then(|| context.names.domain_base(type_id))??;
    while is_domain(base) {
        let (next, of_next) = context.names.domain_base(base)?;
        base = next;
        typmod = if of_next >= 0 { of_next } else { typmod };
    }
    Some((base, typmod))
}

fn own_multirange_subtype(type_id: Oid, context: &TextContext<'_>) -> Option<Oid> {
    if !is_own_multirange(type_id) {
        return None;
    }
    context.names.range_subtype(range::range_of_multirange(type_id)?)
}

fn output_user(
    type_id: Oid,
    value: &[u8],
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if element_of(type_id).is_some() {
        return write_array(value, ',', context, out);
    }
    if let Some((base, _)) = domain_base(type_id, context) {
        return output_bytes(base, value, context, out);
    }
    if is_own_range(type_id) {
        return range::write_range(&range::Range::decode(value)?, context, out);
    }
    if is_own_multirange(type_id) {
        return range::write_multirange(value, context, out);
    }
    if let Some(label) = context.names.enum_label(type_id, crate::enumeration::label_of(value)) {
        out.extend_from_slice(label.as_bytes());
        return Ok(());
    }
    if context.names.fields(type_id).is_some() {
        return record::output(value, context, out);
    }
    Err(unsupported(type_id))
}

/// Appends the text form of a value; nothing for NULL.
pub fn output(
    type_id: Oid,
    value: ValueRef<'_>,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let style = context.style;
    let shown = if matches!(value, ValueRef::Bytes(_)) { type_id } else { lies_as(type_id) };
    match (shown, value) {
        (_, ValueRef::Null) => {}
        (_, ValueRef::Bool(v)) => out.push(if v { b't' } else { b'f' }),
        (type_oid::CHAR, ValueRef::I16(v)) => {
            text::write_char(u8::try_from(v).unwrap_or(0), out);
        }
        (_, ValueRef::I16(v)) => integer::write(i64::from(v), out),
        (type_oid::DATE, ValueRef::I32(v)) => datetime::write_date(v, style, out),
        (_, ValueRef::I32(v)) => integer::write(i64::from(v), out),
        (type_oid::TIMESTAMP, ValueRef::I64(v)) => datetime::write_timestamp(v, style, out),
        (type_oid::TIMESTAMPTZ, ValueRef::I64(v)) => datetime::write_timestamptz(v, style, out),
        (type_oid::TIME, ValueRef::I64(v)) => datetime::write_time(v, out),
        (type_oid::MONEY, ValueRef::I64(v)) => money::write(v, out),
        (type_oid::PG_LSN, ValueRef::I64(v)) => address::write_lsn(v.cast_unsigned(), out),
        (type_oid::XID8, ValueRef::I64(v)) => {
            out.extend_from_slice(v.cast_unsigned().to_string().as_bytes());
        }
        (_, ValueRef::I64(v)) if reg::is_reg(shown) => reg::output(shown, v, context, out),
        (_, ValueRef::I64(v)) => integer::write(v, out),
        (_, ValueRef::F32(v)) => float::write4(v, style.extra_float_digits, out),
        (_, ValueRef::F64(v)) => float::write8(v, style.extra_float_digits, out),
        (type_oid::UUID, ValueRef::Fixed16(v)) => uuid::write(v, out),
        (type_oid::INTERVAL, ValueRef::Fixed16(v)) => Interval::unpack(v).write(style, out),
        (type_oid::TIMETZ, ValueRef::Fixed16(v)) => {
            let (time, zone) = datetime::unpack_timetz(v);
            datetime::write_timetz(time, zone, out);
        }
        (_, ValueRef::Fixed16(_)) => return Err(unsupported(type_id)),
        (_, ValueRef::Bytes(v)) => return output_bytes(type_id, v, context, out),
    }
    Ok(())
}

fn output_bytes(
    type_id: Oid,
    value: &[u8],
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    match type_id {
        type_oid::TEXT
        | type_oid::VARCHAR
        | type_oid::BPCHAR
        | type_oid::NAME
        | type_oid::UNKNOWN
        | type_oid::CSTRING
        | type_oid::REFCURSOR
        | type_oid::ACLITEM
        | type_oid::PG_NODE_TREE
        | type_oid::PG_NDISTINCT
        | type_oid::PG_DEPENDENCIES
        | type_oid::PG_SNAPSHOT
        | type_oid::TXID_SNAPSHOT
        | type_oid::JSONPATH
        | type_oid::JSON => out.extend_from_slice(value),
        type_oid::NUMERIC => Numeric::decode(value).write(out),
        type_oid::BYTEA if context.style.bytea_escape => bytea::encode_escape(value, out),
        type_oid::BYTEA => {
            out.extend_from_slice(b"\\x");
            bytea::encode_hex(value, out);
        }
        type_oid::TID => address::write_tid(value, out),
        type_oid::JSONB => return jsonb::output(value, out),
        type_oid::INT2VECTOR | type_oid::OIDVECTOR => {
            return array::write_vector(value, context, out);
        }
        type_oid::VOID => {}
        type_oid::BIT | type_oid::VARBIT => bits::write(value, out),
        type_oid::INET => return network::write(value, false, out),
        type_oid::CIDR => return network::write(value, true, out),
        type_oid::MACADDR | type_oid::MACADDR8 => network::write_mac(value, out),
        _ if geometry::is_geometric(type_id) => {
            return geometry::write(type_id, value, context.style.extra_float_digits, out);
        }
        type_oid::RECORD => return record::output(value, context, out),
        type_oid::ANYARRAY | type_oid::ANYCOMPATIBLEARRAY => {
            return write_array(value, ',', context, out);
        }
        _ => {
            if range::subtype_of_range(type_id).is_some() {
                return range::write_range(&range::Range::decode(value)?, context, out);
            }
            if range::subtype_of_multirange(type_id).is_some() {
                return range::write_multirange(value, context, out);
            }
            if builtin_type(type_id).is_none() {
                return output_user(type_id, value, context, out);
            }
            let row = known(type_id)?;
            if row.kind == 'c' {
                return record::output(value, context, out);
            }
            let element = true_element(row).ok_or_else(|| no_output(row))?;
            let delimiter = builtin_type(element).map_or(',', |row| row.delimiter);
            return write_array(value, delimiter, context, out);
        }
    }
    Ok(())
}

/// The value that a binary form stands for, made to fit the typmod. 22P03 and 08P01 for malformed bytes.
pub fn receive(
    type_id: Oid,
    typmod: i32,
    bytes: &[u8],
    context: &TextContext<'_>,
) -> Result<Datum> {
    let mut reader = Reader::new(bytes);
    let value = receive_from(type_id, typmod, bytes, &mut reader, context)?;
    reader.finish()?;
    Ok(value)
}

fn receive_from(
    type_id: Oid,
    typmod: i32,
    bytes: &[u8],
    reader: &mut Reader<'_>,
    context: &TextContext<'_>,
) -> Result<Datum> {
    Ok(match type_id {
        type_oid::BOOL => Datum::Bool(reader.u8()? != 0),
        type_oid::CHAR => Datum::I16(i16::from(reader.u8()?)),
        type_oid::INT2 => Datum::I16(reader.i16()?),
        type_oid::INT4 => Datum::I32(reader.i32()?),
        type_oid::INT8 => Datum::I64(reader.i64()?),
        type_oid::FLOAT4 => Datum::F32(reader.f32()?),
        type_oid::FLOAT8 => Datum::F64(reader.f64()?),
        type_oid::NUMERIC => numeric::apply_typmod(numeric::receive(reader)?, typmod)?.to_datum(),
        type_oid::TEXT | type_oid::UNKNOWN | type_oid::CSTRING | type_oid::REFCURSOR => {
            Datum::text(checked_utf8(reader.rest())?)
        }
        type_oid::VARCHAR => {
            let source = checked_utf8(reader.rest())?;
            Datum::text(text::fit_varchar(source, typmod, TooLong::Check)?)
        }
        type_oid::BPCHAR => {
            let source = checked_utf8(reader.rest())?;
            Datum::text(&text::fit_bpchar(source, typmod, TooLong::Check)?)
        }
        type_oid::NAME => receive_name(reader)?,
        type_oid::BYTEA => Datum::Bytes(reader.rest().into()),
        type_oid::DATE => Datum::I32(datetime::receive_date(reader.i32()?)?),
        type_oid::TIME => Datum::I64(datetime::receive_time(reader.i64()?, typmod)?),
        type_oid::TIMETZ => {
            let time = datetime::receive_time(reader.i64()?, typmod)?;
            let zone = reader.i32()?;
            if zone.unsigned_abs() >= 16 * 3600 {
                return Err(Error::new(
                    SqlState::INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                    "time zone displacement out of range",
                ));
            }
            Datum::Fixed16(datetime::pack_timetz(time, zone))
        }
        type_oid::TIMESTAMP | type_oid::TIMESTAMPTZ => {
            Datum::I64(datetime::receive_timestamp(reader.i64()?, typmod)?)
        }
        type_oid::INTERVAL => {
            let (microseconds, days, months) = (reader.i64()?, reader.i32()?, reader.i32()?);
            Datum::Fixed16(Interval { microseconds, days, months }.apply_typmod(typmod)?.pack())
        }
        type_oid::UUID => Datum::Fixed16(reader.take(16)?.try_into().expect("it took so many")),
        type_oid::OID | type_oid::XID | type_oid::CID => Datum::I64(i64::from(reader.u32()?)),
        type_oid::XID8 | type_oid::PG_LSN => Datum::I64(reader.u64()?.cast_signed()),
        type_oid::TID => Datum::Bytes(reader.take(6)?.into()),
        _ => receive_long(type_id, typmod, bytes, reader, context)?,
    })
}

/// The rest of [`receive_from`], as [`input_long`] is of [`input`].
fn receive_long(
    type_id: Oid,
    typmod: i32,
    bytes: &[u8],
    reader: &mut Reader<'_>,
    context: &TextContext<'_>,
) -> Result<Datum> {
    Ok(match type_id {
        type_oid::JSON => {
            let source = checked_utf8(reader.rest())?;
            json::validate(source)?;
            Datum::text(source)
        }
        type_oid::JSONB => {
            let version = reader.u8()?;
            if version != JSONB_VERSION {
                return Err(Error::internal(format!("unsupported jsonb version number {version}")));
            }
            Datum::Bytes(jsonb::input(checked_utf8(reader.rest())?)?.into())
        }
        type_oid::VOID => Datum::Bytes(Box::default()),
        type_oid::MONEY => Datum::I64(reader.i64()?),
        type_oid::BIT | type_oid::VARBIT => {
            let count = usize::try_from(reader.i32()?).unwrap_or(0);
            let data = reader.take(count.div_ceil(8))?.to_vec();
            let varying = type_id == type_oid::VARBIT;
            Datum::Bytes(bits::fit(bits::build(count, data), typmod, false, varying)?.into())
        }
        type_oid::INET => Datum::Bytes(network::receive(reader, false)?.into()),
        type_oid::CIDR => Datum::Bytes(network::receive(reader, true)?.into()),
        type_oid::MACADDR => Datum::Bytes(reader.take(6)?.into()),
        type_oid::MACADDR8 => Datum::Bytes(reader.take(8)?.into()),
        type_oid::PG_SNAPSHOT | type_oid::TXID_SNAPSHOT => {
            Datum::text(&snapshot::Snapshot::receive(reader)?.text())
        }
        type_oid::JSONPATH => {
            let version = reader.u8()?;
            if version != JSONB_VERSION {
                return Err(Error::internal(format!(
                    "unsupported jsonpath version number: {version}"
                )));
            }
            Datum::text(&jsonpath::input(checked_utf8(reader.rest())?)?)
        }
        _ if geometry::is_geometric(type_id) => {
            Datum::Bytes(geometry::receive(type_id, reader)?.into())
        }
        type_oid::INT2VECTOR => {
            receive_array(type_oid::INT2, -1, take_rest(bytes, reader), context)?
        }
        type_oid::OIDVECTOR => receive_array(type_oid::OID, -1, take_rest(bytes, reader), context)?,
        _ if reg::is_reg(type_id) => Datum::I64(i64::from(reader.u32()?)),
        _ => {
            if let Some(subtype) = range::subtype_of_range(type_id) {
                let range = range::receive_range(subtype, typmod, reader, context)?;
                return Ok(Datum::Bytes(range.encode().into()));
            }
            if let Some(range_type) = range::range_of_multirange(type_id) {
                return receive_multirange(range_type, typmod, reader, context);
            }
            receive_user(type_id, typmod, bytes, reader, context)?
        }
    })
}

/// The rest of [`receive_long`]: types of users, and arrays.
fn receive_user(
    type_id: Oid,
    typmod: i32,
    bytes: &[u8],
    reader: &mut Reader<'_>,
    context: &TextContext<'_>,
) -> Result<Datum> {
    if let Some((base, typmod)) = domain_base(type_id, context) {
        return receive_from(base, typmod, bytes, reader, context);
    }
    if let Some(subtype) = context.names.range_subtype(type_id) {
        let range = range::receive_range(subtype, typmod, reader, context)?;
        return Ok(Datum::Bytes(range.encode().into()));
    }
    if element_of(type_id).is_none()
        && let Some(Some(label)) =
            std::str::from_utf8(bytes).ok().and_then(|l| context.names.enum_value(type_id, l))
    {
        reader.rest();
        return Ok(Datum::Bytes(label.into()));
    }
    let element = match builtin_type(type_id) {
        Some(row) => true_element(row).ok_or_else(|| no_input(row))?,
        None => element_of(type_id).ok_or_else(|| unsupported(type_id))?,
    };
    receive_array(element, typmod, take_rest(bytes, reader), context)
}

fn receive_multirange(
    range_type: Oid,
    typmod: i32,
    reader: &mut Reader<'_>,
    context: &TextContext<'_>,
) -> Result<Datum> {
    let subtype = range::subtype_of_range(range_type)
        .or_else(|| context.names.range_subtype(range_type))
        .unwrap_or(Oid::INVALID);
    let mut ranges = Vec::new();
    for _ in 0..reader.u32()? {
        let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        let mut inner = Reader::new(reader.take(length)?);
        ranges.push(range::receive_range(subtype, typmod, &mut inner, context)?);
        inner.finish()?;
    }
    let bytes = range::encode_multirange(subtype, &range::normalised(ranges));
    Ok(Datum::Bytes(bytes.into()))
}

fn take_rest<'b>(bytes: &'b [u8], reader: &mut Reader<'_>) -> &'b [u8] {
    reader.rest();
    bytes
}

fn receive_name(reader: &mut Reader<'_>) -> Result<Datum> {
    let source = checked_utf8(reader.rest())?;
    if source.len() <= text::NAME_BYTES_MAX {
        return Ok(Datum::text(source));
    }
    Err(Error::new(SqlState::NAME_TOO_LONG, "identifier too long")
        .detail("Identifier must be less than 64 characters."))
}

/// Appends the binary form of a value; nothing for NULL.
pub fn send(
    type_id: Oid,
    value: ValueRef<'_>,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let type_id = match value {
        ValueRef::Bytes(_) => domain_base(type_id, context).map_or(type_id, |(base, _)| base),
        ValueRef::Null
        | ValueRef::Bool(_)
        | ValueRef::I16(_)
        | ValueRef::I32(_)
        | ValueRef::I64(_)
        | ValueRef::F32(_)
        | ValueRef::F64(_)
        | ValueRef::Fixed16(_) => lies_as(type_id),
    };
    match (type_id, value) {
        (_, ValueRef::Null) => {}
        (_, ValueRef::Bool(v)) => out.push(u8::from(v)),
        (type_oid::CHAR, ValueRef::I16(v)) => out.push(u8::try_from(v).unwrap_or(0)),
        (_, ValueRef::I16(v)) => out.extend_from_slice(&v.to_be_bytes()),
        (_, ValueRef::I32(v)) => out.extend_from_slice(&v.to_be_bytes()),
        (_, ValueRef::I64(v)) if is_unsigned4(type_id) => {
            let number = u32::try_from(v).unwrap_or(0);
            out.extend_from_slice(&number.to_be_bytes());
        }
        (_, ValueRef::I64(v)) => out.extend_from_slice(&v.to_be_bytes()),
        (_, ValueRef::F32(v)) => out.extend_from_slice(&v.to_be_bytes()),
        (_, ValueRef::F64(v)) => out.extend_from_slice(&v.to_be_bytes()),
        (type_oid::INTERVAL, ValueRef::Fixed16(v)) => {
            let interval = Interval::unpack(v);
            out.extend_from_slice(&interval.microseconds.to_be_bytes());
            out.extend_from_slice(&interval.days.to_be_bytes());
            out.extend_from_slice(&interval.months.to_be_bytes());
        }
        (type_oid::TIMETZ, ValueRef::Fixed16(v)) => {
            let (time, zone) = datetime::unpack_timetz(v);
            out.extend_from_slice(&time.to_be_bytes());
            out.extend_from_slice(&zone.to_be_bytes());
        }
        (_, ValueRef::Fixed16(v)) => out.extend_from_slice(&v),
        (_, ValueRef::Bytes(v)) => return send_bytes(type_id, v, context, out),
    }
    Ok(())
}

/// Whether the type is an i64 here and four bytes for clients.
fn is_unsigned4(type_id: Oid) -> bool {
    matches!(type_id, type_oid::OID | type_oid::XID | type_oid::CID) || reg::is_reg(type_id)
}

fn send_bytes(
    type_id: Oid,
    value: &[u8],
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    match type_id {
        type_oid::NUMERIC => numeric::send(&Numeric::decode(value), out),
        type_oid::BYTEA | type_oid::TID => out.extend_from_slice(value),
        type_oid::JSONB => {
            out.push(JSONB_VERSION);
            return jsonb::output(value, out);
        }
        type_oid::INT2VECTOR | type_oid::OIDVECTOR if Array::parse(value)?.is_empty() => {
            // An empty one has a dimension nevertheless, from 0 on and without elements.
            let element =
                if type_id == type_oid::OIDVECTOR { type_oid::OID } else { type_oid::INT2 };
            for number in [1, 0, element.0, 0, 0] {
                out.extend_from_slice(&number.to_be_bytes());
            }
        }
        type_oid::INT2VECTOR | type_oid::OIDVECTOR | type_oid::ANYARRAY => {
            return send_array(value, context, out);
        }
        type_oid::PG_SNAPSHOT | type_oid::TXID_SNAPSHOT => {
            let text = checked_utf8(value)?;
            snapshot::Snapshot::parse(text).ok_or_else(|| unsupported(type_id))?.send(out);
        }
        type_oid::RECORD => return record::send(value, context, out),
        type_oid::BIT | type_oid::VARBIT => {
            let (count, data) = bits::parts(value);
            out.extend_from_slice(&u32::try_from(count).unwrap_or(0).to_be_bytes());
            out.extend_from_slice(data);
        }
        type_oid::INET => return network::send(value, false, out),
        type_oid::CIDR => return network::send(value, true, out),
        type_oid::MACADDR | type_oid::MACADDR8 => out.extend_from_slice(value),
        type_oid::JSONPATH => {
            out.push(JSONB_VERSION);
            out.extend_from_slice(value);
        }
        _ if geometry::is_geometric(type_id) => geometry::send(type_id, value, out),
        type_oid::ACLITEM => {
            return Err(Error::new(
                SqlState::UNDEFINED_FUNCTION,
                "no binary output function available for type aclitem",
            ));
        }
        _ => {
            if range::is_range(type_id) {
                return range::send_range(&range::Range::decode(value)?, context, out);
            }
            if range::is_multirange(type_id) {
                let ranges = range::decode_multirange(value)?;
                out.extend_from_slice(&u32::try_from(ranges.len()).unwrap_or(0).to_be_bytes());
                for one in ranges {
                    let mut bytes = Vec::new();
                    range::send_range(&one, context, &mut bytes)?;
                    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes());
                    out.extend_from_slice(&bytes);
                }
                return Ok(());
            }
            let row = builtin_type(type_id);
            let fields = || context.names.fields(type_id).is_some();
            if row.is_some_and(|row| row.kind == 'c') || row.is_none() && fields() {
                return record::send(value, context, out);
            }
            if element_of(type_id).is_some() {
                return send_array(value, context, out);
            }
            return output_bytes(type_id, value, context, out);
        }
    }
    Ok(())
}

/// Appends the length (4 bytes, -1 for NULL) and the binary form.
pub(crate) fn send_counted(
    type_id: Oid,
    value: ValueRef<'_>,
    context: &TextContext<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if value.is_null() {
        out.extend_from_slice(&(-1i32).to_be_bytes());
        return Ok(());
    }
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    send(type_id, value, context, out)?;
    let length = i32::try_from(out.len() - start - 4)
        .map_err(|_| Error::new(SqlState::PROGRAM_LIMIT_EXCEEDED, "value is too long"))?;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn known(type_id: Oid) -> Result<&'static BuiltinType> {
    builtin_type(type_id).ok_or_else(|| unsupported(type_id))
}

/// 22P02: what no value of the kind looks like.
#[cold]
pub(crate) fn invalid_input(kind: &str, source: &str) -> Error {
    let text = format!("invalid input syntax for type {kind}: \"{source}\"");
    Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text)
}

/// The element type of an array type proper.
fn true_element(row: &BuiltinType) -> Option<Oid> {
    (row.subscript == "array_subscript_handler").then_some(row.element)
}

#[cold]
fn no_input(row: &BuiltinType) -> Error {
    if row.kind == 'p' || row.oid == type_oid::PG_NODE_TREE {
        return Error::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("cannot accept a value of type {}", row.name),
        );
    }
    unsupported(row.oid)
}

#[cold]
fn no_output(row: &BuiltinType) -> Error {
    if row.kind == 'p' {
        return Error::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("cannot display a value of type {}", row.name),
        );
    }
    unsupported(row.oid)
}

#[cold]
fn unsupported(type_id: Oid) -> Error {
    Error::unsupported(format!("type {}", format_type(type_id, None)))
}
