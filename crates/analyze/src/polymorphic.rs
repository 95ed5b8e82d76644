//! Polymorphic functions: what anyelement and its kin stand for in one call.

use crate::coerce::{Context, can_coerce, category};
use catalog::Catalog;
use error::{Error, Result, SqlState};
use types::range::{
    multirange_of_range, range_of_multirange, subtype_of_multirange, subtype_of_range,
};
use types::{Oid, array_of, element_of, type_oid};

/// The types that the polymorphic arguments of a call stand for, and its result type.
pub(crate) struct Resolved {
    pub(crate) arguments: Vec<Oid>,
    pub(crate) result: Oid,
}

/// Resolves the declared types of a call against the actual ones. 42804 where they do not agree.
pub(crate) fn resolve(
    declared: &[Oid],
    actual: &[Oid],
    result: Oid,
    catalog: &Catalog,
) -> Result<Resolved> {
    let mut element = find(declared, actual, Family::Any, catalog)?;
    let mut compatible = find(declared, actual, Family::Compatible, catalog)?;
    let uses = |list: &[Oid]| declared.iter().chain([&result]).any(|t| list.contains(t));
    if element.is_none() && uses(&ANY) {
        if declared.iter().any(|t| ANY.contains(t)) && actual.contains(&type_oid::UNKNOWN) {
            return Err(Error::new(
                SqlState::DATATYPE_MISMATCH,
                "could not determine polymorphic type because input has type unknown",
            ));
        }
        element = None;
    }
    if compatible.is_none() && uses(&COMPATIBLE) {
        compatible = Some(type_oid::TEXT);
    }
    let ranges =
        [range(declared, actual, Family::Any)?, range(declared, actual, Family::Compatible)?];
    let concrete = |type_id: Oid| -> Result<Oid> {
        let stands_for = |base: Option<Oid>, array: bool| {
            let base = base.ok_or_else(|| {
                Error::new(
                    SqlState::DATATYPE_MISMATCH,
                    "could not determine polymorphic type".to_owned(),
                )
            })?;
            if !array {
                return Ok(base);
            }
            array_of(base).ok_or_else(|| {
                let text = format!(
                    "could not find array type for data type {}",
                    types::format_type(base, None)
                );
                Error::new(SqlState::UNDEFINED_OBJECT, text)
            })
        };
        match type_id {
            type_oid::ANYELEMENT | type_oid::ANYNONARRAY | type_oid::ANYENUM => {
                stands_for(element, false)
            }
            type_oid::ANYARRAY if element.is_none() => Ok(type_oid::ANYARRAY),
            type_oid::ANYARRAY => stands_for(element, true),
            type_oid::ANYCOMPATIBLE | type_oid::ANYCOMPATIBLENONARRAY => {
                stands_for(compatible, false)
            }
            type_oid::ANYCOMPATIBLEARRAY => stands_for(compatible, true),
            type_oid::ANYRANGE => ranges[0].ok_or_else(|| undetermined("anyrange")),
            type_oid::ANYCOMPATIBLERANGE => {
                ranges[1].ok_or_else(|| undetermined("anycompatiblerange"))
            }
            type_oid::ANYMULTIRANGE => {
                ranges[0].and_then(multirange_of_range).ok_or_else(|| undetermined("anymultirange"))
            }
            type_oid::ANYCOMPATIBLEMULTIRANGE => ranges[1]
                .and_then(multirange_of_range)
                .ok_or_else(|| undetermined("anycompatiblemultirange")),
            other => Ok(other),
        }
    };
    let arguments = declared.iter().map(|t| concrete(*t)).collect::<Result<_>>()?;
    Ok(Resolved { arguments, result: concrete(result)? })
}

/// The type that a declared one stands for, given the declared and the actual types of a call's arguments. 42804.
pub fn resolve_type(
    declared: &[Oid],
    actual: &[Oid],
    type_id: Oid,
    catalog: &Catalog,
) -> Result<Oid> {
    Ok(resolve(declared, actual, type_id, catalog)?.result)
}

/// Whether the actual types agree on what the polymorphic ones stand for: only then is a function a candidate.
pub(crate) fn is_consistent(declared: &[Oid], actual: &[Oid], catalog: &Catalog) -> bool {
    find(declared, actual, Family::Any, catalog).is_ok()
        && find(declared, actual, Family::Compatible, catalog).is_ok()
}

const ANY: [Oid; 4] =
    [type_oid::ANYELEMENT, type_oid::ANYARRAY, type_oid::ANYNONARRAY, type_oid::ANYENUM];
const COMPATIBLE: [Oid; 3] =
    [type_oid::ANYCOMPATIBLE, type_oid::ANYCOMPATIBLEARRAY, type_oid::ANYCOMPATIBLENONARRAY];

