//! Making the values of system relations.

use crate::acl::Acl;
use crate::facts::facts;
use crate::snapshot::Catalog;
use error::Result;
use types::array::{array_of_values, vector_of_values};
use types::{Datum, Oid, Style, TextContext, ValueRef, type_oid};

/// NULL.
pub(super) const NULL: Datum = Datum::Null;
/// false.
pub(super) const NO: Datum = Datum::Bool(false);
/// true.
pub(super) const YES: Datum = Datum::Bool(true);
/// A "char" without a character.
pub(super) const BLANK: Datum = Datum::I16(0);
/// The OID of the role that owns built-in objects.
pub(super) const OWNER: Oid = Oid(10);

pub(super) fn oid(oid: Oid) -> Datum {
    Datum::I64(i64::from(oid.0))
}

pub(super) fn text(text: &str) -> Datum {
    Datum::text(text)
}

pub(super) fn optional_text(text: Option<&str>) -> Datum {
    text.map_or(NULL, Datum::text)
}

pub(super) fn yes_or_no(value: bool) -> Datum {
    Datum::text(if value { "YES" } else { "NO" })
}

pub(super) fn boolean(value: bool) -> Datum {
    Datum::Bool(value)
}

pub(super) fn letter(letter: char) -> Datum {
    Datum::I16(i16::try_from(u32::from(letter)).unwrap_or(0))
}

pub(super) fn int2(value: usize) -> Datum {
    Datum::I16(i16::try_from(value).unwrap_or(i16::MAX))
}

/// The OID of a function by the name that regproc prints; `-` for none.
pub(super) fn function_named(name: &str) -> Datum {
    let found = facts().functions_named(name).next();
    oid(found.map_or(Oid::INVALID, |function| function.oid))
}

fn array<'v>(
    element: Oid,
    values: impl IntoIterator<Item = ValueRef<'v>, IntoIter: ExactSizeIterator>,
) -> Result<Datum> {
    Ok(Datum::Bytes(array_of_values(element, values)?.into()))
}

/// text[].
pub(super) fn text_array(list: &[String]) -> Result<Datum> {
    array(type_oid::TEXT, list.iter().map(|text| ValueRef::Bytes(text.as_bytes())))
}

/// text[], NULL where it would be empty.
pub(super) fn options(list: &[String]) -> Result<Datum> {
    if list.is_empty() { Ok(NULL) } else { text_array(list) }
}

/// int2[].
pub(super) fn int2_array(list: &[i16]) -> Result<Datum> {
    array(type_oid::INT2, list.iter().map(|number| ValueRef::I16(*number)))
}

/// oid[].
pub(super) fn oid_array(list: &[Oid]) -> Result<Datum> {
    array(type_oid::OID, list.iter().map(|oid| ValueRef::I64(i64::from(oid.0))))
}

/// int2vector.
pub(super) fn int2_vector(list: &[i16]) -> Result<Datum> {
    vector_of_values(type_oid::INT2, list.iter().map(|number| ValueRef::I16(*number)))
}

/// oidvector.
pub(super) fn oid_vector(list: &[Oid]) -> Result<Datum> {
    vector_of_values(type_oid::OID, list.iter().map(|oid| ValueRef::I64(i64::from(oid.0))))
}

/// An array of one value, of any type.
pub(super) fn array_of_one(element: Oid, value: &Datum) -> Result<Datum> {
    array(element, [value.as_ref()])
}

/// A role's name, its number where it is gone.
pub(super) fn role_name(catalog: &Catalog, role: Oid) -> String {
    catalog.role_by_oid(role).map_or_else(|| role.to_string(), |role| role.name.clone())
}

/// aclitem[]; NULL for the default.
pub(super) fn acl(catalog: &Catalog, acl: &Acl) -> Result<Datum> {
    let Some(items) = acl else { return Ok(NULL) };
    let name = |role| types::quote_identifier(&role_name(catalog, role));
    let items: Vec<String> = items.iter().map(|item| item.text(name)).collect();
    array(type_oid::ACLITEM, items.iter().map(|item| ValueRef::Bytes(item.as_bytes())))
}

/// Names are not looked up while facts are read: they hold numbers.
struct NoNames;

impl types::Names for NoNames {
    fn reg_name(&self, _: Oid, _: Oid) -> Option<String> {
        None
    }

    fn reg_object(&self, _: Oid, name: &str) -> Result<Oid> {
        Err(error::Error::internal(format!("facts name \"{name}\"")))
    }
}

/// The value of a text form as COPY writes it, of a type that facts have.
pub(super) fn parse(type_id: Oid, source: Option<&str>) -> Result<Datum> {
    let Some(source) = source else { return Ok(NULL) };
    match type_id {
        type_oid::OID => return Ok(Datum::I64(source.parse().unwrap_or(0))),
        type_oid::BOOL => return Ok(Datum::Bool(source == "t")),
        type_oid::NAME | type_oid::TEXT => return Ok(Datum::text(&unescape(source))),
        type_oid::CHAR => return Ok(source.chars().next().map_or(BLANK, letter)),
        _ => {}
    }
    let style = Style::default();
    types::input(type_id, -1, &unescape(source), &TextContext { style: &style, names: &NoNames })
}

/// COPY's escapes undone.
fn unescape(source: &str) -> std::borrow::Cow<'_, str> {
    if !source.contains('\\') {
        return source.into();
    }
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    out.into()
}
