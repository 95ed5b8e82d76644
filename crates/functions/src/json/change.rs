//! Containment, joins and changes of jsonb; what leaves out nulls or lays out lines.

use super::invalid;
use super::value::{Piece, Shape, at};
use crate::call::text;
use error::{Error, Result, SqlState};
use types::array::Array;
use types::json::jsonb::{self, Json};

/// Whether `outer` contains `inner`: pairs in pairs, elements in elements, a scalar in an array.
pub(super) fn contains(outer: &[u8], inner: &[u8], top: bool) -> Result<bool> {
    error::stack_check()?;
    match (jsonb::parse(outer), jsonb::parse(inner)) {
        (Json::Object(outer), Json::Object(inner)) => {
            for (key, wanted) in inner.iter() {
                match outer.get(key) {
                    Some(value) if contains(value, wanted, false)? => {}
                    Some(_) | None => return Ok(false),
                }
            }
            Ok(true)
        }
        (Json::Array(outer), Json::Array(inner)) => {
            for wanted in inner.iter() {
                let mut found = false;
                for value in outer.iter() {
                    found = found || contains(value, wanted, false)?;
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Json::Array(outer), Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_))
            if top =>
        {
            Ok(outer.iter().any(|value| jsonb::compare(value, inner).is_eq()))
        }
        (Json::Object(_) | Json::Array(_), _) | (_, Json::Object(_) | Json::Array(_)) => Ok(false),
        _ => Ok(jsonb::compare(outer, inner).is_eq()),
    }
}

/// Whether a key of the object, a string of the array or the string itself is the key.
pub(super) fn exists(source: &[u8], key: &str) -> bool {
    match jsonb::parse(source) {
        Json::Object(pairs) => pairs.get(key).is_some(),
        Json::Array(items) => {
            items.iter().any(|item| matches!(jsonb::parse(item), Json::String(text) if text == key))
        }
        Json::String(text) => text == key,
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

pub(super) fn exists_of(source: &[u8], keys: &[u8], all: bool) -> Result<bool> {
    let keys = Array::parse(keys)?;
    let mut keys = keys.iter().filter(|key| !key.is_null()).map(text);
    Ok(if all { keys.all(|key| exists(source, key)) } else { keys.any(|key| exists(source, key)) })
}

/// a || b: pairs and elements joined; anything else is an array of one.
pub(super) fn concatenate(a: &[u8], b: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    if let (Json::Object(x), Json::Object(y)) = (jsonb::parse(a), jsonb::parse(b)) {
        let pairs = x.iter().chain(y.iter()).map(|(key, value)| (key.to_owned(), value.to_vec()));
        jsonb::write_pairs(pairs.collect(), &mut out)?;
        return Ok(out);
    }
    fn items(value: &[u8]) -> Vec<&[u8]> {
        match jsonb::parse(value) {
            Json::Array(items) => items.iter().collect(),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_) => {
                vec![value]
            }
        }
    }
    jsonb::write_items(items(a).into_iter().chain(items(b)), &mut out)?;
    Ok(out)
}

pub(super) fn rebuild_items<'v>(items: impl IntoIterator<Item = &'v [u8]>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    jsonb::write_items(items, &mut out)?;
    Ok(out)
}

pub(super) fn delete_scalar() -> Error {
    invalid("cannot delete from scalar")
}

pub(super) fn delete_keys(source: &[u8], keys: &[&str]) -> Result<Vec<u8>> {
    match jsonb::parse(source) {
        Json::Object(pairs) => {
            let kept = pairs
                .iter()
                .filter(|(key, _)| !keys.contains(key))
                .map(|(key, value)| (key.to_owned(), value.to_vec()));
            let mut out = Vec::new();
            jsonb::write_pairs(kept.collect(), &mut out)?;
            Ok(out)
        }
        Json::Array(items) => rebuild_items(items.iter().filter(
            |item| !matches!(jsonb::parse(item), Json::String(text) if keys.contains(&text)),
        )),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Err(delete_scalar()),
    }
}

pub(super) fn delete_index(source: &[u8], index: i32) -> Result<Vec<u8>> {
    match jsonb::parse(source) {
        Json::Array(items) => {
            let gone = at(index, items.len());
            let kept = items.iter().enumerate().filter(|(at, _)| Some(*at) != gone);
            rebuild_items(kept.map(|(_, item)| item))
        }
        Json::Object(_) => Err(invalid("cannot delete from object using integer index")),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Err(delete_scalar()),
    }
}

/// What is done where a path ends.
#[derive(Clone, Copy)]
pub(super) enum Change<'v> {
    Delete,
    Set { value: &'v [u8], create: bool },
    Insert { value: &'v [u8], after: bool },
}

/// The value with a change at the end of a path.
fn change(
    source: &[u8],
    path: &[Option<&str>],
    change_to: Change<'_>,
    depth: usize,
) -> Result<Vec<u8>> {
    error::stack_check()?;
    let Some((step, rest)) = path.split_first() else { return Ok(source.to_vec()) };
    let Some(step) = step else {
        let text = format!("path element at position {} is null", depth + 1);
        return Err(Error::new(SqlState::NULL_VALUE_NOT_ALLOWED, text));
    };
    match jsonb::parse(source) {
        Json::Object(pairs) => change_object(pairs, step, rest, change_to, depth),
        Json::Array(items) => change_array(items, step, rest, change_to, depth),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) if depth == 0 => {
            Err(invalid(if matches!(change_to, Change::Delete) {
                "cannot delete path in scalar"
            } else {
                "cannot set path in scalar"
            }))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(source.to_vec()),
    }
}

fn change_object(
    pairs: jsonb::Pairs<'_>,
    step: &str,
    rest: &[Option<&str>],
    change_to: Change<'_>,
    depth: usize,
) -> Result<Vec<u8>> {
    let mut changed: Vec<(String, Vec<u8>)> = Vec::with_capacity(pairs.len() + 1);
    let mut found = false;
    for (key, value) in pairs.iter() {
        if key != step {
            changed.push((key.to_owned(), value.to_vec()));
            continue;
        }
        found = true;
        if !rest.is_empty() {
            changed.push((key.to_owned(), change(value, rest, change_to, depth + 1)?));
            continue;
        }
        match change_to {
            Change::Delete => {}
            Change::Set { value, .. } => changed.push((key.to_owned(), value.to_vec())),
            Change::Insert { .. } => {
                return Err(invalid("cannot replace existing key")
                    .hint("Try using the function jsonb_set to replace key value."));
            }
        }
    }
    if !found && rest.is_empty() {
        match change_to {
            Change::Set { value, create: true } | Change::Insert { value, .. } => {
                changed.push((step.to_owned(), value.to_vec()));
            }
            Change::Delete | Change::Set { create: false, .. } => {}
        }
    }
    let mut out = Vec::new();
    jsonb::write_pairs(changed, &mut out)?;
    Ok(out)
}

fn change_array(
    items: jsonb::Items<'_>,
    step: &str,
    rest: &[Option<&str>],
    change_to: Change<'_>,
    depth: usize,
) -> Result<Vec<u8>> {
    let index: i32 = step.trim().parse().map_err(|_| {
        Error::new(
            SqlState::INVALID_TEXT_REPRESENTATION,
            format!("path element at position {} is not an integer: \"{step}\"", depth + 1),
        )
    })?;
    let target = at(index, items.len());
    let mut changed: Vec<Vec<u8>> = Vec::with_capacity(items.len() + 1);
    for (position, item) in items.iter().enumerate() {
        if Some(position) != target {
            changed.push(item.to_vec());
        } else if !rest.is_empty() {
            changed.push(change(item, rest, change_to, depth + 1)?);
        } else {
            match change_to {
                Change::Delete => {}
                Change::Set { value, .. } => changed.push(value.to_vec()),
                Change::Insert { value, after: true } => {
                    changed.extend([item.to_vec(), value.to_vec()]);
                }
                Change::Insert { value, after: false } => {
                    changed.extend([value.to_vec(), item.to_vec()]);
                }
            }
        }
    }
    if target.is_none() && rest.is_empty() {
        match change_to {
            Change::Set { value, create: true } | Change::Insert { value, .. } => {
                let place = if index < 0 { 0 } else { changed.len() };
                changed.insert(place, value.to_vec());
            }
            Change::Delete | Change::Set { create: false, .. } => {}
        }
    }
    let mut out = Vec::new();
    jsonb::write_items(changed.iter().map(Vec::as_slice), &mut out)?;
    Ok(out)
}

pub(super) fn change_at(source: &[u8], path: &[u8], change_to: Change<'_>) -> Result<Vec<u8>> {
    let path = Array::parse(path)?;
    if path.dimension_count() > 1 {
        return Err(Error::new(
            SqlState::ARRAY_SUBSCRIPT_ERROR,
            "wrong number of array subscripts",
        ));
    }
    let scalar = !matches!(jsonb::parse(source), Json::Array(_) | Json::Object(_));
    if scalar {
        return Err(invalid(if matches!(change_to, Change::Delete) {
            "cannot delete path in scalar"
        } else {
            "cannot set path in scalar"
        }));
    }
    if path.is_empty() {
        return Ok(source.to_vec());
    }
    // An empty value holds nothing that a path could lead to.
    let empty = match jsonb::parse(source) {
        Json::Array(items) => items.is_empty(),
        Json::Object(pairs) => pairs.is_empty(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    };
    if empty && matches!(change_to, Change::Delete | Change::Set { create: false, .. }) {
        return Ok(source.to_vec());
    }
    let steps: Vec<Option<&str>> =
        path.iter().map(|step| (!step.is_null()).then(|| text(step))).collect();
    change(source, &steps, change_to, 0)
}

/// The value without pairs whose value is null; elements too where asked.
pub(super) fn strip_nulls(source: &[u8], in_arrays: bool) -> Result<Vec<u8>> {
    error::stack_check()?;
    let mut out = Vec::new();
    let is_null = |value: &[u8]| matches!(jsonb::parse(value), Json::Null);
    match jsonb::parse(source) {
        Json::Object(pairs) => {
            let kept: Result<Vec<_>> = pairs
                .iter()
                .filter(|(_, value)| !is_null(value))
                .map(|(key, value)| Ok((key.to_owned(), strip_nulls(value, in_arrays)?)))
                .collect();
            jsonb::write_pairs(kept?, &mut out)?;
        }
        Json::Array(items) => {
            let kept: Result<Vec<Vec<u8>>> = items
                .iter()
                .filter(|item| !in_arrays || !is_null(item))
                .map(|item| strip_nulls(item, in_arrays))
                .collect();
            jsonb::write_items(kept?.iter().map(Vec::as_slice), &mut out)?;
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            return Ok(source.to_vec());
        }
    }
    Ok(out)
}

/// json text without pairs whose value is null; blanks are dropped.
pub(super) fn strip_nulls_text(piece: Piece<'_>, in_arrays: bool, out: &mut Vec<u8>) -> Result<()> {
    error::stack_check()?;
    match piece.shape {
        Shape::Object => {
            out.push(b'{');
            let mut first = true;
            for (key, value) in piece.pairs()? {
                if value.shape == Shape::Null {
                    continue;
                }
                if !first {
                    out.push(b',');
                }
                first = false;
                types::json::write_string(&key, out);
                out.push(b':');
                strip_nulls_text(value, in_arrays, out)?;
            }
            out.push(b'}');
        }
        Shape::Array => {
            out.push(b'[');
            let mut first = true;
            for value in piece.elements()? {
                if in_arrays && value.shape == Shape::Null {
                    continue;
                }
                if !first {
                    out.push(b',');
                }
                first = false;
                strip_nulls_text(value, in_arrays, out)?;
            }
            out.push(b']');
        }
        Shape::String | Shape::Number | Shape::Bool | Shape::Null => {
            out.extend_from_slice(piece.text.as_bytes());
        }
    }
    Ok(())
}

/// Appends jsonb with a line for every item.
pub(super) fn pretty(source: &[u8], depth: usize, out: &mut Vec<u8>) -> Result<()> {
    error::stack_check()?;
    let indent = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + depth * 4, b' ');
    };
    match jsonb::parse(source) {
        Json::Object(pairs) => {
            out.push(b'{');
            for (index, (key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                indent(out, depth + 1);
                types::json::write_string(key, out);
                out.extend_from_slice(b": ");
                pretty(value, depth + 1, out)?;
            }
            indent(out, depth);
            out.push(b'}');
        }
        Json::Array(items) => {
            out.push(b'[');
            for (index, value) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                indent(out, depth + 1);
                pretty(value, depth + 1, out)?;
            }
            indent(out, depth);
            out.push(b']');
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            jsonb::output(source, out)?
        }
    }
    Ok(())
}