#[cold]
fn undetermined(name: &str) -> Error {
    let text =
        format!("could not determine polymorphic type {name} because input has type unknown");
    Error::new(SqlState::DATATYPE_MISMATCH, text)
}

/// The range type that a family's range and multirange arguments agree on.
fn range(declared: &[Oid], actual: &[Oid], family: Family) -> Result<Option<Oid>> {
    let (one, many) = family.ranges();
    let mut found = None;
    for (declared, actual) in declared.iter().zip(actual) {
        let range = if *declared == one {
            types::range::is_range(*actual).then_some(*actual)
        } else if *declared == many {
            range_of_multirange(*actual)
        } else {
            None
        };
        let Some(range) = range else { continue };
        if found.is_some_and(|known| known != range) {
            let text = "arguments declared \"anyrange\" are not all alike";
            let detail = format!(
                "{} versus {}",
                types::format_type(found.unwrap_or(Oid::INVALID), None),
                types::format_type(range, None)
            );
            return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).detail(detail));
        }
        found = Some(range);
    }
    Ok(found)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Any,
    Compatible,
}

impl Family {
    /// The family's range and multirange type.
    fn ranges(self) -> (Oid, Oid) {
        match self {
            Self::Any => (type_oid::ANYRANGE, type_oid::ANYMULTIRANGE),
            Self::Compatible => (type_oid::ANYCOMPATIBLERANGE, type_oid::ANYCOMPATIBLEMULTIRANGE),
        }
    }
}

/// The type of the bounds of a range or multirange where one is declared; `None` for other arguments.
fn bounds(declared: Oid, actual: Oid, family: Family, catalog: &Catalog) -> Result<Option<Oid>> {
    let (one, many) = family.ranges();
    if actual == type_oid::UNKNOWN || !(declared == one || declared == many) {
        return Ok(None);
    }
    let own = || catalog.range_type(actual).map(|(_, range)| range.subtype);
    let (found, what) = if declared == one {
        (
            subtype_of_range(actual).or_else(|| types::is_own_range(actual).then(own)?),
            "argument declared anyrange is not a range type but type",
        )
    } else {
        (
            subtype_of_multirange(actual).or_else(|| types::is_own_multirange(actual).then(own)?),
            "argument declared anymultirange is not a multirange type but type",
        )
    };
    found.map(Some).ok_or_else(|| not_alike(what, actual))
}

/// The element type that a family's arguments agree on.
fn find(
    declared: &[Oid],
    actual: &[Oid],
    family: Family,
    catalog: &Catalog,
) -> Result<Option<Oid>> {
    let mut found: Option<Oid> = None;
    for (declared, actual) in declared.iter().zip(actual) {
        let (scalar, array) = match family {
            Family::Any => (
                matches!(
                    *declared,
                    type_oid::ANYELEMENT | type_oid::ANYNONARRAY | type_oid::ANYENUM
                ),
                *declared == type_oid::ANYARRAY,
            ),
            Family::Compatible => (
                matches!(*declared, type_oid::ANYCOMPATIBLE | type_oid::ANYCOMPATIBLENONARRAY),
                *declared == type_oid::ANYCOMPATIBLEARRAY,
            ),
        };
        let bounds = bounds(*declared, *actual, family, catalog)?;
        if bounds.is_none() && !(scalar || array) || *actual == type_oid::UNKNOWN {
            continue;
        }
        let base = if let Some(bounds) = bounds {
            bounds
        } else if array {
            match element_of(*actual) {
                Some(element) => element,
                None if *actual == type_oid::ANYARRAY => continue,
                None => {
                    return Err(not_alike(
                        "argument declared anyarray is not an array but type",
                        *actual,
                    ));
                }
            }
        } else {
            *actual
        };
        found = Some(match found {
            None => base,
            Some(known) if known == base => base,
            Some(known) if family == Family::Compatible => wider(known, base)?,
            Some(known) => {
                let text = "arguments declared \"anyelement\" are not all alike";
                let detail = format!(
                    "{} versus {}",
                    types::format_type(known, None),
                    types::format_type(base, None)
                );
                return Err(Error::new(SqlState::DATATYPE_MISMATCH, text).detail(detail));
            }
        });
    }
    Ok(found)
}

fn wider(known: Oid, base: Oid) -> Result<Oid> {
    if category(known).0 != category(base).0 {
        let text = "arguments of anycompatible family cannot be cast to a common type";
        return Err(Error::new(SqlState::DATATYPE_MISMATCH, text));
    }
    let prefer = !category(known).1
        && can_coerce(known, base, Context::Implicit)
        && !can_coerce(base, known, Context::Implicit);
    Ok(if prefer { base } else { known })
}

fn not_alike(text: &str, type_id: Oid) -> Error {
    Error::new(SqlState::DATATYPE_MISMATCH, format!("{text} {}", types::format_type(type_id, None)))
}
